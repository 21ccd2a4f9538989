//! Who may enroll a face or a voice.
//!
//! What is enrolled decides who passes from then on. So it takes more than a session to enroll: the host's own other
//! factor has to say yes, for this caller and now. A gate without an [`EnrollmentGuard`] refuses
//! every enrollment, and so does one that a caller asks for who merely claims a name.
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

use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use http::request::Parts;

use crate::principal::{IdentifyError, Principal};

/// The host's word on whether a caller may enroll.
///
/// Closures that take an [`Asked`] and answer at once are guards, too. It is asked before anything of the upload is
/// read, and has 5 seconds.
#[async_trait]
pub trait EnrollmentGuard: Send + Sync + 'static {
    /// Whether the caller may enroll: only a factor of which a stolen session is no proof should say yes.
    ///
    /// # Errors
    /// When the guard cannot decide: the request is refused with 503.
    async fn allows(&self, asked: &Asked<'_>) -> Result<bool, IdentifyError>;
}

/// Who wants to enroll what.
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
    /// A face, from a picture.
    Face,
    /// A voice that speaks a phrase.
    Voice,
}

/// Lets those enroll who have logged in a short while ago, by [`Principal::logged_in_at`]. Others are refused, and so is a
/// login of the future.
#[derive(Clone, Copy, Debug)]
pub struct LoggedInWithin(Duration);

impl LoggedInWithin {
    /// So long after logging in.
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

    /// What is to be enrolled.
    pub fn sample(&self) -> Sample {
        self.sample
    }

    /// The moment by the gate's clock.
    pub fn now(&self) -> SystemTime {
        self.now
    }
}

impl Sample {
    /// The word that audit events use.
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
