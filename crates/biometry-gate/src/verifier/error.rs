use std::time::Duration;

use crate::capture::CaptureError;
use crate::consents::NoConsent;
use crate::engine::{Health, PlatformFailure, UnknownTenant};
use crate::record::NotBegun;
use crate::store::StoreError;

/// Why an upload was not concluded. Session and phrase are as before.
#[derive(Debug)]
pub(crate) enum UploadError {
    /// The subject has not agreed, or the gate cannot find out.
    Consent(NoConsent),
    /// The session cannot take an upload.
    Session(NotBegun),
    /// The upload is not in order, broke off or was too slow.
    Capture(CaptureError),
    /// The platform gave no usable answer.
    Platform(PlatformFailure),
    /// The store gave no answer.
    Store(StoreError),
    /// The upload was read and dropped instead of being sent to the platform.
    Withheld,
    /// A pass of a browser that signs in counts for nothing any more.
    Void,
    /// Too many uploads are under way.
    Overloaded,
    /// The budget for captures is spent, for this long.
    OverBudget(Duration),
    /// The session was superseded, ended or revoked before the platform's answer came.
    TooLate,
    /// Our own work broke off.
    Interrupted,
}

/// What an upload that came to no verdict shows about the platform.
impl From<&UploadError> for Health {
    fn from(error: &UploadError) -> Self {
        match error {
            UploadError::Platform(failure) => failure.into(),
            _ => Self::Unknown,
        }
    }
}

impl From<UnknownTenant> for UploadError {
    fn from(_: UnknownTenant) -> Self {
        Self::Interrupted
    }
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NoConsent> for UploadError {
    fn from(refused: NoConsent) -> Self {
        Self::Consent(refused)
    }
}

impl From<CaptureError> for UploadError {
    fn from(error: CaptureError) -> Self {
        Self::Capture(error)
    }
}
