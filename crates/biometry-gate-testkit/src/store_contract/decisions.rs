use std::sync::Arc;
use std::time::{Duration, SystemTime};

use biometry_gate::clock::ManualClock;
use biometry_gate::decision::Decision;
use biometry_gate::gate::Refused;
use biometry_gate::id::DecisionId;
use biometry_gate::policy::Policy;
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::session::Standing;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::operations::{Revocation, Settled, Settlement};
use tokio::task::JoinSet;

use super::sessions::{begin, open};
use super::values::{
    MAX_AGE, TTL, ana, anas_phone, ben, claim_of, decision, limits, passed, pending_intent, reusable,
    single_use, threshold,
};
use super::{Stage, StoreHarness};

pub async fn a_pass_becomes_a_decision_and_the_session_is_over<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let id = open(&store, &ana()).await;
    let upload = claim_of(&id);
    begin(&store, &ana(), &upload).await.unwrap();
    assert_eq!(claim(&store, &ana(), &reusable()).await, Err(Refused::Pending));
    let made = decision(&reusable(), &stage.clock);
    let outcome = store.settle(&ana(), &upload, Settlement::Passed(made.clone()), &limits()).await.unwrap();
    assert!(matches!(outcome, Settled::Passed), "{outcome:?}");
    let kept = stage.store().claim_decision(&ana(), &reusable(), None).await.unwrap().unwrap();
    assert_eq!(
        (kept.id(), kept.auth_time(), kept.expires_at()),
        (made.id(), made.auth_time(), made.expires_at())
    );
    let view = store.session(&ana(), Some(&id), &limits()).await.unwrap().unwrap();
    assert_eq!(view.standing, Standing::Passed);
    let again = store.settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
    assert!(matches!(again, Settled::TooLate), "{again:?}");
}

pub async fn a_decision_is_its_host_sessions_alone<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    for stranger in [ben(), anas_phone()] {
        assert_eq!(claim(&stage.store(), &stranger, &reusable()).await, Err(Refused::Absent));
    }
    assert_eq!(claim(&stage.store(), &ana(), &single_use()).await, Err(Refused::Absent), "another policy's");
    assert!(claim(&stage.store(), &ana(), &reusable()).await.is_ok());
}

pub async fn a_reusable_decision_opens_again_and_again<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let id = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    for _ in 0..10 {
        assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Ok(id.clone()));
        if let Some(at_once) = stage.store().claim_at_once(&ana(), &reusable(), None) {
            assert_eq!(at_once.unwrap().unwrap().id(), &id, "both ways to claim agree");
        }
    }
}

pub async fn of_parallel_claims_on_one_use_one_succeeds<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for _ in 0..5 {
        pass(&stage, &ana(), decision(&single_use(), &stage.clock)).await;
        let mut claims = JoinSet::new();
        for n in 0..32 {
            let store = stage.store();
            claims.spawn(async move {
                // Half of them ask as the gate asks first, where the store can answer so.
                let at_once =
                    if n % 2 == 0 { store.claim_at_once(&ana(), &single_use(), None) } else { None };
                let outcome = match at_once {
                    Some(outcome) => outcome,
                    None => store.claim_decision(&ana(), &single_use(), None).await,
                };
                outcome.unwrap().map(|decision| decision.id().clone())
            });
        }
        let outcomes = claims.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Ok(_) | Err(Refused::Consumed))),
            "{outcomes:?}"
        );
    }
}

pub async fn a_decision_goes_stale<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    stage.clock.advance(MAX_AGE - Duration::from_secs(1));
    let shorter = reusable().max_age(MAX_AGE / 2);
    assert_eq!(
        claim(&stage.store(), &ana(), &shorter).await,
        Err(Refused::Stale),
        "for a policy that asks for less"
    );
    assert!(claim(&stage.store(), &ana(), &reusable()).await.is_ok());
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Err(Refused::Stale));
    let longer = reusable().max_age(MAX_AGE * 2);
    assert_eq!(
        claim(&stage.store(), &ana(), &longer).await,
        Err(Refused::Stale),
        "nothing prolongs it afterwards"
    );
}

pub async fn a_decision_with_too_little_evidence_opens_nothing<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    let stricter = Policy::for_session("statement", threshold(95.0)).max_age(MAX_AGE);
    assert_eq!(claim(&stage.store(), &ana(), &stricter).await, Err(Refused::Level));
    assert!(claim(&stage.store(), &ana(), &reusable()).await.is_ok());
}

pub async fn a_restored_decision_opens_once_more<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let id = pass(&stage, &ana(), decision(&single_use(), &stage.clock)).await;
    let first = use_of(&store, &ana(), &single_use()).await;
    assert_eq!(*first.id(), id);
    assert!(store.is_valid(&ana(), &id).await.unwrap(), "being used up does not matter");
    store.restore(&ben(), &first).await.unwrap();
    assert_eq!(claim(&store, &ana(), &single_use()).await, Err(Refused::Consumed), "its owner alone");
    stage.store().restore(&ana(), &first).await.unwrap();
    let second = use_of(&store, &ana(), &single_use()).await;
    assert_eq!(*second.id(), id);
    assert_eq!(claim(&store, &ana(), &single_use()).await, Err(Refused::Consumed));
    stage.clock.advance(MAX_AGE);
    store.restore(&ana(), &second).await.unwrap();
    assert_eq!(claim(&store, &ana(), &single_use()).await.unwrap_err(), Refused::Consumed);
    assert!(!store.is_valid(&ana(), &id).await.unwrap());
}

