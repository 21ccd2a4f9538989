use serde_json::{Value, json};

use crate::host::{HostHarness, Stage, capture};

pub async fn the_platforms_dialect_answers_a_failure_with_200<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for (who, result) in
        [("fail", "fail"), ("refer", "refer"), ("enroll-again", "fail"), ("someone-else", "fail")]
    {
        let member = stage.log_in(&format!("{who}@example.com"));
        member.consent_to_all().await;
        let challenge = member.start("reusable").await;
        let verify = member.browser.post("/biometry/api-gateway/process-video");
        let answer = verify.header("x-session-id", &challenge.session).form(&capture()).send().await;
        let body = answer.granted();
        assert_eq!(body["scoring_result"], result, "{who}: {body}");
        assert!(body["message"].is_string() && body["phrase"].is_string(), "{who}: {body}");
        assert_eq!(body.get("score"), None, "{who}: {body}");
        member.enter().await.problem("step-up-required");
    }
}

pub async fn failures_look_alike_whatever_failed<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let mut looks = Vec::new();
    for who in ["fail", "fail+liveness", "someone-else", "lowscore", "misread", "removed", "minimal"] {
        let member = stage.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("reusable").await;
        let mut problem = member.verify(&challenge).await.problem("verification-failed");
        for member in ["request_id", "phrase"] {
            problem[member] = Value::Null;
        }
        looks.push(problem);
    }
    assert!(looks.windows(2).all(|pair| pair[0] == pair[1]), "{looks:#?}");
    let mut names: Vec<_> = looks[0].as_object().expect("an object").keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "attempts_left",
        "code",
        "detail",
        "error",
        "expires_at",
        "phrase",
        "request_id",
        "status",
        "title",
        "type",
    ];
    assert_eq!(names, expected);
    assert_eq!(looks[0]["attempts_left"], json!(4));
}
