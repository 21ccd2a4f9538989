//! Everything that is kept of one subject, and the only ways in which it changes.
//!
//! A [`SubjectRecord`] is plain data with plain transitions: no clock, no store, no waiting. A store loads a record, applies
//! one transition and keeps the result, atomically; that makes every rule here hold on every store.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

#[cfg(test)]
mod auxiliary_upload_tests;
mod auxiliary_uploads;
mod claimed_names;
mod consents;
mod decisions;
mod deliveries;
mod due_tasks;
mod export;
#[cfg(test)]
mod forward_compat_tests;
mod known_browsers;
mod limits;
#[cfg(test)]
mod model;
mod returns;
mod revocations;
mod sessions;
mod sign_ins;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use self::auxiliary_uploads::AuxiliaryUploadUnderWay;
pub use self::auxiliary_uploads::{AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled, AuxiliaryUpload};
pub(crate) use self::claimed_names::ClaimedNames;
pub use self::decisions::Refused;
use self::deliveries::Delivered;
pub use self::due_tasks::DueTasks;
use self::due_tasks::Over;
use self::known_browsers::KnownBrowser;
pub(crate) use self::limits::Counts;
use self::limits::Tally;
pub use self::limits::{Limited, Limits};
pub use self::returns::ReturnTarget;
#[cfg(any(test, feature = "shared-store"))]
pub(crate) use self::revocations::Revocations;
pub use self::revocations::Revoked;
pub use self::sessions::{Begun, Busy, NotBegun, Settled, Settlement, Upload};
pub use self::sign_ins::SignInStanding;
use crate::clock::later;
use crate::consent::{Consent, Receipt};
use crate::decision::Decision;
use crate::forward_compat::ForwardCompat;
use crate::id::ClaimId;
use crate::intent::PendingIntent;
use crate::principal::HostSession;
use crate::session::Session;

/// What is kept of one subject in one tenant, logged in or merely claimed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct SubjectRecord {
    tally: Tally,
    consent: Consent,
    /// Whether the subject has passed while logged in since storage was agreed to: then a template exists that is theirs.
    #[serde(default)]
    recognised: bool,
    /// Whether the platform has enrolled a stranger who signed in as the subject. It ends when the subject passes while
    /// logged in, or when the host ends it.
    #[serde(default)]
    closed_to_sign_ins: bool,
    /// Browsers that have signed in by face as the subject.
    #[serde(default)]
    browsers: Vec<KnownBrowser>,
    receipts: Vec<Receipt>,
    /// Uploads that are under way in any host session: each holds one of the failures that are left.
    in_flight: Vec<InFlight>,
    /// Uploads under way that verify no one.
    #[serde(default, rename = "side_uploads")]
    auxiliary_uploads: Vec<AuxiliaryUploadUnderWay>,
    holders: Vec<Holder>,
    /// Up to where the revocations of the whole tenant have been heeded.
    #[serde(default)]
    revocations_heeded: u64,
    /// Sessions of the platform that are to be ended there.
    #[serde(default)]
    over: Vec<Over>,
    /// Where the record is of a webhook delivery rather than of a subject.
    #[serde(default)]
    delivered: Option<Delivered>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// What one host session of the subject holds.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Holder {
    host_session: HostSession,
    sessions: Vec<Session>,
    decisions: Vec<Kept>,
    intents: Vec<PendingIntent>,
    #[serde(default)]
    returns: Vec<ReturnTarget>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// A decision, and whether it was used.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Kept {
    decision: Arc<Decision>,
    consumed: bool,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct InFlight {
    claim: ClaimId,
    until: SystemTime,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Drops what is over: stale phrases, sessions, decisions, operations and leases.
    pub(crate) fn prune(&mut self, now: SystemTime) {
        self.in_flight.retain(|upload| now < upload.until);
        self.auxiliary_uploads.retain(|upload| now < upload.until);
        self.prune_over(now);
        self.browsers.retain(|browser| now < browser.until);
        for holder in &mut self.holders {
            holder.prune(now);
        }
        self.holders.retain(|holder| !holder.is_empty());
    }

    /// Whether nothing is left that has to be remembered.
    pub(crate) fn is_forgettable(&self, now: SystemTime) -> bool {
        self.holders.is_empty()
            && self.in_flight.is_empty()
            && self.auxiliary_uploads.is_empty()
            && self.over.is_empty()
            && self.delivered.as_ref().is_none_or(|delivered| delivered.until <= now)
            && self.receipts.is_empty()
            && !self.closed_to_sign_ins
            && self.browsers.is_empty()
            && self.tally.matters_until(now).is_none_or(|until| until <= now)
    }

    /// Until when anything in it matters, as of now; `None` for good: consents, blocks and failures that were counted.
    pub(crate) fn matters_until(&self, now: SystemTime) -> Option<SystemTime> {
        if !self.receipts.is_empty() || self.closed_to_sign_ins || self.tally.matters_for_good() {
            return None;
        }
        let uploads = self.in_flight.iter().map(|upload| upload.until);
        let uploads = uploads.chain(self.auxiliary_uploads.iter().map(|upload| upload.until));
        let held = self.holders.iter().flat_map(Holder::ends);
        let over = self.over.iter().map(|over| over.until);
        let delivered = self.delivered.iter().map(|delivered| delivered.until);
        let browsers = self.browsers.iter().map(|browser| browser.until);
        let rest = over.chain(delivered).chain(browsers).chain(self.tally.matters_until(now));
        Some(uploads.chain(held).chain(rest).max().unwrap_or(now))
    }

    /// Whether the subject has failed since it last passed, or was locked out lately.
    pub(crate) fn holds_against(&self, now: SystemTime) -> bool {
        self.tally.holds_against(now)
    }

    /// When the subject was last started for, as far as that is remembered.
    pub(crate) fn last_start(&self) -> Option<SystemTime> {
        self.tally.last_start()
    }

    fn holder(&self, host_session: &HostSession) -> Option<&Holder> {
        self.holders.iter().find(|holder| holder.host_session == *host_session)
    }

    fn holder_mut(&mut self, host_session: &HostSession) -> Option<&mut Holder> {
        self.holders.iter_mut().find(|holder| holder.host_session == *host_session)
    }

    /// The host session's holder, made where there is none. The oldest one makes room when there are too many.
    fn holder_or_new(&mut self, host_session: &HostSession) -> &mut Holder {
        let place = self.holders.iter().position(|holder| holder.host_session == *host_session);
        let place = place.unwrap_or_else(|| {
            if self.holders.len() >= MAX_HOLDERS {
                let over = self.holders.remove(0).let_go(|_| true);
                self.keep_over(over);
            }
            push_one(&mut self.holders, Holder::new(host_session.clone()));
            self.holders.len().saturating_sub(1)
        });
        &mut self.holders[place]
    }
}

