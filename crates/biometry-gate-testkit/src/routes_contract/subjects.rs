use serde_json::json;

use super::{mounted, ready};
use crate::form::Form;
use crate::host::{Challenge, HostHarness, Setup, Stage, capture};
use crate::media;

pub async fn a_header_that_names_another_subject_is_a_conflict<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for name in
        ["ben@example.com", "", "ANA@example.com", "ana@example.com ana", "ana@example.com,ana@example.com"]
    {
        for request in mounted(&ana.browser) {
            request.header("x-user-fullname", name).send().await.problem("subject-conflict");
        }
    }
    let twice = ana.browser.get("/biometry/session").header("x-user-fullname", "ana@example.com");
    twice.header("x-user-fullname", "ben@example.com").send().await.problem("subject-conflict");
    assert!(stage.sandbox.journal().is_empty());
}

pub async fn a_query_that_names_another_subject_is_a_conflict<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for query in [
        "user_fullname=ben@example.com",
        "userFullname=ben%40example.com",
        "user_fullname=",
        "user_fullname=ana@example.com&user_fullname=ben@example.com",
        "user%5Ffullname=ben@example.com",
    ] {
        for path in ["/biometry/api-consent/history", "/biometry/consent", "/biometry/session"] {
            ana.browser.get(&format!("{path}?{query}")).send().await.problem("subject-conflict");
        }
        let start = ana.browser.post(&format!("/biometry/api-gateway/sessions/start?{query}"));
        start.send().await.problem("subject-conflict");
    }
    assert!(stage.sandbox.journal().is_empty());
}

pub async fn a_body_that_names_another_subject_is_a_conflict<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for field in ["subject", "user_fullname", "userFullname"] {
        ana.try_start(json!({ field: "ben@example.com" })).await.problem("subject-conflict");
    }
    for field in ["user_fullname", "userFullname"] {
        let body = json!({ "authorization": true, field: "ben@example.com" });
        ana.give_consent(body).await.problem("subject-conflict");
        for path in ["/biometry/api-consent/consent", "/biometry/api-consent/strg-consent"] {
            let body = json!({ "is_consent_given": true, field: "ben@example.com" });
            ana.browser.post(path).json(body).send().await.problem("subject-conflict");
        }
    }
    assert!(stage.sandbox.journal().is_empty());
}

pub async fn a_form_field_that_names_another_subject_is_a_conflict<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    for form in [
        Form::new().text("userFullname", "ben@example.com").file("video", media::webm(300_000)),
        Form::new().file("video", media::webm(300_000)).text("userFullname", "ben@example.com"),
    ] {
        ana.upload(&challenge).form(&form).send().await.problem("subject-conflict");
    }
    assert_eq!(stage.captures(), 0);
    ana.pass_with(&challenge).await;
}

pub async fn naming_oneself_is_fine<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let me = "pass@example.com";
    let ana = stage.log_in(me);
    ana.give_consent(json!({ "authorization": true, "user_fullname": me })).await.granted();
    let body = json!({ "policy": "reusable", "subject": me });
    let challenge = Challenge::read(&ana.try_start(body).await.granted());
    let form = Form::new().file("video", media::webm(5_000)).text("userFullname", me);
    ana.upload(&challenge).header("x-user-fullname", me).form(&form).send().await.granted();
    let history = ana.browser.get("/biometry/api-consent/history?user_fullname=pass%40example.com");
    history.send().await.granted();
}

pub async fn nothing_a_client_authenticates_with_reaches_the_platform<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let cookie = ana.browser.cookie_header().expect("a cookie");
    let start = ana
        .browser
        .post("/biometry/api-gateway/sessions/start")
        .header("authorization", "Bearer the-sdks-own-token")
        .header("x-api-key", "another-token");
    let challenge = Challenge::read(&start.send().await.granted());
    let form = capture();
    let upload = ana
        .upload(&challenge)
        .header("authorization", "Bearer the-sdks-own-token")
        .header("x-forwarded-for", "203.0.113.9")
        .header("x-action-trigger", "ONBOARDING")
        .form(&form);
    upload.send().await.granted();

    let journal = stage.sandbox.journal();
    assert!(journal.len() >= 3, "consent, start and video");
    for entry in journal {
        assert!(entry.key_id.is_some(), "our own key goes along: {entry:?}");
        let everything = format!("{:?} {:?} {:?}", entry.headers, entry.query, entry.fields);
        for secret in ["the-sdks-own-token", "another-token", &cookie, "203.0.113.9", "ONBOARDING"] {
            assert!(!everything.contains(secret), "{secret}: {everything}");
        }
        assert_eq!(entry.header("cookie"), None);
        assert!(!everything.contains(&challenge.session), "our handle stays here: {everything}");
        assert!(!everything.contains(&form.content_type()), "the envelope is our own: {everything}");
    }
}
