//! Consent where it matters: asked for before anything biometric happens.

mod ensure;

pub(crate) use self::ensure::{NoConsent, ensure_consent};
