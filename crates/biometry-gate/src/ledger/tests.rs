//! The rules of one subject's record, step by step on a clock of our own.

use std::time::{Duration, SystemTime};

use biometry_client::PlatformSession;
use serde_json::json;

use super::{
    Begun, Busy, Limits, NotBegun, Refused, Settled, Settlement, SignInStanding, SubjectRecord, Upload,
};
use crate::consent::{Purpose, Receipt};
use crate::decision::{Decision, Evidence};
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, DecisionId, IntentId, SessionId};
use crate::intent::{Intent, PendingIntent, Route};
use crate::phrase::Phrase;
use crate::policy::{Action, Policy, Threshold};
use crate::principal::{HostSession, Principal};
use crate::session::{NewSession, Standing};

const TTL: Duration = Duration::from_secs(180);

/// One subject, one limit, one clock.
pub(super) struct World {
    pub(super) ledger: SubjectRecord,
    pub(super) limits: Limits,
    pub(super) now: SystemTime,
}

impl World {
    pub(super) fn new() -> Self {
        let limits = Limits::default().failures(3, Duration::from_secs(100));
        Self {
            ledger: SubjectRecord::default(),
            limits,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        }
    }

    pub(super) fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.ledger.prune(self.now);
    }

    pub(super) fn open(&mut self, host: &HostSession) -> SessionId {
        let id = SessionId::random(&OsEntropy).unwrap();
        let new = NewSession {
            id: id.clone(),
            policy: "p".into(),
            intent: None,
            platform_session: PlatformSession::parse("sess_1").unwrap(),
            phrase: Phrase::random(&OsEntropy).unwrap(),
            time_to_live: TTL,
        };
        self.ledger.open_session(host, new, self.now);
        id
    }

    pub(super) fn begin(
        &mut self,
        host: &HostSession,
        session: &SessionId,
    ) -> Result<(Upload, Begun), NotBegun> {
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = Upload { session: session.clone(), claim, lease: Duration::from_secs(60) };
        let begun = self.ledger.begin_upload(host, &upload, &self.limits, self.now)?;
        Ok((upload, begun))
    }

    pub(super) fn pass(&mut self, host: &HostSession, upload: &Upload) -> Settled {
        let decision = decision(self.now);
        self.ledger.settle(host, upload, Settlement::Passed(decision), &self.limits, self.now)
    }

    fn fail(&mut self, host: &HostSession, upload: &Upload) -> Settled {
        let next = (Phrase::random(&OsEntropy).unwrap(), TTL);
        let settlement = Settlement::Rejected { counts: true, next };
        self.ledger.settle(host, upload, settlement, &self.limits, self.now)
    }

    pub(super) fn claim(
        &mut self,
        host: &HostSession,
        policy: &Policy,
    ) -> Result<std::sync::Arc<Decision>, Refused> {
        self.ledger.claim_decision(host, policy, None, self.now)
    }

    pub(super) fn standing(&self, host: &HostSession) -> Standing {
        self.ledger.session(host, None).unwrap().standing(self.now)
    }
}

pub(super) fn host(name: &str) -> HostSession {
    HostSession::parse(name).unwrap()
}

pub(super) fn policy() -> Policy {
    Policy::for_session("p", Threshold::percent(70.0).unwrap())
}

fn evidence(score: f64) -> Evidence {
    serde_json::from_value(json!({
        "verdict": "Pass", "score": score, "score_is_sound": true,
        "findings": ["Absent", { "Passed": null }, { "Passed": null }, "Absent", { "Passed": null }],
        "identity": "Named", "removed_services": false, "auto_enrolled": false,
    }))
    .unwrap()
}

pub(super) fn decision(now: SystemTime) -> Decision {
    Decision {
        id: DecisionId::random(&OsEntropy).unwrap(),
        policy: "p".into(),
        policy_version: 1,
        action: Action::Authentication,
        intent: None,
        evidence: evidence(92.5),
        auth_time: now,
        expires_at: now + Duration::from_secs(300),
        single_use: false,
        given_back: 0,
        document: None,
        unknown: crate::forward_compat::ForwardCompat::default(),
    }
}

