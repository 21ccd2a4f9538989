//! Consent: what a person has agreed to, and the record of it.
//!
//! There are two purposes, given and withdrawn apart. [`Purpose::Authorization`] lets biometrics be processed: every
//! verification needs it. [`Purpose::Storage`] lets templates be kept: enrollment needs it. Absent means not given, and
//! an upload without the consent that it needs is refused before any of it reaches the platform.
//!
//! People give and withdraw consent through the [mounted routes](crate::routes); the host reads it with
//! [`BiometryGate::consent_of`](crate::BiometryGate::consent_of) and withdraws on its own account with
//! [`Admin::withdraw_consent`](crate::gate::Admin::withdraw_consent). A withdrawal takes effect at once, voids
//! decisions and passes on their way, and is reported to the platform, again and again for about three weeks where the
//! platform does not answer.
//!
//! Each change is kept as a [`Receipt`]; how a purpose stands is its [`Grant`]. Hosts whose texts change register them
//! as [`ConsentText`]s. A change that is *material* ends what was agreed to before it.
//!
//! ```
//! use biometry_gate::consent::{ConsentText, Purpose};
//! # use biometry_gate::Builder;
//!
//! # fn texts(builder: Builder) -> Builder {
//! let first = ConsentText::new(Purpose::Storage, "2025-01", "We keep a template of your face.");
//! let later = ConsentText::new(Purpose::Storage, "2026-03", "We and our auditor keep a template of your face.");
//! // Users who agreed to the first text are asked again.
//! builder.consent(|rules| rules.text(first).text(later.material()))
//! # }
//! ```

mod receipt;
mod source;
mod text;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

pub use biometry_client::Purpose;

use crate::clock::later;
use crate::forward_compat::ForwardCompat;

pub use self::receipt::{Actor, ConsentContext, Receipt};
pub use self::source::ConsentSource;
pub use self::text::{ConsentText, TextHash};
pub(crate) use self::text::{ConsentTexts, is_version};

/// What a subject has agreed to, as of the moment it was looked up. The default is nothing.
///
/// It is a snapshot for one operation; look it up again for the next, because a withdrawal takes effect at once.
///
/// ```
/// use biometry_gate::consent::{Consent, Purpose};
///
/// let nothing = Consent::default();
/// assert!(!nothing.is_given(Purpose::Authorization) && nothing.grant(Purpose::Storage).since().is_none());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    /// Biometrics may be processed: needed for every verification.
    pub(crate) authorization: Grant,
    /// Templates may be kept: needed for enrollment.
    pub(crate) storage: Grant,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// One purpose's present state: given or not, since when, and to which text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    given: bool,
    since: Option<SystemTime>,
    text_version: Option<Arc<str>>,
    #[serde(default)]
    text_hash: Option<TextHash>,
    /// A withdrawal that is yet to be reported to the platform.
    #[serde(default)]
    owed: Option<Owed>,
    /// Given, to a text that no longer suffices. Found out when it is looked at, never kept.
    #[serde(skip)]
    stale: bool,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// How a withdrawal is reported to the platform: again and again, with growing pauses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Owed {
    attempts: u32,
    next_try: SystemTime,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

/// A withdrawal that is due to be reported to the platform.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwedWithdrawal {
    /// What was withdrawn.
    pub purpose: Purpose,
    /// When.
    pub since: SystemTime,
    /// Whether this is the last attempt: where it fails, a person has to tell the platform.
    pub is_last: bool,
}

impl Consent {
    /// Whether `purpose` is agreed to, now and to a text that still suffices.
    pub fn is_given(&self, purpose: Purpose) -> bool {
        self.grant(purpose).given
    }

    /// The state of `purpose`, with its time and its text.
    pub fn grant(&self, purpose: Purpose) -> &Grant {
        match purpose {
            Purpose::Authorization => &self.authorization,
            Purpose::Storage => &self.storage,
        }
    }

    fn grant_mut(&mut self, purpose: Purpose) -> &mut Grant {
        match purpose {
            Purpose::Authorization => &mut self.authorization,
            Purpose::Storage => &mut self.storage,
        }
    }

