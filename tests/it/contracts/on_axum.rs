use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{any, get, post};
use biometry_gate::BiometryGate;
use biometry_gate_axum::{Approved, Matched, Named, Refusal, StrictListener, Verified};
use biometry_gate_testkit::cadence_contract::{InProcess, SlicedBody};
use biometry_gate_testkit::host::{App, HostHarness, Payment, Serving};
use http_body_util::BodyExt as _;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

pub(crate) struct OnAxum;

impl HostHarness for OnAxum {
    async fn serve(app: App) -> Serving {
        let gate = app.gate().clone();
        let operation = gate.require_for("operation", Matched, App::read_operation).expect("a policy");
        let matched = gate.require_for("operation", Matched, App::read_parameters).expect("a policy");
        let named = gate.require_for("operation", Named("service"), App::read_parameters).expect("a policy");
        let accounts = Router::new().route("/{id}/pay", any(enter)).route("/{id}/refund", any(enter));
        let nested = Router::new().nest("/nested", accounts.route_layer(matched.clone()));
        let service = Router::new().fallback(enter).layer(named).with_state(app.clone());
        let json = gate.require_for_json::<Payment>("operation", Matched).expect("a policy");
        let form = gate.require_for_form::<Payment>("operation", Matched).expect("a policy");
        let router = Router::new()
            .route("/gated/reusable", any(enter).layer(gate.require("reusable").expect("a policy")))
            .route("/gated/once", any(enter).layer(gate.require("once").expect("a policy")))
            .route("/gated/operation", any(enter).layer(operation))
            .nest("/gated", nested)
            .route("/gated/files/{*name}", any(enter).layer(matched))
            .nest_service("/gated/service", service)
            .route("/gated/typed/untaken", any(enter).layer(json.clone()))
            .route("/gated/typed/json", any(pay).layer(json))
            .route("/gated/typed/form", any(pay).layer(form))
            .route("/open", get(async || "open"))
            .route("/login/face", post(log_in_by_face))
            .with_state(app)
            .nest_service("/biometry", biometry_gate_axum::routes(&gate));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = axum::serve(StrictListener::new(listener), router);
        Serving::new(address, tokio::spawn(async move { server.await.expect("it serves") }))
    }
}

struct AxumInProcess(Router);

impl InProcess for AxumInProcess {
    async fn mount(gate: &BiometryGate) -> Self {
        Self(Router::new().fallback_service(biometry_gate_axum::routes(gate)))
    }

    async fn answer(&self, request: http::Request<SlicedBody>) -> http::Response<Bytes> {
        let answer = self.0.clone().oneshot(request.map(Body::new)).await.expect("an answer");
        let (head, body) = answer.into_parts();
        http::Response::from_parts(head, body.collect().await.expect("a body").to_bytes())
    }
}

async fn enter(State(app): State<App>, Verified(permit): Verified, body: Bytes) -> String {
    app.enter(&permit, &body)
}

/// Refuses in front of the handler, where the request asks for it.
struct NoObjection;

impl<S: Sync> FromRequestParts<S> for NoObjection {
    type Rejection = StatusCode;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, StatusCode> {
        let header = parts.headers.get("x-objection").map(HeaderValue::as_bytes);
        App::objection(header).await.map_or(Ok(Self), Err)
    }
}

async fn pay(
    State(app): State<App>,
    _: NoObjection,
    Verified(permit): Verified,
    Approved(payment): Approved<Payment>,
) -> String {
    app.pay(&permit, &payment)
}

async fn log_in_by_face(State(app): State<App>, request: Request) -> Response {
    match app.gate().redeem_login(&request.into_parts().0).await {
        Ok(signed_in) => {
            let cookie = [("set-cookie", signed_in.set_cookie())];
            (cookie, signed_in.subject().as_str().to_owned()).into_response()
        }
        Err(denial) => Refusal(app.gate().refuse(denial)).into_response(),
    }
}

mod gate {
    biometry_gate_testkit::gate_contract!(super::OnAxum);
}

mod routes {
    biometry_gate_testkit::routes_contract!(super::OnAxum);
}

mod routes_over_http2 {
    biometry_gate_testkit::routes_over_http2_contract!(super::OnAxum);
}

mod consent {
    biometry_gate_testkit::consent_contract!(super::OnAxum);
}

mod limits {
    biometry_gate_testkit::limits_contract!(super::OnAxum);
}

mod login {
    biometry_gate_testkit::login_contract!(super::OnAxum);
}

mod cadence {
    biometry_gate_testkit::cadence_contract!(super::AxumInProcess);
}

mod outcomes {
    biometry_gate_testkit::outcomes_contract!(super::OnAxum);
}

mod platform {
    biometry_gate_testkit::platform_contract!(super::OnAxum);
}

mod receipts {
    biometry_gate_testkit::receipts_contract!(super::OnAxum);
}

mod audit {
    biometry_gate_testkit::audit_contract!(super::OnAxum);
}

mod spoken {
    biometry_gate_testkit::spoken_contract!(super::OnAxum);
}
