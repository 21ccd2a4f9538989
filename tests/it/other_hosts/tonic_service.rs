//! Under tonic: a gRPC service behind a gate, called over HTTP/2.

use std::convert::Infallible;
use std::net::SocketAddr;

use biometry_client::Body;
use biometry_gate::Permit;
use biometry_gate::gate::{AnyBody, GrpcStatus, IntentError};
use biometry_gate::intent::Intent;
use bytes::{Buf as _, BufMut as _, Bytes};
use futures_core::Stream;
use http::request::Parts;
use http::uri::PathAndQuery;
use hyper::body::Incoming;
use hyper::server::conn::http2;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::{Code, Status};
use tower::{Service, ServiceBuilder, service_fn};

use super::desk::{Desk, ana};

/// Messages are bytes, so that nothing has to be generated.
#[derive(Clone, Copy, Debug, Default)]
struct Raw;

impl Codec for Raw {
    type Encode = Bytes;
    type Decode = Bytes;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn encode(&mut self, message: Bytes, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put(message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Bytes;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Bytes>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length)))
    }
}

/// Answers with the policy of the permit and the message.
async fn show(
    request: http::Request<tonic::body::Body>,
) -> Result<http::Response<tonic::body::Body>, Infallible> {
    let show = service_fn(async |request: tonic::Request<Bytes>| {
        let permit = Permit::of(request.extensions()).ok_or_else(|| Status::internal("no gate"))?;
        let answer =
            format!("{}: {}", permit.decision().policy(), String::from_utf8_lossy(request.get_ref()));
        Ok::<_, Status>(tonic::Response::new(Bytes::from(answer)))
    });
    Ok(tonic::server::Grpc::new(Raw).unary(show, request).await)
}

/// What is sent into it, one message at a time.
struct Fed(mpsc::Receiver<Bytes>);

impl Stream for Fed {
    type Item = Result<Bytes, Status>;

    fn poll_next(
        mut self: std::pin::Pin<&mut Self>,
        cx: &mut std::task::Context<'_>,
    ) -> std::task::Poll<Option<Self::Item>> {
        self.0.poll_recv(cx).map(|message| message.map(Ok))
    }
}

