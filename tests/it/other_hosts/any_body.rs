//! Gates in front of services whose bodies they cannot make themselves.

use std::convert::Infallible;

use biometry_gate_testkit::Answer;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt as _, Full};
use tower::{Service, ServiceBuilder, service_fn};

use super::desk::{Desk, answer, get};

async fn plays<S, R>(desk: &Desk, service: S) -> Answer
where
    S: Service<Request<Full<Bytes>>, Response = Response<R>, Error: std::fmt::Debug> + Clone,
    R: http_body::Body<Data: Send, Error: std::fmt::Debug>,
{
    answer(service.clone(), get("/hello.txt")).await.problem("step-up-required");
    desk.pass("statement").await;
    answer(service, get("/hello.txt")).await
}

#[tokio::test]
async fn a_gate_fits_boxed_bodies() {
    let desk = Desk::open().await;
    let service = ServiceBuilder::new()
        .layer(desk.gate.require("statement").expect("a policy").any_body())
        .service(service_fn(async |_: Request<Full<Bytes>>| {
            let body: BoxBody<Bytes, Infallible> = Full::new(Bytes::from("boxed")).boxed();
            Ok::<_, Infallible>(Response::new(body))
        }));
    assert_eq!(plays(&desk, service).await.text(), "boxed");
}