    pub(crate) fn apply(&mut self, receipt: &Receipt) {
        let owed = (!receipt.given && receipt.actor != Actor::Platform).then_some(Owed {
            attempts: 0,
            next_try: receipt.at,
            unknown: ForwardCompat::default(),
        });
        let grant = self.grant_mut(receipt.purpose());
        if !receipt.given && grant.is_withdrawn() {
            // Said before: it goes on counting from then, and is reported to the platform once more.
            grant.owed = owed;
            return;
        }
        *grant = Grant {
            given: receipt.given,
            since: Some(receipt.at),
            text_version: receipt.text_version.clone(),
            text_hash: receipt.text_hash,
            owed,
            stale: false,
            unknown: std::mem::take(&mut grant.unknown),
        };
    }

    /// The withdrawals to report to the platform now. The next attempt is due after twice the time.
    pub(crate) fn claim_owed(&mut self, now: SystemTime) -> Vec<OwedWithdrawal> {
        let claims = PURPOSES.into_iter().filter_map(|purpose| {
            let (since, is_last) = self.grant_mut(purpose).claim_owed(now)?;
            Some(OwedWithdrawal { purpose, since, is_last })
        });
        claims.collect()
    }

    /// The platform knows of this withdrawal, or takes none.
    pub(crate) fn forget_owed(&mut self, withdrawal: &OwedWithdrawal) {
        let grant = self.grant_mut(withdrawal.purpose);
        if grant.since == Some(withdrawal.since) {
            grant.owed = None;
        }
    }

    /// When a withdrawal is due to be reported to the platform next.
    pub(crate) fn next_try(&self) -> Option<SystemTime> {
        PURPOSES
            .into_iter()
            .filter_map(|purpose| self.grant(purpose).owed.as_ref())
            .map(|owed| owed.next_try)
            .min()
    }

    /// The same, where what was agreed to before a material change counts no longer.
    pub(crate) fn under(mut self, texts: &ConsentTexts) -> Self {
        for purpose in PURPOSES {
            let suffices = texts.suffice(purpose, self.grant(purpose));
            let grant = self.grant_mut(purpose);
            grant.stale = grant.given && !suffices;
            grant.given &= suffices;
        }
        self
    }

    /// The same, where only what the platform knows of counts.
    pub(crate) fn confirmed_by(mut self, platform: impl Fn(Purpose) -> bool) -> Self {
        for purpose in PURPOSES {
            self.grant_mut(purpose).given &= platform(purpose);
        }
        self
    }
}

impl Grant {
    /// Whether the purpose is agreed to. A [stale](Self::is_stale) agreement is none.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// Since when it stands as it does; `None` where the purpose was never given or withdrawn.
    pub fn since(&self) -> Option<SystemTime> {
        self.since
    }

    /// The version of the text that was shown, where it is known.
    pub fn text_version(&self) -> Option<&str> {
        self.text_version.as_deref()
    }

    /// The hash of the text that was shown, where the host has registered that text.
    pub fn text_hash(&self) -> Option<TextHash> {
        self.text_hash
    }

    /// Whether the person agreed, and the text has changed since in a way that the host calls
    /// [material](ConsentText::material). They have to be asked again.
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Whether it was withdrawn. A consent that was never given was not.
    pub(crate) fn is_withdrawn(&self) -> bool {
        self.since.is_some() && !self.given && !self.stale
    }

    /// Whether it was withdrawn and the platform has yet to take the report.
    pub(crate) fn is_owed(&self) -> bool {
        self.owed.is_some()
    }

    fn claim_owed(&mut self, now: SystemTime) -> Option<(SystemTime, bool)> {
        let since = self.since?;
        // The first attempt waits for no clock: it may have been said on another one.
        let owed = self.owed.as_mut().filter(|owed| owed.attempts == 0 || owed.next_try <= now)?;
        owed.attempts = owed.attempts.saturating_add(1);
        owed.next_try = later(now, pause_after(owed.attempts));
        let is_last = owed.attempts >= MAX_ATTEMPTS;
        if is_last {
            self.owed = None;
        }
        Some((since, is_last))
    }
}

