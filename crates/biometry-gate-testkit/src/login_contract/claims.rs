use biometry_sandbox::Operation;
use serde_json::{Value, json};

use super::{passed, start, verify};
use crate::answer::Answer;
use crate::form::Form;
use crate::host::{Challenge, HostHarness, Stage};
use crate::media;

pub async fn known_and_unknown_subjects_look_alike<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("fail@example.com").await;
    let mut looks = Vec::new();
    for email in ["fail@example.com", "nobody@example.com"] {
        let browser = stage.browser();
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
    let named = stage
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

pub async fn a_claimed_name_consents_to_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let browser = stage.browser();
    start(&browser, "pass@example.com").await.granted();
    let consents = browser.post("/biometry/consent").json(json!({ "authorization": true }));
    consents.send().await.problem("authentication-required");
    let consents = browser.post("/biometry/api-consent/consent").json(json!({ "is_consent_given": true }));
    consents.send().await.problem("authentication-required");
    browser.get("/biometry/consent").send().await.problem("authentication-required");
    browser.delete("/biometry/consent").send().await.problem("authentication-required");
    browser.get("/biometry/api-consent/history").send().await.problem("authentication-required");
    assert!(!stage.sandbox.consents("pass@example.com").authorization);
}

pub async fn a_claimed_name_opens_no_gated_route<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    let browser = passed(&stage, "pass@example.com").await;
    browser.get("/gated/reusable").send().await.problem("authentication-required");
    let operation = browser.post("/gated/operation").body("pay");
    operation.send().await.problem("authentication-required");
}

pub async fn somebody_elses_face_signs_nobody_in<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for who in
        ["someone-else", "two-people", "without+face", "removed", "lowscore", "enroll-again", "misread"]
    {
        let email = format!("{who}@example.com");
        stage.log_in(&email).consent_to_all().await;
        let browser = stage.browser();
        let challenge = Challenge::read(&start(&browser, &email).await.granted());
        let answer = verify(&browser, &challenge).await;
        assert_eq!(answer.status, 403, "{who}: {answer:?}");
        browser.post("/login/face").send().await.problem("step-up-required");
        browser.get("/gated/reusable").send().await.problem("authentication-required");
    }
}

pub async fn a_withdrawal_of_consent_voids_a_sign_in_on_its_way<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let browser = passed(&stage, "pass@example.com").await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert_eq!(browser.post("/login/face").send().await.problem("step-up-required")["reason"], "absent");
}
