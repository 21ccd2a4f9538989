//! From a log-in to a made transfer, in both dialects.

use biometry_gate_testkit::{Form, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Host, World};

on_every_host! {
    a_transfer_is_made_after_a_verification_and_shows_on_the_statement,
    the_platforms_paths_take_policy_and_intent_as_parameters,
    starting_needs_no_consent_and_verifying_does,
    the_hosts_own_answers_say_who_is_logged_in,
    a_login_names_an_address,
}

async fn a_transfer_is_made_after_a_verification_and_shows_on_the_statement<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    let receipt = ana.transfer("Zoe", "12.50").await.ok();
    assert_eq!(receipt["status"], "done");

    ana.statement().await.problem("step-up-required");
    ana.pass("statement").await;
    for _ in 0..3 {
        let statement = ana.statement().await.ok();
        assert_eq!(statement["balance"], "9987.50");
        let entries = statement["entries"].as_array().expect("a list");
        assert_eq!(entries.len(), 1);
        let made = (&entries[0]["id"], &entries[0]["to"], &entries[0]["amount"]);
        assert_eq!(made, (&receipt["id"], &json!("Zoe"), &json!("12.50")));
    }
    assert_eq!(world.captures(), 2);
}

async fn the_platforms_paths_take_policy_and_intent_as_parameters<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let refusal = ana.transfer("Zoe", "7.00").await.problem("step-up-required");
    let intent = refusal["step_up"]["intent"]["id"].as_str().expect("an intent");
    let start = format!("/biometry/api-gateway/sessions/start?policy=transfer&intent={intent}");
    let started = ana.browser.post(&start).send().await.granted();
    assert_eq!(started["policy"], "transfer");
    assert_eq!(started["intent"], refusal["step_up"]["intent"]);
    let form = Form::new().file("video", media::mp4(5_000));
    let verify = ana.browser.post("/biometry/api-gateway/process-video").form(&form);
    verify.send().await.granted();
    ana.transfer("Zoe", "7.00").await.ok();
}

async fn starting_needs_no_consent_and_verifying_does<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert!(world.seen(Operation::ProcessVideo).is_empty(), "nothing goes to the platform");
    ana.consent().await;
    ana.verify(&challenge).await.granted();
}

async fn the_hosts_own_answers_say_who_is_logged_in<H: Host>() {
    let world = World::open::<H>().await;
    let stranger = world.browser();
    assert_eq!(stranger.get("/healthz").send().await.status, 200);
    assert_eq!(stranger.get("/").send().await.status, 200);
    stranger.get("/api/whoami").send().await.problem("authentication-required");
    let ana = world.log_in("ana@example.com").await;
    let whoami = ana.browser.get("/api/whoami").send().await.ok();
    assert_eq!(whoami, json!({ "email": "ana@example.com" }));
    ana.log_out().await;
    ana.browser.get("/api/whoami").send().await.problem("authentication-required");
}

async fn a_login_names_an_address<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    for body in [
        json!({}),
        json!({ "email": "" }),
        json!({ "email": "ana" }),
        json!({ "email": "@example.com" }),
        json!({ "email": "ana@" }),
        json!({ "email": "ana maria@example.com" }),
        json!({ "email": "ana@example.com\r\nX-Evil: 1" }),
        json!({ "email": 7 }),
        json!({ "email": "ana@example.com", "admin": true }),
        json!({ "email": format!("{}@example.com", "a".repeat(300)) }),
    ] {
        let answer = browser.post("/login").json(body.clone()).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_deref()),
            (422, Some("invalid-request")),
            "{body}"
        );
        assert!(browser.cookie("bank-session").is_none(), "{body}");
    }
    browser.post("/login").body("email=ana@example.com").send().await;
    browser.get("/api/whoami").send().await.problem("authentication-required");
    let abroad = world.log_in("jos\u{e9}@example.com").await;
    assert_eq!(abroad.browser.get("/api/whoami").send().await.ok()["email"], "jos\u{e9}@example.com");
}
