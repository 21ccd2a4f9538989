//! When the platform does not do its part: one defined answer each, no verdict, and everything as before.

use std::net::Ipv4Addr;
use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{Form, media};
use biometry_sandbox::{Fault, Operation, Sandbox};
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{Host, Member, Setup, World};

on_every_host! {
    a_platform_that_cannot_be_reached_is_unavailable,
    a_key_nobody_knows_is_the_operators_business,
    a_revoked_key_is_the_operators_business,
    every_refusal_of_a_start_has_its_code,
    every_failure_to_judge_has_its_code_and_changes_nothing,
    what_personas_do_to_a_reply_has_its_code,
    a_redirect_is_not_followed,
    a_platform_that_never_answers_is_given_up,
    a_platform_that_stops_reading_is_given_up,
    an_answer_before_the_end_is_no_verdict,
    a_client_that_still_sends_gets_to_see_an_early_answer,
    a_capture_is_never_sent_twice,
    an_outage_leaves_decisions_as_they_are,
    a_platform_that_does_not_answer_is_spared_and_tried_again,
    what_callers_do_wrong_is_not_held_against_the_platform,
}

async fn a_platform_that_cannot_be_reached_is_unavailable<H: Host>() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let world = Setup::new().var("BIOMETRY_BASE_URL", format!("http://{address}")).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.try_start(json!({})).await.problem("platform-unavailable");
    ana.give_consent(json!({ "authorization": true })).await.problem("platform-unavailable");
    assert_eq!(world.audit.count(EventKind::KeyRejected), 0);
}

async fn a_key_nobody_knows_is_the_operators_business<H: Host>() {
    let other = Sandbox::start().await.expect("a sandbox");
    let setup = Setup::new().var("BIOMETRY_API_KEY", other.mint_key());
    let world = setup.sandbox(|sandbox| sandbox.bad_key_status(401)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.try_start(json!({})).await.problem("platform-unavailable");
    ana.give_consent(json!({ "authorization": true })).await.problem("platform-unavailable");
    assert_eq!(world.audit.count(EventKind::KeyRejected), 2, "{:?}", world.audit.events());
}

async fn a_revoked_key_is_the_operators_business<H: Host>() {
    for status in [401, 403, 500] {
        let world = Setup::new().sandbox(|sandbox| sandbox.revoked_key_status(status)).open::<H>().await;
        let ana = world.consented("pass@example.com").await;
        let challenge = ana.start("statement").await;
        world.sandbox.revoke_key(&world.key);
        let answer = ana.verify(&challenge).await;
        let problem = answer.problem("platform-unavailable");
        assert!(!problem.to_string().contains("key"), "{problem}");
        ana.try_start(json!({})).await.problem("platform-unavailable");
        assert_eq!(world.audit.count(EventKind::KeyRejected), 2, "{status}");
        let status = ana.browser.get("/biometry/session").send().await.granted();
        assert_eq!((&status["attempts_left"], &status["state"]), (&json!(5), &json!("issued")));
    }
}

async fn every_refusal_of_a_start_has_its_code<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 100).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let start = || Fault::on(Operation::StartSession);
    for (fault, code) in failures(start) {
        world.sandbox.fault(fault);
        ana.try_start(json!({})).await.problem(code);
        world.sandbox.clear_faults();
    }
    for body in ["{}", r#"{"data":""}"#, r#"{"data":null}"#, r#"{"data":7}"#, r#"{"data":"a\nb"}"#, "[]", ""]
    {
        world.sandbox.fault(start().malformed_body(body));
        ana.try_start(json!({})).await.problem("platform-error");
        world.sandbox.clear_faults();
    }
    assert_eq!(ana.browser.get("/biometry/session").send().await.granted()["state"], "none");
    ana.start("statement").await;
}

async fn every_failure_to_judge_has_its_code_and_changes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = || Fault::on(Operation::ProcessVideo);
    for (fault, code) in failures(video) {
        world.sandbox.fault(fault.clone());
        let answer = ana.verify(&challenge).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{fault:?}: {answer:?}");
        answer.problem(code);
        world.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    for fault in [video().cut_while_reading(1_000), video().cut_while_reading(200_000)] {
        world.sandbox.fault(fault);
        let form = Form::new().file("video", media::webm(1_000_000));
        ana.upload(&challenge).form(&form).send().await.problem("platform-unavailable");
        world.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(5_000));
    ana.upload(&challenge).form(&form).send().await.granted();
}

async fn what_personas_do_to_a_reply_has_its_code<H: Host>() {
    let world = World::open::<H>().await;
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
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        let answer = member.verify(&challenge).await;
        assert_eq!(answer.code().as_deref(), Some(code), "{who}: {answer:?}");
        answer.problem(code);
        is_as_before(&member).await;
        member.statement().await.problem("step-up-required");
    }
    assert_eq!(world.audit.count(EventKind::KeyRejected), 1);
}

async fn a_redirect_is_not_followed<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("redirect@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("platform-error");
    assert!(world.sandbox.journal().iter().all(|entry| entry.operation.is_some()), "nobody went elsewhere");
    assert_eq!(world.captures(), 1);
}

