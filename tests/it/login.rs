//! Signing in with one's face: a subject that is claimed, and not yet anybody.

use biometry_gate_testkit::{Answer, Browser, Form, media};
use biometry_sandbox::Operation;
use serde_json::{Value, json};

use crate::harness::{Challenge, Host, Setup, World, capture};

on_every_host! {
    whoever_agreed_before_signs_in_with_their_face,
    a_passed_sign_in_is_redeemed_once,
    known_and_unknown_subjects_look_alike,
    a_claimed_name_consents_to_nothing,
    a_claimed_name_opens_no_gated_route,
    a_sign_in_is_no_step_up_and_a_step_up_is_no_sign_in,
    failed_sign_ins_lock_nobody_out_of_stepping_up,
    failed_step_ups_lock_nobody_out_of_signing_in,
    somebody_elses_face_signs_nobody_in,
    a_withdrawal_of_consent_voids_a_sign_in_on_its_way,
    a_forged_cookie_redeems_nothing,
    signing_in_for_another_subject_gives_the_browser_a_new_key,
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

async fn known_and_unknown_subjects_look_alike<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("fail@example.com").await;
    let mut looks = Vec::new();
    for email in ["fail@example.com", "nobody@example.com"] {
        let browser = world.browser();
        let started = start(&browser, email).await;
        let challenge = Challenge::read(&started.granted());
        let status = browser.get("/biometry/session").send().await;
        let refused_media = browser
            .post("/biometry/verify")
            .header("x-session-id", &challenge.session)
            .form(&Form::new().file("video", media::png(10_000)))
            .send()
            .await;
        let failed = verify(&browser, &challenge).await;
        failed.problem("verification-failed");
        let redeemed = browser.post("/login/face").send().await;
        looks.push([started, status, refused_media, failed, redeemed].map(|answer| look(&answer)));
    }
    for (known, unknown) in looks[0].iter().zip(&looks[1]) {
        assert_eq!(known, unknown);
    }
    let named = world
        .seen(Operation::ProcessVideo)
        .iter()
        .any(|video| video.user.as_deref() == Some("nobody@example.com"));
    assert!(!named, "whoever has not agreed is not sent to the platform");
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

async fn a_claimed_name_consents_to_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    start(&browser, "pass@example.com").await.granted();
    let consents = browser.post("/biometry/consent").json(json!({ "authorization": true }));
    consents.send().await.problem("authentication-required");
    let consents = browser.post("/biometry/api-consent/consent").json(json!({ "is_consent_given": true }));
    consents.send().await.problem("authentication-required");
    browser.get("/biometry/consent").send().await.problem("authentication-required");
    browser.delete("/biometry/consent").send().await.problem("authentication-required");
    browser.get("/biometry/api-consent/history").send().await.problem("authentication-required");
    assert!(!world.sandbox.consents("pass@example.com").authorization);
}

async fn a_claimed_name_opens_no_gated_route<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("pass@example.com").await;
    let browser = passed(&world, "pass@example.com").await;
    browser.get("/api/statement").send().await.problem("authentication-required");
    let transfer = browser.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" }));
    transfer.send().await.problem("authentication-required");
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

async fn failed_sign_ins_lock_nobody_out_of_stepping_up<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 2).var("MAX_STARTS", 4).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let stranger = world.browser();
    for _ in 0..2 {
        let challenge = Challenge::read(&start(&stranger, "fail@example.com").await.granted());
        verify(&stranger, &challenge).await.problem("verification-failed");
    }
    start(&stranger, "fail@example.com").await.problem("too-many-attempts");
    start(&world.browser(), "fail@example.com").await.problem("too-many-attempts");
    for _ in 0..4 {
        member.start("statement").await;
    }
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!(status["attempts_left"], 2);
}

async fn failed_step_ups_lock_nobody_out_of_signing_in<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 1).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
    member.try_start(json!({})).await.problem("too-many-attempts");
    start(&world.browser(), "fail@example.com").await.granted();
}

async fn somebody_elses_face_signs_nobody_in<H: Host>() {
    let world = World::open::<H>().await;
    for who in
        ["someone-else", "two-people", "without+face", "removed", "lowscore", "enroll-again", "misread"]
    {
        let email = format!("{who}@example.com");
        world.log_in(&email).await.consent_to_all().await;
        let browser = world.browser();
        let challenge = Challenge::read(&start(&browser, &email).await.granted());
        let answer = verify(&browser, &challenge).await;
        assert_eq!(answer.status, 403, "{who}: {answer:?}");
        browser.post("/login/face").send().await.problem("step-up-required");
        browser.get("/api/whoami").send().await.problem("authentication-required");
    }
}

async fn a_withdrawal_of_consent_voids_a_sign_in_on_its_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let browser = passed(&world, "pass@example.com").await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert_eq!(browser.post("/login/face").send().await.problem("step-up-required")["reason"], "absent");
}

async fn a_forged_cookie_redeems_nothing<H: Host>() {
    let world = World::open::<H>().await;
    world.consented("pass@example.com").await;
    let browser = passed(&world, "pass@example.com").await;
    let cookie = browser.cookie(COOKIE).expect("our own cookie").value;
    let (_, subject) = cookie.split_once('.').expect("a key and a subject");
    for forged in [
        String::new(),
        subject.to_owned(),
        format!("web_{}.{subject}", "A".repeat(32)),
        cookie.replace('.', ""),
        format!("{cookie}x"),
        format!("{cookie}; {COOKIE}={cookie}"),
    ] {
        let thief = world.browser();
        thief.put_cookie(COOKIE, &forged);
        let answer = thief.post("/login/face").send().await;
        assert_eq!(answer.status, 401, "{forged}: {answer:?}");
        assert!(answer.header("set-cookie").is_none());
    }
    browser.post("/login/face").send().await.ok();
}

async fn signing_in_for_another_subject_gives_the_browser_a_new_key<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    start(&browser, "pass+ana@example.com").await.granted();
    let anas = browser.cookie(COOKIE).expect("our own cookie").value;
    start(&browser, "pass+ana@example.com").await.granted();
    assert_eq!(browser.cookie(COOKIE).expect("our own cookie").value, anas);
    start(&browser, "pass+ben@example.com").await.granted();
    let bens = browser.cookie(COOKIE).expect("our own cookie").value;
    assert_ne!(anas.split('.').next(), bens.split('.').next());
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
