//! Every method in a browser, from the bank's own origin: cookies, `Sec-Fetch-Site` and `Origin` are the browser's.

use biometry_gate_testkit::media;
use biometry_sandbox::Operation;
use serde_json::json;

use super::sdk::{KEY, Sdk, file};
use crate::browser::{Camera, open, visit};
use crate::harness::{Host, Setup};

on_every_host! {
    every_method_works_from_the_banks_own_origin,
}

async fn every_method_works_from_the_banks_own_origin<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    let name = "ana@example.com";
    let mut sdk = Sdk(page);
    sdk.call("startSession", json!([])).await.refused(401);
    let stranger = json!([file(&media::webm(100_000)), "one two", name]);
    sdk.call("processVideo", stranger).await.refused(401);
    sdk.0.log_in(name).await;

    sdk.consent(name).await;
    let (session, phrase) = sdk.start().await;
    let more = json!({ "sessionId": session, "deviceInfo": { "os": "Linux" } });
    let (picture, voice) = (file(&media::jpeg(5_000)), file(&media::wav(5_000)));
    let face = sdk.call("enrollFace", json!([picture, name, false, more])).await;
    assert_eq!(face.body()["data"]["enrollment_result"]["code"], 0);
    let spoken = sdk.call("enrollVoice", json!([voice, name, phrase, more])).await;
    assert_eq!(spoken.body()["data"]["status"], "good");
    let document = sdk.call("checkDocAuth", json!([picture, name, more])).await;
    assert_eq!(document.body()["scoring_result"], "pass");
    let passed = sdk.call("processVideo", json!([file(&media::webm(10_000)), phrase, name, more])).await;
    assert_eq!(passed.body()["scoring_result"], "pass");
    let arrived = &world.seen(Operation::ProcessVideo)[0];
    assert_eq!(passed.header("x-request-id"), arrived.request_id);

    let matched = sdk.call("matchFaces", json!([picture, null, name, true, more])).await;
    assert_eq!(matched.body()["document_matched"], true);

    sdk.call("giveAuthorizationConsent", json!([true, "ben@example.com"])).await.refused(403);
    sdk.call("endSession", json!([session])).await.body();
    assert!(world.sandbox.journal().iter().all(|entry| !format!("{entry:?}").contains(KEY)));
    sdk.0.assert_clean().await;
}
