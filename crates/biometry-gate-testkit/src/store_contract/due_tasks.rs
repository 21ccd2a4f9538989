use std::time::Duration;

use biometry_client::PlatformSession;
use biometry_gate::clock::Clock as _;
use biometry_gate::consent::{OwedWithdrawal, Purpose};
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::operations::Revocation;
use tokio::task::JoinSet;

use super::decisions::pass;
use super::sessions::begin;
use super::values::{
    LEASE, MAX_AGE, TTL, ana, anas_phone, ben, claim_id, claim_of, decision, limits, new_session, receipt,
    rejected, reusable,
};
use super::{Stage, StoreHarness};

pub async fn a_platform_session_is_handed_out_to_be_ended_once<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for _ in 0..5 {
        let session = opened(&stage.store(), &ana()).await;
        let id = stage.store().session(&ana(), None, &limits()).await.unwrap().unwrap().session.id().clone();
        assert_eq!(ended(&stage.store(), &ana()).await, []);
        stage.store().end_session(&ana(), &id).await.unwrap().unwrap();
        let mut takers = JoinSet::new();
        for _ in 0..8 {
            let store = stage.store();
            takers.spawn(async move { ended(&store, &ana()).await });
        }
        assert_eq!(takers.join_all().await.concat(), [session]);
    }
    assert_eq!(ended(&stage.store(), &ben()).await, []);
}

pub async fn a_platform_session_is_over_when_its_time_or_its_login_is<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let session = opened(&store, &ana()).await;
    let due_tasks = store.take_due_tasks(ana().key()).await.unwrap();
    assert_eq!(due_tasks.next, Some(stage.clock.now() + TTL), "there will be something to do then");
    stage.clock.advance(TTL);
    assert_eq!(ended(&stage.store(), &ana()).await, [session]);
    let session = opened(&store, &ana()).await;
    let elsewhere = opened(&store, &anas_phone()).await;
    store.revoke(Revocation::HostSession(&ana())).await.unwrap();
    assert_eq!(ended(&store, &ana()).await, [session]);
    store.revoke(Revocation::Subject(ana().key())).await.unwrap();
    assert_eq!(ended(&store, &ana()).await, [elsewhere]);
}

pub async fn a_platform_session_outlives_a_pass_as_long_as_its_proof<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    let view = store.session(&ana(), None, &limits()).await.unwrap().unwrap();
    stage.clock.advance(MAX_AGE - Duration::from_secs(1));
    assert_eq!(ended(&store, &ana()).await, [], "a face may still be matched with it");
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(ended(&store, &ana()).await.len(), 1);
    let still = store.session(&ana(), Some(view.session.id()), &limits()).await.unwrap();
    assert!(still.is_some(), "its owner can see its outcome for a while longer");
}

pub async fn a_platform_session_is_left_alone_while_an_upload_is_judged<H: StoreHarness>() {
    for settles in [true, false] {
        let stage = Stage::<H>::open().await;
        let store = stage.store();
        let session = opened(&store, &ana()).await;
        let id = store.session(&ana(), None, &limits()).await.unwrap().unwrap().session.id().clone();
        let upload = claim_of(&id);
        begin(&store, &ana(), &upload).await.unwrap();
        store.end_session(&ana(), &id).await.unwrap().unwrap();
        let due_tasks = stage.store().take_due_tasks(ana().key()).await.unwrap();
        assert_eq!((due_tasks.ended, due_tasks.next), (vec![], Some(stage.clock.now() + LEASE)));
        if settles {
            store.settle(&ana(), &upload, rejected(), &limits()).await.unwrap();
        } else {
            stage.clock.advance(LEASE);
        }
        assert_eq!(ended(&stage.store(), &ana()).await, [session]);
    }
}

pub async fn a_withdrawal_is_owed_until_it_is_reported<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let (store, key) = (stage.store(), ana().key().clone());
    store.record_consent(&key, vec![receipt(true, true, stage.clock.now())]).await.unwrap();
    assert_eq!(owed(&store).await, []);
    store.record_consent(&key, vec![receipt(true, false, stage.clock.now())]).await.unwrap();
    let first = owed(&stage.store()).await;
    assert_eq!(first.iter().map(|owed| owed.purpose).collect::<Vec<_>>(), [Purpose::Storage]);
    assert_eq!(owed(&store).await, [], "another process has taken it");
    let again = store.take_due_tasks(&key).await.unwrap().next.expect("another attempt");
    stage.clock.advance(again.duration_since(stage.clock.now()).unwrap());
    assert_eq!(owed(&stage.store()).await, first);
    store.ack_withdrawal(&key, &first[0]).await.unwrap();
    stage.clock.advance(Duration::from_secs(3_600 * 24));
    assert_eq!(owed(&stage.store()).await, []);
}

pub async fn of_parallel_deliveries_one_is_the_first<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let delivery = Principal::new("a-delivery", HostSession::parse("s").unwrap()).unwrap().key().clone();
    let keep = Duration::from_secs(3_600);
    let mut takers = JoinSet::new();
    for _ in 0..16 {
        let (store, delivery) = (stage.store(), delivery.clone());
        takers.spawn(async move {
            let claim = claim_id();
            let first = store.mark_delivered(&delivery, &claim, keep).await.unwrap();
            let asked_again = store.mark_delivered(&delivery, &claim, keep).await.unwrap();
            assert_eq!(first, asked_again, "a claim that does not know what became of it asks again");
            first
        });
    }
    assert_eq!(takers.join_all().await.into_iter().filter(|&first| first).count(), 1);
    stage.clock.advance(keep - Duration::from_secs(1));
    assert!(!stage.store().mark_delivered(&delivery, &claim_id(), keep).await.unwrap());
    stage.clock.advance(Duration::from_secs(1));
    assert!(stage.store().mark_delivered(&delivery, &claim_id(), keep).await.unwrap());
}

async fn opened(store: &DecisionStore, owner: &Principal) -> PlatformSession {
    let new = new_session();
    let session = new.platform_session.clone();
    store.open_session(owner, new).await.unwrap();
    session
}

async fn ended(store: &DecisionStore, owner: &Principal) -> Vec<PlatformSession> {
    store.take_due_tasks(owner.key()).await.unwrap().ended
}

async fn owed(store: &DecisionStore) -> Vec<OwedWithdrawal> {
    store.take_due_tasks(ana().key()).await.unwrap().withdrawals
}
