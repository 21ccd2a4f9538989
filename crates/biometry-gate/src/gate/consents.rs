use super::{BiometryGate, Denial};
use crate::consent::{Consent, Purpose, Receipt};
use crate::consents::{self, NoConsent};
use crate::principal::Principal;
use crate::store::StoreError;

/// Consent, for the host's own code.
impl BiometryGate {
    /// What the caller has agreed to, as it counts: by the store, by the texts that the host has registered, and by the
    /// platform where it is [asked](super::Builder::consent_source).
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

    /// Everything that the subject gave and withdrew, oldest first: with the text, the time, who said so, and what the
    /// host wanted on record of where. The mounted routes show people their own history without the last.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn consent_history(&self, principal: &Principal) -> Result<Vec<Receipt>, StoreError> {
        self.0.store(self.0.store.receipts(&principal.step_up_key())).await
    }

    /// Withdraws consent on the host's account: an account is closed, a letter has come in. It takes effect at once, and
    /// the platform is told, as when people withdraw themselves. Authorization takes storage along.
    ///
    /// # Errors
    /// When the store cannot do it.
    pub async fn withdraw_consent(
        &self,
        principal: &Principal,
        purposes: &[Purpose],
    ) -> Result<(), StoreError> {
        consents::withdraw_for(&self.0, principal, purposes).await
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
