//! Stores that many replicas share: everything but the database.
//!
//! [`SharedStore`] is the whole [`DecisionStore`](super::DecisionStore) over any database that can keep a few bytes under
//! a key and replace them by compare-and-swap. A database's crate implements [`Records`], two methods, and is done:
//! the rules, the retries, the sealing and the time to live are written once, here.
//!
//! ```no_run
//! use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
//!
//! # fn store(records: impl Records, secret: &[u8]) -> Result<SharedStore, Box<dyn std::error::Error>> {
//! // The same secret on every replica: at least 32 bytes from a generator, never from a person.
//! let store = SharedStore::new(records, StoreKey::parse(secret)?);
//! # Ok(store)
//! # }
//! ```
//!
//! # One operation
//!
//! An operation loads the sealed record of one subject, applies one transition to it, and
//! writes it back only where nobody else has written meanwhile; otherwise it begins anew, up to 64 times: those who collided
//! in one process queue up, and replicas pause for a short random while. So every operation is atomic for all replicas,
//! and of any number of parallel claims on a single use one succeeds. What changes nothing writes nothing: letting a request through on a reusable decision is one read.
//!
//! # What the database learns
//!
//! Whoever reads the database learns nothing but how many subjects there are and how long their records are. A record
//! lies under a keyed hash of tenant, authentication and subject ([`RecordId`]) and is sealed with XChaCha20-Poly1305 under the
//! host's secret ([`StoreKey`]): handles, phrases, subjects, verdicts and consents are not to be had from a copy of it.
//! Whoever writes to it can destroy records, and put an earlier one of a subject back in its place, but cannot make one,
//! change one, or move one to another subject: such a record is [`Corrupt`](super::StoreErrorKind::Corrupt), and the gate
//! refuses.
//!
//! Names that are merely claimed, by browsers that want to sign in, lie in a fixed number of records for each tenant, up
//! to 16 names in one: however many are claimed, the database does not grow. See [`StoreKey::claimed_names`].
//!
//! Another secret finds none of the records that were written before: consents, lock-outs and decisions are gone then. A
//! secret is changed in steps.
//!
//! # Changing the secret
//!
//! While a secret is changed, a subject's record stays one record in one place, so whatever is atomic stays so with replicas
//! that are at different steps. Each step has to have reached every replica before the next one begins:
//!
//! 1. [`old.accepting(&new)`](StoreKey::accepting): replicas open what either has sealed.
//! 2. [`new.succeeding(&old)`](StoreKey::succeeding): the new secret seals whatever is written, and what the old one has
//!    sealed is sealed anew with the next change of its record.
//! 3. The host goes through its subjects with [`SharedStore::reseal`], for the records of those who have not come since, and
//!    through its tenants, the default one included, with [`SharedStore::reseal_tenant`].
//! 4. [`new.locating_as(&old)`](StoreKey::locating_as): what the old secret has sealed is
//!    [`Corrupt`](super::StoreErrorKind::Corrupt) from then on, so whoever has got hold of it can neither read nor make records.
//!
//! The old secret still says where records lie, and has to be kept for that beside the new one: with it, somebody who reads
//! the database can tell whether a subject they guess has a record. A copy of the database from before is as readable as it
//! was. The key in front of a [near cache](super::near) and that of its store are changed together.
//!
//! ```
//! use biometry_gate::store::shared::StoreKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let (old, new) = ([7; 32], [8; 32]);
//! let (old, new) = (StoreKey::parse(&old)?, StoreKey::parse(&new)?);
//! let second_step = new.succeeding(&old);
//! # let _ = second_step;
//! # Ok(())
//! # }
//! ```
//!
//! # Versions side by side
//!
//! A record starts with the number of its format. Members that a newer version has added within one format are kept when
//! an older one writes; they only ever say more. What an older version would have to heed has a new number, and a number
//! that this version does not know is [`Corrupt`](super::StoreErrorKind::Corrupt): refused, never taken for empty.
//!
//! # Time
//!
//! Everything is measured on the database's clock, so replicas need not agree on the time. Moments that come from this
//! process, such as when a capture was accepted, are moved by as much as the two clocks are seen to differ.
//!
//! # A write that nobody acknowledged
//!
//! When the connection breaks or the time is over before the database has answered a write, it may have happened or not.
//! The operation then fails, the gate refuses, and nothing is tried again. What such a write can leave behind:
//!
//! | operation | left behind at the worst |
//! |---|---|
//! | claiming a decision | a single use is used up, and nobody was let in |
//! | counting a start | one start is counted too many |
//! | opening a session | a session that nobody knows; it supersedes the one before |
//! | beginning an upload | a claim that nobody settles; it runs out with its lease |
//! | releasing an upload | the claim, where the write did not happen; it runs out with its lease |
//! | settling a pass | a decision of the very person who passed, though the answer was an error |
//! | settling a failure | the failure is counted or its claim runs out; the answer was an error |
//! | taking a place to return to | the handle is used, and nobody was sent back |
//! | giving a used decision back | it is given back though the answer was an error: only who holds it can use it |
//! | taking due tasks | a session of the platform that is not ended there; a withdrawal is told later |
//! | taking a webhook delivery | the delivery is taken, by the claim that asks again |
//! | revoking, withdrawing consent, unlocking, rotating | done though the answer was an error; asking again does no harm |
//!
//! None of them is a use that was not granted, or a second use.
//!
//! # Records that were put back
//!
//! Who can write to the database cannot make up a record, and can put back an earlier one: the subject's state is then what
//! it was. A process refuses a record that it has itself replaced within the last ten minutes, 16,384 of them at the most,
//! as one that is [corrupt](super::StoreErrorKind::Corrupt): a use that it let in is not had again there. What happened on
//! other replicas, or longer ago, it cannot know. A database that loses acknowledged writes in a fail-over puts records
//! back, too: those whose last write was lost are refused by the process that made it, until ten minutes are over.
//!
//! # Revoking for a whole tenant
//!
//! Nobody can go through the records of all subjects, whose names the database does not know. What is revoked of a tenant
//! is written down in one record beside them, which is read together with a subject's: whatever a subject holds by then is
//! void when it is looked at next, on every replica. So such a revocation is one write, counts from the moment at which it
//! is acknowledged, and costs no round trip of its own: PostgreSQL, SQLite and a single Redis find both records in one step,
//! a cluster in two at the same time.

