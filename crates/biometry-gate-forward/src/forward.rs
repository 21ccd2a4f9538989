//! The server.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use biometry_gate::challenge::{Code, Problem};
use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::gate::{Denial, IntentError, Screening};
use biometry_gate::intent::Route;
use biometry_gate::{BiometryGate, Intent, Permit};
use biometry_gate_axum::StrictListener;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use http::request::Parts;
use http_body_util::Empty;
use serde_json::json;
use tokio::net::TcpListener;

use crate::answers::{Proxy, Verdict};
use crate::asked::{Unclear, asked};
use crate::caller::Callers;
use crate::config::Config;
use crate::handover::hand_over;
use crate::once::{Answers, Question};
use crate::operations::{Operations, Registration};
use crate::rules::{Ask, Rule, Rules};
use crate::trust::Trust;

/// A forward server that is ready to serve.
pub struct Forward {
    app: Router,
    gate: BiometryGate,
    listener: TcpListener,
    address: SocketAddr,
}

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) gate: BiometryGate,
    pub(crate) rules: Rules,
    pub(crate) handover: Option<String>,
    callers: Callers,
    operations: Option<Operations>,
    answers: Answers,
    audience: String,
    with_subject: bool,
}

impl Forward {
    /// Builds the gate, opens its store, and listens.
    ///
    /// # Errors
    /// When something of the configuration could not work; the message says what to change.
    pub async fn open(config: Config) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let file = &config.file;
        let callers = Callers::open(&file.caller, &config.folder).await?;
        let gate = config.gate(callers.clone()).await?;
        let secret = file.secret_file.as_ref().map(|name| config.long_secret(name)).transpose()?;
        let operations =
            file.operations.as_ref().map(|operations| config.long_secret(&operations.secret_file));
        let shared = Arc::new(Shared {
            rules: Rules::new(&gate, &file.rules)?,
            gate: gate.clone(),
            handover: file.handover.clone(),
            callers,
            operations: operations.transpose()?.map(|secret| Operations::new(&secret)),
            answers: Answers::default(),
            audience: file.receipts.audience.clone(),
            with_subject: file.receipts.with_subject,
        });
        let app = app(&shared, &file.mount, Trust::new(secret.as_deref()));
        let listener = TcpListener::bind(file.listen).await.map_err(|error| format!("listen: {error}"))?;
        let address = listener.local_addr()?;
        Ok(Self { app, gate, listener, address })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves until the process is asked to stop, then finishes what is under way.
    ///
    /// # Errors
    /// When the listener fails.
    pub async fn serve(self) -> Result<(), Box<dyn Error + Send + Sync>> {
        println!("listening on http://{}", self.address);
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        let stopped = async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
        };
        let listener = StrictListener::new(self.listener);
        axum::serve(listener, self.app).with_graceful_shutdown(stopped).await?;
        self.gate.drain(LONGEST_DRAIN).await;
        Ok(())
    }
}

fn app(shared: &Arc<Shared>, mount: &str, trust: Trust) -> Router {
    let questions = Router::new()
        .route("/forward/check", any(check))
        .route("/forward/nginx", any(check_for_nginx))
        .route("/forward/operations", post(register))
        .fallback(hand_over)
        .with_state(Arc::clone(shared));
    questions
        .nest_service(mount, biometry_gate_axum::routes(&shared.gate))
        .layer(from_fn_with_state(trust, believe))
        .route("/healthz", get(async || "ok\n"))
        .route("/readyz", get(ready).with_state(Arc::clone(shared)))
}

/// Lets nothing in that does not come from the proxy, or from the application with its own secret.
async fn believe(State(trust): State<Trust>, request: Request, next: Next) -> Response {
    let is_application = request.uri().path() == "/forward/operations";
    if is_application || trust.is_proxy(request.headers()) {
        return next.run(request).await;
    }
    tracing::warn!("a request does not come from the proxy: it shows no secret, or another one");
    refused(Problem::new(Code::NotFound, "there is no such route"))
}

async fn ready(State(shared): State<Arc<Shared>>) -> (StatusCode, &'static str) {
    match shared.gate.ready().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}

async fn check(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.question(request, Proxy::Any).await
}

async fn check_for_nginx(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    shared.question(request, Proxy::Nginx).await
}

/// Registers an operation, for the application.
async fn register(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    let operations = shared.operations.as_ref().filter(|operations| operations.is_application(&head.headers));
    let Some(operations) = operations else {
        return refused(Problem::new(Code::NotFound, "there is no such route"));
    };
    let body = to_bytes(body, LONGEST_REGISTRATION).await.ok();
    let registration = body.and_then(|body| serde_json::from_slice::<Registration>(&body).ok());
    let registered = registration.and_then(|operation| operations.register(operation, SystemClock.now()));
    match registered {
        Some((operation, until)) => {
            let body = json!({ "operation": operation, "expires_at": until }).to_string();
            ([(CONTENT_TYPE, "application/json"), (CACHE_CONTROL, "no-store")], body).into_response()
        }
        None => refused(Problem::new(
            Code::InvalidRequest,
            "an operation has a user, a method, a target, and lines to display of 2 KiB together at most; what is spoken of \
             a line with a label and a value is up to five digits, or an amount with up to three decimals",
        )),
    }
}

