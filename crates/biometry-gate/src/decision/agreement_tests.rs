//! The two readings of a policy agree on every kind of evidence, and a decision is fresh exactly while it says so.

use std::time::{Duration, SystemTime};

use biometry_client::Service;

use super::decide::satisfies;
use super::evidence::{Finding, Identity, Outcome};
use super::sample::sample;
use super::{Conclusion, DocumentMatch, Evidence, NotAdmitted, decide};
use crate::forward_compat::ForwardCompat;
use crate::policy::{Policy, Threshold, place};

fn policy() -> Policy {
    Policy::for_session("p", Threshold::percent(70.0).unwrap())
}

fn policies() -> Vec<Policy> {
    let verdict_only = Policy::for_session("p", Threshold::vendor_verdict_only());
    vec![
        policy(),
        policy().with_voice(),
        policy().require_named_match(),
        policy().require_at_least(Service::FaceRecognition, 90.0),
        verdict_only.clone(),
        verdict_only.dangerous_without_liveness(),
        policy().speak_operation(),
    ]
}

fn proof() -> Evidence {
    Evidence {
        verdict: Outcome::Pass,
        score: Some(70.0),
        score_is_sound: true,
        findings: [Finding::Passed(Some(90.0)); 5],
        identity: Identity::Named,
        removed_services: false,
        auto_enrolled: false,
        operation_spoken: true,
        unknown: ForwardCompat::default(),
    }
}

/// Every combination of what matters of a reply.
fn all_evidence() -> Vec<Evidence> {
    let mut all = vec![proof()];
    let mut vary = |change: &dyn Fn(&Evidence) -> Vec<Evidence>| all = all.iter().flat_map(change).collect();
    vary(&|one| {
        let verdicts = [Outcome::Pass, Outcome::Fail, Outcome::Refer, Outcome::Unknown];
        verdicts.map(|verdict| Evidence { verdict, ..one.clone() }).into()
    });
    vary(&|one| [None, Some(69.9), Some(70.0)].map(|score| Evidence { score, ..one.clone() }).into());
    vary(&|one| [true, false].map(|score_is_sound| Evidence { score_is_sound, ..one.clone() }).into());
    vary(&|one| {
        let identities = [Identity::Named, Identity::Unnamed, Identity::Other];
        identities.map(|identity| Evidence { identity, ..one.clone() }).into()
    });
    vary(&|one| [true, false].map(|removed_services| Evidence { removed_services, ..one.clone() }).into());
    vary(&|one| [true, false].map(|auto_enrolled| Evidence { auto_enrolled, ..one.clone() }).into());
    vary(&|one| [true, false].map(|operation_spoken| Evidence { operation_spoken, ..one.clone() }).into());
    vary(&|one| {
        let found = [Finding::Absent, Finding::NotPassed, Finding::Passed(None), Finding::Passed(Some(89.9))];
        let spoilt = Service::ALL.into_iter().flat_map(|service| {
            found.map(|finding| {
                let mut spoilt = one.clone();
                spoilt.findings[place(service)] = finding;
                spoilt
            })
        });
        spoilt.chain([one.clone()]).collect()
    });
    all
}

#[test]
fn both_readings_of_a_policy_agree() {
    for policy in policies() {
        let mut passed = 0;
        for evidence in all_evidence() {
            let satisfied = satisfies(&evidence, &policy);
            assert_eq!(satisfied, decide(&evidence, &policy) == Conclusion::Pass, "{policy:?} {evidence:?}");
            passed += usize::from(satisfied);
        }
        assert!(passed > 0, "{policy:?}");
    }
}