pub(super) fn passed() -> (World, HostSession) {
    let (mut world, host) = (World::new(), host("h1"));
    let session = world.open(&host);
    let (upload, _) = world.begin(&host, &session).unwrap();
    assert!(matches!(world.pass(&host, &upload), Settled::Passed));
    (world, host)
}

#[test]
fn a_decision_opens_its_policy_for_its_host_session_only() {
    let (mut world, here) = passed();
    assert!(world.claim(&here, &policy()).is_ok());
    assert_eq!(world.claim(&host("h2"), &policy()).unwrap_err(), Refused::Absent);
    let other = Policy::for_session("q", Threshold::vendor_verdict_only());
    assert_eq!(world.claim(&here, &other).unwrap_err(), Refused::Absent);
    let confirming = policy().action(Action::Confirmation);
    assert_eq!(world.claim(&here, &confirming).unwrap_err(), Refused::Absent);
}

#[test]
fn freshness_ends_with_the_policys_age_and_not_later() {
    let (mut world, here) = passed();
    world.wait(300 - 1);
    assert!(world.claim(&here, &policy()).is_ok());
    assert_eq!(world.claim(&here, &policy().max_age(Duration::from_secs(60))).unwrap_err(), Refused::Stale);
    world.wait(1);
    assert_eq!(world.claim(&here, &policy()).unwrap_err(), Refused::Stale);
    assert_eq!(
        world.claim(&here, &policy().max_age(Duration::from_secs(3600))).unwrap_err(),
        Refused::Stale,
        "a longer age does not revive what has run out",
    );
}

#[test]
fn a_clock_that_was_turned_back_opens_nothing() {
    let (mut world, here) = passed();
    world.now -= Duration::from_secs(1);
    assert_eq!(world.claim(&here, &policy()).unwrap_err(), Refused::Stale);
}

#[test]
fn raised_thresholds_apply_to_decisions_that_exist() {
    let (mut world, here) = passed();
    let raised = Policy::for_session("p", Threshold::percent(95.0).unwrap());
    assert_eq!(world.claim(&here, &raised).unwrap_err(), Refused::Level);
    let voice = Policy::for_session("p", Threshold::percent(70.0).unwrap()).with_voice();
    assert_eq!(world.claim(&here, &voice).unwrap_err(), Refused::Level);
}

#[test]
fn single_use_is_used_once_whichever_side_says_so() {
    let (mut world, here) = passed();
    assert!(world.claim(&here, &policy().single_use()).is_ok());
    assert_eq!(world.claim(&here, &policy().single_use()).unwrap_err(), Refused::Consumed);
    assert_eq!(
        world.claim(&here, &policy()).unwrap_err(),
        Refused::Consumed,
        "nor by a route that would reuse it"
    );
}

#[test]
fn an_intent_opens_its_own_operation() {
    let (mut world, here) = passed();
    let owner = Principal::new("ana", HostSession::parse("h1").unwrap()).unwrap();
    let policy = Policy::for_operation("p", Threshold::percent(70.0).unwrap());
    let route = Route::new("POST", "/transfer");
    let digest =
        |amount: &str| Intent::new("transfer").line("Amount", amount).digest(owner.key(), &policy, route);
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    let decision =
        Decision { intent: Some(digest("12.50")), action: Action::Confirmation, ..decision(world.now) };
    world.ledger.settle(&here, &upload, Settlement::Passed(decision), &world.limits, world.now);
    let mut claim =
        |amount: &str| world.ledger.claim_decision(&here, &policy, Some(&digest(amount)), world.now);
    assert_eq!(claim("1250").unwrap_err(), Refused::OtherIntent);
    assert!(claim("12.50").is_ok());
    assert_eq!(claim("12.50").unwrap_err(), Refused::Consumed);
    assert_eq!(world.ledger.claim_decision(&here, &policy, None, world.now).unwrap_err(), Refused::Absent);
}

