use biometry_sandbox::Operation;
use http::Method;
use serde_json::{Value, json};

use super::{mounted, ready};
use crate::form::Form;
use crate::host::{HostHarness, Setup, Stage};
use crate::media;
use crate::wire::Wire;

pub async fn everything_under_the_mount_is_answered_in_json<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for path in
        ["", "/", "//", "/elsewhere", "/session/start/", "/session//start", "/%73ession", "/.", "/x/.."]
    {
        for method in [Method::GET, Method::POST, Method::DELETE, Method::PATCH] {
            let answer = ana.browser.request(method, &format!("/biometry{path}")).send().await;
            answer.problem("not-found");
        }
    }
    for (method, path, allowed) in [
        (Method::GET, "/verify", "POST"),
        (Method::PUT, "/verify", "POST"),
        (Method::POST, "/session", "GET, HEAD"),
        (Method::PATCH, "/consent", "GET, HEAD, POST, DELETE"),
        (Method::GET, "/api-gateway/sessions/end/sess_1", "POST"),
    ] {
        let answer = ana.browser.request(method, &format!("/biometry{path}")).send().await;
        answer.problem("method-not-allowed");
        assert_eq!(answer.header("allow"), Some(allowed), "{path}");
    }
    let head = ana.browser.request(Method::HEAD, "/biometry/verify").send().await;
    assert_eq!((head.status.as_u16(), head.header("allow"), head.body.len()), (405, Some("POST"), 0));
    for path in ["/biometry/api-gateway/sessions/end/a/b", "/biometry/api-gateway/sessions/end/a%2Fb"] {
        ana.browser.post(path).send().await.problem("session-unknown");
    }
}

pub async fn the_hosts_id_of_a_request_is_taken_where_it_is_trusted<H: HostHarness>() {
    for trusts in [false, true] {
        let setup = Setup::new().gate(move |gate| if trusts { gate.trust_request_ids() } else { gate });
        let (stage, ana, challenge) = ready::<H>(setup).await;
        let capture = Form::new().file("video", media::webm(5_000));
        let verify = ana.upload(&challenge).header("x-request-id", "hosts-1").form(&capture).send().await;
        verify.granted();
        assert_eq!(verify.header("x-request-id") == Some("hosts-1"), trusts);
        let named = stage.audit.events().iter().any(|event| event.request_id() == Some("hosts-1"));
        assert_eq!(named, trusts);
        let refused = stage.browser().get("/biometry/session").header("x-request-id", "hosts-2").send().await;
        assert_eq!(refused.problem("authentication-required")["request_id"] == "hosts-2", trusts);
        for odd in ["a b", "<script>", &"x".repeat(129)] {
            let answer = ana.browser.get("/biometry/session").header("x-request-id", odd).send().await;
            answer.granted();
            assert_ne!(answer.header("x-request-id"), Some(odd));
        }
    }
}

pub async fn head_is_answered_as_get_without_the_body<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for path in
        ["/biometry/session", "/biometry/consent", "/biometry/api-consent/history", "/biometry/elsewhere"]
    {
        for browser in [&ana.browser, &stage.browser()] {
            let get = browser.get(path).send().await;
            let head = browser.request(Method::HEAD, path).send().await;
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            for name in ["content-type", "cache-control", "content-length", "x-content-type-options"] {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
            assert!(head.header("content-length").is_some_and(|length| length != "0"), "{path}");
        }
    }
}

pub async fn every_native_answer_has_exactly_its_members<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    let not_given = json!({ "given": false, "since": null, "text_version": null });
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(consent, json!({ "authorization": not_given, "storage": not_given }));

    let body = json!({ "authorization": true, "text_version": "2026-05" });
    let given = json!({ "given": true, "since": "2027-01-15T08:00:00Z", "text_version": "2026-05" });
    let consent = ana.give_consent(body).await.granted();
    assert_eq!(consent, json!({ "authorization": given, "storage": not_given }));

    let consent = json!({ "authorization": true, "storage": false });
    let none = ana.browser.get("/biometry/session").send().await.granted();
    let nothing = json!({
        "data": null, "state": "none", "policy": null, "expires_at": null, "attempts_left": null,
        "consent": consent,
    });
    assert_eq!(none, nothing);

    let started = ana.try_start(json!({})).await.granted();
    let expected = json!({
        "data": started["data"], "message": "session started", "phrase": started["phrase"],
        "policy": "reusable", "expires_at": "2027-01-15T08:03:00Z", "consent": consent,
    });
    assert_eq!(started, expected);

    let status = ana.browser.get("/biometry/session").send().await.granted();
    let expected = json!({
        "data": started["data"], "state": "issued", "policy": "reusable",
        "expires_at": "2027-01-15T08:03:00Z", "attempts_left": 5, "consent": consent,
    });
    assert_eq!(status, expected);

    let capture = Form::new().file("video", media::webm(5_000));
    let passed = ana.browser.post("/biometry/verify").form(&capture).send().await;
    let platforms_id = stage.seen(Operation::ProcessVideo)[0].request_id.clone();
    assert_eq!(passed.header("x-request-id"), Some(platforms_id.as_str()));
    let passed = passed.granted();
    let decision = json!({
        "id": passed["decision"]["id"], "policy": "reusable", "expires_at": "2027-01-15T08:05:00Z",
        "single_use": false,
    });
    let expected = json!({ "scoring_result": "pass", "message": passed["message"], "decision": decision });
    assert_eq!(passed, expected);
    assert!(passed["message"].is_string() && passed["decision"]["id"].is_string());

    let ended = ana.browser.post("/biometry/session/end").send().await.granted();
    assert_eq!(ended, json!({ "message": "session ended" }));
}