fn pause_after(attempts: u32) -> Duration {
    let factor = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX);
    FIRST_PAUSE.saturating_mul(factor).min(LONGEST_PAUSE)
}

/// The word that the wire uses for a purpose.
pub(crate) fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Authorization => "authorization",
        Purpose::Storage => "storage",
    }
}

pub(crate) const PURPOSES: [Purpose; 2] = [Purpose::Authorization, Purpose::Storage];
const FIRST_PAUSE: Duration = Duration::from_secs(5);
const LONGEST_PAUSE: Duration = Duration::from_secs(6 * 3600);
/// Twelve within some six hours, then one every six: about three weeks.
const MAX_ATTEMPTS: u32 = 96;

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000 + seconds)
    }

    fn said(purpose: Purpose, given: bool, seconds: u64) -> Receipt {
        Receipt::new(purpose, given, at(seconds))
    }

    #[test]
    fn a_withdrawal_is_owed_to_the_platform_ever_more_rarely_and_not_for_ever() {
        let mut consent = Consent::default();
        consent.apply(&said(Purpose::Storage, true, 0));
        assert_eq!((consent.next_try(), consent.claim_owed(at(1)).len()), (None, 0));
        consent.apply(&said(Purpose::Storage, false, 10));
        let expected = OwedWithdrawal { purpose: Purpose::Storage, since: at(10), is_last: false };
        assert_eq!(consent.claim_owed(at(10)), [expected]);
        assert_eq!(consent.next_try(), Some(at(15)));
        assert!(consent.claim_owed(at(14)).is_empty());
        assert_eq!(consent.claim_owed(at(15)), [expected]);
        assert_eq!(consent.next_try(), Some(at(25)));
        let (mut reports, mut last) = (2, at(15));
        while let Some(due) = consent.next_try() {
            assert!(due > last && due <= last + LONGEST_PAUSE);
            let claimed = consent.claim_owed(due);
            (reports, last) = (reports + 1, due);
            assert_eq!(claimed[0].is_last, reports == MAX_ATTEMPTS);
        }
        assert_eq!(reports, MAX_ATTEMPTS);
    }

    #[test]
    fn a_debt_ends_with_its_own_answer_or_with_consent_given_anew() {
        let mut consent = Consent::default();
        consent.apply(&said(Purpose::Authorization, false, 0));
        let first = consent.claim_owed(at(0)).remove(0);
        consent.apply(&said(Purpose::Authorization, true, 5));
        assert_eq!(consent.next_try(), None);
        consent.apply(&said(Purpose::Authorization, false, 9));
        consent.forget_owed(&first);
        assert_eq!(
            consent.next_try(),
            Some(at(9)),
            "an answer to an earlier withdrawal settles no later one"
        );
        let second = consent.claim_owed(at(9)).remove(0);
        consent.forget_owed(&second);
        assert_eq!(consent.next_try(), None);
        consent.apply(&said(Purpose::Authorization, false, 20));
        assert_eq!(consent.grant(Purpose::Authorization).since(), Some(at(9)), "said before");
        assert!(consent.next_try().is_some(), "and reported once more");
    }

    #[test]
    fn a_withdrawal_by_the_platform_is_not_reported_to_it() {
        let mut consent = Consent::default();
        consent.apply(&said(Purpose::Storage, false, 0).by(Actor::Platform));
        assert_eq!(consent.next_try(), None);
    }

    #[test]
    fn only_what_both_sides_know_of_counts_where_the_platform_is_asked() {
        let mut consent = Consent::default();
        consent.apply(&said(Purpose::Authorization, true, 0));
        consent.apply(&said(Purpose::Storage, false, 0));
        let both = consent.clone().confirmed_by(|_| true);
        assert!(both.is_given(Purpose::Authorization) && !both.is_given(Purpose::Storage));
        assert!(!consent.confirmed_by(|_| false).is_given(Purpose::Authorization));
    }
}
