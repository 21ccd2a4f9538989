//! Where the records of subjects are kept: sessions, decisions, consents, limits.
//!
//! | store | for | what it needs |
//! |---|---|---|
//! | [`MemoryStore`] | one process | nothing; what it holds ends with the process |
//! | [`shared::SharedStore`] | any number of replicas | a database, by an implementation of [`shared::Records`] |
//! | [`near::NearCache`] | either, where most requests are answered from this process | a store behind it |
//!
//! The crates `biometry-gate-redis` and `biometry-gate-sql` have the databases. A host names a store where it builds
//! the gate, and needs nothing else of this module:
//!
//! ```
//! # use biometry_client::Client;
//! use biometry_gate::BiometryGate;
//! use biometry_gate::principal::FromExtensions;
//! use biometry_gate::store::MemoryStore;
//!
//! # fn gate(client: Client) {
//! let gate = BiometryGate::builder(client, FromExtensions).store(MemoryStore::new().capacity(50_000));
//! # let _ = gate;
//! # }
//! ```
//!
//! A store that fails, or does not answer within [`Builder::store_timeout`](crate::Builder::store_timeout), is a
//! refusal with
//! 503. No store's failure opens a route.
//!
//! # How it is made
//!
//! All that is known of a subject is one record, plain data with plain transitions, which has all the rules. A store
//! only makes a transition atomic: it loads the record, applies the transition, and keeps the result only if no other
//! write came between. [`MemoryStore`] does so under a lock, [`shared`] by the compare-and-swap of a database. The
//! operations of the gate are written once, on [`DecisionStore`], over that one seam.
//!
//! The author of a database implements [`shared::Records`] and runs the test kit's `store_contract!` over it.

mod backend;
mod error;
mod memory;
mod moment;
#[cfg(feature = "shared-store")]
pub mod near;
#[doc(hidden)]
pub mod operations;
mod shard;
#[cfg(feature = "shared-store")]
pub mod shared;
mod table;

use std::sync::Arc;

use self::backend::Backend;
pub use self::error::{StoreError, StoreErrorKind};
pub use self::memory::MemoryStore;

/// A handle on any of the stores. Clones are the same store.
///
/// Every store converts into it, so it is what a host keeps where it decides at run time which store to use, or where two
/// gates share one:
///
/// ```
/// use biometry_gate::store::{DecisionStore, MemoryStore};
///
/// let store = DecisionStore::from(MemoryStore::new());
/// let same = store.clone();
/// # let _ = same;
/// ```
#[derive(Clone, Debug)]
pub struct DecisionStore(Arc<dyn Backend>);

impl DecisionStore {
    /// Which processes see what this store keeps. A gate with several [replicas](crate::Builder::replicas) takes a
    /// shared one alone.
    pub fn scope(&self) -> StoreScope {
        self.0.scope()
    }

    /// What it is a handle on.
    #[doc(hidden)]
    pub fn backend(&self) -> &dyn Backend {
        &*self.0
    }
}

impl<B: Backend> From<B> for DecisionStore {
    fn from(backend: B) -> Self {
        Self(Arc::new(backend))
    }
}

impl<B: Backend> From<Arc<B>> for DecisionStore {
    fn from(backend: Arc<B>) -> Self {
        Self(backend)
    }
}

/// Which processes see what a store keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreScope {
    /// This process alone: one replica.
    Process,
    /// Every replica that is connected to it.
    Shared,
}
