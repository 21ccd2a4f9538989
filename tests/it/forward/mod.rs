//! An application in Python, gated by the forward server behind the proxies that the manual has a configuration for.

mod configuration;
mod server;
mod tokens;

use biometry_gate_testkit::host::Person;
use biometry_gate_testkit::{Answer, Browser};
use http::Method;
use serde_json::{Value, json};

use self::server::{Application, Server};
use crate::proxies::{Kind, Proxy};

/// Makes each behaviour one test per proxy.
macro_rules! behind_each_proxy {
    ($($behaviour:ident,)*) => {
        behind_each_proxy! { @ nginx Nginx [$($behaviour)*] }
        behind_each_proxy! { @ caddy Caddy [$($behaviour)*] }
        behind_each_proxy! { @ haproxy Haproxy [$($behaviour)*] }
    };
    (@ $name:ident $kind:ident [$($behaviour:ident)*]) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $behaviour() {
                    super::$behaviour(super::Kind::$kind).await;
                }
            )*
        }
    };
}

behind_each_proxy! {
    a_python_app_is_reached_with_a_proof_and_learns_of_it_by_a_receipt,
    an_operation_of_method_and_address_runs_once,
    an_operation_that_the_app_registers_is_shown_and_runs_once,
    nothing_that_a_client_says_is_believed,
    browsers_that_navigate_are_sent_to_step_up,
    a_forward_server_that_is_down_lets_nothing_through,
}

/// A sandbox, a forward server, a Python application, and a proxy in front of them.
struct Front {
    server: Server,
    app: Application,
    proxy: Proxy,
}

impl Front {
    async fn open(kind: Kind) -> Self {
        let (server, app) = (Server::start().await, Application::start().await);
        let (gate, behind) = (server.address, app.address);
        let proxy = Proxy::start_configured(kind, |folder, listen| {
            configuration::write(kind, folder, listen, gate, behind)
        });
        Self { server, app, proxy }
    }

    fn log_in(&self, subject: &str) -> Person {
        let browser = Browser::new(self.proxy.address());
        browser.put_cookie("testkit-caller", &format!("session-of-a-test.{subject}"));
        Person { browser, subject: subject.to_owned() }
    }

    async fn consented(&self) -> Person {
        let ana = self.log_in("pass@example.com");
        ana.consent().await;
        ana
    }
}

/// What the application says of a request that reached it.
#[track_caller]
fn reached(answer: &Answer) -> Value {
    let told = answer.ok();
    assert_eq!(told["user"], json!(["pass@example.com"]), "{told}");
    assert_eq!(
        (&told["secret"], told["receipts"].as_array().map(Vec::len)),
        (&Value::Null, Some(1)),
        "{told}"
    );
    told
}

async fn a_python_app_is_reached_with_a_proof_and_learns_of_it_by_a_receipt(kind: Kind) {
    let front = Front::open(kind).await;
    let ask = |person: &Person| person.browser.get("/statement?month=11").send();
    ask(&front.log_in("")).await.problem("authentication-required");
    let ana = front.consented().await;
    let refusal = ask(&ana).await;
    assert!(
        refusal.header("www-authenticate").is_some_and(|it| it.contains("insufficient_user_authentication"))
    );
    assert_eq!(refusal.problem("step-up-required")["step_up"]["policy"], "statement");
    ana.pass("statement").await;
    for _ in 0..2 {
        let told = reached(&ask(&ana).await);
        assert_eq!(
            (&told["path"], &told["claims"][0]["policy"]),
            (&json!("/statement?month=11"), &json!("statement"))
        );
        assert_eq!(told["claims"][0]["aud"], server::AUDIENCE);
    }
    let receipt = reached(&ask(&ana).await)["receipts"][0].as_str().expect("a receipt").to_owned();
    front.server.verify(&ana, &receipt).await;
}

async fn an_operation_of_method_and_address_runs_once(kind: Kind) {
    let front = Front::open(kind).await;
    let ana = front.consented().await;
    let close = |account: u32| ana.browser.request(Method::DELETE, &format!("/accounts/{account}")).send();
    let refusal = close(7).await.problem("step-up-required");
    let display = json!([
        { "label": "Action", "value": "Close the account" }, { "label": "Address", "value": "/accounts/7" },
    ]);
    assert_eq!(refusal["step_up"]["intent"]["display"], display);
    ana.pass_with(&ana.start_approval(&refusal).await).await;
    close(8).await.problem("step-up-required");
    let told = reached(&close(7).await);
    assert_eq!((&told["method"], &told["claims"][0]["single_use"]), (&json!("DELETE"), &json!(true)));
    assert_eq!(close(7).await.problem("step-up-required")["reason"], "consumed");
}

