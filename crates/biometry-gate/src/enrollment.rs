//! Who may enroll a face or a voice.
//!
//! A face that is enrolled passes every later verification, so a stolen session must not suffice to enroll one. The
//! host's own other factor has to say yes, for this caller and now: a recent password login, an MFA prompt, a letter
//! with a code. The gate asks it through an [`EnrollmentGuard`]. A gate without a guard refuses every enrollment with
//! 403 `enrollment-closed`. A caller who merely claims a name enrolls nothing.
//!
//! ```
//! use biometry_gate::BiometryGate;
//! use biometry_gate::enrollment::{Asked, LoggedInWithin};
//! use biometry_gate::policy::{Policy, Threshold};
//! use biometry_gate::principal::FromExtensions;
//! use std::time::Duration;
//!
//! # fn build(client: biometry_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! # let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
//! let gate = BiometryGate::builder(client.clone(), FromExtensions)
//!     .policy(statement.clone())
//!     // The host says when it has authenticated the caller: `Principal::logged_in_at`.
//!     .enrollment_guard(LoggedInWithin::new(Duration::from_secs(300)))
//!     .build()?;
//!
//! // Or anything else that the host knows, in a closure; a guard that has to wait implements the trait.
//! let gate = BiometryGate::builder(client, FromExtensions)
//!     .policy(statement)
//!     .enrollment_guard(|asked: &Asked<'_>| asked.head().headers.contains_key("x-checked-by-our-mfa"))
//!     .build()?;
//! # Ok(()) }
//! ```
//!
//! Besides the guard an enrollment needs consent to both purposes. The guard is asked first.

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::request::Parts;

use crate::principal::{IdentifyError, Principal};

/// The host's word on whether a caller may enroll: the trait to implement where the answer takes a query.
///
/// Closures that take an [`Asked`] and answer at once are guards, too. The gate asks before it reads anything of the
/// upload, and gives a guard 5 seconds; what takes longer, or fails, is 503 `identity-unavailable`. A `false` is 403
/// `enrollment-closed` and an event in the audit trail.
///
/// ```
/// use async_trait::async_trait;
/// use biometry_gate::enrollment::{Asked, EnrollmentGuard};
/// use biometry_gate::principal::IdentifyError;
/// # struct Factors;
/// # impl Factors {
/// #     async fn confirmed_lately(&self, _: &str) -> std::io::Result<bool> { Ok(true) }
/// # }
///
/// /// Asks the host's table of second factors.
/// struct SecondFactor(Factors);
///
/// #[async_trait]
/// impl EnrollmentGuard for SecondFactor {
///     async fn allows(&self, asked: &Asked<'_>) -> Result<bool, IdentifyError> {
///         let user = asked.caller().subject().as_str();
///         self.0.confirmed_lately(user).await.map_err(|_| IdentifyError::new("the table of factors does not answer"))
///     }
/// }
/// ```
#[async_trait]
pub trait EnrollmentGuard: Send + Sync + 'static {
    /// Whether the caller may enroll. Say yes only by a factor that a stolen session does not prove.
    ///
    /// # Errors
    /// When the guard cannot decide: the gate refuses the request with 503.
    async fn allows(&self, asked: &Asked<'_>) -> Result<bool, IdentifyError>;
}

/// Who wants to enroll what: the question to an [`EnrollmentGuard`].
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    pub(crate) caller: &'a Principal,
    pub(crate) head: &'a Parts,
    pub(crate) sample: Sample,
    pub(crate) now: SystemTime,
}

/// What is enrolled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// A face, from a picture. It needs no session.
    Face,
    /// A voice that speaks a phrase. It needs a session, for the phrase.
    Voice,
}

/// A guard that lets callers enroll for a while after they have logged in, by [`Principal::logged_in_at`].
///
/// It refuses callers of whom the host has not said when they logged in, and a login that is dated in the future. It is
/// the least that a guard may ask. It says nothing where logins last for weeks by a cookie that renews itself.
#[derive(Clone, Copy, Debug)]
pub struct LoggedInWithin(Duration);

impl LoggedInWithin {
    /// Callers may enroll for `time` after logging in; five minutes are usual.
    pub fn new(time: Duration) -> Self {
        Self(time)
    }
}

impl<'a> Asked<'a> {
    /// The caller, whom the host has authenticated.
    pub fn caller(&self) -> &'a Principal {
        self.caller
    }

    /// The request's head. Adapters of frameworks with other types convert it: of its extensions only the caller's are
    /// sure to be there.
    pub fn head(&self) -> &'a Parts {
        self.head
    }

    /// What is to be enrolled: a face or a voice.
    pub fn sample(&self) -> Sample {
        self.sample
    }

    /// The moment by the gate's clock. Compare with this, not with the system's, so that tests can move time.
    pub fn now(&self) -> SystemTime {
        self.now
    }
}

impl Sample {
    /// The word that audit events use: `face` or `voice`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Face => "face",
            Self::Voice => "voice",
        }
    }
}

#[async_trait]
impl EnrollmentGuard for LoggedInWithin {
    async fn allows(&self, asked: &Asked<'_>) -> Result<bool, IdentifyError> {
        let login = asked.caller.login_time();
        Ok(login.and_then(|at| asked.now.duration_since(at).ok()).is_some_and(|age| age <= self.0))
    }
}

#[async_trait]
impl<F> EnrollmentGuard for F
where
    F: Fn(&Asked<'_>) -> bool + Send + Sync + 'static,
{
    async fn allows(&self, asked: &Asked<'_>) -> Result<bool, IdentifyError> {
        Ok(self(asked))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::principal::HostSession;

    #[tokio::test]
    async fn a_login_opens_for_a_while_and_not_from_the_future() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let guard = LoggedInWithin::new(Duration::from_secs(300));
        let (head, ()) = http::Request::new(()).into_parts();
        let known = Principal::new("ana", HostSession::parse("s").unwrap()).unwrap();
        for (login, allows) in [
            (None, false),
            (Some(now), true),
            (Some(now - Duration::from_secs(300)), true),
            (Some(now - Duration::from_secs(301)), false),
            (Some(now + Duration::from_secs(1)), false),
        ] {
            let caller = login.map_or_else(|| known.clone(), |at| known.clone().logged_in_at(at));
            let asked = Asked { caller: &caller, head: &head, sample: Sample::Face, now };
            assert_eq!(guard.allows(&asked).await.unwrap(), allows, "{login:?}");
        }
    }
}
