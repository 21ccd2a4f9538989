use serde_json::json;

use super::{COOKIE, start, verify};
use crate::host::{Challenge, HostHarness, Stage};

pub async fn a_user_who_agreed_before_signs_in_by_face_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let browser = stage.browser();
    let challenge = Challenge::read(&start(&browser, "pass@example.com").await.granted());
    let cookie = browser.cookie(COOKIE).expect("our own cookie");
    for attribute in ["HttpOnly", "Secure", "SameSite=Strict", "Path=/"] {
        assert!(cookie.has(attribute), "{attribute}: {cookie:?}");
    }
    let passed = verify(&browser, &challenge).await.granted();
    assert_eq!((&passed["scoring_result"], &passed["decision"]["policy"]), (&json!("pass"), &json!("login")));
    browser.get("/gated/reusable").send().await.problem("authentication-required");
    let copy = browser.copy();
    let signed_in = browser.post("/login/face").send().await;
    assert_eq!((signed_in.status.as_u16(), signed_in.text().as_str()), (200, "pass@example.com"));
    assert_eq!(copy.post("/login/face").send().await.problem("step-up-required")["reason"], "consumed");
}

pub async fn a_sign_in_belongs_to_its_browser<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let victim = stage.browser();
    let challenge = Challenge::read(&start(&victim, "pass@example.com").await.granted());
    let thief = stage.browser();
    // A browser that has not kept the cookie is sent the same, and can read what it lacks.
    let refused = verify(&thief, &challenge).await.problem("authentication-required");
    assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("cookie")), "{refused}");
    start(&thief, "pass@example.com").await.granted();
    verify(&thief, &challenge).await.problem("session-unknown");
    verify(&victim, &challenge).await.granted();
    thief.post("/login/face").send().await.problem("step-up-required");
    stage.browser().post("/login/face").send().await.problem("authentication-required");
    assert_eq!(victim.post("/login/face").send().await.status, 200);
}

pub async fn only_the_login_policy_can_be_started_without_a_login<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let browser = stage.browser();
    for body in [
        json!({}),
        json!({ "policy": "login" }),
        json!({ "subject": "pass@example.com" }),
        json!({ "policy": "reusable", "subject": "pass@example.com" }),
        json!({ "policy": "operation", "subject": "pass@example.com" }),
    ] {
        let answer = browser.post("/biometry/session/start").json(body).send().await;
        answer.problem("authentication-required");
        assert!(answer.header("set-cookie").is_none());
    }
    for subject in ["", &"x".repeat(1_025)] {
        start(&browser, subject).await.problem("invalid-request");
    }
    assert!(stage.sandbox.journal().is_empty());
}
