//! The rules of one subject's record, step by step on a clock of our own.

mod consents;
mod failures;
mod operations;

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
    pub(super) record: SubjectRecord,
    pub(super) limits: Limits,
    pub(super) now: SystemTime,
}

impl World {
    pub(super) fn new() -> Self {
        let limits = Limits::default().failures(3, Duration::from_secs(100));
        Self {
            record: SubjectRecord::default(),
            limits,
            now: SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000),
        }
    }

    pub(super) fn wait(&mut self, seconds: u64) {
        self.now += Duration::from_secs(seconds);
        self.record.prune(self.now);
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
        self.record.open_session(host, new, self.now);
        id
    }

    pub(super) fn begin(
        &mut self,
        host: &HostSession,
        session: &SessionId,
    ) -> Result<(Upload, Begun), NotBegun> {
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = Upload { session: session.clone(), claim, lease: Duration::from_secs(60) };
        let begun = self.record.begin_upload(host, &upload, &self.limits, self.now)?;
        Ok((upload, begun))
    }

    pub(super) fn pass(&mut self, host: &HostSession, upload: &Upload) -> Settled {
        let decision = decision(self.now);
        self.record.settle(host, upload, Settlement::Passed(decision), &self.limits, self.now)
    }

    fn fail(&mut self, host: &HostSession, upload: &Upload) -> Settled {
        let next = (Phrase::random(&OsEntropy).unwrap(), TTL);
        let settlement = Settlement::Rejected { counts: true, next };
        self.record.settle(host, upload, settlement, &self.limits, self.now)
    }

    pub(super) fn claim(
        &mut self,
        host: &HostSession,
        policy: &Policy,
    ) -> Result<std::sync::Arc<Decision>, Refused> {
        self.record.claim_decision(host, policy, None, self.now)
    }

    pub(super) fn standing(&self, host: &HostSession) -> Standing {
        self.record.session(host, None).unwrap().standing(self.now)
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
    world.record.release_upload(&here, &upload);
    let (_, again) = world.begin(&here, &session).unwrap();
    assert_eq!(first.phrase, again.phrase);
    assert_eq!(world.record.attempts_left(&world.limits), 3);
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
    assert!(world.record.session(&here, None).unwrap().phrase.is_none());
}

#[test]
fn a_pass_on_its_way_dies_with_what_it_was_for() {
    type Void = fn(&mut World, &HostSession, &SessionId);
    let voids: [(&str, Void); 5] = [
        ("a new start", |world, here, _| drop(world.open(here))),
        ("an end", |world, here, session| {
            world.record.end_session(here, session).unwrap();
        }),
        ("a logout", |world, here, _| world.record.revoke_host_session(here)),
        ("a withdrawal", |world, _, _| {
            world.record.record_consent(Receipt::new(Purpose::Storage, false, world.now));
        }),
        ("a revocation", |world, _, _| world.record.revoke_all()),
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
    assert!(world.record.tally.check_lock(world.now).is_err());
    assert!(world.claim(&here, &policy()).is_ok());
    let mut withdrawn = SubjectRecord::clone(&world.record);
    withdrawn.record_consent(Receipt::new(Purpose::Authorization, false, world.now));
    assert!(withdrawn.claim_decision(&here, &policy(), None, world.now).is_err());
    world.record.revoke_host_session(&here);
    assert!(world.claim(&here, &policy()).is_err());
}

#[test]
fn a_rotated_host_session_keeps_what_it_has() {
    let (mut world, here) = passed();
    world.record.rotate_host_session(&here, host("h2"));
    assert!(world.claim(&here, &policy()).is_err());
    assert!(world.claim(&host("h2"), &policy()).is_ok());
}

#[test]
fn what_is_over_is_forgotten() {
    let (mut world, here) = passed();
    world.open(&here);
    assert!(!world.record.is_forgettable(world.now));
    world.wait(3 * 24 * 3600);
    assert!(world.record.is_forgettable(world.now));
}