mod change;
mod content;
mod key;
mod lately;
mod record;
mod revocations;
mod rotation;
mod store;

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;

pub use self::key::{StoreKey, StoreKeyError};
pub use self::record::{RecordId, Sealed, Tag};
pub use self::store::SharedStore;
use super::{StoreError, StoreScope};

/// A database that keeps sealed records and replaces them by compare-and-swap: the trait to implement for a database of
/// your own.
///
/// Each method is one atomic step for every user of the database, on every replica. A record whose time to live is
/// over is absent. An implementation answers within a time limit of its own and repeats nothing whose outcome it does
/// not know, other than a write that it recognises as its own by the [`Tag`].
///
/// ```
/// use std::collections::HashMap;
/// use std::sync::Mutex;
/// use std::time::SystemTime;
///
/// use async_trait::async_trait;
/// use biometry_gate::store::shared::{RecordId, Records, Sealed, Snapshot, Tag, Write};
/// use biometry_gate::store::{StoreError, StoreErrorKind};
///
/// /// Each record with the time until which it is kept.
/// #[derive(Debug, Default)]
/// struct Table(Mutex<HashMap<RecordId, (Sealed, Option<SystemTime>)>>);
///
/// impl Table {
///     fn lock(&self) -> Result<std::sync::MutexGuard<'_, HashMap<RecordId, (Sealed, Option<SystemTime>)>>, StoreError> {
///         self.0.lock().map_err(|_| StoreError::new(StoreErrorKind::Unavailable))
///     }
/// }
///
/// #[async_trait]
/// impl Records for Table {
///     async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
///         let now = SystemTime::now();
///         let record = self.lock()?.get(id).filter(|(_, until)| until.is_none_or(|until| now < until)).cloned();
///         Ok(Snapshot { now, record: record.map(|(record, _)| record) })
///     }
///
///     async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
///         let (now, mut table) = (SystemTime::now(), self.lock()?);
///         table.retain(|_, (_, until)| until.is_none_or(|until| now < until));
///         let there = table.get(id).map(|(record, _)| *record.tag());
///         match write {
///             // This very write has happened before, and its answer was lost.
///             Write::Put { record, .. } if there == Some(*record.tag()) => return Ok(true),
///             _ if there.as_ref() != seen => return Ok(false),
///             Write::Put { record, keep } => drop(table.insert(*id, (record, keep.map(|keep| now + keep)))),
///             Write::Remove => drop(table.remove(id)),
///         }
///         Ok(true)
///     }
/// }
/// ```
///
/// The test kit's `store_contract!` holds a store over it to what every store has to do.
#[async_trait]
pub trait Records: Debug + Send + Sync + 'static {
    /// The record under `id` as it is now, and the database's own time at that moment.
    ///
    /// # Errors
    /// [`Corrupt`](super::StoreErrorKind::Corrupt) for something that cannot be a record; another kind where the
    /// database did not answer.
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError>;

    /// Two records at once: a subject's, and what was revoked of its whole tenant. Two [loads](Self::load) at the same time
    /// unless the database says otherwise: one that finds both in one round trip does so here.
    ///
    /// # Errors
    /// As [`load`](Self::load).
    async fn load_both(&self, id: &RecordId, beside: &RecordId) -> Result<[Snapshot; 2], StoreError> {
        let (one, other) = tokio::try_join!(self.load(id), self.load(beside))?;
        Ok([one, other])
    }

    /// Writes only if the record there still carries the tag `seen`, or, for `None`, if there is none; answers whether
    /// it has written.
    ///
    /// Where the record to put is there already, by its tag, the write has happened: the answer is `true` again.
    ///
    /// # Errors
    /// Where the database did not answer. Whether it has written is not known then.
    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError>;

    /// Which processes see what the database keeps; every replica by default. A file on one machine says
    /// [`Process`](StoreScope::Process).
    fn scope(&self) -> StoreScope {
        StoreScope::Shared
    }
}

/// What a database holds under one id at one moment.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The database's time, by which all replicas measure.
    pub now: SystemTime,
    /// The record, where there is one whose time is not over.
    pub record: Option<Sealed>,
}

/// What to write.
#[derive(Clone, Debug)]
pub enum Write {
    /// This record, in place of what was there.
    Put {
        /// The record.
        record: Sealed,
        /// How long to keep it, from now; for good where it is `None`.
        keep: Option<Duration>,
    },
    /// Nothing: there is nothing left to remember.
    Remove,
}

#[async_trait]
impl<R: Records + ?Sized> Records for Arc<R> {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        (**self).load(id).await
    }

    async fn load_both(&self, id: &RecordId, beside: &RecordId) -> Result<[Snapshot; 2], StoreError> {
        (**self).load_both(id, beside).await
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        (**self).swap(id, seen, write).await
    }

    fn scope(&self) -> StoreScope {
        (**self).scope()
    }
}
