use super::*;
use crate::persona;

const READY: Standing =
    Standing { authorization: true, storage: true, face_enrolled: true, voice_enrolled: true };
const NEW: Standing =
    Standing { authorization: true, storage: true, face_enrolled: false, voice_enrolled: false };

fn run(subject: &str, standing: Standing) -> Verification {
    run_with(subject, standing, ServiceSet::ALL, FirstRun::Passes)
}

fn run_with(subject: &str, standing: Standing, selected: ServiceSet, first_run: FirstRun) -> Verification {
    let persona = persona::parse(subject);
    let subject = Some(subject).filter(|subject| !subject.is_empty());
    let phrase = "One two 3";
    verify(&Capture { subject, persona: &persona, phrase, says: None, selected, standing, first_run })
}

fn found(verification: &Verification, service: Service) -> Option<Finding> {
    verification.findings.iter().find(|(ran, _)| *ran == service).map(|(_, finding)| *finding)
}

#[test]
fn an_enrolled_and_consenting_user_passes() {
    let result = run("ana@x", READY);
    assert_eq!(result.verdict, Verdict::Pass);
    assert_eq!(result.findings.len(), 5);
    assert!(result.findings.iter().all(|(_, finding)| *finding == Finding::Passed));
    assert!(!result.removed && !result.enrolling);
    assert_eq!(result.heard, "one two three");
    assert_eq!(result.recognised, ["ana@x"]);
}

#[test]
fn without_authorization_face_and_voice_are_dropped_and_the_rest_passes() {
    let result = run("ana@x", Standing { authorization: false, ..READY });
    assert!(result.removed);
    assert_eq!(found(&result, Service::Face), None);
    assert_eq!(found(&result, Service::Voice), None);
    assert_eq!(result.findings.len(), 3);
    assert_eq!(result.verdict, Verdict::Pass);
}

#[test]
fn a_capture_without_a_name_counts_as_one_without_consent() {
    let result = run("", NEW);
    assert!(result.removed && !result.enrolling);
}

#[test]
fn nothing_is_removed_that_the_key_never_selected() {
    let selected = [Service::Liveness].into_iter().collect();
    let result = run_with("ana@x", Standing::default(), selected, FirstRun::Passes);
    assert!(!result.removed);
    assert_eq!(result.findings, [(Service::Liveness, Finding::Passed)]);
}

#[test]
fn the_first_run_enrolls_and_recognises_no_user() {
    let result = run("ana@x", NEW);
    assert!(result.enrolling);
    assert_eq!(found(&result, Service::Face), Some(Finding::NotEnrolled));
    assert_eq!(found(&result, Service::Voice), Some(Finding::NotEnrolled));
    assert_eq!(result.verdict, Verdict::Pass);
    assert_eq!(run_with("ana@x", NEW, ServiceSet::ALL, FirstRun::Fails).verdict, Verdict::Fail);
}

#[test]
fn without_storage_consent_no_user_is_enrolled_and_the_run_fails() {
    let result = run("ana@x", Standing { storage: false, ..NEW });
    assert!(!result.enrolling && !result.removed);
    assert_eq!(result.verdict, Verdict::Fail);
}

#[test]
fn a_face_that_is_not_live_is_never_enrolled() {
    assert!(!run("new+fail+liveness@x", NEW).enrolling);
    assert!(run("new+fail@x", NEW).enrolling);
    assert!(run("enroll-again@x", READY).enrolling);
}

#[test]
fn verdicts_follow_the_persona() {
    let cases = [
        ("pass@x", Verdict::Pass),
        ("fail@x", Verdict::Fail),
        ("fail+face@x", Verdict::Fail),
        ("fail+face+still-pass@x", Verdict::Pass),
        ("refer@x", Verdict::Refer),
        ("unknown@x", Verdict::Unheard),
        ("noverdict@x", Verdict::Absent),
        ("removed@x", Verdict::Pass),
        ("without+face@x", Verdict::Pass),
        ("errored+face@x", Verdict::Fail),
        ("errored+face+still-pass@x", Verdict::Pass),
        ("someone-else@x", Verdict::Pass),
        ("misread@x", Verdict::Pass),
        ("many-faces@x", Verdict::Fail),
    ];
    for (subject, verdict) in cases {
        assert_eq!(run(subject, READY).verdict, verdict, "{subject}");
    }
}

#[test]
fn each_failing_service_is_the_one_that_was_named() {
    for (word, service) in [
        ("liveness", Service::Liveness),
        ("face", Service::Face),
        ("voice", Service::Voice),
        ("speech", Service::Speech),
        ("speaker", Service::Speaker),
    ] {
        let result = run(&format!("fail+{word}@x"), READY);
        for (ran, finding) in &result.findings {
            let expected = if *ran == service { Finding::Failed } else { Finding::Passed };
            assert_eq!(*finding, expected, "{word}: {ran:?}");
        }
    }
}

#[test]
fn lips_say_what_the_persona_says() {
    assert_eq!(run("fail+speech@x", READY).heard, "two three four");
    assert_eq!(run("misread@x", READY).heard, "two three four");
    assert_eq!(run("digits@x", READY).heard, "123");
}

#[test]
fn an_old_capture_says_what_it_says() {
    let persona = persona::parse("pass@x");
    let capture = Capture {
        subject: Some("pass@x"),
        persona: &persona,
        phrase: "One two 3",
        says: Some("4 five"),
        selected: ServiceSet::ALL,
        standing: READY,
        first_run: FirstRun::Passes,
    };
    let result = verify(&capture);
    assert_eq!((result.heard.as_str(), result.verdict), ("four five", Verdict::Pass));
}

#[test]
fn missing_services_are_announced_by_removed_only() {
    let removed = run("removed@x", READY);
    let missing = run("without+face@x", READY);
    assert!(removed.removed && found(&removed, Service::Face).is_none());
    assert!(!missing.removed && found(&missing, Service::Face).is_none());
}

#[test]
fn other_names_are_recognised_where_asked_for() {
    assert_eq!(run("someone-else@x", READY).recognised, [SOMEONE_ELSE]);
    assert_eq!(run("two-people@x", READY).recognised, ["two-people@x", SOMEONE_ELSE]);
}
