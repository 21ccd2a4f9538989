use std::time::Duration;

use biometry_gate::id::SessionId;
use biometry_gate::principal::Principal;
use biometry_gate::session::Standing;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::operations::{Busy, NotBegun, Settled, Upload};
use tokio::task::JoinSet;

use super::values::{
    LEASE, TTL, ana, anas_phone, ben, claim_of, limits, new_session, passed, rejected, return_target,
    reusable,
};
use super::{Stage, StoreHarness};

pub async fn a_session_is_its_owners_alone<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let id = open(&stage.store(), &ana()).await;
    let elsewhere = stage.store();
    let found = elsewhere.session(&ana(), Some(&id), &limits()).await.unwrap().unwrap();
    assert_eq!((found.session.id(), found.standing, found.attempts_left), (&id, Standing::Issued, 5));
    assert!(elsewhere.session(&ana(), None, &limits()).await.unwrap().is_some());
    for stranger in [ben(), anas_phone()] {
        assert!(elsewhere.session(&stranger, Some(&id), &limits()).await.unwrap().is_none());
        assert!(elsewhere.session(&stranger, None, &limits()).await.unwrap().is_none());
        assert_eq!(begin(&elsewhere, &stranger, &claim_of(&id)).await, Err(NotBegun::Unknown));
        assert_eq!(elsewhere.end_session(&stranger, &id).await.unwrap().unwrap_err(), NotBegun::Unknown);
    }
    assert_eq!(standing(&elsewhere, &ana(), &id).await, Standing::Issued);
}

pub async fn a_newer_session_supersedes_the_one_before<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (first, second) = (new_session(), new_session());
    let ids = [first.id.clone(), second.id.clone()];
    let platforms = first.platform_session.clone();
    store.open_session(&ana(), first).await.unwrap();
    open(&store, &anas_phone()).await;
    assert!(store.take_due_tasks(ana().key()).await.unwrap().ended.is_empty());
    stage.store().open_session(&ana(), second).await.unwrap();
    let due_tasks = stage.store().take_due_tasks(ana().key()).await.unwrap();
    assert_eq!(due_tasks.ended, [platforms], "to be ended there, too");
    assert_eq!(begin(&store, &ana(), &claim_of(&ids[0])).await, Err(NotBegun::Busy(Busy::Superseded)));
    assert_eq!(store.session(&ana(), None, &limits()).await.unwrap().unwrap().session.id(), &ids[1]);
    assert_eq!(begin(&store, &ana(), &claim_of(&ids[1])).await, Ok(()));
}

pub async fn of_parallel_uploads_one_begins<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for _ in 0..5 {
        let id = open(&stage.store(), &ana()).await;
        let mut uploads = JoinSet::new();
        for _ in 0..16 {
            let (store, upload) = (stage.store(), claim_of(&id));
            uploads.spawn(async move { begin(&store, &ana(), &upload).await });
        }
        let outcomes = uploads.join_all().await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        assert!(
            outcomes.iter().all(|outcome| matches!(outcome, Ok(()) | Err(NotBegun::Busy(Busy::Uploading)))),
            "{outcomes:?}"
        );
        stage.clock.advance(LEASE);
    }
}

pub async fn a_released_claim_leaves_everything_as_it_was<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let id = open(&store, &ana()).await;
    let upload = claim_of(&id);
    let begun = store.begin_upload(&ana(), &upload, &limits()).await.unwrap().unwrap();
    assert!(begun.phrase.is_said_by("one two three"));
    assert_eq!(standing(&store, &ana(), &id).await, Standing::Processing);
    store.release_upload(&ana(), &claim_of(&id)).await.unwrap();
    assert_eq!(standing(&store, &ana(), &id).await, Standing::Processing, "another claim releases nothing");
    stage.store().release_upload(&ana(), &upload).await.unwrap();
    assert_eq!(standing(&store, &ana(), &id).await, Standing::Issued);
    let begun = store.begin_upload(&ana(), &claim_of(&id), &limits()).await.unwrap().unwrap();
    assert!(begun.phrase.is_said_by("one two three"));
}

