use http::Method;
use serde_json::{Value, json};

use super::{ONCE, OPERATION, REUSABLE, inside, visit};
use crate::host::{HostHarness, Setup, Stage};

pub async fn a_caller_without_a_login_does_not_learn_what_a_gated_route_asks_for<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let stranger = stage.browser();
    for path in [REUSABLE, ONCE, OPERATION] {
        for request in [stranger.get(path), stranger.post(path).body("one"), stranger.delete(path)] {
            let answer = request.send().await;
            let problem = answer.problem("authentication-required");
            assert_eq!((&problem["step_up"], &problem["reason"]), (&Value::Null, &Value::Null), "{path}");
            assert_eq!(answer.header("www-authenticate"), Some(r#"Bearer realm="testkit""#), "{path}");
        }
    }
    assert_eq!(stage.app.runs(), 0);
    assert!(stage.sandbox.journal().is_empty(), "the platform hears of none of it");
}

pub async fn a_refusal_says_what_to_do_next<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    let answer = visit(&ana, REUSABLE).await;
    let problem = answer.problem("step-up-required");
    assert_eq!(problem["reason"], "absent");
    assert_eq!(
        problem["step_up"],
        json!({
            "policy": "reusable", "action": problem["step_up"]["action"],
            "acr_values": ["urn:biometry-gate:acr:face-live"], "max_age": 300,
            "next": [
                { "rel": "consent", "method": "POST", "href": "consent", "needed": true },
                { "rel": "start", "method": "POST", "href": "session/start", "needed": true },
                { "rel": "verify", "method": "POST", "href": "verify", "needed": true },
            ],
        })
    );
    let challenge = answer.header("www-authenticate").expect("a challenge");
    let start = r#"Bearer realm="testkit", error="insufficient_user_authentication""#;
    assert!(challenge.starts_with(start), "{challenge}");
    assert!(challenge.contains(r#", acr_values="urn:biometry-gate:acr:face-live""#), "{challenge}");
    assert!(challenge.contains(r#", max_age="300""#), "{challenge}");

    ana.consent().await;
    let problem = visit(&ana, REUSABLE).await.problem("step-up-required");
    assert_eq!(problem["step_up"]["next"][0]["needed"], false);
}

pub async fn links_are_paths_where_the_host_says_where_the_routes_are<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.refusing(|refusing| refusing.mounted_at("/biometry")));
    let stage = setup.open::<H>().await;
    let ana = stage.log_in("pass@example.com");
    let problem = visit(&ana, REUSABLE).await.problem("step-up-required");
    let next = problem["step_up"]["next"].as_array().expect("a list").iter();
    let links: Vec<_> = next.map(|step| &step["href"]).collect();
    assert_eq!(links, ["/biometry/consent", "/biometry/session/start", "/biometry/verify"]);
}

pub async fn a_refusal_has_the_hosts_request_id_where_that_is_trusted<H: HostHarness>() {
    let named = async |stage: &Stage<H>| {
        let ana = stage.log_in("pass@example.com");
        let answer = ana.browser.get(REUSABLE).header("x-request-id", "host-4711").send().await;
        let problem = answer.problem("step-up-required");
        assert_eq!(Some(problem["request_id"].as_str().expect("an id")), answer.header("x-request-id"));
        problem["request_id"] == "host-4711"
    };
    let trusting = Setup::new().gate(biometry_gate::gate::Builder::trust_request_ids).open::<H>().await;
    assert!(named(&trusting).await);
    assert!(!named(&Stage::open().await).await, "a client does not name it by default");
}

pub async fn a_refusal_is_whole_on_head_requests_too<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("pass@example.com");
    let whole = visit(&ana, REUSABLE).await;
    let head = ana.browser.request(Method::HEAD, REUSABLE).send().await;
    assert_eq!((head.status, head.body.len()), (whole.status, 0));
    for name in ["content-type", "cache-control", "x-content-type-options", "www-authenticate"] {
        assert_eq!(head.header(name), whole.header(name), "{name}");
    }
}

pub async fn preflights_pass_without_a_permit<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let stranger = stage.browser();
    for path in [REUSABLE, ONCE, OPERATION] {
        let preflight = || stranger.request(Method::OPTIONS, path).header("origin", "https://app.example");
        let answer = preflight().header("access-control-request-method", "POST").send().await;
        // It gets past the gate; what the app makes of it is the app's business.
        assert_ne!(answer.status, 401, "{answer:?}");
        assert_ne!(answer.code().as_deref(), Some("cross-site"), "{answer:?}");
        // An OPTIONS request that is no preflight is a request like any other.
        preflight().send().await.problem("authentication-required");
    }
    assert_eq!(stage.app.runs(), 0, "without a permit no handler does its work");
}

pub async fn a_route_without_a_gate_stays_open<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let answer = stage.browser().get("/open").send().await;
    assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "open"));
    assert_eq!(stage.browser().get("/nothing").send().await.status, 404);
}

pub async fn no_header_of_a_client_names_who_is_let_in<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("pass+ben@example.com").await;
    ben.pass("reusable").await;
    ana.pass("reusable").await;
    let visit = ana
        .browser
        .get(REUSABLE)
        .header("x-user-fullname", &ben.subject)
        .header("x-forwarded-user", &ben.subject)
        .header("authorization", &format!("Bearer {}", ben.subject));
    assert_eq!(inside(&visit.send().await)["subject"], "pass+ana@example.com");
}