#[test]
fn one_thing_that_falls_short_is_enough() {
    let short: [&dyn Fn(&mut Evidence); 8] = [
        &|evidence| evidence.verdict = Outcome::Fail,
        &|evidence| evidence.score = Some(69.9),
        &|evidence| evidence.score = None,
        &|evidence| evidence.score_is_sound = false,
        &|evidence| evidence.identity = Identity::Other,
        &|evidence| evidence.removed_services = true,
        &|evidence| evidence.auto_enrolled = true,
        &|evidence| evidence.findings[place(Service::FaceLivenessDetection)] = Finding::NotPassed,
    ];
    assert_eq!(decide(&proof(), &policy()), Conclusion::Pass);
    for spoil in short {
        let mut evidence = proof();
        spoil(&mut evidence);
        let conclusion = decide(&evidence, &policy());
        assert_ne!(conclusion, Conclusion::Pass, "{evidence:?}");
        assert_eq!(conclusion.reasons().len(), usize::from(matches!(conclusion, Conclusion::Fail(_))));
    }
}

#[test]
fn a_person_matters_where_a_face_was_seen_or_is_asked_for() {
    let mut evidence = Evidence { identity: Identity::Other, ..proof() };
    evidence.findings[place(Service::FaceRecognition)] = Finding::Absent;
    let no_face: Policy = serde_json::from_value({
        let mut policy = serde_json::to_value(policy()).unwrap();
        policy["required"] = serde_json::json!(1 << place(Service::FaceLivenessDetection));
        policy
    })
    .unwrap();
    assert_eq!(decide(&evidence, &no_face), Conclusion::Pass);
    assert_ne!(decide(&evidence, &policy()), Conclusion::Pass);
    evidence.findings[place(Service::FaceRecognition)] = Finding::NotPassed;
    assert_ne!(decide(&evidence, &no_face), Conclusion::Pass);
}

#[test]
fn a_decision_is_fresh_from_its_capture_to_its_last_moment() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let (policy, second) = (policy().max_age(Duration::from_secs(100)), Duration::from_secs(1));
    let mut decision = sample(&policy, None, now);
    decision.expires_at = now + second * 200;
    let admits = |decision: &super::Decision, at| decision.admits(&policy, None, at);
    assert_eq!(admits(&decision, now), Ok(()));
    assert_eq!(admits(&decision, now + second * 100), Ok(()));
    assert_eq!(admits(&decision, now + second * 101), Err(NotAdmitted::Stale));
    assert_eq!(admits(&decision, now - second), Err(NotAdmitted::Stale));
    decision.expires_at = now + second * 50;
    assert_eq!(admits(&decision, now + second * 49), Ok(()));
    assert_eq!(admits(&decision, now + second * 50), Err(NotAdmitted::Stale));
    assert_eq!(decision.remaining(now + second * 20), second * 30);
    assert_eq!(decision.remaining(now + second * 60), Duration::ZERO);
}

#[test]
fn a_document_counts_once_it_was_matched_and_not_before_it_was_accepted() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
    let at = |seconds: u64| now + Duration::from_secs(seconds);
    let policy = policy().require_document_match();
    let mut decision = sample(&policy, None, now);
    assert_eq!(decision.admits(&policy, None, at(5)), Err(NotAdmitted::Level));
    let mut found = |accepted: u64, matched: u64| {
        let found = DocumentMatch { accepted_at: at(accepted), matched_at: at(matched) };
        decision.document = Some(Box::new(found));
        assert_eq!(decision.document_match(), Some(found));
        decision.admits(&policy, None, at(5)).is_ok()
    };
    assert!(found(1, 1) && found(1, 5) && found(5, 5));
    assert!(!found(2, 1) && !found(1, 6));
}

#[test]
fn the_methods_of_a_decision_are_those_that_passed() {
    let now = SystemTime::UNIX_EPOCH;
    let decision = sample(&policy(), None, now);
    assert_eq!(decision.amr().collect::<Vec<_>>(), ["face"]);
    let with_voice = super::Decision { evidence: proof(), ..decision };
    assert_eq!(with_voice.amr().collect::<Vec<_>>(), ["face", "vbm"]);
    assert_eq!((with_voice.policy(), with_voice.policy_version(), with_voice.auth_time()), ("p", 1, now));
    assert!(!with_voice.is_single_use() && sample(&policy().single_use(), None, now).is_single_use());
}
