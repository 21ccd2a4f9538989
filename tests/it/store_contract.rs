//! What every store promises, of the stores that there are.

use std::sync::Arc;

use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::store::{DecisionStore, MemoryStore};
use biometry_gate_testkit::FaultyStore;
use biometry_gate_testkit::store_contract::{CLAIMED_NAMES, StoreHarness};

mod memory {
    use super::*;

    struct InMemory(Arc<MemoryStore>);

    impl StoreHarness for InMemory {
        async fn open(clock: Arc<ManualClock>) -> Self {
            Self(Arc::new(MemoryStore::with_clock(clock).claimed_names(CLAIMED_NAMES)))
        }

        fn replica(&self) -> DecisionStore {
            Arc::clone(&self.0).into()
        }
    }

    biometry_gate_testkit::store_contract!(InMemory);
}

/// The tests' own store in front of another one changes nothing while no fault is asked for.
mod faulty {
    use super::*;

    struct NotYetFaulty(FaultyStore);

    impl StoreHarness for NotYetFaulty {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let clock: Arc<dyn Clock> = clock;
            Self(FaultyStore::new(MemoryStore::with_clock(clock).claimed_names(CLAIMED_NAMES)))
        }

        fn replica(&self) -> DecisionStore {
            self.0.clone().into()
        }
    }

    biometry_gate_testkit::store_contract!(NotYetFaulty);
}