async fn an_operation_that_the_app_registers_is_shown_and_runs_once(kind: Kind) {
    let front = Front::open(kind).await;
    let ana = front.consented().await;
    let display = json!([{ "label": "Payee", "value": "Zo\u{eb}" }, { "label": "Amount", "value": "12.50" }]);
    let mut registered = display.clone();
    registered[1]["spoken"] = json!({ "amount": { "minor_units": 1250, "decimals": 2 } });
    let operation = front.server.register("pass@example.com", "POST", "/transfer", &registered).await;
    let transfer = |operation: &str| {
        let request = ana.browser.post("/transfer").header("biometry-operation", operation);
        request.body("{\"payee\":\"Zoe\"}".to_owned()).send()
    };
    let refusal = transfer(&operation).await.problem("step-up-required");
    assert_eq!(refusal["step_up"]["intent"]["display"], display);
    let challenge = ana.start_approval(&refusal).await;
    assert!(challenge.phrase.starts_with("one two five zero "), "its amount is spoken");
    ana.pass_with(&challenge).await;
    let silent = front.server.register("pass@example.com", "POST", "/transfer", &display).await;
    let answer = transfer(&silent).await;
    assert_eq!(
        answer.status.as_u16(),
        500,
        "an operation that says nothing is the application's mistake: {answer:?}"
    );
    let other = front.server.register("ben@example.com", "POST", "/transfer", &registered).await;
    transfer(&other).await.problem("invalid-request");
    transfer("").await.problem("invalid-request");
    let told = reached(&transfer(&operation).await);
    assert_eq!(told["body"], "{\"payee\":\"Zoe\"}");
    let shown = biometry_gate_receipts::display_hash(&[("Payee", "Zo\u{eb}"), ("Amount", "12.50")]);
    assert_eq!(told["claims"][0]["display"], shown);
    assert_eq!(told["claims"][0]["operation_spoken"], true);
    assert_eq!(transfer(&operation).await.problem("step-up-required")["reason"], "consumed");
}

async fn nothing_that_a_client_says_is_believed(kind: Kind) {
    let front = Front::open(kind).await;
    let ana = front.consented().await;
    let mallory = front.log_in("mallory@example.com");
    ana.pass("statement").await;
    let receipt = reached(&ana.browser.get("/statement").send().await)["receipts"][0].clone();
    let forged = |request: biometry_gate_testkit::Request| {
        request
            .header("x-forwarded-user", "pass@example.com")
            .header("x-forwarded-session", "session-of-a-test")
            .header("x-forwarded-method", "GET")
            .header("x-forwarded-uri", "/statement")
            .header("x-request-id", "1")
            .header("x_client_note", "1")
            .header("biometry-receipt", receipt.as_str().expect("a receipt"))
    };
    forged(mallory.browser.get("/statement")).send().await.problem("step-up-required");
    forged(mallory.browser.post("/transfer")).send().await.problem("invalid-request");
    let own = reached(&forged(ana.browser.get("/statement")).send().await);
    assert_ne!(own["receipts"][0], receipt, "the proxy's, and not the client's");
    assert_eq!(own["underscored"], json!([]));
    let overridden = ana.browser.get("/statement").header("x-http-method-override", "DELETE");
    overridden.send().await.problem("invalid-request");
    for path in ["/statement/../transfer", "//statement", "/%73tatement%2f..", "/statemen%74"] {
        let answer = forged(ana.browser.get(path)).send().await;
        assert!(answer.status.is_client_error() || answer.status.is_server_error(), "{path} {answer:?}");
    }
    // A client that goes round the proxy gets nothing.
    let direct = Browser::new(front.server.address);
    for path in ["/forward/check", "/forward/nginx", "/biometry/session", "/pay"] {
        assert_eq!(forged(direct.get(path)).send().await.status.as_u16(), 404, "{path}");
    }
}

async fn browsers_that_navigate_are_sent_to_step_up(kind: Kind) {
    let front = Front::open(kind).await;
    let ana = front.consented().await;
    let navigation =
        ana.browser.get("/statement").header("sec-fetch-mode", "navigate").header("accept", "text/html");
    let answer = navigation.send().await;
    assert_eq!(answer.status.as_u16(), 303, "{answer:?}");
    let place = answer.header("location").expect("a place");
    assert!(place.starts_with("/biometry/ui/?") && place.contains("return="), "{place}");
}

