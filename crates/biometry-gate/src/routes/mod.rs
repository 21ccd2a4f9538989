//! The mounted surface: sessions, consent, verification, enrollment, documents and face matches, as one
//! framework-neutral tower service.
//!
//! The host mounts [`Routes`] under a prefix of its choice and strips it. Every operation has a native path and the
//! platform's own, so that the platform's official clients work against the host. Both answer JSON, always.
//!
//! | operation | native | the platform's |
//! |---|---|---|
//! | start a session | `POST /session/start` | `POST /api-gateway/sessions/start` |
//! | where it stands | `GET /session` | |
//! | end it | `POST /session/end` | `POST /api-gateway/sessions/end/{id}` |
//! | read consent | `GET /consent` | `GET /api-consent/history` |
//! | give consent | `POST /consent` | `POST /api-consent/consent`, `POST /api-consent/strg-consent` |
//! | withdraw consent | `DELETE /consent` | the same two |
//! | verify | `POST /verify` | `POST /api-gateway/process-video` |
//! | enroll | `POST /enroll/face`, `POST /enroll/voice` | `POST /api-gateway/enroll/face`, `…/enroll/voice` |
//! | check a document | `POST /document/check` | `POST /api-gateway/docauth/check` |
//! | match faces | `POST /face/match` | `POST /api-gateway/match-faces` |
//! | take a webhook | `POST /webhook` | |
//! | show the keys of receipts, with the feature `receipts` | `GET /jwks.json` | |
//!
//! The caller is the one that the host's [`Identify`](crate::Identify) names; nothing in a request chooses the subject.
//! Uploads are relayed to the platform while they arrive, and none is kept. Requests of other sites are refused.
//!
//! Adapters mount the routes in a line. Without one, any tower server does:
//!
//! ```
//! # async fn call(gate: biometry_gate::BiometryGate) -> Result<(), Box<dyn std::error::Error>> {
//! use http_body_util::Full;
//! use tower::ServiceExt as _;
//!
//! let routes = gate.routes().under("/biometry");
//! let request = http::Request::get("/biometry/session").body(Full::<bytes::Bytes>::default())?;
//! let response = routes.oneshot(request).await?;
//! # let _ = response; Ok(()) }
//! # let _ = call;
//! ```

mod answer;
mod call;
mod consent;
#[cfg(feature = "documents")]
mod document;
mod enroll;
#[cfg(feature = "documents")]
mod face_match;
#[cfg(feature = "receipts")]
mod keys;
#[cfg(feature = "openapi")]
mod openapi;
mod refusal;
mod session;
mod upload;
mod verify;
#[cfg(feature = "webhooks")]
mod webhook;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use biometry_client::TraceContext;
use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH};
use http::request::Parts;
use http::{HeaderValue, Method, Request, Response};
use http_body::Body as _;
use http_body_util::{BodyExt as _, Full};
use tower_service::Service;
use tracing::Instrument as _;

use self::answer::Answer;
use self::call::Call;
#[cfg(feature = "openapi")]
pub use self::openapi::openapi;
use crate::audit::{RequestScope, on_behalf_of};
use crate::capture::{Behind, RequestBody, Rest};
use crate::challenge::{Code, Problem};
use crate::engine::BiometryGate;
use crate::gate::AROUND_MOUNT;
use crate::mounted_routes::{self, Lookup, Operation};

/// The mounted routes, as a `tower` service over any body of bytes; made by [`BiometryGate::routes`]. See the
/// [module](self). It never fails: what goes wrong is an answer. Clones are cheap and share the gate.
#[derive(Clone, Debug)]
pub struct Routes {
    gate: BiometryGate,
    prefix: Arc<str>,
}

/// The future of [`Routes`].
pub type RoutesFuture = Pin<Box<dyn Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send>>;

impl BiometryGate {
    /// The mounted routes as one service. Put them beside the gated routes, behind the host's session layer, and not
    /// behind a gate: stepping up would then take a step-up.
    pub fn routes(&self) -> Routes {
        Routes::new(self.clone())
    }
}

impl Routes {
    fn new(gate: BiometryGate) -> Self {
        gate.0.wiring.note_routes();
        Self { gate, prefix: "".into() }
    }

    /// Strips `prefix`, `/biometry` for example, from paths; for hosts whose router does not. A path without the prefix
    /// is 404.
    #[must_use]
    pub fn under(mut self, prefix: &str) -> Self {
        self.prefix = prefix.trim_end_matches('/').into();
        self
    }
}

impl<B> Service<Request<B>> for Routes
where
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Response = Response<Full<Bytes>>;
    type Error = Infallible;
    type Future = RoutesFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (gate, prefix) = (self.gate.clone(), Arc::clone(&self.prefix));
        let request = request.map(|body| RequestBody::new(body.map_err(Into::into)));
        Box::pin(async move { Ok(respond(gate, &prefix, request).await) })
    }
}

