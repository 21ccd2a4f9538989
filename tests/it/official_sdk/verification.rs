//! Verification by `processVideo`.

use biometry_gate_testkit::media;
use biometry_sandbox::Operation;
use serde_json::{Value, json};

use super::sdk::{Node, Outcome, Sdk, file};
use crate::harness::{Host, World};

on_every_host! {
    a_capture_that_passes_opens_what_is_gated,
    a_verdict_that_is_no_pass_is_an_answer_with_a_fresh_phrase,
    whatever_the_platform_says_beyond_the_verdict_stays_on_the_server,
    a_capture_without_consent_is_refused,
    only_the_issued_phrase_is_taken,
    what_is_no_video_is_refused,
}

async fn a_capture_that_passes_opens_what_is_gated<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let video = media::webm(10_000);
    let more = json!({
        "sessionId": session, "vocabulary": "en_digits", "trigger": "authentication", "deviceInfo": { "os": "Linux" },
    });
    let passed = sdk.call("processVideo", json!([file(&video), phrase, ana.email, more])).await;
    assert_eq!(passed.body()["scoring_result"], "pass");
    let arrived = &world.seen(Operation::ProcessVideo)[0];
    assert_eq!(passed.header("x-request-id"), arrived.request_id, "the platform's id of the request");
    assert_eq!(arrived.file("video").expect("a video").len, 10_000);
    assert_eq!(arrived.user.as_deref(), Some(ana.email.as_str()));
    assert_ne!(arrived.session.as_deref(), Some(session.as_str()), "the platform's session is its own");
    ana.statement().await.ok();
}

async fn a_verdict_that_is_no_pass_is_an_answer_with_a_fresh_phrase<H: Host>() {
    for (email, result, code) in [
        ("fail@example.com", "fail", "verification-failed"),
        ("refer@example.com", "refer", "verification-referred"),
        ("ana@example.com", "fail", "enrolled-not-verified"),
    ] {
        let world = World::open::<H>().await;
        let ana = world.log_in(email).await;
        let mut sdk = Sdk::of(&ana);
        sdk.consent(email).await;
        let (session, phrase) = sdk.start().await;
        let judged = verify(&mut sdk, &session, &phrase, email).await;
        let body = judged.body();
        assert_eq!((&body["scoring_result"], &body["code"]), (&json!(result), &json!(code)), "{email}");
        assert!(body["message"].as_str().is_some_and(|message| !message.is_empty()));
        let fresh = body["phrase"].as_str().expect("a fresh phrase");
        assert_ne!(fresh, phrase);
        ana.statement().await.problem("step-up-required");

        // The old phrase is burnt, the fresh one is good.
        verify(&mut sdk, &session, &phrase, email).await.refused(422);
        assert_eq!(
            verify(&mut sdk, &session, fresh, email).await.body()["attempts_left"].is_null(),
            code == "enrolled-not-verified"
        );
    }
}

async fn whatever_the_platform_says_beyond_the_verdict_stays_on_the_server<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let passed = verify(&mut sdk, &session, &phrase, &ana.email).await;
    let members: Vec<_> = passed.body().as_object().expect("an object").keys().collect();
    assert_eq!(members, ["decision", "message", "scoring_result"]);
}

async fn a_capture_without_consent_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    let (session, phrase) = sdk.start().await;
    let refused = verify(&mut sdk, &session, &phrase, &ana.email).await;
    assert!(refused.refused(403).contains("agree"), "{refused:?}");
    assert!(world.seen(Operation::ProcessVideo).is_empty());
}

async fn only_the_issued_phrase_is_taken<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    for wrong in ["one two three", "12345678", &format!("{phrase} one"), "Math.random"] {
        verify(&mut sdk, &session, wrong, &ana.email).await.refused(422);
    }
    assert!(world.seen(Operation::ProcessVideo).iter().all(|entry| !entry.complete));
    // As the mobile SDK writes it.
    let title_case =
        phrase.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]).collect::<Vec<_>>().join(" ");
    let passed = verify(&mut sdk, &session, &title_case, &ana.email).await;
    assert_eq!(passed.body()["scoring_result"], "pass");
}

async fn what_is_no_video_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let args = json!([file(&media::noise(10_000)), phrase, ana.email, { "sessionId": session }]);
    sdk.call("processVideo", args).await.refused(415);
    assert_eq!(verify(&mut sdk, &session, &phrase, &ana.email).await.body()["scoring_result"], "pass");
}

async fn verify(sdk: &mut Sdk<Node>, session: &str, phrase: &str, name: &str) -> Outcome {
    let args: Value = json!([file(&media::webm(10_000)), phrase, name, { "sessionId": session }]);
    sdk.call("processVideo", args).await
}
