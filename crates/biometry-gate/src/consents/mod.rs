//! Consent where it matters: given, withdrawn, and asked for before anything biometric happens.

mod change;
mod ensure;

pub(crate) use self::change::{Change, Statement, change, withdraw_for};
pub(crate) use self::ensure::{NoConsent, ask_platform_anew, ensure_consent, known_consent, look_up};