async fn a_forward_server_that_is_down_lets_nothing_through(kind: Kind) {
    let mut front = Front::open(kind).await;
    let ana = front.consented().await;
    ana.pass("statement").await;
    reached(&ana.browser.get("/statement").send().await);
    front.server.stop();
    let answer = ana.browser.get("/statement").send().await;
    assert!(answer.status.is_server_error(), "{answer:?}");
    assert!(front.app.is_running());
}

/// HAProxy lets a request go on after an action that failed, unless the configuration refuses it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn haproxy_lets_nothing_through_where_its_question_fails() {
    let (server, app) = (Server::start().await, Application::start().await);
    let proxy = Proxy::start_configured(Kind::Haproxy, |folder, listen| {
        let text = configuration::write(Kind::Haproxy, folder, listen, server.address, app.address);
        let lua = folder.join("forward.lua");
        let action = std::fs::read_to_string(&lua).expect("an action");
        let failing =
            action.replace("function(txn)\n", "function(txn)\n  error(\"as this test wants it\")\n");
        assert_ne!(failing, action);
        std::fs::write(lua, failing).expect("a file");
        text
    });
    let front = Front { server, app, proxy };
    let ana = front.consented().await;
    ana.pass("statement").await;
    assert_eq!(ana.browser.get("/statement").send().await.status.as_u16(), 503);
}

/// nginx alone can have the forward server read a body.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nginx_hands_over_an_operation_with_its_body() {
    let front = Front::open(Kind::Nginx).await;
    let ana = front.consented().await;
    let pay =
        |amount: &str| ana.browser.post("/pay").json(json!({ "to": "Zo\u{eb}", "amount": amount })).send();
    let refusal = pay("12.50").await.problem("step-up-required");
    let display = json!([{ "label": "Payee", "value": "Zo\u{eb}" }, { "label": "Amount", "value": "12.50" }]);
    assert_eq!(refusal["step_up"]["intent"]["display"], display);
    let challenge = ana.start_approval(&refusal).await;
    assert!(challenge.phrase.starts_with("one two five zero "), "its amount is spoken");
    ana.pass_with(&challenge).await;
    for odd in ["12.505", "1e3", "-1", "12,50"] {
        pay(odd).await.problem("invalid-request");
    }
    assert_eq!(pay("1250").await.problem("step-up-required")["reason"], "absent");
    let untyped = ana.browser.post("/pay").header("content-type", "text/plain");
    untyped
        .body(json!({ "to": "Zo\u{eb}", "amount": "12.50" }).to_string())
        .send()
        .await
        .problem("unsupported-media");
    ana.browser
        .post("/pay?to=ben")
        .json(json!({ "to": "Zo\u{eb}", "amount": "12.50" }))
        .send()
        .await
        .problem("invalid-request");
    let told = reached(&pay("12.50").await);
    assert_eq!((&told["method"], &told["path"]), (&json!("POST"), &json!("/pay")));
    assert_eq!(told["body"], json!({ "to": "Zo\u{eb}", "amount": "12.50" }).to_string());
    assert_eq!(pay("12.50").await.problem("step-up-required")["reason"], "consumed");
}

/// A proxy that repeats its question gets the answer that it had.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repeated_question_of_one_request_uses_no_second_proof() {
    let front = Front::open(Kind::Nginx).await;
    let ana = front.consented().await;
    let close = ana.browser.request(Method::DELETE, "/accounts/7");
    let refusal = close.send().await.problem("step-up-required");
    ana.pass_with(&ana.start_approval(&refusal).await).await;
    let ask = |id: &str| front.server.ask("DELETE", "/accounts/7", id);
    let questions = biometry_gate_testkit::host::at_once(8, || ask("one")).await;
    let receipts: Vec<_> =
        questions.iter().map(|answer| answer.header("biometry-receipt").map(str::to_owned)).collect();
    assert!(
        receipts.iter().all(|receipt| receipt.is_some() && *receipt == receipts[0]),
        "one answer for all"
    );
    assert_eq!(ask("two").await.problem("step-up-required")["reason"], "consumed");
}

#[test]
fn the_manual_shows_the_tested_configurations() {
    for file in [
        include_str!("../../../crates/biometry-gate-forward/proxies/forward.toml"),
        include_str!("../../../crates/biometry-gate-forward/proxies/nginx.conf"),
        include_str!("../../../crates/biometry-gate-forward/proxies/Caddyfile"),
        include_str!("../../../crates/biometry-gate-forward/proxies/haproxy.cfg"),
        include_str!("../../../crates/biometry-gate-forward/proxies/forward.lua"),
    ] {
        assert!(CHAPTER.contains(file.trim_end()), "{file}");
    }
}

const CHAPTER: &str = include_str!("../../../crates/biometry-gate/src/docs/forward.md");
