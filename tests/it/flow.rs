//! From a log-in to a made transfer, in both dialects.

use biometry_gate_testkit::{Form, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Host, World};

on_every_host! {
    a_transfer_is_made_after_a_verification_and_shows_on_the_statement,
    every_native_answer_has_exactly_the_members_of_the_contract,
    the_platforms_own_paths_do_the_same_in_its_own_words,
    the_platforms_paths_take_policy_and_intent_as_parameters,
    starting_needs_no_consent_and_verifying_does,
    without_a_header_the_newest_session_is_meant,
    the_hosts_own_answers_say_who_is_logged_in,
    whoever_logs_in_says_an_address,
    unknown_routes_and_methods_are_answered_in_json,
}

async fn a_transfer_is_made_after_a_verification_and_shows_on_the_statement<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    let receipt = ana.transfer("Zoe", "12.50").await.ok();
    assert_eq!(receipt["status"], "done");

    ana.statement().await.problem("step-up-required");
    ana.pass("statement").await;
    for _ in 0..3 {
        let statement = ana.statement().await.ok();
        assert_eq!(statement["balance"], "9987.50");
        let entries = statement["entries"].as_array().expect("a list");
        assert_eq!(entries.len(), 1);
        let made = (&entries[0]["id"], &entries[0]["to"], &entries[0]["amount"]);
        assert_eq!(made, (&receipt["id"], &json!("Zoe"), &json!("12.50")));
    }
    assert_eq!(world.captures(), 2);
}

async fn every_native_answer_has_exactly_the_members_of_the_contract<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let not_given = json!({ "given": false, "since": null, "text_version": null });
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(consent, json!({ "authorization": not_given, "storage": not_given }));

    let consent =
        ana.give_consent(json!({ "authorization": true, "text_version": "2026-05" })).await.granted();
    let given = json!({ "given": true, "since": "2027-01-15T08:00:00Z", "text_version": "2026-05" });
    assert_eq!(consent, json!({ "authorization": given, "storage": not_given }));

    let none = ana.browser.get("/biometry/session").send().await.granted();
    let consent = json!({ "authorization": true, "storage": false });
    assert_eq!(
        none,
        json!({ "data": null, "state": "none", "policy": null, "expires_at": null, "attempts_left": null, "consent": consent })
    );

    let started = ana.try_start(json!({})).await.granted();
    assert_eq!(
        started,
        json!({
            "data": started["data"], "message": "session started", "phrase": started["phrase"], "policy": "statement",
            "expires_at": "2027-01-15T08:03:00Z", "consent": consent,
        })
    );
    let words: Vec<_> = started["phrase"].as_str().expect("a phrase").split(' ').collect();
    let digits = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    assert!(words.len() >= 7 && words.iter().all(|word| digits.contains(word)), "{words:?}");

    let status = ana.browser.get("/biometry/session").send().await.granted();
    assert_eq!(
        status,
        json!({
            "data": started["data"], "state": "issued", "policy": "statement", "expires_at": "2027-01-15T08:03:00Z",
            "attempts_left": 5, "consent": consent,
        })
    );

    let capture = Form::new().file("video", media::webm(5_000));
    let passed = ana.browser.post("/biometry/verify").form(&capture).send().await;
    let platforms_id = world.seen(Operation::ProcessVideo)[0].request_id.clone();
    assert_eq!(passed.header("x-request-id"), Some(platforms_id.as_str()));
    let passed = passed.granted();
    assert_eq!(
        passed,
        json!({
            "scoring_result": "pass", "message": passed["message"],
            "decision": {
                "id": passed["decision"]["id"], "policy": "statement",
                "expires_at": "2027-01-15T08:05:00Z", "single_use": false,
            },
        })
    );
    assert!(passed["message"].is_string() && passed["decision"]["id"].is_string());

    let ended = ana.browser.post("/biometry/session/end").send().await.granted();
    assert_eq!(ended, json!({ "message": "session ended" }));
    let gone = ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    assert_eq!(
        gone["storage"],
        json!({ "given": false, "since": "2027-01-15T08:00:00Z", "text_version": null })
    );
    assert_eq!(gone["authorization"]["given"], true);
}

