//! Which receipts were used.

mod memory;
#[cfg(feature = "shared-store")]
mod records;

use std::fmt::{self, Debug};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sha2::{Digest as _, Sha256};

pub use self::memory::UsedInMemory;
#[cfg(feature = "shared-store")]
pub use self::records::UsedInRecords;
use crate::error::ReceiptError;

/// Remembers receipts that were used: the trait to implement for a database of your own. With Redis it is one
/// `SET key 1 NX PX keep`.
#[async_trait]
pub trait UsedReceipts: Debug + Send + Sync + 'static {
    /// Remembers a receipt for `keep`; answers whether it was not remembered yet. One atomic step for every process that
    /// takes receipts: of parallel calls with one id, one is answered yes.
    ///
    /// # Errors
    /// When that cannot be known, by [`ReceiptError::unavailable`]: the receipt is refused.
    async fn mark(&self, id: &ReceiptId, keep: Duration) -> Result<bool, ReceiptError>;
}

/// Names a receipt in a store: SHA-256 of its issuer, audience and id, of which it reveals nothing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ReceiptId([u8; 32]);

impl ReceiptId {
    pub(crate) fn new(issuer: &str, audience: &str, id: &str) -> Self {
        let mut hash = Sha256::new();
        for part in ["biometry-gate/used-receipt/1", issuer, audience, id] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self(hash.finalize().into())
    }

    /// The bytes, for databases with keys of bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// 64 lower-case hexadecimal digits, for databases with keys of text.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

#[async_trait]
impl<U: UsedReceipts + ?Sized> UsedReceipts for Arc<U> {
    async fn mark(&self, id: &ReceiptId, keep: Duration) -> Result<bool, ReceiptError> {
        (**self).mark(id, keep).await
    }
}

impl Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptId(…)")
    }
}
