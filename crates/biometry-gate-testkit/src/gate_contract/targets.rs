//! An approval is for one path and query, byte for byte as the client sent them.

use biometry_gate::Denial;
use biometry_gate::intent::{Intent, Route};
use biometry_gate::principal::Principal;
use http::Method;
use serde_json::json;

use super::{inside, reason};
use crate::answer::Answer;
use crate::host::{HostHarness, Person, Stage};

pub async fn an_approval_is_for_one_path_and_query<H: HostHarness>() {
    for (approved, neighbours) in NEIGHBOURS {
        let stage = Stage::<H>::open().await;
        let ana = stage.consented("pass@example.com").await;
        let refusal = post(&ana, approved).await.problem("step-up-required");
        ana.pass_with(&ana.start_approval(&refusal).await).await;
        for neighbour in *neighbours {
            assert_eq!(reason(&post(&ana, neighbour).await), "absent", "{neighbour} for {approved}");
        }
        assert_eq!(stage.app.runs(), 0, "{approved}");
        inside(&post(&ana, approved).await);
        assert_eq!(reason(&post(&ana, approved).await), "consumed", "{approved}");
    }
}

pub async fn an_approval_is_for_one_method<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let path = "/gated/nested/7/pay";
    let refusal = post(&ana, path).await.problem("step-up-required");
    ana.pass_with(&ana.start_approval(&refusal).await).await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE, Method::GET] {
        let answer = ana.browser.request(method.clone(), path).send().await;
        assert_eq!(reason(&answer), "absent", "{method}");
    }
    inside(&post(&ana, path).await);
}

pub async fn parameters_of_the_path_reach_what_is_shown<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for (path, shown) in [
        ("/gated/files/Ana", "Ana"),
        ("/gated/files/Zo%C3%AB/12.50", "Zo\u{eb}/12.50"),
        ("/gated/files/a%20b?name=query", "a b"),
    ] {
        let refusal = post(&ana, path).await.problem("step-up-required");
        let display = &refusal["step_up"]["intent"]["display"];
        assert_eq!(*display, json!([{ "label": "Name", "value": shown }]), "{path}");
    }
}

pub async fn what_the_host_registers_opens_one_path_and_query<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let (template, target) = ("/gated/nested/{id}/pay", "/gated/nested/7/pay?to=max");
    let intent = Intent::new("request").line("Name", "nothing");
    let gate = stage.app.gate();
    let route = Route::new("POST", template).at(target);
    let id = gate
        .register_intent(&principal(&stage, &ana), "operation", route, &intent)
        .await
        .expect("it is kept");
    let refusal = json!({ "step_up": { "policy": "operation", "intent": { "id": id.as_str() } } });
    ana.pass_with(&ana.start_approval(&refusal).await).await;
    for neighbour in ["/gated/nested/8/pay?to=max", "/gated/nested/7/pay", "/gated/nested/7/refund?to=max"] {
        assert_eq!(reason(&post(&ana, neighbour).await), "absent", "{neighbour}");
    }
    inside(&post(&ana, target).await);
}

pub async fn what_no_request_could_run_is_not_registered<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = principal(&stage, &stage.log_in("pass@example.com"));
    let intent = Intent::new("request");
    let pay = Route::new("POST", "/gated/nested/{id}/pay");
    let at_seven = pay.at("/gated/nested/7/pay");
    let wrong_method = Route::new("post", "/gated/nested/{id}/pay").at("/gated/nested/7/pay");
    let gate = stage.app.gate();
    for (policy, route) in
        [("reusable", at_seven), ("once", at_seven), ("nothing", at_seven), ("operation", wrong_method)]
    {
        let refused = gate.register_intent(&ana, policy, route, &intent).await;
        assert!(matches!(refused, Err(Denial::Misconfigured { .. })), "{policy} {route:?}: {refused:?}");
    }
    assert!(gate.register_intent(&ana, "operation", at_seven, &intent).await.is_ok());
}

async fn post(person: &Person, path: &str) -> Answer {
    person.browser.post(path).send().await
}

/// The caller that the host sees behind the person's cookie.
fn principal<H: HostHarness>(stage: &Stage<H>, person: &Person) -> Principal {
    let cookies = person.browser.cookie_header().unwrap_or_default();
    stage.app.caller([cookies.as_bytes()]).expect("callers are known").expect("the person is logged in")
}

/// What is approved, and requests next to it that the approval must not open.
const NEIGHBOURS: &[(&str, &[&str])] = &[
    (
        "/gated/nested/7/pay",
        &[
            "/gated/nested/8/pay",
            "/gated/nested/07/pay",
            "/gated/nested/%37/pay",
            "/gated/nested/7/refund",
            "/gated/nested/7/pay?",
            "/gated/nested/7/pay?to=max",
            "/gated/files/7/pay",
            "/gated/service/7/pay",
        ],
    ),
    (
        "/gated/nested/7/pay?to=ana&amount=1",
        &[
            "/gated/nested/7/pay",
            "/gated/nested/8/pay?to=ana&amount=1",
            "/gated/nested/7/pay?to=max&amount=1",
            "/gated/nested/7/pay?amount=1&to=ana",
            "/gated/nested/7/pay?to=ana&amount=1&",
            "/gated/nested/7/pay?to=ana&amount=1&amount=2",
            "/gated/nested/7/pay?to=max&to=ana&amount=1",
            "/gated/nested/7/pay?to=%61na&amount=1",
            "/gated/nested/7/pay?to=ana;amount=1",
            "/gated/nested/7/pay?to=ana&amount=1&from=savings",
        ],
    ),
    (
        "/gated/nested/7/pay?a=&a=1&&b",
        &[
            "/gated/nested/7/pay?a=1&a=&&b",
            "/gated/nested/7/pay?a=&a=1&b",
            "/gated/nested/7/pay?a&a=1&&b",
            "/gated/nested/7/pay?a=&a=1&&b=",
            "/gated/nested/7/pay?a=1&&b",
        ],
    ),
    (
        "/gated/nested/a%2Fb/pay",
        &[
            "/gated/nested/a%2fb/pay",
            "/gated/nested/a%252Fb/pay",
            "/gated/nested/a/pay",
            "/gated/nested/b/pay",
        ],
    ),
    (
        "/gated/files/a/b",
        &[
            "/gated/files/a/c",
            "/gated/files/a",
            "/gated/files/a/b/c",
            "/gated/files/a%2Fb",
            "/gated/files/a/b?",
            "/gated/files/a/b?c",
        ],
    ),
    (
        "/gated/service/pay",
        &[
            "/gated/service/refund",
            "/gated/service/pay/now",
            "/gated/service/pay?to=max",
            "/gated/service/%70ay",
            "/gated/nested/service/pay",
        ],
    ),
];
