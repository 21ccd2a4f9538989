use std::collections::HashMap;
use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use biometry_gate::principal::{SubjectKey, Tenant};
use biometry_gate::store::operations::{
    Backend, ClaimOutcome, DecisionClaim, Look, Revoked, StoreOperation, Transition,
};
use biometry_gate::store::{DecisionStore, StoreError, StoreErrorKind, StoreScope};

/// A store in front of another one, which fails or hangs on demand. Clones are the same store.
///
/// It never answers at once, as a store on the other side of a network does not.
///
/// ```
/// use biometry_gate::store::MemoryStore;
/// use biometry_gate_testkit::{FaultyStore, StoreOperation};
///
/// # fn test(builder: biometry_gate::Builder) {
/// let store = FaultyStore::new(MemoryStore::new());
/// let builder = builder.store(store.clone());
/// # let _ = builder;
/// store.fail(&[StoreOperation::ClaimDecision]);
/// // … gated routes answer 503 …
/// store.mend();
/// # }
/// ```
#[derive(Clone)]
pub struct FaultyStore {
    inner: DecisionStore,
    faults: Arc<Mutex<Faults>>,
}

/// What is wrong with every operation, and what with some of them.
#[derive(Debug, Default)]
struct Faults {
    of_all: Option<Fault>,
    of_some: HashMap<StoreOperation, Fault>,
}

#[derive(Clone, Copy, Debug)]
enum Fault {
    Fails,
    Hangs,
}

impl FaultyStore {
    /// A store that works like `inner` until a fault is asked for.
    pub fn new(inner: impl Into<DecisionStore>) -> Self {
        Self { inner: inner.into(), faults: Arc::default() }
    }

    /// These operations fail from now on.
    pub fn fail(&self, operations: &[StoreOperation]) {
        self.faults().of_some.extend(operations.iter().map(|&operation| (operation, Fault::Fails)));
    }

    /// Every operation fails from now on.
    pub fn fail_everything(&self) {
        self.faults().of_all = Some(Fault::Fails);
    }

    /// No operation answers from now on.
    pub fn hang_everything(&self) {
        self.faults().of_all = Some(Fault::Hangs);
    }

    /// These operations never answer from now on.
    pub fn hang(&self, operations: &[StoreOperation]) {
        self.faults().of_some.extend(operations.iter().map(|&operation| (operation, Fault::Hangs)));
    }

    /// Everything works from now on; what hangs already goes on hanging.
    pub fn mend(&self) {
        *self.faults() = Faults::default();
    }

    async fn pass(&self, operation: StoreOperation) -> Result<(), StoreError> {
        match self.fault(operation) {
            None => Ok(()),
            Some(Fault::Fails) => Err(StoreError::new(StoreErrorKind::Unavailable)),
            Some(Fault::Hangs) => pending().await,
        }
    }

    fn fault(&self, operation: StoreOperation) -> Option<Fault> {
        let faults = self.faults();
        faults.of_all.or_else(|| faults.of_some.get(&operation).copied())
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Backend for FaultyStore {
    async fn change(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        transition: &mut Transition<'_>,
    ) -> Result<(), StoreError> {
        self.pass(operation).await?;
        self.inner.backend().change(subject, operation, transition).await
    }

    async fn look(
        &self,
        subject: &SubjectKey,
        operation: StoreOperation,
        look: &mut Look<'_>,
    ) -> Result<(), StoreError> {
        self.pass(operation).await?;
        self.inner.backend().look(subject, operation, look).await
    }

    async fn revoke_tenant(&self, tenant: &Tenant, revoked: Revoked<'_>) -> Result<(), StoreError> {
        self.pass(StoreOperation::Revoke).await?;
        self.inner.backend().revoke_tenant(tenant, revoked).await
    }

    async fn claim_decision(&self, claim: DecisionClaim<'_>) -> ClaimOutcome {
        self.pass(StoreOperation::ClaimDecision).await?;
        self.inner.claim(claim).await
    }

    fn scope(&self) -> StoreScope {
        self.inner.scope()
    }

    fn memory(&self) -> Option<usize> {
        self.inner.backend().memory()
    }
}

impl fmt::Debug for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaultyStore").field("faults", &*self.faults()).finish_non_exhaustive()
    }
}
