use std::time::Duration;

use biometry_client::ErrorKind;

use crate::capture::CaptureError;
use crate::consents::NoConsent;
use crate::gate::UnknownTenant;
use crate::ledger::NotBegun;
use crate::store::StoreError;

/// Why a verification came to no verdict. Session and phrase are as before.
#[derive(Debug)]
pub(crate) enum VerifyError {
    /// The subject has not agreed, or it cannot be told.
    Consent(NoConsent),
    /// The session cannot take an upload.
    Session(NotBegun),
    /// The upload is not in order, broke off or was too slow.
    Capture(CaptureError),
    /// The platform gave no usable answer.
    Platform(PlatformFailure),
    /// The store gave no answer.
    Store(StoreError),
    /// Too many uploads are under way.
    Overloaded,
    /// The budget for captures is spent, for this long.
    OverBudget(Duration),
    /// The session was superseded, ended or revoked before the verdict came.
    TooLate,
    /// Our own work broke off.
    Interrupted,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PlatformFailure {
    Unavailable,
    /// It has not answered for a while, and is asked again after this long.
    Resting(Duration),
    KeyRejected,
    Timeout,
    Nonsense,
}

impl From<&biometry_client::Error> for PlatformFailure {
    fn from(error: &biometry_client::Error) -> Self {
        match (error.kind(), error.status().map(|status| status.as_u16())) {
            (ErrorKind::KeyRejected, _) => Self::KeyRejected,
            (ErrorKind::Timeout, _) => Self::Timeout,
            (ErrorKind::Connect | ErrorKind::Tls | ErrorKind::Interrupted | ErrorKind::RateLimited, _) => {
                Self::Unavailable
            }
            (ErrorKind::Faulted, Some(502..=504)) => Self::Unavailable,
            _ => Self::Nonsense,
        }
    }
}

impl PlatformFailure {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unavailable => "platform-unavailable",
            Self::Resting(_) => "platform-resting",
            Self::KeyRejected => "key-rejected",
            Self::Timeout => "platform-timeout",
            Self::Nonsense => "platform-error",
        }
    }
}

impl From<UnknownTenant> for VerifyError {
    fn from(_: UnknownTenant) -> Self {
        Self::Interrupted
    }
}

impl From<StoreError> for VerifyError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NoConsent> for VerifyError {
    fn from(refused: NoConsent) -> Self {
        Self::Consent(refused)
    }
}

impl From<CaptureError> for VerifyError {
    fn from(error: CaptureError) -> Self {
        Self::Capture(error)
    }
}
