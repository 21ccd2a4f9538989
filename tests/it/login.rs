//! Signing in at the bank with one's face.

use biometry_gate_testkit::{Answer, Browser};
use serde_json::json;

use crate::harness::{Challenge, Host, World, capture};

on_every_host! {
    whoever_agreed_before_signs_in_with_their_face,
    a_passed_sign_in_is_redeemed_once,
    a_sign_in_is_no_step_up_and_a_step_up_is_no_sign_in,
}

async fn whoever_agreed_before_signs_in_with_their_face<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("pass@example.com").await;
    let browser = world.browser();
    let challenge = Challenge::read(&start(&browser, "pass@example.com").await.granted());
    let cookie = browser.cookie(COOKIE).expect("our own cookie");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
    }
    assert!(
        !cookie.attributes.iter().any(|attribute| attribute.to_lowercase().starts_with("domain")),
        "{cookie:?}"
    );
    let passed = verify(&browser, &challenge).await.granted();
    assert_eq!((&passed["scoring_result"], &passed["decision"]["policy"]), (&json!("pass"), &json!("login")));
    browser.get("/api/whoami").send().await.problem("authentication-required");
    let login = browser.post("/login/face").send().await.ok();
    assert_eq!(login, json!({ "email": "pass@example.com" }));
    assert_eq!(browser.get("/api/whoami").send().await.ok()["email"], "pass@example.com");
    // Having signed in is no step-up.
    assert_eq!(browser.get("/api/statement").send().await.problem("step-up-required")["reason"], "absent");
}

async fn a_passed_sign_in_is_redeemed_once<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("pass@example.com").await;
    let browser = passed(&world, "pass@example.com").await;
    let copy = browser.copy();
    browser.post("/login/face").send().await.ok();
    assert_eq!(copy.post("/login/face").send().await.problem("step-up-required")["reason"], "consumed");
    copy.get("/api/whoami").send().await.problem("authentication-required");
}

async fn a_sign_in_is_no_step_up_and_a_step_up_is_no_sign_in<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.try_start(json!({ "policy": "login" })).await.problem("invalid-request");
    let start = json!({ "policy": "login", "subject": "pass@example.com" });
    ana.try_start(start).await.problem("invalid-request");
    ana.pass("statement").await;
    ana.browser.post("/login/face").send().await.problem("authentication-required");

    let browser = passed(&world, "pass@example.com").await;
    browser.post("/login").json(json!({ "email": "pass@example.com" })).send().await.ok();
    assert_eq!(browser.get("/api/statement").send().await.problem("step-up-required")["reason"], "absent");
}

async fn start(browser: &Browser, email: &str) -> Answer {
    let body = json!({ "policy": "login", "subject": email });
    browser.post("/biometry/session/start").json(body).send().await
}

async fn verify(browser: &Browser, challenge: &Challenge) -> Answer {
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await
}

/// A browser that has passed a sign-in for somebody who has agreed before, and has not redeemed it.
async fn passed(world: &World, email: &str) -> Browser {
    let browser = world.browser();
    let challenge = Challenge::read(&start(&browser, email).await.granted());
    verify(&browser, &challenge).await.granted();
    browser
}

const COOKIE: &str = "__Host-biometry-login";
