use std::fmt;
use std::sync::Arc;

use crate::error::{ReceiptError, ReceiptErrorKind as Kind};
use crate::receipt::Receipt;
use crate::used::UsedReceipts;
use crate::verifier::ReceiptVerifier;

/// Finds the receipt in a request, verifies it, holds it to one policy, and takes single-use ones once. Clones share the
/// verifier.
///
/// ```
/// use biometry_gate_receipts::{ReceiptGuard, ReceiptVerifier, UsedInMemory};
///
/// fn guard(verifier: ReceiptVerifier) -> ReceiptGuard {
///     ReceiptGuard::new(verifier, "transfer").once(UsedInMemory::new())
/// }
/// # let _ = guard;
/// ```
#[derive(Clone)]
pub struct ReceiptGuard {
    verifier: Arc<ReceiptVerifier>,
    policy: Arc<str>,
    header: &'static str,
    used: Option<Arc<dyn UsedReceipts>>,
}

impl ReceiptGuard {
    /// Lets through what a receipt for this policy of the app comes with.
    pub fn new(verifier: impl Into<Arc<ReceiptVerifier>>, policy: &str) -> Self {
        Self { verifier: verifier.into(), policy: policy.into(), header: HEADER, used: None }
    }

    /// Remembers used receipts here, so that one for a single use passes once. Without it the guard refuses them with 500,
    /// and says so in the log.
    #[must_use]
    pub fn once(mut self, used: impl UsedReceipts) -> Self {
        self.used = Some(Arc::new(used));
        self
    }

    /// Looks for the receipt in another header than `biometry-receipt`; the name is in lower case. In `authorization` it
    /// stands behind `Bearer`.
    #[must_use]
    pub fn header(mut self, name: &'static str) -> Self {
        self.header = name;
        self
    }

    /// The header that it looks for.
    pub fn header_name(&self) -> &'static str {
        self.header
    }

    /// The verifier, to hand it new keys.
    pub fn verifier(&self) -> &ReceiptVerifier {
        &self.verifier
    }

    /// Checks a request by the values that its [header](Self::header_name) has.
    ///
    /// # Errors
    /// Why there is no valid receipt for the policy. Which one goes to the log.
    pub async fn check<'a>(
        &self,
        values: impl IntoIterator<Item = &'a [u8]>,
    ) -> Result<Receipt, ReceiptError> {
        let token = self.token(values);
        let receipt = token.and_then(|token| self.verifier.verify(token));
        let checked = match receipt {
            Ok(receipt) => self.hold(receipt).await,
            Err(error) => Err(error),
        };
        checked.inspect_err(ReceiptError::log)
    }

    fn token<'a>(&self, values: impl IntoIterator<Item = &'a [u8]>) -> Result<&'a str, ReceiptError> {
        let mut values = values.into_iter();
        let value = values.next().ok_or(Kind::Missing)?;
        if values.next().is_some() {
            return Err(Kind::Malformed.into());
        }
        let value = std::str::from_utf8(value).map_err(|_| Kind::Malformed)?;
        if self.header != "authorization" {
            return Ok(value);
        }
        let (scheme, token) = value.split_once(' ').ok_or(Kind::Missing)?;
        if scheme.eq_ignore_ascii_case("bearer") { Ok(token) } else { Err(Kind::Missing.into()) }
    }

    async fn hold(&self, receipt: Receipt) -> Result<Receipt, ReceiptError> {
        receipt.expect_policy(&self.policy)?;
        if receipt.is_single_use() {
            let used = self.used.as_ref().ok_or(Kind::NotRemembered)?;
            self.verifier.mark(&receipt, used).await?;
        }
        Ok(receipt)
    }
}

impl fmt::Debug for ReceiptGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { verifier, policy, .. } = self;
        f.debug_struct("ReceiptGuard")
            .field("verifier", verifier)
            .field("policy", policy)
            .finish_non_exhaustive()
    }
}

/// What receipts travel in, unless the service says otherwise.
const HEADER: &str = "biometry-receipt";
