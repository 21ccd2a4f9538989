use std::time::Duration;

use biometry_gate::document::PictureDigest;
use biometry_gate::gate::Refused;
use biometry_gate::id::{ClaimId, SessionId};
use biometry_gate::principal::Principal;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::operations::{
    AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled, Busy, NotBegun,
};
use tokio::task::JoinSet;

use super::sessions::{begin, open};
use super::values::{LEASE, ana, anas_phone, auxiliary_upload, ben, claim_of, limits, passed, reusable};
use super::{Stage, StoreHarness};

pub async fn an_auxiliary_upload_is_alone_and_joins_the_live_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (first, session) =
        begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Live(None)).await.unwrap();
    assert_eq!(session, None);
    for owner in [ana(), anas_phone()] {
        let second = begin_auxiliary_upload(&stage.store(), &owner, AuxiliarySession::Live(None)).await;
        assert_eq!(
            second.unwrap_err(),
            NotBegun::Busy(Busy::Uploading),
            "one at a time, wherever the subject is"
        );
    }
    assert!(begin_auxiliary_upload(&store, &ben(), AuxiliarySession::Live(None)).await.is_ok());
    let settled = stage
        .store()
        .settle_auxiliary_upload(&ana(), &first, AuxiliaryOutcome::Nothing, &limits())
        .await
        .unwrap();
    assert_eq!(settled, AuxiliarySettled::Kept);
    let id = open(&store, &ana()).await;
    let named = AuxiliarySession::Live(Some(id.clone()));
    let foreign = begin_auxiliary_upload(&store, &anas_phone(), named.clone()).await;
    assert_eq!(foreign.unwrap_err(), NotBegun::Unknown);
    let (_, session) = begin_auxiliary_upload(&stage.store(), &ana(), named).await.unwrap();
    assert_eq!(session, Some(id));
}

pub async fn of_parallel_auxiliary_uploads_one_begins<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let mut uploads = JoinSet::new();
    for _ in 0..16 {
        let store = stage.store();
        uploads
            .spawn(async move { begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Live(None)).await });
    }
    let outcomes = uploads.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert!(
        outcomes
            .iter()
            .flat_map(|outcome| outcome.as_ref().err())
            .all(|error| *error == NotBegun::Busy(Busy::Uploading))
    );
}

pub async fn an_auxiliary_upload_runs_out_with_its_lease<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let (lost, _) = begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Live(None)).await.unwrap();
    stage.clock.advance(LEASE);
    let late =
        store.settle_auxiliary_upload(&ana(), &lost, AuxiliaryOutcome::Nothing, &limits()).await.unwrap();
    assert_eq!(late, AuxiliarySettled::TooLate);
    assert!(begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Live(None)).await.is_ok());
}

pub async fn a_match_completes_the_decision_of_its_session<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let with_document = reusable().require_document_match();
    let id = open(&store, &ana()).await;
    let early = begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Passed(None)).await;
    assert_eq!(early.unwrap_err(), NotBegun::NotPassed);
    let (claim, _) = begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Live(None)).await.unwrap();
    let accepted = AuxiliaryOutcome::DocumentAccepted(vec![PictureDigest::of(b"passport")]);
    assert_eq!(
        stage.store().settle_auxiliary_upload(&ana(), &claim, accepted, &limits()).await.unwrap(),
        AuxiliarySettled::Kept
    );
    let upload = claim_of(&id);
    begin(&store, &ana(), &upload).await.unwrap();
    store.settle(&ana(), &upload, passed(&reusable(), &stage.clock), &limits()).await.unwrap();

    assert!(store.claim_decision(&ana(), &reusable(), None).await.unwrap().is_ok());
    for (picture, settled) in
        [(b"selfie!!", AuxiliarySettled::Kept), (b"passport", AuxiliarySettled::DocumentMatched)]
    {
        let refused = stage.store().claim_decision(&ana(), &with_document, None).await.unwrap();
        assert_eq!(refused.unwrap_err(), Refused::Level);
        let (claim, session) =
            begin_auxiliary_upload(&store, &ana(), AuxiliarySession::Passed(None)).await.unwrap();
        assert_eq!(session.as_ref(), Some(&id));
        let picture = PictureDigest::of(picture);
        let matched = AuxiliaryOutcome::Matched { picture, document_max_age: Duration::from_secs(60) };
        assert_eq!(
            stage.store().settle_auxiliary_upload(&ana(), &claim, matched, &limits()).await.unwrap(),
            settled
        );
    }
    let decision = stage.store().claim_decision(&ana(), &with_document, None).await.unwrap().unwrap();
    assert!(decision.document_match().is_some());
}

async fn begin_auxiliary_upload(
    store: &DecisionStore,
    owner: &Principal,
    session: AuxiliarySession,
) -> Result<(ClaimId, Option<SessionId>), NotBegun> {
    let upload = auxiliary_upload(session);
    let begun = store.begin_auxiliary_upload(owner, &upload, &limits()).await.unwrap()?;
    Ok((upload.claim, begun.map(|session| session.id().clone())))
}
