//! What becomes of a verification: one way to pass, and every other answer of the platform is none.

use biometry_gate::audit::EventKind;
use biometry_sandbox::{Operation, ScoreScale, Shape};
use serde_json::{Value, json};

use crate::harness::{Host, Setup, World, capture};

on_every_host! {
    whoever_the_platform_passes_with_every_proof_passes,
    nothing_short_of_every_proof_passes,
    a_referral_is_told_apart,
    the_first_attempt_enrolls_and_the_second_one_verifies,
    an_enrollment_is_never_a_pass_however_often_it_happens,
    every_shape_of_reply_is_read_alike,
    a_score_counts_on_the_configured_scale,
    the_threshold_is_met_exactly,
    a_reply_that_is_none_is_a_platform_error,
    the_platforms_dialect_answers_a_failure_with_200,
    failures_look_alike_whatever_failed,
}

async fn whoever_the_platform_passes_with_every_proof_passes<H: Host>() {
    let world = World::open::<H>().await;
    for who in ["pass", "score+70", "score+100", "digits"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        member.pass("statement").await;
        member.statement().await.ok();
    }
    assert_eq!(world.audit.count(EventKind::VerifyPassed), 4);
}

async fn nothing_short_of_every_proof_passes<H: Host>() {
    let world = World::open::<H>().await;
    for who in NOT_VERIFIED {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        let answer = member.verify(&challenge).await;
        let failed = answer.problem("verification-failed");
        let platforms_id = world.seen(Operation::ProcessVideo).pop().map(|video| video.request_id);
        assert_eq!(answer.header("x-request-id"), platforms_id.as_deref(), "{who}");
        assert_eq!(failed["attempts_left"], 4, "{who}");
        assert_ne!(failed["phrase"], challenge.phrase.as_str(), "{who}: a fresh phrase");
        assert_eq!(member.statement().await.problem("step-up-required")["reason"], "absent", "{who}");
    }
    assert_eq!(world.audit.count(EventKind::VerifyFailed), NOT_VERIFIED.len());
    assert_eq!(world.audit.count(EventKind::VerifyPassed), 0);
}

async fn a_referral_is_told_apart<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("refer@example.com").await;
    let challenge = member.start("statement").await;
    let referred = member.verify(&challenge).await.problem("verification-referred");
    assert_eq!(referred["attempts_left"], 4);
    assert!(referred["phrase"].is_string());
    member.statement().await.problem("step-up-required");
}

async fn the_first_attempt_enrolls_and_the_second_one_verifies<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let challenge = ana.start("statement").await;
    let enrolled = ana.verify(&challenge).await.problem("enrolled-not-verified");
    assert!(world.sandbox.enrolled("ana@example.com"));
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    ana.verify(&challenge.renewed(&enrolled)).await.granted();
    ana.statement().await.ok();
}

async fn an_enrollment_is_never_a_pass_however_often_it_happens<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.log_in("enroll-again@example.com").await;
    member.consent_to_all().await;
    let mut challenge = member.start("statement").await;
    for _ in 0..3 {
        let enrolled = member.verify(&challenge).await.problem("enrolled-not-verified");
        challenge = challenge.renewed(&enrolled);
    }
    member.statement().await.problem("step-up-required");
}

async fn every_shape_of_reply_is_read_alike<H: Host>() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let world = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for who in ["fail", "fail+liveness", "refer", "unknown", "someone-else", "removed", "without+face"] {
            let member = world.consented(&format!("{who}@example.com")).await;
            let challenge = member.start("statement").await;
            let answer = member.verify(&challenge).await;
            assert_eq!(answer.status, 403, "{shape:?} {who}: {answer:?}");
        }
        world.consented("pass@example.com").await.pass("statement").await;
    }
}

