//! Operations as values: the gate reads them once, and the handler gets what was approved.

use biometry_gate::audit::EventKind;
use serde_json::json;

use super::{inside, reason};
use crate::answer::Answer;
use crate::host::{HostHarness, Person, Setup, Stage, at_once};

pub async fn the_value_that_was_approved_is_what_the_handler_gets<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let refusal = pay(&ana, JSON, "application/json", ZOE).await.problem("step-up-required");
    let shown = json!([{ "label": "To", "value": "Zo\u{eb}" }, { "label": "Amount", "value": "12" }]);
    assert_eq!(refusal["step_up"]["intent"]["display"], shown);
    ana.pass_with(&ana.start_approval(&refusal).await).await;
    for other in [r#"{"to":"Zo\u00eb","amount":13}"#, r#"{"to":"Max","amount":12}"#] {
        assert_eq!(reason(&pay(&ana, JSON, "application/json", other).await), "absent", "{other}");
    }
    // The same value, written and labelled in another way.
    let rewritten = "{ \"amount\": 12, \"to\": \"Zo\u{eb}\" }";
    let answer = inside(&pay(&ana, JSON, "text/plain;charset=UTF-8", rewritten).await);
    assert_eq!((&answer["to"], &answer["amount"]), (&json!("Zo\u{eb}"), &json!(12)));
    assert_eq!(reason(&pay(&ana, JSON, "application/json", ZOE).await), "consumed");
    assert_eq!(stage.app.runs(), 1);
}

pub async fn a_form_is_an_operation_too<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let form = "/gated/typed/form";
    approve(&ana, form, FORM, "to=Zo%C3%AB+Ex&amount=12").await;
    for twice in ["to=Max&to=Zo%C3%AB+Ex&amount=12", "to=Zo%C3%AB+Ex&amount=12&amount=13"] {
        pay(&ana, form, FORM, twice).await.problem("invalid-request");
    }
    let answer = inside(&pay(&ana, form, FORM, "amount=12&to=Zo%C3%AB%20Ex").await);
    assert_eq!((&answer["to"], &answer["amount"]), (&json!("Zo\u{eb} Ex"), &json!(12)));
}

pub async fn what_is_no_such_operation_wastes_no_approval<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, JSON, "application/json", ZOE).await;
    for content_type in ["text/plain", "application/octet-stream", "multipart/form-data; boundary=x"] {
        let problem = pay(&ana, "/gated/typed/form", content_type, "to=Zoe&amount=12").await;
        assert_eq!(problem.problem("unsupported-media")["status"], 415, "{content_type}");
    }
    for body in [
        "",
        "{}",
        "null",
        r#"["Zo\u00eb",12]"#,
        r#"{"to":"Zo\u00eb","amount":"12"}"#,
        r#"{"to":"Zo\u00eb","amount":12,"from":"savings"}"#,
    ] {
        let problem = pay(&ana, JSON, "application/json", body).await.problem("invalid-request");
        assert_eq!(problem["status"], 422, "{body}");
    }
    let large = format!("{ZOE}{}", " ".repeat(70_000));
    assert_eq!(pay(&ana, JSON, "application/json", &large).await.problem("upload-too-large")["status"], 413);
    assert_eq!(stage.app.runs(), 0);
    inside(&pay(&ana, JSON, "application/json", ZOE).await);
}

pub async fn a_handler_that_takes_no_approved_value_is_answered_for<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let untaken = "/gated/typed/untaken";
    approve(&ana, untaken, "application/json", ZOE).await;
    let answer = pay(&ana, untaken, "application/json", ZOE).await;
    assert_eq!(answer.status, 500, "{answer:?}");
    assert!(
        !answer.text().contains("Zo"),
        "the handler was given nothing to run, and its answer does not go out: {answer:?}"
    );
}

pub async fn what_refuses_in_front_of_a_handler_wastes_no_approval<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    approve(&ana, JSON, "application/json", ZOE).await;
    for status in ["400", "404", "415", "422", "500", "503"] {
        assert_eq!(object(&ana, status).await.status.as_str(), status);
    }
    assert_eq!((stage.app.runs(), stage.audit.count(EventKind::Restored)), (0, 6));
    inside(&pay(&ana, JSON, "application/json", ZOE).await);
    assert_eq!(reason(&object(&ana, "400").await), "consumed");
    assert_eq!((stage.app.runs(), stage.audit.count(EventKind::Restored)), (1, 6));
}

pub async fn of_parallel_runs_some_of_which_are_refused_one_takes_the_approval<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for _ in 0..5 {
        let before = stage.app.runs();
        approve(&ana, JSON, "application/json", ZOE).await;
        let mut asked = 0;
        let answers = at_once(24, || {
            asked += 1;
            let (ana, is_refused) = (ana.clone(), asked % 3 > 0);
            async move {
                match is_refused {
                    true => object(&ana, "503").await,
                    false => pay(&ana, JSON, "application/json", ZOE).await,
                }
            }
        })
        .await;
        let ran = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(stage.app.runs() - before, ran);
        match ran {
            // Those that were refused had it, one after the other, while the others asked.
            0 => drop(inside(&pay(&ana, JSON, "application/json", ZOE).await)),
            ran => assert_eq!(ran, 1),
        }
        assert_eq!(reason(&pay(&ana, JSON, "application/json", ZOE).await), "consumed");
        assert_eq!(stage.app.runs(), before + 1);
    }
}

pub async fn what_the_gate_answers_for_a_handler_has_the_hosts_request_id<H: HostHarness>() {
    let trusting = Setup::new().gate(biometry_gate::gate::Builder::trust_request_ids);
    let stage = trusting.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let untaken = "/gated/typed/untaken";
    approve(&ana, untaken, "application/json", ZOE).await;
    let request = ana.browser.post(untaken).header("content-type", "application/json");
    let answer = request.header("x-request-id", "host-4711").body(ZOE).send().await;
    assert_eq!((answer.status.as_u16(), answer.header("x-request-id")), (500, Some("host-4711")));
    assert_eq!(answer.json()["request_id"], "host-4711");
    for kind in [EventKind::DecisionConsumed, EventKind::GateAllowed] {
        let events = stage.audit.events();
        let event = events.iter().find(|event| event.kind() == kind).expect("an event");
        assert_eq!(event.request_id(), Some("host-4711"), "{kind:?}");
    }
}

/// Has the request refused in front of the handler.
async fn object(person: &Person, status: &str) -> Answer {
    let request = person.browser.post(JSON).header("content-type", "application/json");
    request.header("x-objection", status).body(ZOE).send().await
}

async fn pay(person: &Person, path: &str, content_type: &str, body: &str) -> Answer {
    person.browser.post(path).header("content-type", content_type).body(body.to_owned()).send().await
}

async fn approve(person: &Person, path: &str, content_type: &str, body: &str) {
    let refusal = pay(person, path, content_type, body).await.problem("step-up-required");
    person.pass_with(&person.start_approval(&refusal).await).await;
}

const JSON: &str = "/gated/typed/json";
const FORM: &str = "application/x-www-form-urlencoded";
const ZOE: &str = r#"{"to":"Zo\u00eb","amount":12}"#;
