use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::store::operations::{Busy, NotBegun, Settled};
use tokio::task::JoinSet;

use super::decisions::pass;
use super::sessions::open;
use super::values::{TTL, ana, anas_phone, ben, claim_of, decision, rejected, reusable};
use super::{Stage, StoreHarness};

pub async fn starts_are_limited_in_a_sliding_window<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let limits = Limits::default().starts(2, Duration::from_secs(60));
    let start = async |owner| stage.store().reserve_start(&owner, &limits).await.unwrap();
    assert!(start(ana()).await.is_ok());
    stage.clock.advance(Duration::from_secs(20));
    assert!(start(anas_phone()).await.is_ok());
    assert_eq!(start(ana()).await.unwrap_err().retry_after, Duration::from_secs(40));
    assert!(start(ben()).await.is_ok());
    stage.clock.advance(Duration::from_secs(40));
    assert!(start(ana()).await.is_ok());
    assert!(start(ana()).await.is_err());
}

pub async fn of_parallel_starts_no_more_than_the_limit_are_counted<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let mut starts = JoinSet::new();
    for _ in 0..32 {
        let store = stage.store();
        let limits = Limits::default().starts(7, Duration::from_secs(60));
        starts.spawn(async move { store.reserve_start(&ana(), &limits).await.unwrap().is_ok() });
    }
    let granted = starts.join_all().await.into_iter().filter(|granted| *granted).count();
    assert_eq!(granted, 7);
}

pub async fn failures_lock_out_and_the_lock_ends<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let limits = Limits::default().failures(2, Duration::from_secs(100));
    let id = open(&store, &ana()).await;
    for left in [Some(1), None] {
        let upload = claim_of(&id);
        store.begin_upload(&ana(), &upload, &limits).await.unwrap().unwrap();
        match (store.settle(&ana(), &upload, rejected(), &limits).await.unwrap(), left) {
            (Settled::Retry { attempts_left, .. }, Some(left)) => assert_eq!(attempts_left, left),
            (Settled::Locked, None) => {}
            (other, left) => panic!("{other:?} instead of {left:?}"),
        }
    }
    for owner in [ana(), anas_phone()] {
        let limited = stage.store().reserve_start(&owner, &limits).await.unwrap().unwrap_err();
        assert_eq!(limited.retry_after, Duration::from_secs(100));
    }
    let waiting = open(&store, &anas_phone()).await;
    let refused = store.begin_upload(&anas_phone(), &claim_of(&waiting), &limits).await.unwrap();
    assert!(matches!(refused, Err(NotBegun::Limited(_))), "{refused:?}");
    assert!(store.reserve_start(&ben(), &limits).await.unwrap().is_ok());
    stage.clock.advance(Duration::from_secs(100));
    assert!(store.reserve_start(&ana(), &limits).await.unwrap().is_ok());
}

pub async fn uploads_under_way_hold_the_failures_that_are_left<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let limits = Limits::default().failures(1, Duration::from_secs(100));
    let (first, second) = (open(&store, &ana()).await, open(&store, &anas_phone()).await);
    let upload = claim_of(&first);
    store.begin_upload(&ana(), &upload, &limits).await.unwrap().unwrap();
    let other = claim_of(&second);
    let refused = stage.store().begin_upload(&anas_phone(), &other, &limits).await.unwrap().unwrap_err();
    assert_eq!(refused, NotBegun::Busy(Busy::Uploading));
    store.release_upload(&ana(), &upload).await.unwrap();
    assert!(store.begin_upload(&anas_phone(), &other, &limits).await.unwrap().is_ok());
}

pub async fn a_pass_forgives_failures<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let limits = Limits::default();
    let upload = claim_of(&open(&store, &ana()).await);
    store.begin_upload(&ana(), &upload, &limits).await.unwrap().unwrap();
    store.settle(&ana(), &upload, rejected(), &limits).await.unwrap();
    let left = async || store.session(&ana(), None, &limits).await.unwrap().unwrap().attempts_left;
    assert_eq!(left().await, 4);
    stage.clock.advance(TTL * 100);
    assert!(store.session(&ana(), None, &limits).await.unwrap().is_none_or(|view| view.attempts_left == 4));
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    assert_eq!(left().await, 5);
}

pub async fn an_unlock_lifts_the_lock<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let limits = Limits::default().failures(1, Duration::from_secs(100)).block_at(1);
    let upload = claim_of(&open(&store, &ana()).await);
    store.begin_upload(&ana(), &upload, &limits).await.unwrap().unwrap();
    store.settle(&ana(), &upload, rejected(), &limits).await.unwrap();
    stage.clock.advance(Duration::from_secs(1_000_000));
    assert!(
        store.reserve_start(&ana(), &limits).await.unwrap().is_err(),
        "blocked until the host says otherwise"
    );
    stage.store().unlock(ana().key()).await.unwrap();
    assert!(store.reserve_start(&ana(), &limits).await.unwrap().is_ok());
}