async fn a_score_counts_on_the_configured_scale<H: Host>() {
    let unit = |sandbox: biometry_sandbox::SandboxBuilder| sandbox.score_scale(ScoreScale::Unit);
    let world =
        Setup::new().sandbox(unit).var("SCORE_SCALE", "unit").var("MIN_SCORE", "0.7").open::<H>().await;
    world.consented("pass@example.com").await.pass("statement").await;
    // 71.5 lies beyond the unit scale, and 0.6 below the threshold.
    for who in ["score+71.5", "score+0.6", "score+1.01", "score+-1"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        member.verify(&challenge).await.problem("verification-failed");
    }

    let percent_expected = Setup::new().sandbox(unit).open::<H>().await;
    let member = percent_expected.consented("pass@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
}

async fn the_threshold_is_met_exactly<H: Host>() {
    let world = Setup::new().var("MIN_SCORE", "71.5").open::<H>().await;
    world.consented("score+71.5@example.com").await.pass("statement").await;
    let member = world.consented("score+71.49@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
}

async fn a_reply_that_is_none_is_a_platform_error<H: Host>() {
    let world = World::open::<H>().await;
    for who in ["malformed", "empty", "huge", "duplicate-keys"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        member.verify(&challenge).await.problem("platform-error");
        assert_eq!(member.state(&challenge).await, "issued", "{who}");
        member.statement().await.problem("step-up-required");
    }
}

async fn the_platforms_dialect_answers_a_failure_with_200<H: Host>() {
    let world = World::open::<H>().await;
    for (who, result) in
        [("fail", "fail"), ("refer", "refer"), ("enroll-again", "fail"), ("someone-else", "fail")]
    {
        let member = world.log_in(&format!("{who}@example.com")).await;
        member.consent_to_all().await;
        let challenge = member.start("statement").await;
        let verify = member.browser.post("/biometry/api-gateway/process-video");
        let answer = verify.header("x-session-id", &challenge.session).form(&capture()).send().await;
        let body = answer.granted();
        assert_eq!(body["scoring_result"], result, "{who}: {body}");
        assert!(body["message"].is_string() && body["phrase"].is_string(), "{who}: {body}");
        assert_eq!(body.get("score"), None, "{who}: {body}");
        member.statement().await.problem("step-up-required");
    }
}

async fn failures_look_alike_whatever_failed<H: Host>() {
    let world = World::open::<H>().await;
    let mut looks = Vec::new();
    for who in ["fail", "fail+liveness", "someone-else", "lowscore", "misread", "removed", "minimal"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        let mut problem = member.verify(&challenge).await.problem("verification-failed");
        for member in ["request_id", "phrase"] {
            problem[member] = Value::Null;
        }
        looks.push(problem);
    }
    assert!(looks.windows(2).all(|pair| pair[0] == pair[1]), "{looks:#?}");
    let mut names: Vec<_> = looks[0].as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "attempts_left",
        "code",
        "detail",
        "error",
        "expires_at",
        "phrase",
        "request_id",
        "status",
        "title",
        "type",
    ];
    assert_eq!(names, expected);
    assert_eq!(looks[0]["attempts_left"], json!(4));
}

/// Personas whose verification is answered and proves too little.
const NOT_VERIFIED: &[&str] = &[
    "fail",
    "fail+liveness",
    "fail+face",
    "fail+speech",
    "fail+liveness+still-pass",
    "fail+face+still-pass",
    "fail+speech+still-pass",
    "unknown",
    "noverdict",
    "lowscore",
    "noscore",
    "textscore",
    "score+69.99",
    "score+-1",
    "score+100.01",
    "score+1e300",
    "removed",
    "without+face",
    "without+liveness",
    "without+speech",
    "errored+face",
    "errored+face+still-pass",
    "errored+liveness+still-pass",
    "someone-else",
    "two-people",
    "no-face",
    "many-faces",
    "not-centred",
    "no-face+still-pass",
    "misread",
    "minimal",
    "nodata",
    // Consent to storage was not given, so nothing was enrolled and there is nobody to compare with.
    "new",
];
