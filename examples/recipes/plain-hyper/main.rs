//! Without a web framework: hyper serves, tower holds the gate and the routes together.

use std::convert::Infallible;
use std::error::Error;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::challenge::Problem;
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::strict_http::StrictStream;
use biometry_gate::{BiometryGate, ConfigError, Permit, Policy, Threshold};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::TcpListener;
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(serve(listener, app(&gate(client)?)?).await?)
}

/// One verification opens the statement for five minutes.
pub fn gate(client: Client) -> Result<BiometryGate, Box<dyn Error>> {
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, by_token).policy(statement).build()?)
}

/// Stands for your login, which may look whatever it likes up in the head of a request.
fn by_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let token = head.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (subject, session) = match token {
        Some("Bearer token-of-ana") => ("pass+ana@example.com", "session-of-ana"),
        Some("Bearer token-of-ben") => ("fail+liveness@example.com", "session-of-ben"),
        _ => return Ok(None),
    };
    Ok(Some(Principal::new(subject, HostSession::parse(session)?)?))
}

type Answer = Response<Full<Bytes>>;
type Page = BoxCloneSyncService<Request<Incoming>, Answer, Infallible>;

/// Everything that is served: a gated page and the routes that browsers step up with.
#[derive(Clone)]
pub struct App {
    statement: Page,
    biometry: Page,
}

pub fn app(gate: &BiometryGate) -> Result<App, ConfigError> {
    let statement = ServiceBuilder::new().layer(gate.require("statement")?).service(service_fn(statement));
    Ok(App {
        statement: BoxCloneSyncService::new(statement),
        biometry: BoxCloneSyncService::new(gate.routes().under("/biometry")),
    })
}

impl App {
    async fn answer(self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        match request.uri().path() {
            "/statement" => self.statement.oneshot(request).await,
            path if path.starts_with("/biometry/") => self.biometry.oneshot(request).await,
            _ => {
                let mut answer = Answer::default();
                *answer.status_mut() = StatusCode::NOT_FOUND;
                Ok(answer)
            }
        }
    }
}

/// Gated: the permit is the proof. Without a gate in front there is none, and the answer is 500.
async fn statement(request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(match Permit::of(request.extensions()) {
        Some(_) => Answer::new("the statement".into()),
        None => Problem::no_gate().into_response(),
    })
}

/// HTTP/1.1, and HTTP/2 with prior knowledge.
pub async fn serve(listener: TcpListener, app: App) -> std::io::Result<()> {
    loop {
        let (stream, _) = listener.accept().await?;
        // What is written is whole, so it should not wait for more.
        let _ = stream.set_nodelay(true);
        let app = app.clone();
        tokio::spawn(async move {
            let answer = hyper::service::service_fn(move |request| app.clone().answer(request));
            // Refuses requests that two readers could frame differently.
            let stream = TokioIo::new(StrictStream::new(stream));
            // A broken connection concerns no other connection.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(stream, answer).await;
        });
    }
}
