//! Uploads that verify no one: which session they belong to, and what may come of them.

use std::time::Duration;

use super::tests::{World, host, passed, policy};
use super::{AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled, AuxiliaryUpload, Busy, NotBegun, Refused};
use crate::consent::{Purpose, Receipt};
use crate::document::PictureDigest;
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, SessionId};
use crate::principal::HostSession;
use crate::session::Standing;

const DOCUMENT_MAX_AGE: Duration = Duration::from_secs(100);

impl World {
    fn begin_auxiliary_upload(
        &mut self,
        host: &HostSession,
        session: AuxiliarySession,
    ) -> Result<(ClaimId, Option<SessionId>), NotBegun> {
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = AuxiliaryUpload { session, claim: claim.clone(), lease: Duration::from_secs(60) };
        let session = self.record.begin_auxiliary_upload(host, &upload, &self.limits, self.now)?;
        Ok((claim, session.map(|session| session.id)))
    }

    fn settle_auxiliary_upload(
        &mut self,
        host: &HostSession,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
    ) -> AuxiliarySettled {
        self.record.settle_auxiliary_upload(host, claim, outcome, &self.limits, self.now)
    }

    fn accept_document(&mut self, host: &HostSession, picture: &[u8]) -> AuxiliarySettled {
        let (claim, _) = self.begin_auxiliary_upload(host, AuxiliarySession::Live(None)).unwrap();
        self.settle_auxiliary_upload(
            host,
            &claim,
            AuxiliaryOutcome::DocumentAccepted(vec![PictureDigest::of(picture)]),
        )
    }

    fn match_with(&mut self, host: &HostSession, picture: &[u8]) -> AuxiliarySettled {
        let (claim, _) = self.begin_auxiliary_upload(host, AuxiliarySession::Passed(None)).unwrap();
        self.settle_auxiliary_upload(host, &claim, matched(picture))
    }
}

fn matched(picture: &[u8]) -> AuxiliaryOutcome {
    AuxiliaryOutcome::Matched { picture: PictureDigest::of(picture), document_max_age: DOCUMENT_MAX_AGE }
}

#[test]
fn an_auxiliary_upload_joins_the_live_session_and_needs_none() {
    let (mut world, host) = (World::new(), host("h1"));
    let (claim, session) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    assert_eq!(session, None);
    assert_eq!(
        world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::Nothing),
        AuxiliarySettled::Kept
    );
    let id = world.open(&host);
    for named in [None, Some(id.clone())] {
        let (claim, session) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(named)).unwrap();
        assert_eq!(session, Some(id.clone()));
        world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::Nothing);
    }
    world.wait(180);
    assert_eq!(world.standing(&host), Standing::Expired);
    let (claim, session) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    assert_eq!(session, None, "what is over is not joined");
    world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::Nothing);
    let named = AuxiliarySession::Live(Some(id.clone()));
    assert_eq!(world.begin_auxiliary_upload(&host, named.clone()).unwrap_err(), NotBegun::Expired);
    world.open(&host);
    assert_eq!(
        world.begin_auxiliary_upload(&host, named.clone()).unwrap_err(),
        NotBegun::Busy(Busy::Superseded),
        "superseded"
    );
    assert_eq!(
        world.begin_auxiliary_upload(&super::tests::host("h2"), named).unwrap_err(),
        NotBegun::Unknown
    );
}

#[test]
fn a_subject_has_one_auxiliary_upload_at_a_time_and_its_lease_ends() {
    let (mut world, host) = (World::new(), host("h1"));
    let (lost, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    assert_eq!(
        world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap_err(),
        NotBegun::Busy(Busy::Uploading)
    );
    world.wait(59);
    assert_eq!(
        world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap_err(),
        NotBegun::Busy(Busy::Uploading)
    );
    world.wait(1);
    let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    assert_eq!(
        world.settle_auxiliary_upload(&host, &lost, AuxiliaryOutcome::Nothing),
        AuxiliarySettled::TooLate
    );
    assert_eq!(
        world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::Nothing),
        AuxiliarySettled::Kept
    );
    assert!(world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).is_ok());
}

#[test]
fn an_auxiliary_upload_does_not_hold_up_a_verification() {
    let (mut world, host) = (World::new(), host("h1"));
    let id = world.open(&host);
    world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    assert!(world.begin(&host, &id).is_ok());
}

#[test]
fn a_match_needs_a_pass_that_stands() {
    let (mut world, host) = (World::new(), host("h1"));
    let passed = || AuxiliarySession::Passed(None);
    assert_eq!(world.begin_auxiliary_upload(&host, passed()).unwrap_err(), NotBegun::Unknown);
    let id = world.open(&host);
    assert_eq!(world.begin_auxiliary_upload(&host, passed()).unwrap_err(), NotBegun::NotPassed);
    let (upload, _) = world.begin(&host, &id).unwrap();
    assert_eq!(world.begin_auxiliary_upload(&host, passed()).unwrap_err(), NotBegun::NotPassed);
    world.pass(&host, &upload);
    let (claim, _) = world.begin_auxiliary_upload(&host, passed()).unwrap();
    world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::Nothing);
    world.wait(300);
    assert_eq!(world.begin_auxiliary_upload(&host, passed()).unwrap_err(), NotBegun::Expired);

    let (mut world, host) = super::tests::passed();
    world.record.record_consent(Receipt::new(Purpose::Storage, false, world.now));
    assert_eq!(
        world.begin_auxiliary_upload(&host, passed()).unwrap_err(),
        NotBegun::NotPassed,
        "its pass is void"
    );
    let (mut world, host) = super::tests::passed();
    world.record.end_session(&host, &world.record.session(&host, None).unwrap().id.clone()).unwrap();
    assert_eq!(
        world.begin_auxiliary_upload(&host, passed()).unwrap_err(),
        NotBegun::Busy(Busy::Ended),
        "it was ended"
    );
}