pub async fn a_use_is_given_back_once<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    pass(&stage, &ana(), decision(&single_use(), &stage.clock)).await;
    let first = use_of(&store, &ana(), &single_use()).await;
    for _ in 0..2 {
        stage.store().restore(&ana(), &first).await.unwrap();
    }
    let second = use_of(&store, &ana(), &single_use()).await;
    // It comes once more, and late: what it would give back is another use by now.
    store.restore(&ana(), &first).await.unwrap();
    assert_eq!(claim(&store, &ana(), &single_use()).await, Err(Refused::Consumed));
    store.restore(&ana(), &second).await.unwrap();
    use_of(&store, &ana(), &single_use()).await;
}

pub async fn an_operation_keeps_its_id_and_is_found_by_its_owner<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let first = store.put_intent(&ana(), pending_intent(1, &stage.clock)).await.unwrap();
    let same = stage.store().put_intent(&ana(), pending_intent(1, &stage.clock)).await.unwrap();
    let other = store.put_intent(&ana(), pending_intent(2, &stage.clock)).await.unwrap();
    assert!(first == same && first != other);
    assert!(store.intent(&ana(), "transfer", &first).await.unwrap().is_some());
    assert!(store.intent(&ana(), "statement", &first).await.unwrap().is_none(), "for its policy alone");
    for stranger in [ben(), anas_phone()] {
        assert!(store.intent(&stranger, "transfer", &first).await.unwrap().is_none());
    }
    stage.clock.advance(TTL);
    assert!(store.intent(&ana(), "transfer", &first).await.unwrap().is_none());
}

pub async fn a_log_out_voids_one_host_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let id = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    pass(&stage, &anas_phone(), decision(&reusable(), &stage.clock)).await;
    let session = open(&stage.store(), &ana()).await;
    let upload = claim_of(&session);
    begin(&stage.store(), &ana(), &upload).await.unwrap();
    stage.store().revoke(Revocation::HostSession(&ana())).await.unwrap();
    assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Err(Refused::Absent));
    assert!(!stage.store().is_valid(&ana(), &id).await.unwrap());
    let late =
        stage.store().settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
    assert!(matches!(late, Settled::TooLate), "{late:?}");
    assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Err(Refused::Absent));
    assert!(claim(&stage.store(), &anas_phone(), &reusable()).await.is_ok());
}

pub async fn a_revocation_voids_every_host_session_and_passes_on_their_way<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for owner in [ana(), anas_phone(), ben()] {
        pass(&stage, &owner, decision(&reusable(), &stage.clock)).await;
    }
    let session = open(&stage.store(), &anas_phone()).await;
    let upload = claim_of(&session);
    begin(&stage.store(), &anas_phone(), &upload).await.unwrap();
    stage.store().revoke(Revocation::Subject(ana().key())).await.unwrap();
    let settlement = passed(&reusable(), &stage.clock);
    let late = stage.store().settle(&anas_phone(), &upload, settlement, &limits()).await.unwrap();
    assert!(matches!(late, Settled::TooLate), "{late:?}");
    for owner in [ana(), anas_phone()] {
        assert!(claim(&stage.store(), &owner, &reusable()).await.is_err());
    }
    assert!(claim(&stage.store(), &ben(), &reusable()).await.is_ok());
}

pub async fn a_rotation_moves_what_a_host_session_holds<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let id = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    let rotated = Principal::new("ana", HostSession::parse("rotated").unwrap()).unwrap();
    stage.store().rotate(&ana(), &rotated).await.unwrap();
    assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Err(Refused::Absent));
    assert_eq!(claim(&stage.store(), &rotated, &reusable()).await, Ok(id));
    stage.store().rotate(&anas_phone(), &rotated).await.unwrap();
    assert_eq!(claim(&stage.store(), &rotated, &reusable()).await, Err(Refused::Absent), "nothing is mixed");
}

/// Takes a decision through a session into the store.
/// Gives `owner` a decision that satisfies `policy`, as a pass at `now` does: for tests of a store beyond its contract.
pub async fn give_decision(store: &DecisionStore, owner: &Principal, policy: &Policy, now: SystemTime) {
    settle_pass(store, owner, decision(policy, &ManualClock::at(now))).await;
}

pub(super) async fn pass<H: StoreHarness>(stage: &Stage<H>, owner: &Principal, made: Decision) -> DecisionId {
    settle_pass(&stage.store(), owner, made).await
}

async fn settle_pass(store: &DecisionStore, owner: &Principal, made: Decision) -> DecisionId {
    let upload = claim_of(&open(store, owner).await);
    begin(store, owner, &upload).await.unwrap();
    let id = made.id().clone();
    let outcome = store.settle(owner, &upload, Settlement::Passed(made), &limits()).await.unwrap();
    assert!(matches!(outcome, Settled::Passed), "{outcome:?}");
    id
}

pub(super) async fn claim(
    store: &DecisionStore,
    owner: &Principal,
    policy: &Policy,
) -> Result<DecisionId, Refused> {
    store.claim_decision(owner, policy, None).await.unwrap().map(|decision| decision.id().clone())
}

/// What a use of the decision is let in with.
async fn use_of(store: &DecisionStore, owner: &Principal, policy: &Policy) -> Arc<Decision> {
    store.claim_decision(owner, policy, None).await.unwrap().unwrap()
}
