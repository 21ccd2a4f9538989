use std::convert::Infallible;

use biometry_gate::{BiometryGate, ConfigError, Permit};
use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::Full;
use hyper::body::Incoming;
use tower::util::BoxCloneSyncService;
use tower::{ServiceBuilder, ServiceExt as _, service_fn};

type Answer = Response<Full<Bytes>>;
type Page = BoxCloneSyncService<Request<Incoming>, Answer, Infallible>;

/// Everything this host serves.
#[derive(Clone, Debug)]
pub struct App {
    statement: Page,
    biometry: Page,
}

/// The host's routes around a gate.
///
/// # Errors
/// When the gate has no policy `statement`.
pub fn app(gate: &BiometryGate) -> Result<App, ConfigError> {
    let statement = ServiceBuilder::new().layer(gate.require("statement")?).service(service_fn(statement));
    Ok(App {
        statement: BoxCloneSyncService::new(statement),
        biometry: BoxCloneSyncService::new(gate.routes().under("/biometry")),
    })
}

impl App {
    /// Answers one request.
    ///
    /// # Errors
    /// Never.
    pub async fn answer(self, request: Request<Incoming>) -> Result<Answer, Infallible> {
        match request.uri().path() {
            "/statement" => self.statement.oneshot(request).await,
            path if path == "/biometry" || path.starts_with("/biometry/") => {
                self.biometry.oneshot(request).await
            }
            _ => Ok(text(StatusCode::NOT_FOUND, "there is nothing here\n")),
        }
    }
}

/// Gated: only who has shown their face lately gets here.
async fn statement(request: Request<Incoming>) -> Result<Answer, Infallible> {
    Ok(match Permit::of(request.extensions()) {
        Some(_) => text(StatusCode::OK, "your balance is 10,000.00\n"),
        None => text(StatusCode::INTERNAL_SERVER_ERROR, "this page has no gate\n"),
    })
}

fn text(status: StatusCode, body: &'static str) -> Answer {
    let mut answer = Response::new(Full::from(body));
    *answer.status_mut() = status;
    answer
}
