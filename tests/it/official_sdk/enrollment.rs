//! `enrollFace` and `enrollVoice`.

use biometry_gate::enrollment::Asked;
use biometry_gate_testkit::media;
use biometry_sandbox::Operation;
use serde_json::{Value, json};

use super::sdk::{Sdk, file};
use crate::harness::{Host, Setup, World};

on_every_host! {
    a_face_is_enrolled,
    a_face_that_does_not_do_is_an_answer_with_its_code,
    a_voice_is_enrolled_with_the_sessions_phrase,
    a_voice_that_does_not_do_is_an_answer_with_its_status,
    an_enrolled_user_is_recognised_by_the_first_video,
    enrolling_needs_both_consents_and_the_guard,
}

async fn a_face_is_enrolled<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let face = media::jpeg(20_000);
    let more = json!({ "deviceInfo": { "os": "Linux", "owner": "José" } });
    let enrolled = sdk.call("enrollFace", json!([file(&face), ana.email, false, more])).await;
    assert_eq!(enrolled.body()["data"]["enrollment_result"]["code"], 0);
    assert!(enrolled.body()["data"]["enrollment_result"]["description"].is_string());
    let arrived = world.seen(Operation::EnrollFace).remove(0);
    assert_eq!(enrolled.header("x-request-id"), arrived.request_id);
    assert_eq!(arrived.file("face").expect("a face").len, 20_000);
    assert_eq!((arrived.user.as_deref(), arrived.field("is_document")), (Some("ana@example.com"), None));

    // Of a document the SDK expects to hear what it says; that stays on the server.
    let enrolled = sdk.call("enrollFace", json!([file(&face), ana.email, true])).await;
    assert_eq!(enrolled.body()["data"]["enrollment_result"]["code"], 0);
    assert!(!enrolled.body().to_string().contains("ERIKSSON"), "{enrolled:?}");
    assert_eq!(world.seen(Operation::EnrollFace)[1].field("is_document"), Some("true"));
}

async fn a_face_that_does_not_do_is_an_answer_with_its_code<H: Host>() {
    let world = World::open::<H>().await;
    for (email, code) in
        [("no-face@example.com", 1), ("many-faces@example.com", 2), ("not-centred@example.com", 3)]
    {
        let member = world.log_in(email).await;
        let mut sdk = Sdk::of(&member);
        sdk.consent(email).await;
        let failed = sdk.call("enrollFace", json!([file(&media::png(5_000)), email])).await;
        assert_eq!(failed.body()["data"]["enrollment_result"]["code"], code, "{email}");
    }
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    sdk.call("enrollFace", json!([file(&media::webm(5_000)), ana.email])).await.refused(415);
}

async fn a_voice_is_enrolled_with_the_sessions_phrase<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let args = |phrase: &str| json!([file(&media::wav(20_000)), "ana@example.com", phrase, { "sessionId": session }]);
    sdk.call("enrollVoice", args("one two three")).await.refused(422);
    for status in ["good", "enrolled"] {
        let enrolled = sdk.call("enrollVoice", args(&phrase)).await;
        let data = &enrolled.body()["data"];
        // The members that the SDK's types name.
        assert_eq!((&data["status"], data["qa_list"].is_array()), (&json!(status), true));
        let arrived = world.seen(Operation::EnrollVoice).pop().expect("a voice");
        assert_eq!(enrolled.header("x-request-id"), arrived.request_id);
    }
}

async fn a_voice_that_does_not_do_is_an_answer_with_its_status<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("voice+qafailed@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let args = json!([file(&media::wav(20_000)), ana.email, phrase, { "sessionId": session }]);
    assert_eq!(sdk.call("enrollVoice", args).await.body()["data"]["status"], "qafailed");
}

async fn an_enrolled_user_is_recognised_by_the_first_video<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.consent(&ana.email).await;
    let (session, phrase) = sdk.start().await;
    let more = json!({ "sessionId": session });
    let face = json!([file(&media::png(5_000)), ana.email, false, more]);
    let voice = json!([file(&media::wav(5_000)), ana.email, phrase, more]);
    let video = json!([file(&media::webm(5_000)), phrase, ana.email, more]);
    sdk.call("enrollFace", face).await.body();
    sdk.call("enrollVoice", voice).await.body();
    assert_eq!(sdk.call("processVideo", video).await.body()["scoring_result"], "pass");
    let joined = world.sandbox.journal().into_iter().filter_map(|entry| entry.session).collect::<Vec<_>>();
    assert!(joined.len() == 3 && joined.windows(2).all(|pair| pair[0] == pair[1]), "one session: {joined:?}");
}

async fn enrolling_needs_both_consents_and_the_guard<H: Host>() {
    let world = Setup::new()
        .gate(|gate| {
            gate.enrollment_guard(|asked: &Asked<'_>| !asked.caller().subject().as_str().starts_with("ben"))
        })
        .open::<H>()
        .await;
    let calls = |name: &str, session: &str, phrase: &str| -> [(&'static str, Value); 2] {
        let more = json!({ "sessionId": session });
        [
            ("enrollFace", json!([file(&media::png(5_000)), name, false, more])),
            ("enrollVoice", json!([file(&media::wav(5_000)), name, phrase, more])),
        ]
    };
    let ana = world.log_in("ana@example.com").await;
    let mut sdk = Sdk::of(&ana);
    sdk.call("giveAuthorizationConsent", json!([true, ana.email])).await.body();
    let (session, phrase) = sdk.start().await;
    for (method, args) in calls(&ana.email, &session, &phrase) {
        assert!(sdk.call(method, args).await.refused(403).contains("agree"));
    }
    let ben = world.log_in("ben@example.com").await;
    let mut sdk = Sdk::of(&ben);
    sdk.consent(&ben.email).await;
    let (session, phrase) = sdk.start().await;
    for (method, args) in calls(&ben.email, &session, &phrase) {
        sdk.call(method, args).await.refused(403);
    }
    assert!(world.seen(Operation::EnrollFace).is_empty() && world.seen(Operation::EnrollVoice).is_empty());
}
