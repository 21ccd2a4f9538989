use serde_json::json;

use super::{passed, start, verify};
use crate::host::{Challenge, HostHarness, Stage};

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

pub async fn another_persons_face_does_not_sign_in<H: HostHarness>() {
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
