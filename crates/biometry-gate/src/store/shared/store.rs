use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::change::Turns;
use super::lately::Lately;
use super::{Records, StoreKey};
use crate::clock::{Clock, SystemClock};
use crate::entropy::{Entropy, OsEntropy};
use crate::principal::{Authentication, SubjectKey, Tenant};
use crate::record::Revoked;
use crate::store::backend::{Backend, Look, StoreOperation, Transition};
use crate::store::{StoreError, StoreScope};

/// The store of many replicas, over a database of [`Records`]. Clones are the same store.
///
/// See the [module](super) for what it does with the database, and what the database learns.
#[derive(Clone)]
pub struct SharedStore {
    pub(super) records: Arc<dyn Records>,
    pub(super) key: StoreKey,
    pub(super) entropy: Arc<dyn Entropy>,
    pub(super) clock: Arc<dyn Clock>,
    /// Whether the clock's time counts instead of the database's.
    pub(super) is_on_clock: bool,
    pub(super) turns: Arc<Turns>,
    pub(super) lately: Arc<Lately>,
}

impl SharedStore {
    /// A store over this database, with the host's secret. Time is the database's.
    pub fn new(records: impl Records, key: StoreKey) -> Self {
        Self {
            records: Arc::new(records),
            key,
            entropy: Arc::new(OsEntropy),
            clock: Arc::new(SystemClock),
            is_on_clock: false,
            turns: Arc::default(),
            lately: Arc::default(),
        }
    }

    /// Takes the time from this clock instead of the database: for tests, whose clocks move on demand. Replicas in
    /// production have the database's time in common, and nothing else.
    #[must_use]
    pub fn with_clock(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.is_on_clock) = (clock, true);
        self
    }

    /// The clock of this process, where the gate was given another one than the system's. What it says is compared with
    /// the database's time, and never takes its place.
    #[must_use]
    pub fn beside(mut self, clock: Arc<dyn Clock>) -> Self {
        (self.clock, self.is_on_clock) = (clock, false);
        self
    }

    /// Seals the subject's record anew, where an earlier secret has sealed it: for the third step of a
    /// [change of the secret](super#changing-the-secret).
    ///
    /// # Errors
    /// As any other change: where the database did not answer, or the record cannot be read.
    pub async fn reseal(&self, subject: &SubjectKey) -> Result<(), StoreError> {
        self.apply(subject, &mut |_, _| ()).await
    }

    /// [`reseal`](Self::reseal) for what is kept of a tenant beside its subjects: what was revoked of all of them, and the
    /// names that are merely claimed. That is at most one step for each 16 names that are kept, 16,384 by
    /// [default](StoreKey::claimed_names), one after the other.
    ///
    /// # Errors
    /// As [`reseal`](Self::reseal); what is done is done then.
    pub async fn reseal_tenant(&self, tenant: &Tenant) -> Result<(), StoreError> {
        self.reseal_revocations(tenant).await?;
        for id in self.key.locate_claimed(tenant) {
            self.change_record(&id, tenant, Authentication::Claimed, |_, _, _| ()).await?;
        }
        Ok(())
    }
}

#[async_trait]
impl Backend for SharedStore {
    async fn change(
        &self,
        subject: &SubjectKey,
        _: StoreOperation,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError> {
        self.apply(subject, transition).await
    }

    async fn look(
        &self,
        subject: &SubjectKey,
        _: StoreOperation,
        look: &mut Look<'_>,
    ) -> Result<(), StoreError> {
        self.read(subject, look).await
    }

    async fn revoke_tenant(&self, tenant: &Tenant, revoked: Revoked<'_>) -> Result<(), StoreError> {
        self.add_revocation(tenant, revoked).await
    }

    fn scope(&self) -> StoreScope {
        self.records.scope()
    }
}

impl fmt::Debug for SharedStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedStore").field("records", &self.records).finish_non_exhaustive()
    }
}
