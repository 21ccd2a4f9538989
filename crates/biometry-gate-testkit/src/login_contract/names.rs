//! What an answer may not tell: whether a claimed name is one.

use biometry_sandbox::{Fault, Operation};
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
    assert!(!named, "a name without consent is not sent to the platform");
}

pub async fn the_answer_to_a_bad_video_reveals_no_names<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for (email, fault) in [
        ("refer@example.com", None),
        (
            "pass+one@example.com",
            Some(Fault::on(Operation::ProcessVideo).times(1).status(422, json!({ "error": "no face" }))),
        ),
        ("pass+two@example.com", Some(Fault::on(Operation::ProcessVideo).times(1).malformed_body("{"))),
    ] {
        stage.consented(email).await;
        let mut looks = Vec::new();
        for name in [email, &format!("nobody+{email}")] {
            if let Some(fault) = fault.clone().filter(|_| name == email) {
                stage.sandbox.fault(fault);
            }
            let browser = stage.browser();
            let challenge = Challenge::read(&start(&browser, name).await.granted());
            let failed = verify(&browser, &challenge).await;
            failed.problem("verification-failed");
            let id = failed.header("x-request-id").expect("an id").to_owned();
            looks.push((look(&failed), id.len()));
        }
        assert_eq!(looks[0], looks[1], "{email}");
    }
}

pub async fn a_platform_that_is_down_reveals_no_names<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.consented("pass@example.com").await;
    stage.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).status(503, json!({ "error": "down" })));
    let mut looks = Vec::new();
    for email in ["pass@example.com", "nobody@example.com"] {
        let browser = stage.browser();
        let challenge = Challenge::read(&start(&browser, email).await.granted());
        let failed = verify(&browser, &challenge).await;
        failed.problem("platform-unavailable");
        let status = browser.get("/biometry/session").send().await;
        looks.push([failed, status].map(|answer| look(&answer)));
    }
    assert_eq!(looks[0], looks[1]);
    let browser = passed(&stage, "pass@example.com").await;
    assert_eq!(browser.post("/login/face").send().await.status, 200);
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
