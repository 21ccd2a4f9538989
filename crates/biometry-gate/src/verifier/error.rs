use std::time::Duration;

use crate::capture::CaptureError;
use crate::consents::NoConsent;
use crate::engine::{Health, PlatformFailure, UnknownTenant};
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

/// What an upload that came to no verdict shows about the platform.
impl From<&VerifyError> for Health {
    fn from(error: &VerifyError) -> Self {
        match error {
            VerifyError::Platform(failure) => failure.into(),
            _ => Self::Unknown,
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
