//! When an approval is spent, and when it is given back.

use super::*;

#[tokio::test]
async fn a_decision_is_given_back_only_where_the_host_said_so() {
    let world = World::new();
    for (restores, second) in [(false, 401), (true, 503)] {
        world.verify("once", None).await;
        let handler = Handler { status: StatusCode::SERVICE_UNAVAILABLE, ..Handler::default() };
        let restore = world.gate.restore_on(move |head| restores && head.status.is_server_error());
        let service = world.gate.require("once").unwrap().layer(restore.layer(handler));
        assert_eq!(service.clone().oneshot(world.request(Method::POST)).await.unwrap().status(), 503);
        assert_eq!(service.oneshot(world.request(Method::POST)).await.unwrap().status(), second);
    }
}

/// Whatever becomes of the handler, the decision was used before it ran.
#[tokio::test]
async fn a_decision_is_spent_whatever_becomes_of_the_handler() {
    let world = World::new();
    let gate = world.gate.require("once").unwrap();
    let request = || world.request(Method::POST);

    world.verify("once", None).await;
    let panics = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| -> Result<_, Infallible> {
        if Permit::of(&http::Extensions::new()).is_none() {
            panic!("a handler's own mistake");
        }
        Ok(Response::new(Full::<Bytes>::default()))
    }));
    assert!(tokio::spawn(panics.oneshot(request())).await.unwrap_err().is_panic());
    assert_eq!(refusal(&gate, request()).await, "consumed");

    world.verify("once", None).await;
    let hangs = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| -> Result<_, Infallible> {
        std::future::pending::<()>().await;
        Ok(Response::new(Full::<Bytes>::default()))
    }));
    let mut answer = Box::pin(hangs.oneshot(request()));
    assert!(std::future::poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await.is_pending());
    // The client is gone.
    drop(answer);
    assert_eq!(refusal(&gate, request()).await, "consumed");

    world.verify("once", None).await;
    let fails = gate.layer(tower::service_fn(async |_: Request<Full<Bytes>>| {
        Err::<Response<Full<Bytes>>, _>("the handler's own error")
    }));
    assert_eq!(fails.oneshot(request()).await.unwrap_err(), "the handler's own error");
    assert_eq!(refusal(&gate, request()).await, "consumed");
}

/// An operation to be approved.
struct Pay;

impl Operation for Pay {
    fn describe(&self) -> Intent {
        Intent::new("pay")
    }
}

impl Pay {
    /// A gate for it, and an approval that waits to be used.
    async fn approved() -> (World, BiometryGateLayer<ForOperation>) {
        let world = World::new();
        world.verify("payment", Some(&Self.describe())).await;
        let gate = world.gate.require_for_value("payment", "/gated", |_, _| Ok(Self)).unwrap();
        (world, gate)
    }
}

#[tokio::test]
async fn an_approval_that_no_handler_has_taken_outlives_its_request() {
    let (world, gate) = Pay::approved().await;
    let kept = Arc::new(std::sync::Mutex::new(None));
    let waits = gate.layer(tower::service_fn({
        let kept = Arc::clone(&kept);
        move |request: Request<Full<Bytes>>| {
            *kept.lock().unwrap() = request.extensions().get::<crate::gate::ApprovedValue>().cloned();
            async move {
                let _request = request;
                std::future::pending::<Result<Response<Full<Bytes>>, Infallible>>().await
            }
        }
    }));
    let mut answer = Box::pin(waits.oneshot(world.request(Method::POST)));
    assert!(std::future::poll_fn(|cx| Poll::Ready(answer.as_mut().poll(cx))).await.is_pending());
    drop(answer);
    let late = kept.lock().unwrap().take().unwrap();
    assert!(!late.is_taken());
    drop(late);
    assert!(world.gate.drain(Duration::from_secs(5)).await);
    let runs = gate.layer(tower::service_fn(async |request: Request<Full<Bytes>>| {
        let taken = crate::gate::ApprovedValue::take::<Pay>(request.extensions()).is_some();
        let mut answer = Response::new(Full::<Bytes>::default());
        *answer.status_mut() = if taken { StatusCode::OK } else { StatusCode::IM_A_TEAPOT };
        Ok::<_, Infallible>(answer)
    }));
    assert_eq!(runs.clone().oneshot(world.request(Method::POST)).await.unwrap().status(), 200);
    assert_eq!(runs.oneshot(world.request(Method::POST)).await.unwrap().status(), 401);
}

#[tokio::test]
async fn a_value_whose_approval_was_given_back_is_not_handed_out() {
    let (world, gate) = Pay::approved().await;
    let kept = Arc::new(std::sync::Mutex::new(None));
    let refuses = gate.layer(tower::service_fn({
        let kept = Arc::clone(&kept);
        move |request: Request<Full<Bytes>>| {
            *kept.lock().unwrap() = Some(request);
            let mut answer = Response::new(Full::<Bytes>::default());
            *answer.status_mut() = StatusCode::CONFLICT;
            std::future::ready(Ok::<_, Infallible>(answer))
        }
    }));
    assert_eq!(refuses.oneshot(world.request(Method::POST)).await.unwrap().status(), 409);
    let late = kept.lock().unwrap().take().unwrap();
    assert!(crate::gate::ApprovedValue::take::<Pay>(late.extensions()).is_none());
}

#[tokio::test]
async fn a_use_that_could_not_be_recorded_is_given_back_whatever_the_policy_says_by_now() {
    #[derive(Clone, Debug, Default)]
    struct Trail(Arc<AtomicBool>);
    impl AuditSink for Trail {
        fn record(&self, _: &Event) -> Result<(), EventLost> {
            if self.0.load(Ordering::Relaxed) { Err(EventLost) } else { Ok(()) }
        }
    }
    let world = World::new();
    world.verify("once", None).await;
    let trail = Trail::default();
    let gate = BiometryGate::builder(client(&SERVICES), FromExtensions)
        .policy(Policy::for_session("once", percent(70.0)))
        .clock(Arc::clone(&world.clock) as Arc<dyn Clock>)
        .store(world.store.clone())
        .audit(|audit| audit.sink(trail.clone()).required());
    let world = World { gate: gate.build().unwrap(), ..world };
    for (is_lost, status) in [(true, 503), (false, 200), (false, 401)] {
        trail.0.store(is_lost, Ordering::Relaxed);
        let service = world.gate.require("once").unwrap().layer(Handler::default());
        assert_eq!(service.oneshot(world.request(Method::GET)).await.unwrap().status(), status);
    }
}