async fn the_platforms_own_paths_do_the_same_in_its_own_words<H: Host>() {
    let world = World::open::<H>().await;
    let email = "pass@example.com";
    let ana = world.log_in(email).await;
    for path in ["/biometry/api-consent/consent", "/biometry/api-consent/strg-consent"] {
        let body = json!({ "is_consent_given": true, "user_fullname": email });
        let given = ana.browser.post(path).json(body).send().await.granted();
        assert_eq!(given["data"], json!({ "is_consent_given": true, "user_fullname": email }));
        assert_eq!(given["is_consent_given"], true);
    }
    let history = ana.browser.get("/biometry/api-consent/history").send().await.granted();
    let side = json!({
        "is_consent_given": true, "created_at": "2027-01-15T08:00:00Z", "updated_at": "2027-01-15T08:00:00Z",
        "history": [{ "is_consent_given": true, "date": "2027-01-15T08:00:00Z" }],
    });
    assert_eq!(history["data"], json!({ "user_fullname": email, "consent": side, "storage_consent": side }));

    let started = ana.browser.post("/biometry/api-gateway/sessions/start?warmup=true").send().await.granted();
    let session = started["data"].as_str().expect("a bare string");
    assert!(started["message"].is_string());
    let form = Form::new()
        .text("phrase", started["phrase"].as_str().expect("a phrase"))
        .file("video", media::mp4(5_000))
        .text("vocabulary", "en_digits")
        .text("trigger", "AUTHENTICATION");
    let passed = ana
        .browser
        .post("/biometry/api-gateway/process-video")
        .header("x-session-id", session)
        .header("x-user-fullname", email)
        .form(&form)
        .send()
        .await
        .granted();
    assert_eq!(passed["scoring_result"], "pass");
    let platforms = world.seen(Operation::ProcessVideo).remove(0).session.expect("the platform's session");
    assert!(world.sandbox.session(&platforms).is_some_and(|session| session.warmed_up));
    let ended = ana
        .browser
        .post(&format!("/biometry/api-gateway/sessions/end/{session}"))
        .json(json!({ "phone_number": "+15550100" }))
        .send()
        .await
        .granted();
    assert!(ended["message"].is_string());
    ana.statement().await.ok();
}

async fn the_platforms_paths_take_policy_and_intent_as_parameters<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let refusal = ana.transfer("Zoe", "7.00").await.problem("step-up-required");
    let intent = refusal["step_up"]["intent"]["id"].as_str().expect("an intent");
    let start = format!("/biometry/api-gateway/sessions/start?policy=transfer&intent={intent}");
    let started = ana.browser.post(&start).send().await.granted();
    assert_eq!(started["policy"], "transfer");
    assert_eq!(started["intent"], refusal["step_up"]["intent"]);
    let form = Form::new().file("video", media::mp4(5_000));
    let verify = ana.browser.post("/biometry/api-gateway/process-video").form(&form);
    verify.send().await.granted();
    ana.transfer("Zoe", "7.00").await.ok();
}

async fn starting_needs_no_consent_and_verifying_does<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert!(world.seen(Operation::ProcessVideo).is_empty(), "nothing goes to the platform");
    ana.consent().await;
    ana.verify(&challenge).await.granted();
}

async fn without_a_header_the_newest_session_is_meant<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let first = ana.start("statement").await;
    let second = ana.start("statement").await;
    assert_ne!(first.session, second.session);
    let form = Form::new().text("phrase", &second.phrase).file("video", media::webm(5_000));
    ana.browser.post("/biometry/verify").form(&form).send().await.granted();
    assert_eq!(ana.state(&first).await, "ended");
    assert_eq!(ana.state(&second).await, "passed");
}

async fn the_hosts_own_answers_say_who_is_logged_in<H: Host>() {
    let world = World::open::<H>().await;
    let stranger = world.browser();
    assert_eq!(stranger.get("/healthz").send().await.status, 200);
    assert_eq!(stranger.get("/").send().await.status, 200);
    stranger.get("/api/whoami").send().await.problem("authentication-required");
    let ana = world.log_in("ana@example.com").await;
    let whoami = ana.browser.get("/api/whoami").send().await.ok();
    assert_eq!(whoami, json!({ "email": "ana@example.com" }));
    ana.log_out().await;
    ana.browser.get("/api/whoami").send().await.problem("authentication-required");
}

async fn whoever_logs_in_says_an_address<H: Host>() {
    let world = World::open::<H>().await;
    let browser = world.browser();
    for body in [
        json!({}),
        json!({ "email": "" }),
        json!({ "email": "ana" }),
        json!({ "email": "@example.com" }),
        json!({ "email": "ana@" }),
        json!({ "email": "ana maria@example.com" }),
        json!({ "email": "jos\u{e9}@example.com" }),
        json!({ "email": "ana@example.com\r\nX-Evil: 1" }),
        json!({ "email": 7 }),
        json!({ "email": "ana@example.com", "admin": true }),
        json!({ "email": format!("{}@example.com", "a".repeat(300)) }),
    ] {
        let answer = browser.post("/login").json(body.clone()).send().await;
        assert_eq!(
            (answer.status.as_u16(), answer.code().as_deref()),
            (422, Some("invalid-request")),
            "{body}"
        );
        assert!(browser.cookie("bank-session").is_none(), "{body}");
    }
    browser.post("/login").body("email=ana@example.com").send().await;
    browser.get("/api/whoami").send().await.problem("authentication-required");
}

async fn unknown_routes_and_methods_are_answered_in_json<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    for path in ["/biometry", "/biometry/", "/biometry//", "/biometry/elsewhere", "/biometry/session/start/"]
    {
        ana.browser.post(path).send().await.problem_as(404, "invalid-request");
        ana.browser.get(path).send().await.problem_as(404, "invalid-request");
    }
    let ended = ana.browser.post("/biometry/api-gateway/sessions/end/a/b").send().await;
    ended.problem("session-unknown");
    let answer = ana.browser.get("/biometry/verify").send().await;
    answer.problem_as(405, "invalid-request");
    assert_eq!(answer.header("allow"), Some("POST"));
}
