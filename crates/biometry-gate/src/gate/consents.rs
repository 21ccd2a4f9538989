//! The caller's consent, for the host's own code.

use super::{BiometryGate, Denial};
use crate::consent::{Consent, Purpose};
use crate::consents::{self, NoConsent};
use crate::principal::Principal;

/// Consent, for the host's own code.
impl BiometryGate {
    /// The caller's effective consent: by the store, by the texts that the host has registered, and by the platform
    /// where it is [asked](super::ConsentRules::source).
    ///
    /// # Errors
    /// [`Denial::StoreUnavailable`] or [`Denial::ConsentUnknown`] when the store or the platform cannot answer.
    pub async fn consent_of(&self, principal: &Principal) -> Result<Consent, Denial> {
        Ok(consents::known_consent(&self.0, principal, &[]).await?)
    }

    /// Makes sure that the caller has agreed to every one of `purposes`; answers what they have agreed to. For a host's
    /// own routes that work with biometrics; the mounted ones do it themselves.
    ///
    /// ```
    /// use biometry_gate::consent::Purpose;
    /// use biometry_gate::{BiometryGate, Denial, Principal};
    ///
    /// async fn enroll_at_the_desk(gate: &BiometryGate, customer: &Principal) -> Result<(), Denial> {
    ///     gate.ensure_consent(customer, &[Purpose::Authorization, Purpose::Storage]).await?;
    ///     // …
    ///     Ok(())
    /// }
    /// # let _ = enroll_at_the_desk;
    /// ```
    ///
    /// # Errors
    /// [`Denial::ConsentRequired`] when they have not; another one when the store or the platform cannot answer.
    pub async fn ensure_consent(
        &self,
        principal: &Principal,
        purposes: &[Purpose],
    ) -> Result<Consent, Denial> {
        Ok(consents::ensure_consent(&self.0, principal, purposes).await?)
    }
}

impl From<NoConsent> for Denial {
    fn from(refused: NoConsent) -> Self {
        match refused {
            NoConsent::Missing(purposes) => Self::ConsentRequired { purposes },
            NoConsent::Store(error) => error.into(),
            NoConsent::Platform(_) => Self::ConsentUnknown,
        }
    }
}
