use super::{BiometryGate, Denial};
use crate::consent::{Consent, Purpose};
use crate::consents::{self, NoConsent};
use crate::principal::Principal;

/// Consent, for the host's own code.
impl BiometryGate {
    /// What the caller has agreed to, as it counts: by the store, by the texts that the host has registered, and by the
    /// platform where it is [asked](super::ConsentRules::source).
    ///
    /// # Errors
    /// When the store or the platform cannot answer.
    pub async fn consent_of(&self, principal: &Principal) -> Result<Consent, Denial> {
        Ok(consents::known_consent(&self.0, principal, &[]).await?)
    }

    /// Makes sure that the caller has agreed to every one of `purposes`; answers what they have agreed to.
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
