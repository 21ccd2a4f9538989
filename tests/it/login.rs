//! Signing in at the bank with one's face.

use biometry_gate_testkit::{Answer, Browser};
use biometry_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use crate::harness::{Challenge, Host, World, capture};

on_every_host! {
    whoever_agreed_before_signs_in_with_their_face,
    a_passed_sign_in_is_redeemed_once,
    a_sign_in_is_no_step_up_and_a_step_up_is_no_sign_in,
    what_the_platform_makes_of_a_bad_video_tells_no_names,
    a_platform_that_is_down_tells_no_names,
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

async fn what_the_platform_makes_of_a_bad_video_tells_no_names<H: Host>() {
    let world = World::open::<H>().await;
    for (email, fault) in [
        ("refer@example.com", None),
        (
            "pass+one@example.com",
            Some(Fault::on(Operation::ProcessVideo).times(1).status(422, json!({ "error": "no face" }))),
        ),
        ("pass+two@example.com", Some(Fault::on(Operation::ProcessVideo).times(1).malformed_body("{"))),
    ] {
        world.consented(email).await;
        let mut looks = Vec::new();
        for name in [email, &format!("nobody+{email}")] {
            if let Some(fault) = fault.clone().filter(|_| name == email) {
                world.sandbox.fault(fault);
            }
            let browser = world.browser();
            let challenge = Challenge::read(&start(&browser, name).await.granted());
            let failed = verify(&browser, &challenge).await;
            failed.problem("verification-failed");
            let id = failed.header("x-request-id").expect("an id").to_owned();
            looks.push((look(&failed), id.len()));
        }
        assert_eq!(looks[0], looks[1], "{email}");
    }
}

async fn a_platform_that_is_down_tells_no_names<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("pass@example.com").await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).status(503, json!({ "error": "down" })));
    let mut looks = Vec::new();
    for email in ["pass@example.com", "nobody@example.com"] {
        let browser = world.browser();
        let challenge = Challenge::read(&start(&browser, email).await.granted());
        let failed = verify(&browser, &challenge).await;
        failed.problem("platform-unavailable");
        let status = browser.get("/biometry/session").send().await;
        looks.push([failed, status].map(|answer| look(&answer)));
    }
    assert_eq!(looks[0], looks[1]);
    let browser = passed(&world, "pass@example.com").await;
    browser.post("/login/face").send().await.ok();
}

/// An answer without what is drawn by lot.
fn look(answer: &Answer) -> (u16, Value, Vec<String>) {
    let mut body = answer.json();
    for drawn in ["data", "phrase", "request_id"] {
        if body.get(drawn).is_some_and(|value| !value.is_null()) {
            body[drawn] = json!("drawn");
        }
    }
    let mut names: Vec<_> = answer.headers.keys().map(|name| name.as_str().to_owned()).collect();
    names.sort();
    (answer.status.as_u16(), body, names)
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