pub async fn the_platforms_own_paths_do_the_same_in_its_own_words<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let subject = "pass@example.com";
    let ana = stage.log_in(subject);
    for path in ["/biometry/api-consent/consent", "/biometry/api-consent/strg-consent"] {
        let body = json!({ "is_consent_given": true, "user_fullname": subject });
        let given = ana.browser.post(path).json(body.clone()).send().await.granted();
        assert_eq!((&given["data"], &given["is_consent_given"]), (&body, &Value::Bool(true)));
    }
    let history = ana.browser.get("/biometry/api-consent/history").send().await.granted();
    assert_eq!(history["data"]["user_fullname"], subject);
    assert_eq!(history["data"]["consent"]["is_consent_given"], true);

    let start = "/biometry/api-gateway/sessions/start?warmup=true&policy=once";
    let started = ana.browser.post(start).send().await.granted();
    let session = started["data"].as_str().expect("a bare string");
    assert!(started["message"].is_string() && started["policy"] == "once");
    let form = Form::new()
        .text("phrase", started["phrase"].as_str().expect("a phrase"))
        .file("video", media::mp4(5_000))
        .text("vocabulary", "en_digits")
        .text("trigger", "AUTHENTICATION");
    let verify = ana.browser.post("/biometry/api-gateway/process-video");
    let verify = verify.header("x-session-id", session).header("x-user-fullname", subject).form(&form);
    assert_eq!(verify.send().await.granted()["scoring_result"], "pass");
    let platforms = stage.seen(Operation::ProcessVideo).remove(0).session.expect("the platform's session");
    assert!(stage.sandbox.session(&platforms).is_some_and(|session| session.warmed_up));
    let end = ana.browser.post(&format!("/biometry/api-gateway/sessions/end/{session}"));
    let ended = end.json(json!({ "phone_number": "+15550100" })).send().await.granted();
    assert!(ended["message"].is_string());
    assert_eq!(ana.browser.get("/gated/once").send().await.status, 200);
}

pub async fn every_route_asks_for_a_login<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for request in mounted(&stage.browser()) {
        let shown = format!("{request:?}");
        let answer = request.send().await;
        let problem = answer.problem("authentication-required");
        assert_eq!((&problem["step_up"], &problem["reason"]), (&Value::Null, &Value::Null), "{shown}");
        assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="testkit""#), "{shown}");
    }
    assert!(stage.sandbox.journal().is_empty(), "the platform hears of none of it");
}

pub async fn refusals_that_close_say_so_and_others_keep_the_connection<H: HostHarness>() {
    let (_stage, ana, challenge) = ready::<H>(Setup::new()).await;
    let form = Form::new().file("video", media::png(5_000));
    let length = form.bytes().len();
    let head = ana.upload_head(&challenge, &form.content_type(), &format!("Content-Length: {length}"));
    let mut wire = Wire::connect(ana.browser.address()).await;
    for _ in 0..3 {
        assert!(wire.send([head.as_bytes(), &form.bytes()].concat()).await, "the connection is kept");
        let answer = wire.answer().await;
        answer.problem("unsupported-media");
        assert_eq!(answer.header("connection"), None);
    }
    let head = ana.upload_head(&challenge, &form.content_type(), "Content-Length: 99999999");
    assert!(wire.send(head).await, "the connection is kept");
    let answer = wire.answer().await;
    answer.problem("upload-too-large");
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(wire.is_closed().await, "nothing comes behind the answer");
}