/// A server of one service, and a client of it.
struct Line {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Line {
    /// Serves over HTTP/2. Whose session it is stands in the metadata.
    async fn open<S, R>(service: S) -> Self
    where
        S: Service<http::Request<Body>, Response = http::Response<R>, Error = Infallible>
            + Clone
            + Send
            + 'static,
        S::Future: Send,
        R: http_body::Body<Data = Bytes, Error: Into<tower::BoxError>> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let service = ServiceBuilder::new().map_request(log_in).service(service);
        let server = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let service = TowerToHyperService::new(service.clone());
                tokio::spawn(async move {
                    let server = http2::Builder::new(TokioExecutor::new());
                    let _ = server.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { address, server }
    }

    async fn client(&self) -> tonic::client::Grpc<Client<HttpConnector, tonic::body::Body>> {
        let client = Client::builder(TokioExecutor::new()).http2_only(true).build_http();
        let origin = format!("http://{}", self.address).parse().expect("an origin");
        let mut client = tonic::client::Grpc::with_origin(client, origin);
        client.ready().await.expect("a client");
        client
    }

    async fn ask(&self, request: tonic::Request<Bytes>) -> Result<String, Status> {
        let answer = self.client().await.unary(request, path(), Raw).await?.into_inner();
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn log_in(request: http::Request<Incoming>) -> http::Request<Body> {
    let mut request = request.map(Body::new);
    if request.headers().contains_key("x-session-of") {
        request.extensions_mut().insert(ana());
    }
    request
}

fn path() -> PathAndQuery {
    PathAndQuery::from_static("/bank.Statements/Show")
}

fn without_a_caller(message: &'static str) -> tonic::Request<Bytes> {
    tonic::Request::new(Bytes::from_static(message.as_bytes()))
}

fn by_ana(message: &'static str) -> tonic::Request<Bytes> {
    let mut request = without_a_caller(message);
    request.metadata_mut().insert("x-session-of", "ana".parse().expect("text"));
    request
}

/// The problem that goes along with a status.
fn problem(status: &Status) -> serde_json::Value {
    let problem = status.metadata().get_bin("biometry-problem-bin").expect("a problem");
    serde_json::from_slice(&problem.to_bytes().expect("bytes")).expect("json")
}

/// A gated service whose refusals are statuses.
fn gated(
    desk: &Desk,
) -> impl Service<
    http::Request<Body>,
    Response = http::Response<AnyBody<tonic::body::Body>>,
    Error = Infallible,
    Future: Send,
> + Clone
+ Send
+ 'static {
    ServiceBuilder::new()
        .layer(desk.gate.require("statement").expect("a policy").render(GrpcStatus).any_body())
        .map_request(|request: http::Request<Body>| request.map(tonic::body::Body::new))
        .service(service_fn(show))
}

#[tokio::test]
async fn refusals_are_statuses() {
    let desk = Desk::open().await;
    let line = Line::open(gated(&desk)).await;
    let nobody = line.ask(without_a_caller("hello")).await.unwrap_err();
    assert_eq!((nobody.code(), nobody.message()), (Code::Unauthenticated, "log in first"));

    let refused = line.ask(by_ana("hello")).await.unwrap_err();
    assert_eq!(refused.code(), Code::Unauthenticated);
    let step_up = problem(&refused);
    assert_eq!((&step_up["code"], &step_up["reason"]), (&"step-up-required".into(), &"absent".into()));
    assert_eq!(step_up["step_up"]["policy"], "statement");
    assert!(refused.metadata().contains_key("www-authenticate"));

    let mut from_elsewhere = by_ana("hello");
    from_elsewhere.metadata_mut().insert("origin", "https://evil.example".parse().unwrap());
    let refused = line.ask(from_elsewhere).await.unwrap_err();
    assert_eq!((refused.code(), &problem(&refused)["code"]), (Code::PermissionDenied, &"cross-site".into()));

    desk.pass("statement").await;
    desk.store.fail_everything();
    let refused = line.ask(by_ana("hello")).await.unwrap_err();
    assert_eq!((refused.code(), &problem(&refused)["status"]), (Code::Unavailable, &503.into()));
    desk.store.mend();
    assert_eq!(line.ask(by_ana("hello")).await.unwrap(), "statement: hello");
}

#[tokio::test]
async fn a_stream_goes_on_behind_a_gate() {
    let desk = Desk::open().await;
    desk.pass("statement").await;
    let (sender, messages) = mpsc::channel(1);
    let messages = std::sync::Arc::new(std::sync::Mutex::new(Some(messages)));
    let inside = service_fn(move |request: http::Request<tonic::body::Body>| {
        let messages = messages.lock().expect("no thread panics").take().expect("one call");
        async move {
            let mut stream = Some(Fed(messages));
            let watch = service_fn(move |_: tonic::Request<Bytes>| {
                let stream = stream.take().expect("one call");
                std::future::ready(Ok::<_, Status>(tonic::Response::new(stream)))
            });
            Ok::<_, Infallible>(tonic::server::Grpc::new(Raw).server_streaming(watch, request).await)
        }
    });
    let service = ServiceBuilder::new()
        .layer(desk.gate.require("statement").unwrap().render(GrpcStatus))
        .map_request(|request: http::Request<Body>| request.map(tonic::body::Body::new))
        .map_response(|answer: http::Response<tonic::body::Body>| answer.map(Body::new))
        .service(inside);
    let line = Line::open(service).await;
    let answer = line.client().await.server_streaming(by_ana("go"), path(), Raw).await.unwrap();
    let mut received = answer.into_inner();
    for message in ["one", "two", "three"] {
        sender.send(message.into()).await.unwrap();
        assert_eq!(received.message().await.unwrap().unwrap(), message, "each as soon as it is sent");
    }
    drop(sender);
    assert!(received.message().await.unwrap().is_none());
}

#[tokio::test]
async fn a_call_is_approved_as_it_is_framed() {
    let desk = Desk::open().await;
    let read = |_: &Parts, body: &Bytes| -> Result<Intent, IntentError> {
        // gRPC puts a flag and the length in front of each message.
        let message = body.get(5..).ok_or(IntentError)?;
        let text = std::str::from_utf8(message).map_err(|_| IntentError)?;
        Ok(Intent::new("transfer").line("What", text))
    };
    let service = ServiceBuilder::new()
        .layer(desk.gate.require_for("transfer", "/bank.Statements/Show", read).unwrap().render(GrpcStatus))
        .map_request(|request: http::Request<Body>| request.map(tonic::body::Body::new))
        .map_response(|answer: http::Response<tonic::body::Body>| answer.map(Body::new))
        .service(service_fn(show));
    let line = Line::open(service).await;
    let refused = problem(&line.ask(by_ana("12.50 for Zoe")).await.unwrap_err());
    desk.approve(&refused["step_up"]["intent"]["id"]).await;
    assert_eq!(line.ask(by_ana("99.50 for Zoe")).await.unwrap_err().code(), Code::Unauthenticated);
    assert_eq!(line.ask(by_ana("12.50 for Zoe")).await.unwrap(), "transfer: 12.50 for Zoe");
    assert_eq!(line.ask(by_ana("12.50 for Zoe")).await.unwrap_err().code(), Code::Unauthenticated);
}
