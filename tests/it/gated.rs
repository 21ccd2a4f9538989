//! What a gated route answers whoever may not in, and why.

use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::harness::{Host, Setup, World, capture};

on_every_host! {
    nobody_learns_what_a_route_asks_for,
    a_refusal_says_what_to_do_next,
    a_refused_transfer_hands_out_the_operation_to_approve,
    the_same_operation_keeps_its_handle_and_another_one_gets_its_own,
    a_decision_for_another_policy_is_none,
    a_statement_opens_until_its_decision_is_stale,
    a_used_approval_is_consumed,
    an_approval_goes_stale_unused,
    a_verification_that_is_being_judged_is_pending,
    a_decision_from_the_future_counts_for_nothing,
    gated_answers_are_not_for_caches,
    a_glance_uses_nothing_up,
    preflights_pass_and_open_nothing,
}

async fn nobody_learns_what_a_route_asks_for<H: Host>() {
    let world = World::open::<H>().await;
    let stranger = world.browser();
    for request in [
        stranger.get("/api/statement"),
        stranger.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" })),
        stranger.post("/biometry/session/start"),
        stranger.get("/biometry/session"),
        stranger.post("/biometry/session/end"),
        stranger.get("/biometry/consent"),
        stranger.post("/biometry/consent").json(json!({ "authorization": true })),
        stranger.delete("/biometry/consent"),
        stranger.post("/biometry/verify").form(&capture()),
        stranger.post("/biometry/api-gateway/process-video").form(&capture()),
    ] {
        let shown = format!("{request:?}");
        let answer = request.send().await;
        let problem = answer.problem("authentication-required");
        assert_eq!((&problem["step_up"], &problem["reason"]), (&json!(null), &json!(null)), "{shown}");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="bank""#), "{shown}");
    }
    assert!(world.sandbox.journal().is_empty(), "the platform hears of none of it");
}

async fn a_refusal_says_what_to_do_next<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let answer = ana.statement().await;
    let problem = answer.problem("step-up-required");
    assert_eq!(problem["reason"], "absent");
    assert_eq!(
        problem["step_up"],
        json!({
            "policy": "statement", "action": problem["step_up"]["action"],
            "acr_values": ["urn:biometry-gate:acr:face-live"], "max_age": 300,
            "next": [
                { "rel": "consent", "method": "POST", "href": "consent", "needed": true },
                { "rel": "start", "method": "POST", "href": "session/start", "needed": true },
                { "rel": "verify", "method": "POST", "href": "verify", "needed": true },
            ],
        })
    );
    let challenge = answer.header("www-authenticate").expect("a challenge");
    assert!(
        challenge.starts_with(r#"Bearer realm="bank", error="insufficient_user_authentication""#),
        "{challenge}"
    );
    assert!(challenge.contains(r#", acr_values="urn:biometry-gate:acr:face-live""#), "{challenge}");
    assert!(challenge.contains(r#", max_age="300""#), "{challenge}");

    ana.consent().await;
    let problem = ana.statement().await.problem("step-up-required");
    assert_eq!(problem["step_up"]["next"][0]["needed"], false);
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

async fn a_decision_for_another_policy_is_none<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");

    let world = World::open::<H>().await;
    let ben = world.consented("pass@example.com").await;
    ben.approve("Zoe", "1").await;
    assert_eq!(ben.statement().await.problem("step-up-required")["reason"], "absent");
    ben.transfer("Zoe", "1").await.ok();
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

async fn a_used_approval_is_consumed<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    let problem = ana.transfer("Zoe", "1").await.problem("step-up-required");
    assert_eq!(problem["reason"], "consumed");
    assert!(problem["step_up"]["intent"]["id"].is_string(), "it may be approved again");
}

async fn an_approval_goes_stale_unused<H: Host>() {
    let world = Setup::new().var("TRANSFER_MAX_AGE_SECS", 30).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    world.clock.advance(Duration::from_secs(30));
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "stale");
}

async fn a_verification_that_is_being_judged_is_pending<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = world.begin_upload(&ana, &challenge).await;
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "pending");
    assert_eq!(ana.state(&challenge).await, "processing");
    upload.send(rest).await;
    upload.finish().await.granted();
    ana.statement().await.ok();
}

async fn a_decision_from_the_future_counts_for_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    world.clock.turn_back(Duration::from_secs(1));
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "stale");
}

async fn gated_answers_are_not_for_caches<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    assert_eq!(ana.statement().await.header("cache-control"), Some("no-store"));
    ana.approve("Zoe", "1").await;
    assert_eq!(ana.transfer("Zoe", "1").await.header("cache-control"), Some("no-store"));
}

async fn a_glance_uses_nothing_up<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    let body = json!({ "to": "Zoe", "amount": "1" });
    for purpose in ["prefetch", "prefetch;prerender"] {
        let glance = ana.browser.post("/api/transfer").header("sec-purpose", purpose).json(body.clone());
        glance.send().await.problem("step-up-required");
    }
    let head = ana.browser.request(Method::HEAD, "/api/transfer").send().await;
    assert!(head.status.is_client_error(), "{head:?}");
    ana.transfer("Zoe", "1").await.ok();
}

async fn preflights_pass_and_open_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let stranger = world.browser();
    let preflight = stranger
        .request(Method::OPTIONS, "/api/transfer")
        .header("origin", "https://app.example")
        .header("access-control-request-method", "POST")
        .send()
        .await;
    // The bank allows no other origin, so its router answers as it does for any method it does not know.
    assert_ne!(preflight.status, 401, "{preflight:?}");
    assert_ne!(preflight.code().as_deref(), Some("cross-site"), "{preflight:?}");
}
