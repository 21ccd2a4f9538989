//! What a gated route answers callers that it refuses, and why.

use std::time::Duration;

use biometry_gate_testkit::Request;
use serde_json::json;

use crate::harness::{Host, Setup, World};

on_every_host! {
    a_refused_transfer_hands_out_the_operation_to_approve,
    the_same_operation_keeps_its_handle_and_another_one_gets_its_own,
    a_statement_opens_until_its_decision_is_stale,
    an_approval_goes_stale_unused,
    a_handshake_without_a_decision_is_refused,
    a_handshake_on_another_sites_behalf_is_refused,
}

async fn a_refused_transfer_hands_out_the_operation_to_approve<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let problem = ana.transfer("Zoë & Söhne", "1234.5").await.problem("step-up-required");
    let step_up = &problem["step_up"];
    assert_eq!(step_up["policy"], "transfer");
    let display = json!([
        { "label": "Payee", "value": "Zoë & Söhne" },
        { "label": "Amount", "value": "1234.50 EUR" },
    ]);
    assert_eq!(step_up["intent"]["display"], display);
    let body = json!({ "policy": "transfer", "intent": step_up["intent"]["id"] });
    assert_eq!(ana.try_start(body).await.granted()["intent"], step_up["intent"]);

    for body in [
        json!({ "policy": "transfer" }),
        json!({ "policy": "transfer", "intent": "int_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
        json!({ "policy": "transfer", "intent": "../../etc" }),
        json!({ "policy": "statement", "intent": step_up["intent"]["id"] }),
        json!({ "policy": "nonsense" }),
        json!({ "policy": "login" }),
        json!({ "unknown": true }),
        json!(["policy"]),
    ] {
        ana.try_start(body).await.problem("invalid-request");
    }
}

async fn the_same_operation_keeps_its_handle_and_another_one_gets_its_own<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let mut handles = Vec::new();
    for (to, amount) in [("Zoe", "1"), ("Zoe", "1.00"), ("Zoe", "2"), ("Max", "1")] {
        let problem = ana.transfer(to, amount).await.problem("step-up-required");
        handles.push(problem["step_up"]["intent"]["id"].clone());
    }
    assert_eq!(handles[0], handles[1]);
    assert!(handles[0] != handles[2] && handles[0] != handles[3] && handles[2] != handles[3]);
}

async fn a_statement_opens_until_its_decision_is_stale<H: Host>() {
    let world = Setup::new().var("STATEMENT_MAX_AGE_SECS", 60).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    world.clock.advance(Duration::from_millis(59_999));
    ana.statement().await.ok();
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "stale");
}

async fn an_approval_goes_stale_unused<H: Host>() {
    let world = Setup::new().var("TRANSFER_MAX_AGE_SECS", 30).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "stale");
}

async fn a_handshake_without_a_decision_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    handshake(world.browser().get("/api/statement")).send().await.problem("authentication-required");
    assert_eq!(
        handshake(ana.browser.get("/api/statement")).send().await.problem("step-up-required")["reason"],
        "absent"
    );
    ana.pass("statement").await;
    // The bank speaks no WebSocket: its handler answers as it answers everybody who is let in.
    handshake(ana.browser.get("/api/statement")).send().await.ok();
}

async fn a_handshake_on_another_sites_behalf_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let foreign = || ana.browser.get("/api/statement").header("origin", "https://evil.example");
    foreign().send().await.ok();
    handshake(foreign()).send().await.problem("cross-site");
}

fn handshake(request: Request) -> Request {
    request
        .header("connection", "upgrade")
        .header("upgrade", "websocket")
        .header("sec-websocket-version", "13")
        .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
}