async fn respond(gate: BiometryGate, prefix: &str, request: Request<RequestBody>) -> Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let path = head.uri.path().strip_prefix(prefix).unwrap_or_default().to_owned();
    #[cfg(feature = "ui")]
    if let Some(response) = biometry_gate_ui::respond(&head, &path) {
        return response.map(Full::new);
    }
    let is_head = head.method == Method::HEAD;
    let response = answer_and_read_on(gate, &path, head, body).await;
    if is_head { without_body(response) } else { response }
}

/// An answer that comes before the end of the request's body ends the connection, and says so.
async fn answer_and_read_on(
    gate: BiometryGate,
    path: &str,
    head: Parts,
    body: RequestBody,
) -> Response<Full<Bytes>> {
    let engine = Arc::clone(&gate.0);
    let (body, rest) = Rest::lend(&head, body);
    let mut response = answer(gate, path, head, body).await;
    let goes_on = !response.headers().contains_key(CONNECTION);
    let (limits, lingering) = (&engine.settings.capture, &engine.lingering);
    let behind = Behind { status: response.status(), limits, lingering };
    if !rest.settle(goes_on, &behind).await {
        response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    }
    response
}

async fn answer(gate: BiometryGate, path: &str, head: Parts, body: RequestBody) -> Response<Full<Bytes>> {
    let engine = Arc::clone(&gate.0);
    let hosts_id = engine.hosts_request_id(&head);
    let request_id = hosts_id.clone().unwrap_or_else(|| engine.request_id());
    let outcome = match mounted_routes::find(&head.method, path) {
        Lookup::Found { operation, dialect, parameter } => {
            let scope =
                RequestScope { id: request_id.as_str().into(), trace: TraceContext::of(&head.headers) };
            let span = tracing::info_span!("biometry_gate.route", operation = operation.name(), request_id);
            let work = Box::pin(run(operation, parameter, Call::new(&gate, head, dialect), body));
            on_behalf_of(Some(scope), work).instrument(span).await
        }
        Lookup::WrongMethod(allowed) => {
            engine.meters.refusal(Code::MethodNotAllowed);
            return wrong_method(&allowed, &body, &request_id);
        }
        Lookup::Nothing => Err(unread(no_route(), &body)),
    };
    if let Err(problem) = &outcome {
        engine.meters.refusal(problem.code());
    }
    match outcome {
        // The host's own id comes before the platform's.
        Ok(answer) => answer.request_id(hosts_id.as_deref()).into_response(&request_id),
        Err(problem) => match hosts_id {
            Some(id) => problem.renamed(id).into_response(),
            None => problem.request_id(&request_id).into_response(),
        },
    }
}

/// What holds for every operation comes first.
async fn run(
    operation: Operation,
    parameter: Option<&str>,
    call: Call,
    body: RequestBody,
) -> Result<Answer, Problem> {
    // What the platform delivers comes from no page, and is signed.
    let check_site = || if operation.is_delivery() { Ok(()) } else { call.check_site() };
    call.check_framing().and_then(|()| check_site())?;
    match operation {
        Operation::Start if call.is_behind_its_own_gate() => Err(Problem::misconfigured(AROUND_MOUNT)),
        Operation::Start => session::start(call, body).await,
        Operation::Status => session::status(call).await,
        Operation::End => session::end(call, parameter).await,
        Operation::ReadConsent => consent::read(call).await,
        Operation::GiveConsent(purpose) => consent::give(call, purpose, body).await,
        Operation::WithdrawConsent => consent::withdraw(call, body).await,
        Operation::Verify => verify::verify(call, body).await,
        Operation::Enroll(sample) => enroll::enroll(call, sample, body).await,
        #[cfg(feature = "documents")]
        Operation::CheckDocument => document::check(call, body).await,
        #[cfg(feature = "documents")]
        Operation::MatchFaces => face_match::compare(call, body).await,
        #[cfg(feature = "webhooks")]
        Operation::Webhook => webhook::receive(call, body).await,
        #[cfg(feature = "receipts")]
        Operation::ShowKeys => keys::show(&call),
        #[cfg(feature = "openapi")]
        Operation::Describe => Ok(Answer::new(call.engine().openapi())),
    }
}

fn no_route() -> Problem {
    Problem::new(Code::NotFound, "there is no such route")
}

/// A refusal that does not wait for the body, because no route is there to read it.
fn unread(problem: Problem, body: &RequestBody) -> Problem {
    if body.is_end_stream() { problem } else { problem.closing() }
}

fn wrong_method(allowed: &[&str], body: &RequestBody, request_id: &str) -> Response<Full<Bytes>> {
    let problem = Problem::new(Code::MethodNotAllowed, "this route takes another method");
    let mut response: Response<Full<Bytes>> = unread(problem, body).request_id(request_id).into_response();
    if let Ok(names) = allowed.join(", ").try_into() {
        response.headers_mut().insert(http::header::ALLOW, names);
    }
    response
}

/// What HEAD is answered: the head that GET has, and how long its body is (RFC 9110, section 9.3.2).
fn without_body(response: Response<Full<Bytes>>) -> Response<Full<Bytes>> {
    let (mut head, body) = response.into_parts();
    if let Some(length) = http_body::Body::size_hint(&body).exact() {
        head.headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    Response::from_parts(head, Full::default())
}
