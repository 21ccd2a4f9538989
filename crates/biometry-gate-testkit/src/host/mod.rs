//! A host under test: a small [`App`] around a gate, which a [`HostHarness`] serves with one framework.
//!
//! The app is described here once. A harness says how its framework puts it together:
//!
//! | path | gate | handler |
//! |---|---|---|
//! | `/gated/reusable`, any method | `require("reusable")` | answers [`App::enter`] |
//! | `/gated/once`, any method | `require("once")` | answers [`App::enter`] |
//! | `/gated/operation`, any method | `require_for("operation", "/gated/operation", App::read_operation)` | answers [`App::enter`] |
//! | `/gated/nested/{id}/pay`, any method, two routers deep | `require_for("operation", …, App::read_parameters)` | answers [`App::enter`] |
//! | `/gated/nested/{id}/refund`, likewise | the same layer or another one | answers [`App::enter`] |
//! | `/gated/files/{name}`, any method, where `name` takes the rest of the path | `require_for("operation", …, App::read_parameters)` | answers [`App::enter`] |
//! | `/gated/service` and below, any method, in a service whose router has stripped `/gated/service` off | `require_for("operation", …, App::read_parameters)` | answers [`App::enter`] |
//! | `/gated/typed/json`, any method | `require_for_json::<Payment>("operation", …)` | behind an [`App::objection`] takes the approved [`Payment`], answers [`App::pay`] |
//! | `/gated/typed/form`, any method | `require_for_form::<Payment>("operation", …)` | takes the approved [`Payment`], answers [`App::pay`] |
//! | `/gated/typed/untaken`, any method | `require_for_json::<Payment>("operation", …)` | takes no approved value, answers [`App::enter`] |
//! | `/open`, GET | none | answers `open` |
//! | `/login/face`, POST | none | answers the subject of [`BiometryGate::redeem_login`] with its `Set-Cookie`, or its refusal |
//! | `/biometry` and below | none | the mounted routes |
//!
//! The gate finds its callers by itself, in a cookie that only tests would trust. A harness that has a way of its own to
//! resolve callers asks [`App::caller`] there.
//!
//! A framework is a few lines then, and has everything that is promised with two more. Here axum:
//!
//! ```
//! use axum::Router;
//! use axum::body::Bytes;
//! use axum::extract::{FromRequestParts, Request, State};
//! use axum::http::StatusCode;
//! use axum::http::request::Parts;
//! use axum::response::{IntoResponse as _, Response};
//! use axum::routing::{any, get, post};
//! use biometry_gate_axum::{Approved, Matched, Named, Refusal, Verified, routes};
//! use biometry_gate_testkit::host::{App, HostHarness, Payment, Serving};
//! use tokio::net::TcpListener;
//!
//! struct OnAxum;
//!
//! impl HostHarness for OnAxum {
//!     async fn serve(app: App) -> Serving {
//!         let gate = app.gate().clone();
//!         let operation = gate.require_for("operation", Matched, App::read_operation).unwrap();
//!         let matched = gate.require_for("operation", Matched, App::read_parameters).unwrap();
//!         let named = gate.require_for("operation", Named("service"), App::read_parameters).unwrap();
//!         let accounts = Router::new().route("/{id}/pay", any(enter)).route("/{id}/refund", any(enter));
//!         let nested = Router::new().nest("/nested", accounts.route_layer(matched.clone()));
//!         let service = Router::new().fallback(enter).layer(named).with_state(app.clone());
//!         let json = gate.require_for_json::<Payment>("operation", Matched).unwrap();
//!         let form = gate.require_for_form::<Payment>("operation", Matched).unwrap();
//!         let router = Router::new()
//!             .route("/gated/reusable", any(enter).layer(gate.require("reusable").unwrap()))
//!             .route("/gated/once", any(enter).layer(gate.require("once").unwrap()))
//!             .route("/gated/operation", any(enter).layer(operation))
//!             .nest("/gated", nested)
//!             .route("/gated/files/{*name}", any(enter).layer(matched))
//!             .nest_service("/gated/service", service)
//!             .route("/gated/typed/untaken", any(enter).layer(json.clone()))
//!             .route("/gated/typed/json", any(pay).layer(json))
//!             .route("/gated/typed/form", any(pay).layer(form))
//!             .route("/open", get(async || "open"))
//!             .route("/login/face", post(log_in_by_face))
//!             .with_state(app)
//!             .nest_service("/biometry", routes(&gate));
//!         let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
//!         let address = listener.local_addr().unwrap();
//!         let server = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
//!         Serving::new(address, server)
//!     }
//! }
//!
//! async fn enter(State(app): State<App>, Verified(permit): Verified, body: Bytes) -> String {
//!     app.enter(&permit, &body)
//! }
//!
//! struct NoObjection;
//!
//! impl<S: Sync> FromRequestParts<S> for NoObjection {
//!     type Rejection = StatusCode;
//!
//!     async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
//!         let header = parts.headers.get("x-objection").map(|value| value.as_bytes());
//!         App::objection(header).await.map_or(Ok(Self), Err)
//!     }
//! }
//!
//! async fn pay(
//!     State(app): State<App>,
//!     _: NoObjection,
//!     Verified(permit): Verified,
//!     Approved(payment): Approved<Payment>,
//! ) -> String {
//!     app.pay(&permit, &payment)
//! }
//!
//! async fn log_in_by_face(State(app): State<App>, request: Request) -> Response {
//!     match app.gate().redeem_login(&request.into_parts().0).await {
//!         Ok(signed_in) => {
//!             let cookie = [("set-cookie", signed_in.set_cookie())];
//!             (cookie, signed_in.subject().as_str().to_owned()).into_response()
//!         }
//!         Err(denial) => Refusal(app.gate().refuse(denial)).into_response(),
//!     }
//! }
//!
//! biometry_gate_testkit::gate_contract!(OnAxum);
//! biometry_gate_testkit::routes_contract!(OnAxum);
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! #     biometry_gate_testkit::gate_contract::a_single_use_decision_opens_once::<OnAxum>().await;
//! #     biometry_gate_testkit::routes_contract::a_session_is_named_once::<OnAxum>().await;
//! # }
//! ```
//!
//! [`BiometryGate::redeem_login`]: biometry_gate::BiometryGate::redeem_login