#[test]
fn one_of_many_uploads_claims_a_session() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    assert!(world.begin(&here, &session).is_ok());
    assert_eq!(world.begin(&here, &session).unwrap_err(), NotBegun::Busy(Busy::Uploading));
    assert_eq!(world.begin(&host("h2"), &session).unwrap_err(), NotBegun::Unknown);
    assert_eq!(world.claim(&here, &policy()).unwrap_err(), Refused::Pending);
}

#[test]
fn an_upload_without_a_verdict_changes_nothing() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    let (upload, first) = world.begin(&here, &session).unwrap();
    world.ledger.release_upload(&here, &upload);
    let (_, again) = world.begin(&here, &session).unwrap();
    assert_eq!(first.phrase, again.phrase);
    assert_eq!(world.ledger.attempts_left(&world.limits), 3);
}

#[test]
fn a_claim_whose_holder_died_runs_out() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.wait(60);
    assert!(matches!(world.pass(&here, &upload), Settled::TooLate), "a pass after the lease is none");
    assert!(world.begin(&here, &session).is_ok());
}

#[test]
fn a_phrase_may_be_spoken_for_its_time_and_is_then_forgotten() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    world.wait(180);
    assert_eq!(world.begin(&here, &session).unwrap_err(), NotBegun::Expired);
    assert_eq!(world.standing(&here), Standing::Expired);
    assert!(world.ledger.session(&here, None).unwrap().phrase.is_none());
}

#[test]
fn failures_lock_the_subject_in_every_host_session() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    for left in [2, 1] {
        let (upload, _) = world.begin(&here, &session).unwrap();
        let Settled::Retry { attempts_left, .. } = world.fail(&here, &upload) else { panic!("a retry") };
        assert_eq!(attempts_left, left);
    }
    let (upload, _) = world.begin(&here, &session).unwrap();
    assert!(matches!(world.fail(&here, &upload), Settled::Locked));
    let elsewhere = host("h2");
    let session = world.open(&elsewhere);
    assert!(matches!(world.begin(&elsewhere, &session), Err(NotBegun::Limited(_))));
    assert!(world.ledger.reserve_start(&world.limits, world.now).is_err());
    world.wait(100);
    assert!(world.begin(&elsewhere, &session).is_ok());
}

#[test]
fn parallel_uploads_cannot_outnumber_the_failures_left() {
    let mut world = World::new();
    let hosts: Vec<_> = (0..5).map(|n| host(&format!("h{n}"))).collect();
    let sessions: Vec<_> = hosts.iter().map(|host| world.open(host)).collect();
    let begun =
        hosts.iter().zip(&sessions).filter(|(host, session)| world.begin(host, session).is_ok()).count();
    assert_eq!(begun, 3);
}

#[test]
fn superseding_a_session_does_not_hide_its_failure() {
    let (mut world, here) = (World::new(), host("h1"));
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.open(&here);
    assert!(matches!(world.fail(&here, &upload), Settled::TooLate));
    assert_eq!(world.ledger.attempts_left(&world.limits), 2);
}

#[test]
fn a_pass_on_its_way_dies_with_what_it_was_for() {
    type Void = fn(&mut World, &HostSession, &SessionId);
    let voids: [(&str, Void); 5] = [
        ("a new start", |world, here, _| drop(world.open(here))),
        ("an end", |world, here, session| {
            world.ledger.end_session(here, session).unwrap();
        }),
        ("a logout", |world, here, _| world.ledger.revoke_host_session(here)),
        ("a withdrawal", |world, _, _| {
            world.ledger.record_consent(Receipt::new(Purpose::Storage, false, world.now));
        }),
        ("a revocation", |world, _, _| world.ledger.revoke_all()),
    ];
    for (what, void) in voids {
        let (mut world, here) = (World::new(), host("h1"));
        let session = world.open(&here);
        let (upload, _) = world.begin(&here, &session).unwrap();
        void(&mut world, &here, &session);
        assert!(matches!(world.pass(&here, &upload), Settled::TooLate), "{what}");
        assert!(world.claim(&here, &policy()).is_err(), "{what}");
    }
}

