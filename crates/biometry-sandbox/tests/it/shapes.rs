//! The three shapes, as builder switches, on the wire.

use biometry_sandbox::{FirstRun, Sandbox, ScoreScale, Shape};
use serde_json::json;

use crate::client::{Platform, answer};

async fn platform(shape: Shape) -> Platform {
    Platform::build(Sandbox::builder().shape(shape)).await
}

#[tokio::test]
async fn sessions_start_in_the_shape_of_their_source() {
    for (shape, prefix, message) in [
        (Shape::Sdk, "sess_", "session started successfully"),
        (Shape::Guide, "", "session started"),
        (Shape::Legacy, "sess_", "session started successfully"),
    ] {
        let platform = platform(shape).await;
        let reply = answer(platform.post("/api-gateway/sessions/start")).await;
        assert_eq!(reply.body["message"], message);
        let id = reply.body["data"].as_str().unwrap();
        assert_eq!(id.strip_prefix(prefix).map(str::len), Some(36), "{id}");
    }
}

#[tokio::test]
async fn a_verdict_is_a_string_an_object_or_conditions() {
    let verdicts = [
        (Shape::Sdk, "/scoring_result"),
        (Shape::Guide, "/scoring_result/status"),
        (Shape::Legacy, "/result_conditions/status"),
    ];
    for (shape, pointer) in verdicts {
        let platform = platform(shape).await;
        for (user, verdict) in
            [("pass@x", "pass"), ("fail@x", "fail"), ("refer@x", "refer"), ("unknown@x", "passed")]
        {
            let reply = platform.verify_consenting(user).await;
            assert_eq!(reply.body.pointer(pointer), Some(&json!(verdict)), "{shape:?} {user}");
        }
    }
}

#[tokio::test]
async fn legacy_consent_and_enrollment_are_not_nested() {
    let platform = platform(Shape::Legacy).await;
    let reply = platform.consent("consent", "ana", true).await;
    assert_eq!(reply.body, json!({ "is_consent_given": true, "user_fullname": "ana" }));
}

#[tokio::test]
async fn scores_count_on_the_chosen_scale() {
    for (scale, score) in [(ScoreScale::Percent, 92.5), (ScoreScale::Unit, 0.925)] {
        let platform = Platform::build(Sandbox::builder().score_scale(scale)).await;
        assert_eq!(platform.verify_consenting("pass@example.com").await.body["score"], score);
        assert_eq!(platform.verify_consenting("score+71.5@example.com").await.body["score"], 71.5);
    }
}

#[tokio::test]
async fn the_first_run_can_be_made_to_fail() {
    let platform = Platform::build(Sandbox::builder().first_run(FirstRun::Fails)).await;
    let first = platform.verify_consenting("ana@example.com").await;
    assert_eq!(first.header("x-auto-enroll"), Some("true"));
    assert_eq!(first.body["scoring_result"], "fail");
    assert_eq!(platform.verify("ana@example.com").await.body["scoring_result"], "pass");
}