mod app;
mod payment;
mod person;
mod platform;
mod stage;

pub use self::app::App;
pub(crate) use self::app::{ARCHIVE, LEDGER};
pub use self::payment::Payment;
pub use self::person::{Challenge, Person, capture};
pub use self::platform::{begin_upload, captures, seen};
pub(crate) use self::stage::MAX_AGE;
pub use self::stage::{Setup, Stage};

use std::net::SocketAddr;

use tokio::task::JoinHandle;

/// One framework, or one server, that carries a gate and its routes.
pub trait HostHarness: 'static {
    /// Serves `app` on a free port of the loopback interface, over HTTP/1.1.
    ///
    /// # Panics
    /// When that is not possible.
    fn serve(app: App) -> impl Future<Output = Serving>;
}

/// A host that is being served. Dropped, it is gone.
#[derive(Debug)]
pub struct Serving {
    address: SocketAddr,
    server: JoinHandle<()>,
}

impl Serving {
    /// A host that listens on `address` as long as `server` runs.
    pub fn new(address: SocketAddr, server: JoinHandle<()>) -> Self {
        Self { address, server }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Asks again and again until the answer is yes, for something that is not announced.
///
/// # Panics
/// When it is not yes in time; the message says `what` was waited for.
pub async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !holds().await {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(crate::PATIENCE, asking).await;
    in_time.unwrap_or_else(|_| panic!("{what}: not in time"));
}

/// Sends that many requests at the same time.
pub async fn at_once<F>(count: usize, mut request: impl FnMut() -> F) -> Vec<crate::Answer>
where
    F: Future<Output = crate::Answer> + Send + 'static,
{
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..count {
        requests.spawn(request());
    }
    requests.join_all().await
}
