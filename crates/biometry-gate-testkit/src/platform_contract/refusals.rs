use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::audit::EventKind;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::is_as_before;
use crate::form::Form;
use crate::host::{HostHarness, Setup, Stage};
use crate::media;

pub async fn a_revoked_key_is_the_operators_business<H: HostHarness>() {
    for status in [401, 403, 500] {
        let stage = Setup::new().sandbox(|sandbox| sandbox.revoked_key_status(status)).open::<H>().await;
        let ana = stage.consented("pass@example.com").await;
        let challenge = ana.start("reusable").await;
        stage.sandbox.revoke_key(&stage.key);
        let answer = ana.verify(&challenge).await;
        let problem = answer.problem("platform-unavailable");
        assert!(!problem.to_string().contains("key"), "{problem}");
        ana.try_start(json!({})).await.problem("platform-unavailable");
        assert_eq!(stage.audit.count(EventKind::KeyRejected), 2, "{status}");
        let status = ana.browser.get("/biometry/session").send().await.granted();
        assert_eq!((&status["attempts_left"], &status["state"]), (&json!(5), &json!("issued")));
    }
}

pub async fn every_refusal_of_a_start_has_its_code<H: HostHarness>() {
    let limits = Limits::default().starts(100, Duration::from_secs(600));
    let stage = Setup::new().gate(move |gate| gate.limits(limits)).open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    let start = || Fault::on(Operation::StartSession);
    for (fault, code) in failures(start) {
        stage.sandbox.fault(fault);
        ana.try_start(json!({})).await.problem(code);
        stage.sandbox.clear_faults();
    }
    for body in ["{}", r#"{"data":""}"#, r#"{"data":null}"#, r#"{"data":7}"#, r#"{"data":"a\nb"}"#, "[]", ""]
    {
        stage.sandbox.fault(start().malformed_body(body));
        ana.try_start(json!({})).await.problem("platform-error");
        stage.sandbox.clear_faults();
    }
    assert_eq!(ana.browser.get("/biometry/session").send().await.granted()["state"], "none");
    ana.start("reusable").await;
}

pub async fn every_failure_to_judge_has_its_code_and_changes_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let video = || Fault::on(Operation::ProcessVideo);
    for (fault, code) in failures(video) {
        stage.sandbox.fault(fault.clone());
        let answer = ana.verify(&challenge).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{fault:?}: {answer:?}");
        answer.problem(code);
        stage.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    for fault in [video().cut_while_reading(1_000), video().cut_while_reading(200_000)] {
        stage.sandbox.fault(fault);
        let form = Form::new().file("video", media::webm(1_000_000));
        ana.upload(&challenge).form(&form).send().await.problem("platform-unavailable");
        stage.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(5_000));
    ana.upload(&challenge).form(&form).send().await.granted();
}

pub async fn what_personas_do_to_a_reply_has_its_code<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for (who, code) in [
        ("error+500", "platform-error"),
        ("error+503", "platform-unavailable"),
        ("error+429", "platform-unavailable"),
        ("error+422", "platform-error"),
        ("bad-gateway", "platform-unavailable"),
        ("error-object", "platform-error"),
        ("key-revoked", "platform-unavailable"),
        ("locked", "platform-error"),
        ("malformed", "platform-error"),
        ("empty", "platform-error"),
        ("huge", "platform-error"),
        ("redirect", "platform-error"),
        ("cut", "platform-unavailable"),
        ("cut-body", "platform-unavailable"),
    ] {
        let member = stage.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("reusable").await;
        let answer = member.verify(&challenge).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{who}: {answer:?}");
        answer.problem(code);
        is_as_before(&member).await;
        member.enter().await.problem("step-up-required");
    }
    assert_eq!(stage.audit.count(EventKind::KeyRejected), 1);
}

pub async fn a_redirect_is_not_followed<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let member = stage.consented("redirect@example.com").await;
    let challenge = member.start("reusable").await;
    member.verify(&challenge).await.problem("platform-error");
    assert!(
        stage.sandbox.journal().iter().all(|entry| entry.operation.is_some()),
        "every call is one of the platform's"
    );
    assert_eq!(stage.captures(), 1);
}

/// What can go wrong with any call, and what it is called outside.
fn failures(fault: impl Fn() -> Fault) -> Vec<(Fault, &'static str)> {
    let error = || json!({ "error": "out of order" });
    vec![
        (fault().status(500, error()), "platform-error"),
        (fault().status(500, json!({ "error": "api key is not active" })), "platform-unavailable"),
        (fault().status(401, json!({ "message": "missing or invalid token" })), "platform-unavailable"),
        (fault().status(502, error()), "platform-unavailable"),
        (fault().status(503, error()), "platform-unavailable"),
        (fault().status(504, error()), "platform-unavailable"),
        (fault().status(429, error()), "platform-unavailable"),
        (fault().status(400, error()), "platform-error"),
        (fault().status(403, error()), "platform-error"),
        (fault().status(404, error()), "platform-error"),
        (fault().status(418, json!("short and stout")), "platform-error"),
        (fault().status(204, json!(null)), "platform-error"),
        (fault().malformed_body("<html>"), "platform-error"),
        (fault().malformed_body(r#"{"scoring_result":"pass""#), "platform-error"),
        (fault().malformed_body(vec![b' '; 16 * 1024 * 1024]), "platform-error"),
        (fault().cut_before_reply(), "platform-unavailable"),
        (fault().cut_after_headers(), "platform-unavailable"),
    ]
}
