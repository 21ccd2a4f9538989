//! Permits belong to their gate and their request.

use super::*;

#[tokio::test]
async fn an_outer_gates_permit_is_not_an_inner_gates() {
    let world = World::new();
    world.verify("reusable", None).await;
    let ungated = Handler::default();
    let inner = world.gate.require("once").unwrap().layer(ungated);
    let outer = world.gate.require("reusable").unwrap().layer(inner);
    let answer = outer.oneshot(world.request(Method::GET)).await.unwrap();
    assert_eq!(answer.status(), 401);
    assert!(text(answer).await.contains(r#""policy":"once""#));
}

#[test]
fn a_principal_that_is_kept_carries_no_permit_along() {
    let world = World::new();
    let policy = world.gate.0.projects.of(&Tenant::default()).unwrap().policy("reusable").unwrap();
    let decision = Arc::new(sample(policy, None, world.clock.now()));
    let mut extensions = http::Extensions::new();
    extensions.insert(world.owner.clone());
    Permit::new(world.owner.clone(), decision, world.gate.clone(), None).attach(&mut extensions);
    assert!(Permit::of(&extensions).is_some());
    let kept = extensions.get::<Principal>().unwrap().clone();
    let mut later = http::Extensions::new();
    later.insert(kept);
    assert!(Permit::of(&later).is_none());
    Permit::detach(&mut extensions);
    assert!(Permit::of(&extensions).is_none());
}

#[test]
fn an_inner_gates_permit_takes_the_place_of_an_outer_gates() {
    let world = World::new();
    let permit = |name: &str| {
        let policy = world.gate.0.projects.of(&Tenant::default()).unwrap().policy(name).unwrap();
        let decision = Arc::new(sample(policy, None, world.clock.now()));
        Permit::new(world.owner.clone(), decision, world.gate.clone(), None)
    };
    let mut extensions = http::Extensions::new();
    permit("reusable").attach(&mut extensions);
    // Now the host's principal is there, in which the next one goes.
    extensions.insert(world.owner.clone());
    permit("once").attach(&mut extensions);
    assert_eq!(Permit::of(&extensions).unwrap().decision().policy(), "once");
}

#[tokio::test]
async fn a_handler_that_expects_another_policy_answers_with_the_requests_id() {
    let handler = tower::service_fn(async |request: Request<Full<Bytes>>| {
        let permit = Permit::of(request.extensions()).unwrap();
        let refused = permit.expect_policy("vault").unwrap_err().into_response::<Full<Bytes>>();
        Ok::<_, Infallible>(refused)
    });
    let name = async |world: &World| {
        world.verify("reusable", None).await;
        let mut request = world.request(Method::GET);
        request.headers_mut().insert("x-request-id", "host-4711".parse().unwrap());
        let answer = world.gate.require("reusable").unwrap().layer(handler).oneshot(request).await.unwrap();
        assert_eq!(answer.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let id = answer.headers()["x-request-id"].to_str().unwrap().to_owned();
        assert!(text(answer).await.contains(&format!(r#""request_id":"{id}""#)));
        id
    };
    assert_eq!(name(&World::with(Builder::trust_request_ids)).await, "host-4711");
    let own = name(&World::new()).await;
    assert!(own != "host-4711" && !own.is_empty(), "a client does not name it by default");
}