#[test]
fn a_decision_is_completed_by_the_accepted_documents_own_picture() {
    let with_document = policy().require_document_match();
    let (mut world, host) = passed();
    assert!(world.claim(&host, &policy()).is_ok());
    assert_eq!(world.claim(&host, &with_document).unwrap_err(), Refused::Level);
    assert_eq!(world.match_with(&host, b"face"), AuxiliarySettled::Kept, "no document was accepted");
    assert_eq!(world.accept_document(&host, b"passport"), AuxiliarySettled::Kept);
    assert_eq!(world.match_with(&host, b"face"), AuxiliarySettled::Kept, "another picture");
    assert_eq!(world.claim(&host, &with_document).unwrap_err(), Refused::Level);
    world.wait(10);
    assert_eq!(world.match_with(&host, b"passport"), AuxiliarySettled::DocumentMatched);
    let decision = world.claim(&host, &with_document).unwrap();
    let document = decision.document_match().unwrap();
    assert_eq!(document.matched_at.duration_since(document.accepted_at).unwrap(), Duration::from_secs(10));
    world.wait(291);
    assert_eq!(
        world.claim(&host, &with_document).unwrap_err(),
        Refused::Stale,
        "a match makes no proof younger"
    );
}

#[test]
fn a_document_may_come_before_the_video() {
    let (mut world, host) = (World::new(), host("h1"));
    let id = world.open(&host);
    world.accept_document(&host, b"passport");
    let (upload, _) = world.begin(&host, &id).unwrap();
    world.pass(&host, &upload);
    assert_eq!(world.match_with(&host, b"passport"), AuxiliarySettled::DocumentMatched);
}

#[test]
fn a_document_counts_for_its_session_while_it_is_fresh_and_the_last_one() {
    let (mut world, host) = passed();
    world.accept_document(&host, b"passport");
    world.wait(101);
    assert_eq!(world.match_with(&host, b"passport"), AuxiliarySettled::Kept, "too long ago");

    let (mut world, host) = passed();
    world.accept_document(&host, b"passport");
    let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::DocumentRejected);
    assert_eq!(
        world.match_with(&host, b"passport"),
        AuxiliarySettled::Kept,
        "another one was rejected since"
    );

    let (mut world, host) = passed();
    world.accept_document(&host, b"passport");
    let id = world.open(&host);
    let (upload, _) = world.begin(&host, &id).unwrap();
    world.pass(&host, &upload);
    assert_eq!(world.match_with(&host, b"passport"), AuxiliarySettled::Kept, "another session's document");
}

#[test]
fn a_newer_session_leaves_nothing_to_complete() {
    let (mut world, host) = passed();
    world.accept_document(&host, b"passport");
    let old = world.record.session(&host, None).unwrap().id.clone();
    let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Passed(None)).unwrap();
    world.open(&host);
    assert_eq!(world.settle_auxiliary_upload(&host, &claim, matched(b"passport")), AuxiliarySettled::TooLate);
    for session in [AuxiliarySession::Passed(Some(old.clone())), AuxiliarySession::Live(Some(old))] {
        assert_eq!(
            world.begin_auxiliary_upload(&host, session).unwrap_err(),
            NotBegun::Busy(Busy::Superseded)
        );
    }
    assert!(world.claim(&host, &policy()).is_ok(), "its pass counts as before");
}

#[test]
fn what_comes_of_a_session_that_is_over_is_too_late() {
    let (mut world, host) = passed();
    world.accept_document(&host, b"passport");
    let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Passed(None)).unwrap();
    world.record.record_consent(Receipt::new(Purpose::Authorization, false, world.now));
    assert_eq!(world.settle_auxiliary_upload(&host, &claim, matched(b"passport")), AuxiliarySettled::TooLate);

    let (mut world, host) = passed();
    let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Live(None)).unwrap();
    world.record.revoke_host_session(&host);
    let accepted = AuxiliaryOutcome::DocumentAccepted(vec![PictureDigest::of(b"passport")]);
    assert_eq!(world.settle_auxiliary_upload(&host, &claim, accepted), AuxiliarySettled::TooLate);
}

#[test]
fn a_session_compares_no_more_after_so_many_mismatches() {
    let (mut world, host) = passed();
    for left in [2, 1, 0] {
        let (claim, _) = world.begin_auxiliary_upload(&host, AuxiliarySession::Passed(None)).unwrap();
        let settled = world.settle_auxiliary_upload(&host, &claim, AuxiliaryOutcome::NotMatched);
        assert_eq!(settled, AuxiliarySettled::AttemptsLeft(left));
    }
    assert_eq!(
        world.begin_auxiliary_upload(&host, AuxiliarySession::Passed(None)).unwrap_err(),
        NotBegun::Busy(Busy::Settled)
    );
    assert!(world.claim(&host, &policy()).is_ok(), "the pass itself stands");
}