#[test]
fn decisions_outlive_a_start_and_a_lock_out_and_die_with_logout_and_consent() {
    let (mut world, here) = passed();
    let session = world.open(&here);
    assert!(world.claim(&here, &policy()).is_ok());
    for _ in 0..3 {
        let (upload, _) = world.begin(&here, &session).unwrap();
        world.fail(&here, &upload);
    }
    assert!(world.ledger.tally.check_lock(world.now).is_err());
    assert!(world.claim(&here, &policy()).is_ok());
    let mut withdrawn = SubjectRecord::clone(&world.ledger);
    withdrawn.record_consent(Receipt::new(Purpose::Authorization, false, world.now));
    assert!(withdrawn.claim_decision(&here, &policy(), None, world.now).is_err());
    world.ledger.revoke_host_session(&here);
    assert!(world.claim(&here, &policy()).is_err());
}

#[test]
fn a_claimed_name_is_recognised_only_by_a_pass_while_storage_is_agreed_to() {
    use SignInStanding::{Barred, NothingStored, Recognised};
    let (mut world, here) = (World::new(), host("h1"));
    let say = |world: &mut World, purpose, given| {
        world.ledger.record_consent(Receipt::new(purpose, given, world.now));
        world.ledger.sign_in_standing()
    };
    let pass = |world: &mut World| {
        let session = world.open(&here);
        let (upload, _) = world.begin(&here, &session).unwrap();
        world.pass(&here, &upload);
        world.ledger.sign_in_standing()
    };
    assert_eq!(world.ledger.sign_in_standing(), Barred);
    assert_eq!(say(&mut world, Purpose::Authorization, true), NothingStored, "it is for the platform to say");
    assert_eq!(pass(&mut world), NothingStored, "it has left no template");
    assert_eq!(say(&mut world, Purpose::Storage, true), Barred, "it would enroll the next person");
    assert_eq!(pass(&mut world), Recognised);
    assert_eq!(say(&mut world, Purpose::Storage, false), Barred, "the platform may not know or may refuse");
    assert_eq!(pass(&mut world), Barred, "the platform may store what it should not");
    assert_eq!(say(&mut world, Purpose::Storage, true), Barred, "the template may be gone");
}

#[test]
fn a_withdrawal_that_is_owed_counts_as_stored_though_storage_was_never_agreed_to() {
    let mut world = World::new();
    world.ledger.record_consent(Receipt::new(Purpose::Storage, false, world.now));
    world.ledger.record_consent(Receipt::new(Purpose::Authorization, true, world.now));
    assert_eq!(world.ledger.sign_in_standing(), SignInStanding::Barred);
    let owed = world.ledger.take_errands(world.now).withdrawals.remove(0);
    world.ledger.ack_withdrawal(&owed);
    assert_eq!(world.ledger.sign_in_standing(), SignInStanding::NothingStored);
}

#[test]
fn a_subject_closed_to_sign_ins_is_opened_by_their_own_pass_or_by_the_host() {
    let (mut world, here) = (World::new(), host("h1"));
    for purpose in [Purpose::Authorization, Purpose::Storage] {
        world.ledger.record_consent(Receipt::new(purpose, true, world.now));
    }
    world.ledger.close_to_sign_ins();
    world.ledger.record_consent(Receipt::new(Purpose::Storage, true, world.now));
    assert_eq!(world.ledger.sign_in_standing(), SignInStanding::Closed);
    let session = world.open(&here);
    let (upload, _) = world.begin(&here, &session).unwrap();
    world.pass(&here, &upload);
    assert_eq!(world.ledger.sign_in_standing(), SignInStanding::Recognised);
    world.ledger.close_to_sign_ins();
    world.ledger.open_to_sign_ins();
    assert_eq!(
        world.ledger.sign_in_standing(),
        SignInStanding::Barred,
        "what was recognised before counts no longer"
    );
}

