//! Who the caller is comes from the host, and from nowhere else.

use biometry_gate_testkit::{Form, Request, media};
use serde_json::json;

use crate::harness::{Host, Member, World, capture};

on_every_host! {
    a_header_that_names_another_subject_is_a_conflict,
    a_query_that_names_another_subject_is_a_conflict,
    a_body_that_names_another_subject_is_a_conflict,
    a_form_field_that_names_another_subject_is_a_conflict,
    naming_oneself_is_fine,
    nothing_a_client_authenticates_with_reaches_the_platform,
    a_gated_handler_gets_no_identity_from_headers,
}

async fn a_header_that_names_another_subject_is_a_conflict<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    for name in
        ["ben@example.com", "", "ANA@example.com", "ana@example.com ana", "ana@example.com,ana@example.com"]
    {
        for request in mounted(&ana) {
            let shown = format!("{request:?}");
            let answer = request.header("x-user-fullname", name).send().await;
            assert_eq!(answer.code().as_deref(), Some("subject-conflict"), "{name:?} {shown}");
            answer.problem("subject-conflict");
        }
    }
    let twice = ana.browser.get("/biometry/session").header("x-user-fullname", "ana@example.com");
    twice.header("x-user-fullname", "ben@example.com").send().await.problem("subject-conflict");
    assert!(world.sandbox.journal().is_empty());
}

async fn a_query_that_names_another_subject_is_a_conflict<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
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
    assert!(world.sandbox.journal().is_empty());
}

async fn a_body_that_names_another_subject_is_a_conflict<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
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
    assert!(world.sandbox.journal().is_empty());
}

async fn a_form_field_that_names_another_subject_is_a_conflict<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    for form in [
        Form::new().text("userFullname", "ben@example.com").file("video", media::webm(300_000)),
        Form::new().file("video", media::webm(300_000)).text("userFullname", "ben@example.com"),
    ] {
        ana.upload(&challenge).form(&form).send().await.problem("subject-conflict");
    }
    assert_eq!(world.captures(), 0);
    ana.verify(&challenge).await.granted();
}

async fn naming_oneself_is_fine<H: Host>() {
    let world = World::open::<H>().await;
    let me = "pass@example.com";
    let ana = world.log_in(me).await;
    ana.give_consent(json!({ "authorization": true, "user_fullname": me })).await.granted();
    let body = json!({ "policy": "statement", "subject": me });
    let challenge = crate::harness::Challenge::read(&ana.try_start(body).await.granted());
    let form = Form::new().file("video", media::webm(5_000)).text("userFullname", me);
    let upload = ana.upload(&challenge).header("x-user-fullname", me).form(&form);
    upload.send().await.granted();
    let history = ana.browser.get("/biometry/api-consent/history?user_fullname=pass%40example.com");
    history.send().await.granted();
}

async fn nothing_a_client_authenticates_with_reaches_the_platform<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let cookie = ana.browser.cookie("bank-session").expect("a cookie").value;
    let start = ana
        .browser
        .post("/biometry/api-gateway/sessions/start")
        .header("authorization", "Bearer the-sdks-own-token")
        .header("x-api-key", "another-token");
    let challenge = crate::harness::Challenge::read(&start.send().await.granted());
    let form = capture();
    let upload = ana
        .upload(&challenge)
        .header("authorization", "Bearer the-sdks-own-token")
        .header("x-device-info", "phone-7")
        .header("x-forwarded-for", "203.0.113.9")
        .header("x-action-trigger", "ONBOARDING")
        .form(&form);
    upload.send().await.granted();

    let journal = world.sandbox.journal();
    assert!(journal.len() >= 3, "consent, start and video");
    for entry in journal {
        assert!(entry.key_id.is_some(), "our own key goes along: {entry:?}");
        let everything = format!("{:?} {:?} {:?}", entry.headers, entry.query, entry.fields);
        for secret in ["the-sdks-own-token", "another-token", &cookie, "phone-7", "203.0.113.9", "ONBOARDING"]
        {
            assert!(!everything.contains(secret), "{secret}: {everything}");
        }
        assert_eq!(entry.header("cookie"), None);
        assert!(!everything.contains(&challenge.session), "our handle stays here: {everything}");
        assert!(!everything.contains(&form.content_type()), "the envelope is our own: {everything}");
    }
}

async fn a_gated_handler_gets_no_identity_from_headers<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    ben.approve("Zoe", "5").await;
    ben.transfer("Zoe", "5").await.ok();
    ana.pass("statement").await;
    let statement = ana
        .browser
        .get("/api/statement")
        .header("x-user-fullname", &ben.email)
        .header("x-forwarded-user", &ben.email)
        .send()
        .await;
    assert_eq!(statement.ok()["entries"], json!([]), "Ana's own");
}

/// One request to each mounted route.
fn mounted(member: &Member) -> Vec<Request> {
    let browser = &member.browser;
    vec![
        browser.post("/biometry/session/start"),
        browser.get("/biometry/session"),
        browser.post("/biometry/session/end"),
        browser.get("/biometry/consent"),
        browser.post("/biometry/consent").json(json!({ "authorization": true })),
        browser.delete("/biometry/consent"),
        browser.post("/biometry/verify").form(&capture()),
        browser.post("/biometry/api-gateway/sessions/start"),
        browser.get("/biometry/api-consent/history"),
        browser.post("/biometry/api-consent/consent").json(json!({ "is_consent_given": true })),
        browser.post("/biometry/api-gateway/process-video").form(&capture()),
    ]
}
