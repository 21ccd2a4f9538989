//! What browsers are answered, and where they are sent.

use super::*;

#[tokio::test]
async fn a_preflight_passes_without_a_permit() {
    let world = World::new();
    world.verify("once", None).await;
    let service = world.gate.require("once").unwrap().layer(Handler::default());
    let mut preflight = world.request(Method::OPTIONS);
    preflight.headers_mut().insert("origin", "https://app.example".parse().unwrap());
    let from_elsewhere = service.clone().oneshot(clone(&preflight)).await.unwrap();
    assert_eq!(from_elsewhere.status(), 403, "plain OPTIONS could use the decision up");
    preflight.headers_mut().insert("host", "app.example".parse().unwrap());
    assert_eq!(
        service.clone().oneshot(clone(&preflight)).await.unwrap().status(),
        200,
        "plain OPTIONS asks for a proof"
    );
    preflight.headers_mut().insert("access-control-request-method", "POST".parse().unwrap());
    let answer = service.clone().oneshot(clone(&preflight)).await.unwrap();
    assert_eq!(text(answer).await, "no permit");
    for (name, value) in [("content-length", "2"), ("transfer-encoding", "chunked")] {
        let mut loaded = clone(&preflight);
        loaded.headers_mut().insert(name, value.parse().unwrap());
        loaded.extensions_mut().clear();
        assert_eq!(service.clone().oneshot(loaded).await.unwrap().status(), 401, "with {name} it is none");
    }
}

#[test]
fn a_gate_is_not_named_below_its_own_mount() {
    let world = World::with(|builder| builder.refusing(|refusing| refusing.mounted_at("/biometry")));
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    for name in ["/biometry", "/biometry/session/start", "/biometry/{*rest}"] {
        let refused = world.gate.require_for("payment", name, read).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains("outside of gates"), "{refused}");
    }
    assert!(world.gate.require_for("payment", "/biometry-reports", read).is_ok());
}

/// The reason for which a request is refused.
#[tokio::test]
async fn a_browser_is_sent_to_the_page_and_back_once() {
    let world = World::with(|builder| builder.refusing(|refusing| refusing.step_up_page("/step-up")));
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    let mut navigation = world.request(Method::GET);
    navigation.headers_mut().insert("sec-fetch-mode", "navigate".parse().unwrap());
    navigation.headers_mut().insert("sec-fetch-site", "same-origin".parse().unwrap());
    let answer = service.clone().oneshot(navigation).await.unwrap();
    assert_eq!(answer.status(), 303);
    let location = answer.headers()["location"].to_str().unwrap();
    let query = location.strip_prefix("/step-up?return=").unwrap();
    let (handle, policy) = query.split_once("&policy=").unwrap();
    assert_eq!(policy, "reusable");
    let handle = ReturnHandle::parse(handle).unwrap();
    let stranger = Principal::new("bob@example.com", HostSession::parse("host-1").unwrap()).unwrap();
    assert_eq!(world.gate.take_return(&stranger, &handle).await.unwrap(), None);
    assert_eq!(
        world.gate.take_return(&world.owner, &handle).await.unwrap().as_deref(),
        Some("/gated?page=1")
    );
    assert_eq!(world.gate.take_return(&world.owner, &handle).await.unwrap(), None);
    assert_eq!(
        service.oneshot(world.request(Method::GET)).await.unwrap().status(),
        401,
        "programs get the problem"
    );
}

#[tokio::test]
async fn a_renderer_has_the_last_word_on_looks_and_not_on_reasons() {
    let render = |_: &Denial, problem: Problem| {
        let mut response = Response::new(Bytes::from(problem.code().as_str()));
        *response.status_mut() = StatusCode::IM_A_TEAPOT;
        response
    };
    let world = World::with(|builder| builder.refusing(|refusing| refusing.render(render)));
    let service = world.gate.require("reusable").unwrap().layer(Handler::default());
    let answer = service.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(answer.status(), 418);
    assert!(answer.extensions().get::<Denial>().is_some());
    assert_eq!(text(answer).await, "step-up-required");
}

#[tokio::test]
async fn a_policy_can_open_single_uses_to_links_from_elsewhere() {
    let world = World::with(|builder| {
        builder.policy(Policy::for_session("mailed", percent(70.0)).single_use().allow_safe_methods())
    });
    let link = |policy: &str, method: Method| {
        let enforcer = match policy {
            "payment" => world.gate.operation_enforcer(policy).unwrap(),
            _ => world.gate.enforcer(policy).unwrap(),
        };
        let (mut head, _) = world.request(method).into_parts();
        head.headers.insert("sec-fetch-site", http::HeaderValue::from_static("cross-site"));
        matches!(enforcer.screen(&head), crate::gate::Screening::Caller(_))
    };
    assert!(link("mailed", Method::GET) && link("reusable", Method::GET));
    assert!(!link("once", Method::GET) && !link("payment", Method::GET));
    for policy in ["mailed", "reusable", "once", "payment"] {
        assert!(!link(policy, Method::POST), "{policy}");
    }
}
