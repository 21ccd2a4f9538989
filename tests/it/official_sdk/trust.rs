//! What the official SDK's caller may claim, and what becomes of it.

use biometry_gate_testkit::media;
use biometry_sandbox::{Fault, Operation};
use serde_json::{Value, json};

use super::sdk::{KEY, Sdk, file};
use crate::harness::{Host, World};

on_every_host! {
    a_caller_without_a_login_gets_nowhere,
    naming_another_user_is_refused_by_every_method,
    what_the_client_holds_for_a_key_goes_nowhere,
    an_outage_of_the_platform_is_an_error_with_its_words,
}

async fn a_caller_without_a_login_gets_nowhere<H: Host>() {
    let world = World::open::<H>().await;
    let mut sdk = Sdk::of_a_stranger(&world);
    for (method, args) in calls("ana@example.com", "sess_of_ana", "one two three") {
        sdk.call(method, args).await.refused(401);
    }
    sdk.call("startSession", json!([])).await.refused(401);
    sdk.call("endSession", json!(["sess_of_ana"])).await.refused(401);
    assert!(world.sandbox.journal().is_empty());
}

async fn naming_another_user_is_refused_by_every_method<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass+ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let before = world.sandbox.journal().len();
    for (method, args) in calls("pass+ben@example.com", &session, &phrase) {
        sdk.call(method, args).await.refused(403);
    }
    assert_eq!(world.sandbox.journal().len(), before, "the platform hears nothing of it");
}

async fn what_the_client_holds_for_a_key_goes_nowhere<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    for (method, args) in calls(&ana.email, &session, &phrase) {
        sdk.call(method, args).await;
    }
    sdk.call("endSession", json!([session])).await;
    let seen = world.sandbox.journal();
    let operations: std::collections::HashSet<_> = seen.iter().filter_map(|entry| entry.operation).collect();
    assert!(operations.len() > 7, "every method reaches the platform: {operations:?}");
    for entry in seen {
        assert!(entry.key_id.is_some(), "the key is the bank's own: {entry:?}");
        assert!(!format!("{entry:?}").contains(KEY), "{entry:?}");
        assert!(entry.header("cookie").is_none() && entry.header("origin").is_none(), "{entry:?}");
    }
}

async fn an_outage_of_the_platform_is_an_error_with_its_words<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let args = || json!([file(&media::webm(10_000)), phrase, ana.email, { "sessionId": session }]);
    for (fault, status) in [
        (Fault::on(Operation::ProcessVideo).status(500, json!({ "error": "out of order" })), 502),
        (Fault::on(Operation::ProcessVideo).status(503, json!({ "error": { "code": "v2" } })), 503),
        (Fault::on(Operation::ProcessVideo).malformed_body("<html>"), 502),
        (Fault::on(Operation::ProcessVideo).cut_before_reply(), 503),
    ] {
        world.sandbox.fault(fault);
        let words = sdk.call("processVideo", args()).await;
        assert!(words.refused(status).contains("verification service"), "{words:?}");
        world.sandbox.clear_faults();
    }
    let passed = sdk.call("processVideo", args()).await;
    assert_eq!(passed.body()["scoring_result"], "pass", "the phrase was still good");
}

/// Every method that names a user, once.
fn calls(name: &str, session: &str, phrase: &str) -> Vec<(&'static str, Value)> {
    let (picture, video) = (file(&media::png(1000)), file(&media::webm(10_000)));
    let voice = file(&media::wav(1000));
    let more = json!({ "sessionId": session, "deviceInfo": { "os": "Linux" } });
    vec![
        ("giveAuthorizationConsent", json!([true, name, more])),
        ("giveStorageConsent", json!([true, name, more])),
        ("enrollFace", json!([picture, name, false, more])),
        ("enrollVoice", json!([voice, name, phrase, more])),
        ("checkDocAuth", json!([picture, name, more])),
        ("processVideo", json!([video, phrase, name, more])),
        ("matchFaces", json!([picture, null, name, true, more])),
        ("matchFaces", json!([picture, video, name, false, more])),
    ]
}
