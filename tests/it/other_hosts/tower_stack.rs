//! The layers between timeouts, limits and buffers.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use biometry_gate::Permit;
use biometry_gate::gate::IntentError;
use biometry_gate::intent::Intent;
use biometry_gate_testkit::{PATIENCE, StoreOperation};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt as _, Full};
use tower::{BoxError, Service, ServiceBuilder, ServiceExt as _, service_fn};

use super::desk::{Desk, answer, get, post};

/// How often the handler ran.
#[derive(Clone, Debug, Default)]
struct Runs(Arc<AtomicUsize>);

impl Runs {
    fn count(&self) -> usize {
        self.0.load(Ordering::SeqCst)
    }

    fn handler<B: Send + 'static>(
        &self,
    ) -> impl Service<Request<B>, Response = Response<Full<Bytes>>, Error = BoxError, Future: Send>
    + Clone
    + Send
    + 'static {
        let runs = self.clone();
        service_fn(move |request: Request<B>| {
            let runs = runs.clone();
            async move {
                assert!(Permit::of(request.extensions()).is_some(), "no request gets here without a permit");
                runs.0.fetch_add(1, Ordering::SeqCst);
                Ok(Response::new(Full::from("inside")))
            }
        })
    }
}

#[tokio::test]
async fn a_gate_works_between_timeouts_limits_and_buffers() {
    let (desk, runs) = (Desk::open().await, Runs::default());
    let stack = ServiceBuilder::new()
        .buffer(8)
        .load_shed()
        .concurrency_limit(4)
        .timeout(PATIENCE)
        .layer(desk.gate.require("statement").unwrap())
        // The inner limit panics where a service is called that was not polled ready.
        .concurrency_limit(1)
        .timeout(PATIENCE)
        .service(runs.handler());
    assert_eq!(answer(stack.clone(), get("/")).await.problem("step-up-required")["reason"], "absent");
    assert_eq!(runs.count(), 0);
    desk.pass("statement").await;
    for count in 1..=3 {
        let answer = answer(stack.clone(), get("/")).await;
        assert_eq!((answer.status.as_u16(), answer.text().as_str()), (200, "inside"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(runs.count(), count);
    }
}

#[tokio::test]
async fn one_of_many_behind_a_buffer_uses_a_decision_up() {
    let (desk, runs) = (Desk::open().await, Runs::default());
    let gate = desk.gate.require("once").unwrap();
    let stack = ServiceBuilder::new().buffer(32).layer(gate).service(runs.handler());
    desk.pass("once").await;
    let mut asked = tokio::task::JoinSet::new();
    for _ in 0..20 {
        asked.spawn(answer(stack.clone(), get("/")));
    }
    let answers = asked.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    assert_eq!(runs.count(), 1);
}

#[tokio::test]
async fn a_timeout_outside_a_gate_ends_a_check_and_lets_nobody_in() {
    let (desk, runs) = (Desk::open_with(|gate| gate.store_timeout(PATIENCE)).await, Runs::default());
    desk.pass("once").await;
    let gate = desk.gate.require("once").unwrap();
    let stack = ServiceBuilder::new().timeout(Duration::from_millis(20)).layer(gate).service(runs.handler());
    desk.store.hang(&[StoreOperation::ClaimDecision]);
    stack.clone().oneshot(get("/")).await.expect_err("too late");
    desk.store.mend();
    assert_eq!(runs.count(), 0);
    assert_eq!(answer(stack, get("/")).await.status, 200);
}

#[tokio::test]
async fn an_operation_behind_a_buffer_is_run_as_it_was_approved() {
    let desk = Desk::open().await;
    let read = |_: &http::request::Parts, body: &Bytes| -> Result<Intent, IntentError> {
        let text = std::str::from_utf8(body).map_err(|_| IntentError)?;
        Ok(Intent::new("transfer").line("What", text))
    };
    let echo = service_fn(async |request: Request<Full<Bytes>>| {
        let body = request.into_body().collect().await?.to_bytes();
        Ok::<_, BoxError>(Response::new(Full::new(body)))
    });
    let gate = desk.gate.require_for("transfer", "/", read).unwrap();
    let stack =
        ServiceBuilder::new().buffer(8).concurrency_limit(2).layer(gate).concurrency_limit(1).service(echo);
    let ask = |what: &'static str| answer(stack.clone(), post("/", "text/plain", what));
    let refusal = ask("12.50 for Zoe").await.problem("step-up-required");
    desk.approve(&refusal["step_up"]["intent"]["id"]).await;
    ask("99.50 for Zoe").await.problem("step-up-required");
    assert_eq!(ask("12.50 for Zoe").await.text(), "12.50 for Zoe");
    ask("12.50 for Zoe").await.problem("step-up-required");
}

/// A body type of its own.
#[derive(Debug)]
struct Odd(Bytes);

impl From<Bytes> for Odd {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

#[tokio::test]
async fn bodies_may_be_odd() {
    let desk = Desk::open().await;
    let inner = service_fn(async |request: Request<std::rc::Rc<str>>| {
        Ok::<_, BoxError>(Response::new(Odd(Bytes::copy_from_slice(request.body().as_bytes()))))
    });
    let stack = ServiceBuilder::new().layer(desk.gate.require("statement").unwrap()).service(inner);
    let request = || get("/").map(|_| std::rc::Rc::from("as it came"));
    let refused = stack.clone().oneshot(request()).await.unwrap();
    assert_eq!(refused.status(), 401);
    assert!(refused.into_body().0.starts_with(b"{"));
    desk.pass("statement").await;
    assert_eq!(stack.oneshot(request()).await.unwrap().into_body().0, "as it came");
}
