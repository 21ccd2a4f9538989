//! What a browser sees of a sign-in: what it did itself, and nothing of what the subject does elsewhere.

use serde_json::{Value, json};

use super::{passed, signed_in, start, verify};
use crate::browser::Browser;
use crate::host::{Challenge, HostHarness, Person, Stage};

pub async fn a_browser_sees_of_its_sign_in_what_it_did_itself<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let stranger = stage.browser();
    let challenge = Challenge::read(&start(&stranger, "pass@example.com").await.granted());
    let before = status(&stranger).await;
    assert_eq!((&before["state"], &before["attempts_left"]), (&json!("issued"), &json!(5)));

    let other = stage.browser();
    let others = Challenge::read(&start(&other, "pass@example.com").await.granted());
    verify(&other, &others).await.granted();
    signed_in(&stage, "pass@example.com").await;
    assert_eq!(status(&stranger).await, before, "the sign-in shows in the answer");
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert_eq!(status(&stranger).await, before, "the subject has withdrawn their consent");

    let failed = verify(&stranger, &challenge).await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 4);
    assert_eq!(status(&stranger).await["state"], "issued");
}

pub async fn a_pass_that_consent_was_withdrawn_from_looks_like_a_failure<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let person = Person { browser: stage.browser(), subject: "pass@example.com".to_owned() };
    let challenge = Challenge::read(&start(&person.browser, "pass@example.com").await.granted());
    let (mut upload, rest) = stage.begin_upload(&person, &challenge).await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    assert!(upload.send(rest).await);
    let failed = upload.finish().await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 4);
    person.browser.post("/login/face").send().await.problem("step-up-required");
    ana.consent().await;
    assert_eq!(passed(&stage, "pass@example.com").await.post("/login/face").send().await.status, 200);
}

async fn status(browser: &Browser) -> Value {
    browser.get("/biometry/session").send().await.granted()
}
