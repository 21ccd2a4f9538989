//! Who is in these tests, and what they ask of a store.

use biometry_gate::Limits;
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::gate::Refused;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate::store::{DecisionStore, StoreError};
use biometry_gate_testkit::store_contract::{CLAIMED_NAMES, give_decision};
use tokio::task::JoinSet;

pub(crate) fn store(records: impl Records) -> DecisionStore {
    shared(records).into()
}

pub(crate) fn shared(records: impl Records) -> SharedStore {
    SharedStore::new(records, key())
}

pub(crate) fn key() -> StoreKey {
    StoreKey::parse(b"not-a-secret-but-32-bytes-long!!").expect("a key").claimed_names(CLAIMED_NAMES)
}

pub(crate) fn ana() -> Principal {
    Principal::new("ana", HostSession::parse("her-browser").expect("a key")).expect("a principal")
}

pub(crate) fn once() -> Policy {
    Policy::for_session("payout", Threshold::vendor_verdict_only()).single_use()
}

pub(crate) fn again() -> Policy {
    Policy::for_session("statement", Threshold::vendor_verdict_only())
}

/// Three starts, then no more for a long while.
pub(crate) fn three_starts() -> Limits {
    Limits::default().starts(3, std::time::Duration::from_secs(3600))
}

pub(crate) async fn pass(store: &DecisionStore, policy: &Policy) {
    give_decision(store, &ana(), policy, SystemClock.now()).await;
}

pub(crate) async fn claim(store: &DecisionStore, policy: &Policy) -> Result<Result<(), Refused>, StoreError> {
    Ok(store.claim_decision(&ana(), policy, None).await?.map(drop))
}

/// How many of a hundred parallel claims, at these replicas in turn, are let in.
pub(crate) async fn let_in_of_a_hundred(replicas: &[DecisionStore]) -> usize {
    let mut claims = JoinSet::new();
    for n in 0..100 {
        let replica = replicas[n % replicas.len()].clone();
        claims.spawn(async move { claim(&replica, &once()).await });
    }
    // An error is a refusal: only a granted use opens the route.
    claims.join_all().await.iter().filter(|outcome| matches!(outcome, Ok(Ok(())))).count()
}