impl Holder {
    fn new(host_session: HostSession) -> Self {
        Self {
            host_session,
            sessions: Vec::new(),
            decisions: Vec::new(),
            intents: Vec::new(),
            returns: Vec::new(),
            unknown: ForwardCompat::default(),
        }
    }

    fn prune(&mut self, now: SystemTime) {
        for session in &mut self.sessions {
            session.forget_stale_phrase(now);
        }
        self.sessions.retain(|session| now < session.matters_until());
        self.decisions.retain(|kept| now < later(kept.decision.expires_at, KEEP_CLOSED));
        self.intents.retain(|intent| now < intent.expires_at);
        self.returns.retain(|target| now < target.expires_at);
    }

    /// When each of the things it holds is over.
    fn ends(&self) -> impl Iterator<Item = SystemTime> {
        let sessions = self.sessions.iter().map(Session::matters_until);
        let decisions = self.decisions.iter().map(|kept| later(kept.decision.expires_at, KEEP_CLOSED));
        let intents = self.intents.iter().map(|intent| intent.expires_at);
        let returns = self.returns.iter().map(|target| target.expires_at);
        sessions.chain(decisions).chain(intents).chain(returns)
    }

    fn is_empty(&self) -> bool {
        self.sessions.is_empty()
            && self.decisions.is_empty()
            && self.intents.is_empty()
            && self.returns.is_empty()
    }
}

/// Adds an entry; the oldest one makes room when there are too many.
fn push_bounded<T>(entries: &mut Vec<T>, entry: T, most: usize) {
    if entries.len() >= most {
        entries.remove(0);
    }
    push_one(entries, entry);
}

/// Adds an entry. Most subjects have one of each kind, or two: room for more would be most of what is kept.
fn push_one<T>(entries: &mut Vec<T>, entry: T) {
    entries.reserve_exact(1);
    entries.push(entry);
}

/// How long the owner can still see the outcome of a session or decision.
const KEEP_CLOSED: std::time::Duration = std::time::Duration::from_secs(600);
const MAX_HOLDERS: usize = 32;
const MAX_SESSIONS: usize = 8;
const MAX_DECISIONS: usize = 16;
const MAX_INTENTS: usize = 8;
const MAX_RETURNS: usize = 8;
const MAX_BROWSERS: usize = 8;
const MAX_RECEIPTS: usize = 200;
