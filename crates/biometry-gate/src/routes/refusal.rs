//! What keeps an operation from its end, as a problem.

use std::borrow::Cow;
use std::time::Duration;

use crate::capture::{CaptureError, CaptureErrorKind, Pace};
use crate::challenge::{Code, Problem};
use crate::engine::{PlatformFailure, UnknownTenant};
use crate::entropy::EntropyError;
use crate::record::{Busy, Limited, NotBegun};
use crate::store::StoreError;
use crate::verifier::UploadError;

pub(super) fn subject_conflict() -> Problem {
    Problem::new(Code::SubjectConflict, "the request names another user than the one who is logged in")
}

pub(super) fn unknown_session() -> Problem {
    Problem::new(Code::SessionUnknown, "there is no such session")
}

/// A body that came too slowly: what was asked of it is in the answer, so that a client can tell people.
pub(super) fn too_slow(detail: impl Into<Cow<'static, str>>, pace: Option<Pace>) -> Problem {
    let problem = Problem::new(Code::UploadTimeout, detail).closing();
    let Some(Pace { received, least_rate, idle, total }) = pace else { return problem };
    problem
        .with("received", received)
        .with("least_rate", least_rate)
        .with("idle_s", idle.as_secs())
        .with("total_s", total.as_secs())
}

/// Strangers start more sign-ins than the process takes.
pub(super) fn too_many_sign_ins(wait: Duration) -> Problem {
    Problem::new(Code::Overloaded, "too many people begin to sign in").retry_after(wait)
}

impl From<UploadError> for Problem {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Consent(refused) => refused.into(),
            UploadError::Session(refused) => refused.into(),
            UploadError::Capture(error) => (&error).into(),
            UploadError::Platform(failure) => failure.into(),
            UploadError::Store(error) => error.into(),
            UploadError::Overloaded => Self::new(Code::Overloaded, "too many uploads are under way")
                .retry_after(Duration::from_secs(2))
                .closing(),
            UploadError::OverBudget(wait) => {
                Self::new(Code::Overloaded, "no more captures are taken for now").retry_after(wait).closing()
            }
            UploadError::TooLate => {
                let detail = "the session was superseded or ended before the verdict came: start again";
                Self::new(Code::SessionBusy, detail).with("state", Busy::Ended.as_str())
            }
            UploadError::Withheld | UploadError::Void | UploadError::Interrupted => {
                Self::new(Code::StoreUnavailable, "the verification broke off")
                    .retry_after(Duration::from_secs(2))
            }
        }
    }
}

impl From<NotBegun> for Problem {
    fn from(refused: NotBegun) -> Self {
        match refused {
            NotBegun::Unknown => unknown_session(),
            NotBegun::Busy(busy) => Self::new(Code::SessionBusy, remedy(busy)).with("state", busy.as_str()),
            NotBegun::Expired => {
                Self::new(Code::SessionExpired, "the time for the phrase is over: start again")
            }
            NotBegun::NotPassed => {
                Self::new(Code::SessionBusy, "the session has no pass that stands: verify first")
                    .with("state", Busy::Ended.as_str())
            }
            NotBegun::Limited(limited) => limited.into(),
        }
    }
}

fn remedy(busy: Busy) -> &'static str {
    match busy {
        Busy::Uploading => "an upload is under way: wait for its outcome",
        Busy::Settled => "the session is settled: look at its state, or start again",
        Busy::Superseded => "a newer session has taken the place of this one: start again",
        Busy::Ended => "the session was ended: start again",
    }
}

impl From<Limited> for Problem {
    fn from(limited: Limited) -> Self {
        let detail = if limited.is_blocked {
            "too many attempts: this is locked until the service unlocks it"
        } else {
            "too many attempts: try again later"
        };
        Self::new(Code::TooManyAttempts, detail).retry_after(limited.retry_after)
    }
}

impl From<PlatformFailure> for Problem {
    fn from(failure: PlatformFailure) -> Self {
        match failure {
            PlatformFailure::Unavailable | PlatformFailure::KeyRejected => {
                Self::new(Code::PlatformUnavailable, "the verification service is not available right now")
                    .retry_after(Duration::from_secs(5))
            }
            PlatformFailure::Resting(wait) => {
                Self::new(Code::PlatformUnavailable, "the verification service has not answered for a while")
                    .retry_after(wait)
            }
            PlatformFailure::Timeout => {
                Self::new(Code::PlatformTimeout, "the verification service took too long")
            }
            PlatformFailure::Nonsense => {
                Self::new(Code::PlatformError, "the verification service gave no usable answer")
            }
        }
    }
}

impl From<UnknownTenant> for Problem {
    fn from(_: UnknownTenant) -> Self {
        Self::new(Code::IdentityUnavailable, "the caller's tenant is not known here")
            .retry_after(Duration::from_secs(2))
    }
}

impl From<StoreError> for Problem {
    fn from(_: StoreError) -> Self {
        Self::new(Code::StoreUnavailable, "the store cannot answer right now")
            .retry_after(Duration::from_secs(2))
    }
}

impl From<EntropyError> for Problem {
    fn from(_: EntropyError) -> Self {
        Self::new(Code::StoreUnavailable, "no session can be opened right now")
            .retry_after(Duration::from_secs(2))
    }
}

impl From<&CaptureError> for Problem {
    fn from(error: &CaptureError) -> Self {
        let detail = error.to_string();
        match error.kind() {
            CaptureErrorKind::TooLarge => Self::new(Code::UploadTooLarge, detail).closing(),
            CaptureErrorKind::NotMultipart | CaptureErrorKind::ContentEncoding | CaptureErrorKind::Media => {
                let problem = Self::new(Code::UnsupportedMedia, detail);
                match error.accepted() {
                    Some(accepted) => problem.with("accepted", accepted.to_vec()),
                    None => problem,
                }
            }
            CaptureErrorKind::Framing | CaptureErrorKind::Aborted => {
                Self::new(Code::InvalidUpload, detail).broken_framing()
            }
            CaptureErrorKind::PhraseMismatch => Self::new(Code::PhraseMismatch, detail),
            CaptureErrorKind::SubjectConflict => subject_conflict(),
            CaptureErrorKind::TooSlow => too_slow(detail, error.pace()),
            CaptureErrorKind::Stalled => PlatformFailure::Timeout.into(),
            _ => Self::new(Code::InvalidUpload, detail),
        }
    }
}