#[test]
fn a_rotated_host_session_keeps_what_it_has() {
    let (mut world, here) = passed();
    world.ledger.rotate_host_session(&here, host("h2"));
    assert!(world.claim(&here, &policy()).is_err());
    assert!(world.claim(&host("h2"), &policy()).is_ok());
}

#[test]
fn the_same_operation_keeps_its_id_and_a_stranger_cannot_fetch_it() {
    let (mut world, here) = (World::new(), host("h1"));
    let owner = Principal::new("ana", HostSession::parse("h1").unwrap()).unwrap();
    let pending = |world: &World| PendingIntent {
        id: IntentId::random(&OsEntropy).unwrap(),
        policy: "p".into(),
        digest: Intent::new("transfer").digest(owner.key(), &policy(), Route::new("POST", "/transfer")),
        display: Vec::new(),
        expires_at: world.now + Duration::from_secs(600),
        unknown: crate::forward_compat::ForwardCompat::default(),
    };
    let first = {
        let intent = pending(&world);
        world.ledger.put_intent(&here, intent, world.now)
    };
    let second = {
        let intent = pending(&world);
        world.ledger.put_intent(&here, intent, world.now)
    };
    assert_eq!(first, second);
    assert!(world.ledger.intent(&here, "p", &first, world.now).is_some());
    assert!(world.ledger.intent(&here, "q", &first, world.now).is_none());
    assert!(world.ledger.intent(&host("h2"), "p", &first, world.now).is_none());
    world.wait(600);
    assert!(world.ledger.intent(&here, "p", &first, world.now).is_none());
}

#[test]
fn what_is_over_is_forgotten() {
    let (mut world, here) = passed();
    world.open(&here);
    assert!(!world.ledger.is_forgettable(world.now));
    world.wait(3 * 24 * 3600);
    assert!(world.ledger.is_forgettable(world.now));
}

#[test]
fn no_change_pushes_out_the_proof_of_consent_and_no_user_is_kept_from_agreeing() {
    let mut world = World::new();
    world.ledger.record_consent(Receipt::new(Purpose::Authorization, true, world.now));
    world.wait(30 * 24 * 3600);
    for _ in 0..500 {
        for given in [true, false] {
            world.wait(1);
            world.ledger.record_consent(Receipt::new(Purpose::Storage, given, world.now));
            assert_eq!(world.ledger.consent().is_given(Purpose::Storage), given);
            assert!(world.ledger.receipts().len() <= 200);
        }
    }
    world.wait(24 * 3600);
    let now = world.now;
    world.ledger.record_consent(Receipt::new(Purpose::Storage, true, now));
    let receipts = world.ledger.receipts();
    assert_eq!((receipts[0].purpose(), receipts[0].folded()), (Purpose::Authorization, None));
    let last = receipts.last().unwrap();
    assert_eq!((last.at(), last.is_given(), last.folded()), (now, true, None));
    let changes: usize =
        receipts.iter().map(|receipt| 1 + receipt.folded().map_or(0, |(n, _)| n as usize)).sum();
    assert_eq!(changes, 1_002, "each is counted");
}

#[test]
fn a_withdrawal_that_is_repeated_is_one_entry() {
    let mut world = World::new();
    world.ledger.record_consent(Receipt::new(Purpose::Storage, true, world.now));
    for _ in 0..3 {
        world.ledger.record_consent(Receipt::new(Purpose::Storage, false, world.now));
    }
    assert_eq!(world.ledger.receipts().len(), 2);
}
