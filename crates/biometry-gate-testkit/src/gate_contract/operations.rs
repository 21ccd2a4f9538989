use std::time::Duration;

use serde_json::json;

use super::{OPERATION, approve, inside, reason, run};
use crate::host::{HostHarness, Stage};
use crate::wire::Wire;

pub async fn a_refused_operation_is_handed_out_for_approval<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let what = "Zo\u{eb} & S\u{f6}hne: 1234.50";
    let problem = run(&ana, what).await.problem("step-up-required");
    let step_up = &problem["step_up"];
    assert_eq!((&problem["reason"], &step_up["policy"]), (&json!("absent"), &json!("operation")));
    assert_eq!(step_up["intent"]["display"], json!([{ "label": "What", "value": what }]));
    let body = json!({ "policy": "operation", "intent": step_up["intent"]["id"] });
    assert_eq!(ana.try_start(body).await.granted()["intent"], step_up["intent"]);
    for body in [
        json!({ "policy": "operation" }),
        json!({ "policy": "operation", "intent": "int_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
        json!({ "policy": "operation", "intent": "../../etc" }),
        json!({ "policy": "reusable", "intent": step_up["intent"]["id"] }),
    ] {
        ana.try_start(body).await.problem("invalid-request");
    }
}

pub async fn the_same_operation_keeps_its_handle_and_another_one_gets_its_own<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let mut handles = Vec::new();
    for what in ["one", "one", "two"] {
        let problem = run(&ana, what).await.problem("step-up-required");
        handles.push(problem["step_up"]["intent"]["id"].clone());
    }
    assert_eq!(handles[0], handles[1]);
    assert_ne!(handles[0], handles[2]);
}

pub async fn an_approved_operation_runs_once_and_exactly_as_it_was_approved<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    // As much as the gate reads, so that it comes in several pieces.
    let what = "12.50 for Zo\u{eb}; ".repeat(3_500);
    approve(&ana, &what).await;
    for other in [format!("{what} "), what.to_uppercase(), what.replacen("12.50", "12.51", 1)] {
        assert_eq!(reason(&run(&ana, &other).await), "absent");
    }
    let answer = run(&ana, &what).await;
    let inside = inside(&answer);
    assert!(inside["body"] == what.as_str(), "what was approved is what the handler gets");
    assert_eq!(inside["policy"], "operation");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let again = run(&ana, &what).await.problem("step-up-required");
    assert_eq!(again["reason"], "consumed");
    assert!(again["step_up"]["intent"]["id"].is_string(), "it may be approved again");
    assert_eq!(stage.app.runs(), 1);
}

pub async fn an_approval_goes_stale_unused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, "one").await;
    stage.clock.advance(Duration::from_secs(300));
    assert_eq!(reason(&run(&ana, "one").await), "stale");
}

pub async fn an_approval_stands_while_other_operations_are_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, "one").await;
    approve(&ana, "two").await;
    for n in 0..20 {
        run(&ana, &format!("another one: {n}")).await.problem("step-up-required");
    }
    inside(&run(&ana, "one").await);
    inside(&run(&ana, "two").await);
}

pub async fn an_operation_that_cannot_be_read_is_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.browser.post(OPERATION).send().await.problem("invalid-request");
    ana.browser.post(OPERATION).body(&b"\xff\xfe"[..]).send().await.problem("invalid-request");
    assert_eq!(stage.app.runs(), 0);
}

pub async fn a_body_with_two_readings_is_refused_whatever_stands_in_front<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for ahead in ["1", "1e999", r#""\ud800""#, "NaN", "/**/1", "[1,]", "'a'"] {
        let body = format!(r#"{{"n":{ahead},"to":"alice","to":"mallory"}}"#);
        for content_type in ["application/json", "text/plain", "application/vnd.bank+json"] {
            let request = ana.browser.post(OPERATION).header("content-type", content_type);
            let problem = request.body(body.clone()).send().await.problem("invalid-request");
            assert_eq!(problem["status"], 422, "{body}");
        }
    }
    for body in [&b"{\"n\":\"\xff\",\"to\":\"alice\"}"[..], b"{\"to\":\"alice\"}{\"to\":\"mallory\"}", b"[1"]
    {
        ana.browser.post(OPERATION).body(body).send().await.problem("invalid-request");
    }
    let claimed = ana.browser.post(OPERATION).header("content-type", "application/json");
    claimed.body("to=alice&to=mallory").send().await.problem("invalid-request");
    run(&ana, r#"{"n":1e999,"to":"alice"}"#).await.problem("step-up-required");
}

pub async fn an_operation_that_cannot_be_shown_is_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for what in ["Zoe\u{202e}eoZ", "Zoe\u{200b}", "Zoe\nMax", "Zoe\u{2028}Max", "\u{feff}Zoe", "a\0"] {
        let problem = run(&ana, what).await.problem("invalid-request");
        assert_eq!(problem["status"], 422, "{what:?}");
    }
    assert_eq!(stage.app.runs(), 0);
    run(&ana, "\u{5e9}\u{5dc}\u{5d5}\u{5dd} & S\u{f6}hne").await.problem("step-up-required");
}

pub async fn an_operation_beyond_the_gates_reading_is_refused<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, "one").await;
    let answer = run(&ana, &"one".repeat(25_000)).await;
    answer.problem("upload-too-large");
    assert_eq!(answer.header("connection"), Some("close"));
    inside(&run(&ana, "one").await);
}

pub async fn an_operation_that_breaks_off_uses_nothing_up<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, "one").await;
    let cookies = ana.browser.cookie_header().unwrap_or_default();
    let head = format!("POST {OPERATION} HTTP/1.1\r\nHost: testkit\r\nCookie: {cookies}\r\n");
    for body in ["Content-Length: 4\r\n\r\none", "Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n"] {
        let mut wire = Wire::connect(ana.browser.address()).await;
        assert!(wire.send(format!("{head}{body}")).await);
        wire.shut().await;
        let said = String::from_utf8_lossy(&wire.last_words().await).into_owned();
        assert!(!said.starts_with("HTTP/1.1 200"), "{said}");
    }
    assert_eq!(stage.app.runs(), 0, "what looks complete and is not runs nothing");
    inside(&run(&ana, "one").await);
}