async fn a_platform_that_never_answers_is_given_up<H: Host>() {
    let world = Setup::new().var("PLATFORM_TIMEOUT_SECS", 1).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).hang());
    ana.verify(&challenge).await.problem("platform-timeout");
    is_as_before(&ana).await;
    world.sandbox.clear_faults();
    world.sandbox.fault(Fault::on(Operation::StartSession).hang());
    ana.try_start(json!({})).await.problem("platform-timeout");
    world.sandbox.clear_faults();
    ana.verify(&challenge).await.granted();
}

async fn a_platform_that_stops_reading_is_given_up<H: Host>() {
    let setup =
        Setup::new().var("PLATFORM_TIMEOUT_SECS", 1).var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 2);
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).stop_reading());
    let form = Form::new().file("video", media::webm(30_000_000));
    ana.upload(&challenge).form(&form).send().await.problem("platform-timeout");
    is_as_before(&ana).await;
    world.sandbox.clear_faults();
    ana.verify(&challenge).await.granted();
}

async fn an_answer_before_the_end_is_no_verdict<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    for (status, code) in [
        (200, "platform-error"),
        (400, "platform-error"),
        (413, "platform-error"),
        (500, "platform-error"),
        (503, "platform-unavailable"),
    ] {
        world.sandbox.fault(Fault::on(Operation::ProcessVideo).early_reply(status));
        let form = Form::new().file("video", media::webm(50_000));
        let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
        let bytes = form.bytes();
        upload.send(bytes.slice(..bytes.len() - 1)).await;
        upload.answer().await.problem(code);
        world.sandbox.clear_faults();
        is_as_before(&ana).await;
    }
    ana.verify(&challenge).await.granted();
}

async fn a_client_that_still_sends_gets_to_see_an_early_answer<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).early_reply(413));
    for _ in 0..5 {
        let form = Form::new().file("video", media::webm(3_000_000));
        let answer = ana.upload(&challenge).form(&form).send().await;
        // The platform's side may be reset before its answer was read: then all we know is that it went away.
        let code = answer.code().unwrap_or_default();
        assert!(["platform-error", "platform-unavailable"].contains(&&*code), "{answer:?}");
        answer.problem(&code);
        is_as_before(&ana).await;
    }
}

async fn a_capture_is_never_sent_twice<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = || Fault::on(Operation::ProcessVideo).times(1);
    let error = json!({ "error": "out of order" });
    for fault in [video().cut_before_reply(), video().status(503, error.clone()), video().status(500, error)]
    {
        let before = world.seen(Operation::ProcessVideo).len();
        world.sandbox.fault(fault);
        assert!(ana.verify(&challenge).await.status.is_server_error());
        assert_eq!(world.seen(Operation::ProcessVideo).len(), before + 1);
        world.sandbox.clear_faults();
    }
}

async fn an_outage_leaves_decisions_as_they_are<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    world.sandbox.fault(Fault::anywhere().cut_before_reply());
    ana.statement().await.ok();
    ana.transfer("Zoe", "1").await.ok();
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

/// No attempt is used up, and the session waits as it did.
async fn is_as_before(member: &Member) {
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!((&status["attempts_left"], &status["state"]), (&json!(5), &json!("issued")));
}

async fn a_platform_that_does_not_answer_is_spared_and_tried_again<H: Host>() {
    let pause = Duration::from_secs(5);
    let world = Setup::new().gate(move |gate| gate.circuit_breaker(3, pause)).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).cut_before_reply());
    for _ in 0..3 {
        ana.verify(&challenge).await.problem("platform-unavailable");
    }
    let seen = world.seen(Operation::ProcessVideo).len();
    let told = ana.verify(&challenge).await;
    told.problem("platform-unavailable");
    assert_eq!(told.retry_after(), Some(5));
    assert_eq!(world.seen(Operation::ProcessVideo).len(), seen, "the platform is left alone");
    // What else the platform is asked is another matter.
    let challenge = ana.start("statement").await;

    world.clock.advance(pause);
    ana.verify(&challenge).await.problem("platform-unavailable");
    assert_eq!(world.seen(Operation::ProcessVideo).len(), seen + 1, "one tries");
    assert_eq!(ana.verify(&challenge).await.retry_after(), Some(10));
    world.sandbox.clear_faults();
    world.clock.advance(pause * 2);
    ana.verify(&challenge).await.granted();
    ana.statement().await.ok();
}

async fn what_callers_do_wrong_is_not_held_against_the_platform<H: Host>() {
    let world = Setup::new().gate(|gate| gate.circuit_breaker(1, Duration::from_secs(5))).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let late_contradiction =
        Form::new().file("video", media::webm(100_000)).text("phrase", "nothing of the kind");
    ana.upload(&challenge).form(&late_contradiction).send().await.problem("phrase-mismatch");
    let (upload, _) = world.begin_upload(&ana, &challenge).await;
    drop(upload);
    ana.idle(&challenge).await;
    world
        .sandbox
        .fault(Fault::on(Operation::ProcessVideo).status(500, json!({ "error": "out of memory" })).times(1));
    ana.verify(&challenge).await.problem("platform-error");
    ana.verify(&challenge).await.granted();
}
