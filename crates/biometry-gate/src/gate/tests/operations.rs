//! What was approved, for the route and the request that it was approved for.

use super::*;

#[tokio::test]
async fn what_was_approved_is_what_runs() {
    let world = World::new();
    let read = |_: &http::request::Parts, body: &Bytes| {
        let amount = std::str::from_utf8(body).map_err(|_| crate::gate::IntentError)?;
        Ok(Intent::new("pay").line("Amount", amount))
    };
    world.verify("payment", Some(&Intent::new("pay").line("Amount", "12.50"))).await;
    let service = world.gate.require_for("payment", "/gated", read).unwrap().layer(Handler::default());
    let pay = |amount: &'static [u8]| {
        let (head, _) = world.request(Method::POST).into_parts();
        service.clone().oneshot(Request::from_parts(head, Full::from(amount)))
    };
    assert_eq!(pay(b"1250").await.unwrap().status(), 401);
    assert_eq!(pay(b"\xff").await.unwrap().status(), 422);
    assert_eq!(pay(b"12.50").await.unwrap().status(), 200);
    assert_eq!(pay(b"12.50").await.unwrap().status(), 401);
    assert_eq!(pay(br#"{"amount":"1","amount":"1000"}"#).await.unwrap().status(), 422);
    static LARGE: [u8; 64 * 1024 + 1] = [b'1'; 64 * 1024 + 1];
    assert_eq!(pay(&LARGE).await.unwrap().status(), 413);
}

#[tokio::test]
async fn what_was_approved_for_one_route_opens_no_other() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let at = |template: &'static str| world.gate.require_for("payment", template, read).unwrap();
    let status = async |template, method| {
        at(template).layer(Handler::default()).oneshot(world.request(method)).await.unwrap().status()
    };
    world.verify("payment", Some(&Intent::new("pay"))).await;
    assert_eq!(status("/refund", Method::POST).await, 401);
    assert_eq!(status("/gated", Method::PUT).await, 401);
    assert_eq!(status("/gated", Method::POST).await, 200);
    assert_eq!(status("/gated", Method::POST).await, 401);
}

#[tokio::test]
async fn an_operation_that_was_registered_beforehand_is_for_its_route_alone() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    for mounted in ["/gated", "/refund"] {
        world.gate.require_for("payment", mounted, read).unwrap();
    }
    let register = async |method, template| {
        let route = Route::new(method, template).at("/gated?page=1");
        world.gate.register_intent(&world.owner, "payment", route, &Intent::new("pay")).await.unwrap()
    };
    let refused = async |template: &'static str| {
        let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
        let service = world.gate.require_for("payment", template, read).unwrap().layer(Handler::default());
        let body = text(service.oneshot(world.request(Method::POST)).await.unwrap()).await;
        let body: serde_json::Value = serde_json::from_str(&body).unwrap();
        body["step_up"]["intent"]["id"].as_str().unwrap().to_owned()
    };
    // The same operation keeps its id: so these are the same, and those are not.
    let registered = register("POST", "/gated").await;
    assert_eq!(refused("/gated").await, registered.as_str());
    assert_ne!(refused("/refund").await, registered.as_str());
    assert_ne!(register("PUT", "/gated").await, registered);
}

#[tokio::test]
async fn an_operation_that_no_request_could_run_is_not_registered() {
    let world = World::new();
    let mistake = async |policy, route| match world
        .gate
        .register_intent(&world.owner, policy, route, &Intent::new("pay"))
        .await
    {
        Ok(_) => None,
        Err(crate::denial::Denial::Misconfigured { mistake }) => Some(mistake),
        Err(other) => panic!("{other:?}"),
    };
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let pay = Route::new("POST", "/pay");
    assert!(mistake("payment", pay).await.unwrap().contains("no gate of the policy"));
    world.gate.require_for("payment", "/pay", read).unwrap();
    assert_eq!(mistake("payment", pay).await, None);
    assert!(
        mistake("payment", Route::new("POST", "/refund")).await.unwrap().contains("no gate of the policy")
    );
    assert!(mistake("payment", Route::new("post", "/pay")).await.unwrap().contains("capitals"));
    assert!(mistake("reusable", pay).await.unwrap().contains("for_operation"));
    assert!(mistake("nothing", pay).await.unwrap().contains("no policy of that name"));
    // From here on the router may have any template.
    world.gate.operation_enforcer("payment").unwrap();
    let account = Route::new("POST", "/accounts/{id}/pay");
    assert_eq!(mistake("payment", account.at("/accounts/7/pay")).await, None);
    assert!(mistake("payment", account).await.unwrap().contains("Route::at"));
    assert!(mistake("payment", account.at("/7/pay")).await.unwrap().contains("Route::at"));
}

#[tokio::test]
async fn a_gate_behind_a_router_that_strips_prefixes_binds_what_the_client_sent() {
    let world = World::new();
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    world.verify("payment", Some(&Intent::new("pay"))).await;
    let service = world.gate.require_for("payment", "/gated", read).unwrap().layer(Handler::default());
    let status = async |sent: &'static str| {
        let mut request = world.request(Method::POST);
        *request.uri_mut() = http::Uri::from_static("/stripped");
        request.extensions_mut().insert(crate::gate::RequestTarget(http::Uri::from_static(sent)));
        service.clone().oneshot(request).await.unwrap().status()
    };
    assert_eq!(status("/gated?page=2").await, 401);
    assert_eq!(status("/gated?page=1").await, 200);
}

#[tokio::test]
async fn a_gate_without_its_route_opens_for_nothing() {
    struct Nowhere;
    impl crate::gate::FindRoute for Nowhere {
        fn find<'a>(&'a self, _: &'a http::request::Parts) -> Option<&'a str> {
            None
        }
    }
    let world = World::new();
    world.verify("payment", Some(&Intent::new("pay"))).await;
    let read = |_: &http::request::Parts, _: &Bytes| Ok(Intent::new("pay"));
    let handler = Handler::default();
    let service = world.gate.require_for("payment", Nowhere, read).unwrap().layer(handler.clone());
    assert_eq!(service.oneshot(world.request(Method::POST)).await.unwrap().status(), 500);
    assert_eq!(handler.runs.load(Ordering::Relaxed), 0);
}
