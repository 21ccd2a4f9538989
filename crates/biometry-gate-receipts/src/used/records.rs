use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::shared::{RecordId, Records, Sealed, Tag, Write};

use super::{ReceiptId, UsedReceipts};
use crate::error::ReceiptError;

/// Remembers used receipts in a database that replicas share: any that keeps the records of BiometryGate's shared stores,
/// `RedisRecords` or `PostgresRecords` for example.
///
/// A used receipt is a record of 25 bytes under the hash of its id, with a time to live of five minutes and twice the
/// leeway: databases drop it by themselves. It may lie in the database of the app's own store, which it does not
/// disturb, or in another one.
///
/// ```
/// use biometry_gate::store::shared::Records;
/// use biometry_gate_receipts::{Receipt, ReceiptError, ReceiptVerifier, UsedInRecords};
///
/// async fn take(
///     verifier: &ReceiptVerifier,
///     used: &UsedInRecords<impl Records>,
///     token: &str,
/// ) -> Result<Receipt, ReceiptError> {
///     verifier.verify_once(token, used).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct UsedInRecords<R>(R);

impl<R: Records> UsedInRecords<R> {
    /// Over an open database.
    pub fn new(records: R) -> Self {
        Self(records)
    }
}

#[async_trait]
impl<R: Records> UsedReceipts for UsedInRecords<R> {
    async fn mark(&self, id: &ReceiptId, keep: Duration) -> Result<bool, ReceiptError> {
        let place = RecordId::from_hex(&id.to_hex()).ok_or_else(|| ReceiptError::unavailable("no place"))?;
        // Another tag for each attempt: a database takes a write with the tag that is there for the same write.
        let mut tag = [0; Tag::LEN];
        getrandom::fill(&mut tag).map_err(|_| ReceiptError::unavailable("no randomness is available"))?;
        let write = Write::Put { record: Sealed::new(Tag::new(tag), vec![FORMAT]), keep: Some(keep) };
        self.0.swap(&place, None, write).await.map_err(ReceiptError::unavailable)
    }
}

/// No format of a subject's record: a store that met it would refuse it.
const FORMAT: u8 = 0xff;