impl Shared {
    async fn question(self: Arc<Self>, request: Request, proxy: Proxy) -> Response {
        let (question, _) = request.into_parts();
        let verdict = match asked(&question) {
            Ok(head) => self.answer(head).await,
            Err(unclear) => Verdict::Refused(self.refuse_unclear(unclear)),
        };
        verdict.answer(proxy).map(Body::from)
    }

    /// The answer, which a question of the same request a moment ago may have had.
    async fn answer(self: Arc<Self>, head: Parts) -> Verdict {
        let caller = self.gate.principal(&head).ok().flatten();
        let question = caller.as_ref().and_then(|principal| Question::of(&head, principal));
        let Some(place) = question.and_then(|question| self.answers.place(question)) else {
            return self.judge(&head).await;
        };
        // It goes on when the proxy is gone: a proof that is used up has its answer here when the proxy asks again.
        let judged = tokio::spawn(async move { place.get_or_init(|| self.judge(&head)).await.clone() });
        judged.await.unwrap_or_else(|_| Verdict::Refused(Problem::misconfigured(INTERRUPTED).into_response()))
    }

    async fn judge(&self, head: &Parts) -> Verdict {
        let Some(rule) = self.rules.find(head) else {
            return Verdict::Refused(no_rule());
        };
        let caller = match rule.enforcer.screen(head) {
            Screening::Preflight => return Verdict::Preflight,
            Screening::Refused(denial) => return Verdict::Refused(rule.enforcer.refuse(denial, None, None)),
            Screening::Caller(caller) => caller,
        };
        let permit = match &rule.ask {
            Ask::Proof => rule.enforcer.check(&caller).await,
            Ask::Request { title } => {
                let intent = Intent::new("request").line("Action", title).line("Address", target(head));
                check_operation(rule, &caller, head, Some(intent)).await
            }
            Ask::Registered => {
                let intent = self.registered(head);
                check_operation(rule, &caller, head, intent).await
            }
            Ask::Body(_) => Err(Denial::Misconfigured { mistake: NO_BODY }),
        };
        match permit {
            Ok(permit) => self.allow(&permit).await,
            Err(denial) => Verdict::Refused(rule.enforcer.refuse(denial, Some(caller.principal()), None)),
        }
    }

    /// What the application has registered for this user and request.
    fn registered(&self, head: &Parts) -> Option<Intent> {
        let user = self.callers.user(&head.headers).ok().flatten()?;
        self.operations.as_ref()?.read(&user, head, SystemClock.now())
    }

    pub(crate) fn refuse_unclear(&self, unclear: Unclear) -> http::Response<Bytes> {
        match unclear {
            Unclear::NoRequest => self.misconfigured(NO_REQUEST),
            Unclear::AmbiguousPath => {
                Problem::new(Code::InvalidRequest, "the path can be read in two ways").into_response()
            }
        }
    }

    /// A mistake of the operator's, which goes to the log.
    pub(crate) fn misconfigured(&self, mistake: &'static str) -> http::Response<Bytes> {
        self.gate.refuse(Denial::Misconfigured { mistake }).into_response()
    }

    /// Lets the request pass with a receipt. Where none can be made the application is not reached, and the proof is given
    /// back.
    pub(crate) async fn allow(&self, permit: &Permit) -> Verdict {
        let receipt = if self.with_subject {
            permit.receipt_with_subject(&self.audience)
        } else {
            permit.receipt(&self.audience)
        };
        match receipt {
            Ok(receipt) => Verdict::Allowed(receipt),
            Err(problem) => {
                if let Err(error) = self.gate.restore(permit).await {
                    tracing::warn!(%error, "a proof stays used, though no receipt could be made");
                }
                Verdict::Refused(problem.into_response())
            }
        }
    }
}

/// Any client can ask for what no rule is for, so this is no error of the operator's.
pub(crate) fn no_rule() -> http::Response<Bytes> {
    tracing::info!("the proxy asks about a request that no [[rule]] is for: add one, or do not ask");
    Problem::new(Code::NotFound, "no rule is for this method and path").into_response()
}

async fn check_operation(
    rule: &Rule,
    caller: &biometry_gate::gate::Screened,
    head: &Parts,
    intent: Option<Intent>,
) -> Result<Permit, Denial> {
    let read = move |_: &Parts, _: &Bytes| intent.clone().ok_or(IntentError);
    let route = Route::new(head.method.as_str(), &rule.path).at(target(head));
    let checked = rule.enforcer.check_intent(caller, &read, Some(route), head, Empty::<Bytes>::new()).await;
    checked.map(|(permit, _, _)| permit)
}

pub(crate) fn target(head: &Parts) -> &str {
    head.uri.path_and_query().map_or("", |target| target.as_str())
}

pub(crate) fn refused(problem: Problem) -> Response {
    problem.into_response::<Body>()
}

const NO_REQUEST: &str = "the proxy does not say once which request it asks about: have it set X-Forwarded-Method and \
                          X-Forwarded-Uri";
const NO_BODY: &str = "a question of the proxy carries no body: have nginx hand the request over";
const INTERRUPTED: &str = "a question was not answered";
const LONGEST_REGISTRATION: usize = 16 * 1024;
const LONGEST_DRAIN: Duration = Duration::from_secs(25);

impl std::fmt::Debug for Forward {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Forward").finish_non_exhaustive()
    }
}