pub async fn a_claim_runs_out_with_its_lease<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let mut new = new_session();
    new.time_to_live = LEASE * 3;
    let id = new.id.clone();
    store.open_session(&ana(), new).await.unwrap();
    let lost = claim_of(&id);
    begin(&store, &ana(), &lost).await.unwrap();
    stage.clock.advance(LEASE - Duration::from_secs(1));
    assert_eq!(begin(&store, &ana(), &claim_of(&id)).await, Err(NotBegun::Busy(Busy::Uploading)));
    stage.clock.advance(Duration::from_secs(1));
    let late = store.settle(&ana(), &lost, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
    assert!(matches!(late, Settled::TooLate), "a pass whose claim has run out is none: {late:?}");
    assert_eq!(begin(&store, &ana(), &claim_of(&id)).await, Ok(()));
}

pub async fn a_phrase_runs_out_and_an_upload_under_way_does_not<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (anas, bens) = (open(&store, &ana()).await, open(&store, &ben()).await);
    stage.clock.advance(TTL - Duration::from_secs(1));
    let upload = claim_of(&anas);
    begin(&store, &ana(), &upload).await.unwrap();
    stage.clock.advance(Duration::from_secs(1));
    assert_eq!(begin(&store, &ben(), &claim_of(&bens)).await, Err(NotBegun::Expired));
    let settled = store.settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
    assert!(matches!(settled, Settled::Passed), "{settled:?}");
}

pub async fn only_its_own_claim_settles_a_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let id = open(&store, &ana()).await;
    let upload = claim_of(&id);
    begin(&store, &ana(), &upload).await.unwrap();
    for (owner, other) in [(ana(), claim_of(&id)), (ben(), upload.clone()), (anas_phone(), upload.clone())] {
        let outcome =
            store.settle(&owner, &other, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
        assert!(matches!(outcome, Settled::TooLate), "{outcome:?}");
        assert!(store.claim_decision(&owner, &reusable(), None).await.unwrap().is_err());
    }
}

pub async fn an_ended_session_turns_a_pass_away<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let id = open(&store, &ana()).await;
    let upload = claim_of(&id);
    begin(&store, &ana(), &upload).await.unwrap();
    assert!(stage.store().end_session(&ana(), &id).await.unwrap().is_ok());
    assert_eq!(
        store.end_session(&ana(), &id).await.unwrap().unwrap_err(),
        NotBegun::Busy(Busy::Ended),
        "once"
    );
    let outcome = store.settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();
    assert!(matches!(outcome, Settled::TooLate), "{outcome:?}");
    assert!(store.claim_decision(&ana(), &reusable(), None).await.unwrap().is_err());

    let id = open(&store, &ana()).await;
    let upload = claim_of(&id);
    begin(&store, &ana(), &upload).await.unwrap();
    store.end_session(&ana(), &id).await.unwrap().unwrap();
    store.settle(&ana(), &upload, rejected(), &limits()).await.unwrap();
    let view = store.session(&ana(), None, &limits()).await.unwrap().unwrap();
    assert_eq!(view.attempts_left, 4, "a failure counts whatever became of its session");
}

pub async fn a_place_to_return_to_is_handed_out_once<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (handle, target) = return_target(&stage.clock);
    store.put_return(&ana(), target).await.unwrap();
    for stranger in [ben(), anas_phone()] {
        assert_eq!(store.take_return(&stranger, &handle).await.unwrap(), None);
    }
    let taken = stage.store().take_return(&ana(), &handle).await.unwrap();
    assert_eq!(taken.as_deref(), Some("/statement?month=1"));
    assert_eq!(store.take_return(&ana(), &handle).await.unwrap(), None);
    let (handle, target) = return_target(&stage.clock);
    store.put_return(&ana(), target).await.unwrap();
    stage.clock.advance(TTL);
    assert_eq!(store.take_return(&ana(), &handle).await.unwrap(), None);
}

pub(super) async fn open(store: &DecisionStore, owner: &Principal) -> SessionId {
    let new = new_session();
    let id = new.id.clone();
    store.open_session(owner, new).await.unwrap();
    id
}

pub(super) async fn begin(store: &DecisionStore, owner: &Principal, upload: &Upload) -> Result<(), NotBegun> {
    store.begin_upload(owner, upload, &limits()).await.unwrap().map(|_| ())
}

async fn standing(store: &DecisionStore, owner: &Principal, id: &SessionId) -> Standing {
    store.session(owner, Some(id), &limits()).await.unwrap().unwrap().standing
}
