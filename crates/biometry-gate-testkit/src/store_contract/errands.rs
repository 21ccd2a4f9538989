use std::time::Duration;

use biometry_gate::document::PictureDigest;
use biometry_gate::id::{ClaimId, SessionId};
use biometry_gate::ledger::{Errand, ErrandOutcome, ErrandSession, ErrandSettled, NotBegun, Refused};
use biometry_gate::principal::Principal;
use biometry_gate::store::DecisionStore;
use tokio::task::JoinSet;

use super::sessions::{begin, open};
use super::values::{LEASE, ana, anas_phone, ben, claim_of, errand, limits, passed, reusable};
use super::{Stage, StoreHarness};

pub async fn an_errand_is_alone_and_joins_the_live_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (first, session) = begin_errand(&*store, &ana(), ErrandSession::Live(None)).await.unwrap();
    assert_eq!(session, None);
    for owner in [ana(), anas_phone()] {
        let second = begin_errand(&*stage.store(), &owner, ErrandSession::Live(None)).await;
        assert_eq!(second.unwrap_err(), NotBegun::Busy, "one at a time, wherever the subject is");
    }
    assert!(begin_errand(&*store, &ben(), ErrandSession::Live(None)).await.is_ok());
    let settled =
        stage.store().settle_errand(&ana(), &first, ErrandOutcome::Nothing, &limits()).await.unwrap();
    assert_eq!(settled, ErrandSettled::Kept);
    let id = open(&*store, &ana()).await;
    let named = ErrandSession::Live(Some(id.clone()));
    let foreign = begin_errand(&*store, &anas_phone(), named.clone()).await;
    assert_eq!(foreign.unwrap_err(), NotBegun::Unknown);
    let (_, session) = begin_errand(&*stage.store(), &ana(), named).await.unwrap();
    assert_eq!(session, Some(id));
}

pub async fn of_parallel_errands_one_begins<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let mut errands = JoinSet::new();
    for _ in 0..16 {
        let store = stage.store();
        errands.spawn(async move { begin_errand(&*store, &ana(), ErrandSession::Live(None)).await });
    }
    let outcomes = errands.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(outcomes.iter().flat_map(|outcome| outcome.as_ref().err()).all(|error| *error == NotBegun::Busy));
}

pub async fn an_errand_runs_out_with_its_lease<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (lost, _) = begin_errand(&*store, &ana(), ErrandSession::Live(None)).await.unwrap();
    stage.clock.advance(LEASE);
    let late = store.settle_errand(&ana(), &lost, ErrandOutcome::Nothing, &limits()).await.unwrap();
    assert_eq!(late, ErrandSettled::TooLate);
    assert!(begin_errand(&*store, &ana(), ErrandSession::Live(None)).await.is_ok());
}

pub async fn a_match_completes_the_decision_of_its_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let with_document = reusable().require_document_match();
    let id = open(&*store, &ana()).await;
    let early = begin_errand(&*store, &ana(), ErrandSession::Passed(None)).await;
    assert_eq!(early.unwrap_err(), NotBegun::NotPassed);
    let (claim, _) = begin_errand(&*store, &ana(), ErrandSession::Live(None)).await.unwrap();
    let accepted = ErrandOutcome::DocumentAccepted(vec![PictureDigest::of(b"passport")]);
    assert_eq!(
        stage.store().settle_errand(&ana(), &claim, accepted, &limits()).await.unwrap(),
        ErrandSettled::Kept
    );
    let upload = claim_of(&id);
    begin(&*store, &ana(), &upload).await.unwrap();
    store.settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();

    assert!(store.claim_decision(&ana(), &reusable(), None).await.unwrap().is_ok());
    for (picture, settled) in
        [(b"selfie!!", ErrandSettled::Kept), (b"passport", ErrandSettled::DocumentMatched)]
    {
        let refused = stage.store().claim_decision(&ana(), &with_document, None).await.unwrap();
        assert_eq!(refused.unwrap_err(), Refused::Level);
        let (claim, session) = begin_errand(&*store, &ana(), ErrandSession::Passed(None)).await.unwrap();
        assert_eq!(session.as_ref(), Some(&id));
        let picture = PictureDigest::of(picture);
        let matched = ErrandOutcome::Matched { picture, document_max_age: Duration::from_secs(60) };
        assert_eq!(stage.store().settle_errand(&ana(), &claim, matched, &limits()).await.unwrap(), settled);
    }
    let decision = stage.store().claim_decision(&ana(), &with_document, None).await.unwrap().unwrap();
    assert!(decision.document_match().is_some());
}

async fn begin_errand(
    store: &dyn DecisionStore,
    owner: &Principal,
    session: ErrandSession,
) -> Result<(ClaimId, Option<SessionId>), NotBegun> {
    let errand: Errand = errand(session);
    let begun = store.begin_errand(owner, &errand, &limits()).await.unwrap()?;
    Ok((errand.claim, begun.map(|session| session.id().clone())))
}
