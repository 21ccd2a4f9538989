//! Signing in at the bank with one's face.

use biometry_gate::Principal;
use biometry_gate::audit::EventKind;
use biometry_gate::principal::HostSession;
use biometry_gate_testkit::{Answer, Browser};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, capture};

on_every_host! {
    a_user_who_agreed_before_signs_in_by_face,
    a_passed_sign_in_is_redeemed_once,
    a_sign_in_is_no_step_up_and_a_step_up_is_no_sign_in,
    a_refused_withdrawal_of_storage_lets_no_stranger_in,
    a_withdrawal_of_storage_that_the_platform_has_not_heard_of_lets_no_stranger_in,
    consent_that_another_application_was_given_lets_no_stranger_in,
    a_stranger_whom_the_platform_enrolled_closes_the_name_until_its_owner_passes,
}

async fn a_user_who_agreed_before_signs_in_by_face<H: Host>() {
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
    // A face opens no enrollment of another one.
    let member = Member::with(browser.clone(), "pass@example.com");
    member.consent_to_all().await;
    member.enroll_face().await.problem("enrollment-closed");
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

async fn a_refused_withdrawal_of_storage_lets_no_stranger_in<H: Host>() {
    let world = Setup::new().sandbox(|sandbox| sandbox.revocation_refused(true)).open::<H>().await;
    let ana = world.log_in(ANA).await;
    ana.consent_to_all().await;
    ana.give_consent(json!({ "storage": false })).await.granted();
    assert!(world.sandbox.consents(ANA).storage, "the platform refuses the withdrawal");
    fails_twice(&world).await;
    assert_eq!(world.captures(), 0);
}

async fn a_withdrawal_of_storage_that_the_platform_has_not_heard_of_lets_no_stranger_in<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in(ANA).await;
    ana.consent_to_all().await;
    world.sandbox.fault(Fault::on(Operation::StorageConsent).status(503, json!({ "error": "down" })));
    ana.give_consent(json!({ "storage": false })).await.granted();
    world.sandbox.clear_faults();
    assert!(world.sandbox.consents(ANA).storage, "the withdrawal is owed");
    fails_twice(&world).await;
    assert_eq!(world.captures(), 0);
}

async fn consent_that_another_application_was_given_lets_no_stranger_in<H: Host>() {
    let world = World::open::<H>().await;
    world.consented(ANA).await;
    world.sandbox.give_consents(ANA);
    fails_twice(&world).await;
    assert_eq!(world.captures(), 0);
}

async fn a_stranger_whom_the_platform_enrolled_closes_the_name_until_its_owner_passes<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented(ANA).await;
    let stranger = Member::with(world.browser(), ANA);
    let challenge = Challenge::read(&start(&stranger.browser, ANA).await.granted());
    let (mut upload, rest) = world.begin_upload(&stranger, &challenge).await;
    // The gate has asked by now. Another application is given consent to storage before the capture is complete.
    world.sandbox.give_consents(ANA);
    assert!(upload.send(rest).await);
    upload.finish().await.problem("verification-failed");
    assert!(world.sandbox.enrolled(ANA), "the platform has enrolled the stranger");
    assert_eq!(world.audit.reasons(EventKind::LoginClosed), ["enrolled-while-signing-in"]);

    fails_twice(&world).await;
    let owner = Principal::new(ANA, HostSession::parse("any").expect("a key")).expect("a principal");
    world.gate().admin().unlock_sign_in(&owner).await.expect("a store");
    fails_twice(&world).await;
    assert_eq!(world.captures(), 1, "the platform has seen the first capture and none since");

    ana.consent_to_all().await;
    ana.pass("statement").await;
    let browser = passed(&world, ANA).await;
    assert_eq!(browser.post("/login/face").send().await.ok()["email"], ANA);
}

/// A stranger's browser tries twice to sign in as Ana, and is not signed in.
async fn fails_twice(world: &World) {
    let stranger = world.browser();
    for _ in 0..2 {
        let challenge = Challenge::read(&start(&stranger, ANA).await.granted());
        verify(&stranger, &challenge).await.problem("verification-failed");
    }
    stranger.post("/login/face").send().await.problem("step-up-required");
    stranger.get("/api/whoami").send().await.problem("authentication-required");
}

async fn start(browser: &Browser, email: &str) -> Answer {
    let body = json!({ "policy": "login", "subject": email });
    browser.post("/biometry/session/start").json(body).send().await
}

async fn verify(browser: &Browser, challenge: &Challenge) -> Answer {
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await
}

/// A browser that has passed a sign-in for a user who agreed before, and has not redeemed it.
async fn passed(world: &World, email: &str) -> Browser {
    let browser = world.browser();
    let challenge = Challenge::read(&start(&browser, email).await.granted());
    verify(&browser, &challenge).await.granted();
    browser
}

/// A user whom the platform enrolls at the first capture that it may.
const ANA: &str = "ana@example.com";
const COOKIE: &str = "__Host-biometry-login";
