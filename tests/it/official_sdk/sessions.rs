//! Sessions and consent.

use biometry_gate_testkit::media;
use biometry_sandbox::Operation;
use serde_json::json;

use super::sdk::{Sdk, file};
use crate::harness::{Host, World, eventually};

on_every_host! {
    a_session_is_started_and_ended,
    a_warm_up_is_passed_on,
    a_phone_number_from_a_browser_is_not,
    ending_what_is_over_or_unknown_is_refused,
    consent_is_given_and_taken_back,
    consent_for_another_user_is_refused,
}

async fn a_session_is_started_and_ended<H: Host>() {
    let world = World::open::<H>().await;
    let mut sdk = Sdk::of(&world.log_in("pass@example.com").await);
    let started = sdk.call("startSession", json!([])).await;
    assert_eq!(started.body()["message"], "session started");
    assert!(!started.header("x-request-id").is_empty());
    let id = started.body()["data"].as_str().expect("the session is a bare string").to_owned();
    let journal = world.seen(Operation::StartSession);
    assert!(!journal[0].request_id.is_empty() && journal[0].query.is_empty());

    let ended = sdk.call("endSession", json!([id])).await;
    assert_eq!(ended.body()["message"], "session ended");
    eventually("the platform's session is ended", async || world.seen(Operation::EndSession).len() == 1)
        .await;
}

async fn a_warm_up_is_passed_on<H: Host>() {
    let world = World::open::<H>().await;
    let mut sdk = Sdk::of(&world.log_in("pass@example.com").await);
    sdk.call("startSession", json!([{ "warmup": true }])).await.body();
    let warmup = ("warmup".to_owned(), "true".to_owned());
    assert_eq!(world.seen(Operation::StartSession)[0].query, [warmup]);
}

async fn a_phone_number_from_a_browser_is_not<H: Host>() {
    let world = World::open::<H>().await;
    let mut sdk = Sdk::of(&world.log_in("pass@example.com").await);
    let (id, _) = sdk.start().await;
    sdk.call("endSession", json!([id, { "phoneNumber": "+61400000000" }])).await.body();
    eventually("the platform's session is ended", async || world.seen(Operation::EndSession).len() == 1)
        .await;
    let ended = format!("{:?}", world.seen(Operation::EndSession)[0]);
    assert!(!ended.contains("61400000000"), "{ended}");
}

async fn ending_what_is_over_or_unknown_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let mut sdk = Sdk::of(&world.log_in("pass@example.com").await);
    let (id, phrase) = sdk.start().await;
    sdk.call("endSession", json!([id])).await.body();
    sdk.call("endSession", json!([id])).await.refused(409);
    // The SDK puts the id into the path as it is.
    for unknown in ["sess_never", "a/b?c", "..", "%2e%2e"] {
        sdk.call("endSession", json!([unknown])).await.refused(404);
    }
    sdk.consent("pass@example.com").await;
    let video = file(&media::webm(10_000));
    let over = json!([video, phrase, "pass@example.com", { "sessionId": id }]);
    sdk.call("processVideo", over).await.refused(409);
    let unknown = json!([video, phrase, "pass@example.com", { "sessionId": "sess_never" }]);
    sdk.call("processVideo", unknown).await.refused(404);
    assert!(world.seen(Operation::ProcessVideo).is_empty());
}

async fn consent_is_given_and_taken_back<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    let (session, _) = sdk.start().await;
    let more = json!({ "sessionId": session, "deviceInfo": { "os": "Linux", "owner": "José" } });
    for (method, purpose) in
        [("giveAuthorizationConsent", "authorization"), ("giveStorageConsent", "storage")]
    {
        let given = sdk.call(method, json!([true, "ana@example.com", more])).await;
        // Both forms that versions of the SDK have read: wrapped, and flat.
        for body in [given.body(), &given.body()["data"]] {
            assert_eq!(
                (&body["is_consent_given"], &body["user_fullname"]),
                (&json!(true), &json!("ana@example.com"))
            );
        }
        assert!(!given.header("x-request-id").is_empty());
        assert_eq!(ana.consents().await[purpose]["given"], true);
    }
    for (method, purpose) in
        [("giveStorageConsent", "storage"), ("giveAuthorizationConsent", "authorization")]
    {
        let taken = sdk.call(method, json!([false, "ana@example.com"])).await;
        assert_eq!(taken.body()["data"]["is_consent_given"], false);
        assert_eq!(ana.consents().await[purpose]["given"], false);
    }
}

async fn consent_for_another_user_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    for method in ["giveAuthorizationConsent", "giveStorageConsent"] {
        sdk.call(method, json!([true, "ben@example.com"])).await.refused(403);
        sdk.call(method, json!(["yes", "ana@example.com"])).await.refused(422);
    }
    assert!(world.sandbox.journal().is_empty());
    assert_eq!(ana.consents().await["authorization"]["given"], false);
}
