//! Random histories of one subject, held against a model that is too small to be wrong.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use biometry_client::PlatformSession;
use proptest::prelude::*;

use super::tests::{decision, host, policy};
use super::{Limits, Revocations, Revoked, Settled, Settlement, SubjectRecord, Upload};
use crate::consent::{Purpose, Receipt};
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, SessionId};
use crate::phrase::Phrase;
use crate::session::NewSession;

#[derive(Clone, Copy, Debug)]
enum Step {
    Open(usize),
    Begin(usize),
    Pass(usize),
    Fail(usize),
    Release(usize),
    Claim(usize),
    LogOut(usize),
    Withdraw,
    /// Of the whole tenant; the record catches up with it before the next step, as a shared store has it.
    Revoke(bool),
    Wait(u64),
}

/// The upper bound of what may be true: uses granted by passes that counted, per host session.
#[derive(Debug, Default)]
struct Model {
    uses: HashMap<usize, Vec<SystemTime>>,
    failures: u32,
    lock_outs: u32,
    locked_until: Option<SystemTime>,
}

impl Model {
    /// Three failures lock for 100 s, three more for 200 s, and another three for good.
    fn fail(&mut self, now: SystemTime) {
        self.failures += 1;
        if self.failures == 3 {
            let lasts = [100, 200, u64::from(u32::MAX)][self.lock_outs.min(2) as usize];
            self.failures = 0;
            self.lock_outs += 1;
            self.locked_until = Some(now + Duration::from_secs(lasts));
        }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let host = 0..3_usize;
    prop_oneof![
        3 => host.clone().prop_map(Step::Open),
        4 => host.clone().prop_map(Step::Begin),
        4 => (0..6_usize).prop_map(Step::Pass),
        2 => (0..6_usize).prop_map(Step::Fail),
        1 => (0..6_usize).prop_map(Step::Release),
        6 => host.clone().prop_map(Step::Claim),
        1 => host.prop_map(Step::LogOut),
        1 => Just(Step::Withdraw),
        1 => any::<bool>().prop_map(Step::Revoke),
        2 => (1..200_u64).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 512, ..ProptestConfig::default() })]

    #[test]
    fn no_history_yields_more_handler_runs_than_granted_uses(steps in prop::collection::vec(step(), 1..60)) {
        let limits = Limits::default().failures(3, Duration::from_secs(100));
        let (mut record, mut model) = (SubjectRecord::default(), Model::default());
        let mut now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let mut sessions: HashMap<usize, SessionId> = HashMap::new();
        let mut uploads: Vec<(usize, Upload)> = Vec::new();
        let once = policy().single_use();
        let mut revocations = Revocations::default();
        for step in steps {
            match step {
                Step::Open(at) => {
                    let id = SessionId::random(&OsEntropy).unwrap();
                    let new = NewSession {
                        id: id.clone(),
                        policy: "p".into(),
                        intent: None,
                        platform_session: PlatformSession::parse("sess_1").unwrap(),
                        phrase: Phrase::random(&OsEntropy).unwrap(),
                        time_to_live: Duration::from_secs(180),
                    };
                    record.open_session(&host(&format!("h{at}")), new, now);
                    sessions.insert(at, id);
                }
                Step::Begin(at) => {
                    let Some(session) = sessions.get(&at).cloned() else { continue };
                    let claim = ClaimId::random(&OsEntropy).unwrap();
                    let upload = Upload { session, claim, lease: Duration::from_secs(60) };
                    if record.begin_upload(&host(&format!("h{at}")), &upload, &limits, now).is_ok() {
                        prop_assert!(model.locked_until.is_none_or(|until| now >= until), "a locked subject uploads");
                        uploads.push((at, upload));
                    }
                }
                Step::Pass(which) | Step::Fail(which) if !uploads.is_empty() => {
                    // The same upload may be settled twice: a second answer, a replica that woke up.
                    let (at, upload) = uploads[which % uploads.len()].clone();
                    let passes = matches!(step, Step::Pass(_));
                    let settlement = if passes {
                        Settlement::Passed(decision(now))
                    } else {
                        let next = (Phrase::random(&OsEntropy).unwrap(), Duration::from_secs(180));
                        Settlement::Rejected { counts: true, next }
                    };
                    let settled = record.settle(&host(&format!("h{at}")), &upload, settlement, &limits, now);
                    if matches!(settled, Settled::Passed) {
                        prop_assert!(passes);
                        model.uses.entry(at).or_default().push(now + Duration::from_secs(300));
                        model.failures = 0;
                    }
                    if !passes {
                        model.fail(now);
                    }
                }
                Step::Release(which) if !uploads.is_empty() => {
                    let (at, upload) = uploads.swap_remove(which % uploads.len());
                    record.release_upload(&host(&format!("h{at}")), &upload);
                }
                Step::Pass(_) | Step::Fail(_) | Step::Release(_) => {}
                Step::Claim(at) => {
                    if record.claim_decision(&host(&format!("h{at}")), &once, None, now).is_ok() {
                        let uses = model.uses.entry(at).or_default();
                        let fresh = uses.iter().position(|until| now < *until);
                        prop_assert!(fresh.is_some(), "a use that was not granted");
                        uses.remove(fresh.unwrap_or_default());
                    }
                }
                Step::LogOut(at) => {
                    record.revoke_host_session(&host(&format!("h{at}")));
                    model.uses.remove(&at);
                }
                Step::Withdraw => {
                    record.record_consent(Receipt::new(Purpose::Authorization, false, now));
                    model.uses.clear();
                }
                Step::Revoke(everything) => {
                    let policy = Revoked::Policy { policy: "p", up_to_version: 1 };
                    revocations.add(if everything { Revoked::Everything } else { policy }, now);
                    model.uses.clear();
                }
                Step::Wait(seconds) => now += Duration::from_secs(seconds),
            }
            record.prune(now);
            record.catch_up(&revocations);
            check_how_long_it_matters(&record, now)?;
        }
    }
}

/// A database forgets a record at the very moment at which the memory store may.
fn check_how_long_it_matters(record: &SubjectRecord, now: SystemTime) -> Result<(), TestCaseError> {
    let is_forgettable = |at: SystemTime| {
        let mut then = record.clone();
        then.prune(at);
        then.is_forgettable(at)
    };
    match record.matters_until(now) {
        None => prop_assert!(!is_forgettable(now + Duration::from_secs(10 * 365 * 24 * 3600))),
        Some(until) => {
            prop_assert!(is_forgettable(until));
            prop_assert!(until <= now || !is_forgettable(until - Duration::from_nanos(1)));
        }
    }
    Ok(())
}
