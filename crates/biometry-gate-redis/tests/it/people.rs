//! Who does what in a store, in a few words.

use biometry_gate::gate::Refused;
use biometry_gate::id::DecisionId;
use biometry_gate::policy::Policy;
use biometry_gate::principal::Principal;
use biometry_gate::store::operations::{Settled, Settlement};
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate::store::{DecisionStore, StoreError};
use biometry_gate_redis::{Builder, RedisRecords};
use biometry_gate_testkit::PATIENCE;
use biometry_gate_testkit::store_contract::CLAIMED_NAMES;
use biometry_gate_testkit::store_contract::values::{claim_of, decision, limits, new_session, rejected};

/// A store over these records.
pub(crate) fn store(records: RedisRecords) -> DecisionStore {
    shared(records).into()
}

pub(crate) fn shared(records: RedisRecords) -> SharedStore {
    SharedStore::new(records, key())
}

/// The key that all of these tests share.
pub(crate) fn key() -> StoreKey {
    let key = StoreKey::parse(b"not a secret, and 32 bytes at the least").expect("a key");
    key.claimed_names(CLAIMED_NAMES)
}

/// Records with all the time that a busy machine may need.
pub(crate) fn patient(url: &str) -> Builder {
    RedisRecords::builder(url).time_limit(PATIENCE)
}

/// A store at this address.
pub(crate) async fn store_at(url: &str) -> DecisionStore {
    store(patient(url).connect().await.expect("a server that is fit"))
}

/// Takes a decision for this policy through a session into the store.
pub(crate) async fn pass(store: &DecisionStore, owner: &Principal, policy: &Policy) -> DecisionId {
    let made = decision(policy, &biometry_gate::clock::ManualClock::at(now()));
    let id = made.id().clone();
    let settled = settle(store, owner, Settlement::Passed(made)).await;
    assert!(matches!(settled, Settled::Passed), "{settled:?}");
    id
}

/// Takes a failure through a session into the store.
pub(crate) async fn fail(store: &DecisionStore, owner: &Principal) -> Settled {
    settle(store, owner, rejected()).await
}

/// Claims what opens a route.
pub(crate) async fn claim(
    store: &DecisionStore,
    owner: &Principal,
    policy: &Policy,
) -> Result<Result<DecisionId, Refused>, StoreError> {
    let claimed = store.claim_decision(owner, policy, None).await?;
    Ok(claimed.map(|decision| decision.id().clone()))
}

async fn settle(store: &DecisionStore, owner: &Principal, settlement: Settlement) -> Settled {
    let new = new_session();
    let upload = claim_of(&new.id);
    store.open_session(owner, new).await.expect("a session");
    store.begin_upload(owner, &upload, &limits()).await.expect("an answer").expect("a claim");
    store.settle(owner, &upload, settlement, &limits()).await.expect("an answer")
}

/// The system's time: the one that a server on this machine has.
pub(crate) fn now() -> std::time::SystemTime {
    biometry_gate::clock::Clock::now(&biometry_gate::clock::SystemClock)
}
