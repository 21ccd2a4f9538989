//! Tests of an application of one's own: no platform, no video, no waiting.

use std::error::Error;

use axum::{Router, routing::get, routing::post};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::gate::{Builder, Operation};
use biometry_gate::principal::FromExtensions;
use biometry_gate::{BiometryGate, ConfigError, Intent, Policy, Threshold};
use biometry_gate_axum::{Approved, Matched, Verified, routes};
use biometry_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let gate = configure(BiometryGate::builder(client, FromExtensions)).build()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate)?).await?)
}

/// What production and tests have in common. In production, its login stands around the application and leaves principals in
/// the extensions; the tests put them there.
fn configure(builder: Builder) -> Builder {
    let threshold = Threshold::percent(70.0).expect("a percentage");
    builder
        .policy(Policy::for_session("export", threshold))
        .policy(Policy::for_operation("transfer", threshold))
}

fn app(gate: &BiometryGate) -> Result<Router, ConfigError> {
    let export = get(async |Verified(_): Verified| "all of it").route_layer(gate.require("export")?);
    let transfer = post(async |Approved(transfer): Approved<Transfer>| format!("sent to {}", transfer.to));
    let transfer = transfer.route_layer(gate.require_for_json::<Transfer>("transfer", Matched)?);
    Ok(Router::new()
        .route("/export", export)
        .route("/transfer", transfer)
        .nest_service("/biometry", routes(gate)))
}

#[derive(serde::Deserialize)]
struct Transfer {
    to: String,
    amount: String,
}

impl Operation for Transfer {
    fn describe(&self) -> Intent {
        Intent::new("transfer").line("Payee", &self.to).line("Amount", &self.amount)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::body::{Body, to_bytes};
    use axum::http::{Request, header::CONTENT_TYPE};
    use biometry_gate::audit::EventKind;
    use biometry_gate::principal::Principal;
    use biometry_gate_testkit::TestGate;
    use serde_json::{Value, json};
    use tower::ServiceExt as _;

    use super::*;

    /// The status and the body, JSON or text.
    async fn ask(app: &Router, caller: &Principal, request: Request<Body>) -> (u16, Value) {
        let mut request = request;
        request.extensions_mut().insert(caller.clone());
        let response = app.clone().oneshot(request).await.unwrap();
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), 65_536).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap_or_else(|_| String::from_utf8_lossy(&body).into()))
    }

    fn export() -> Request<Body> {
        Request::get("/export").body(Body::empty()).unwrap()
    }

    fn transfer(amount: &str) -> Request<Body> {
        let body = Body::from(json!({ "to": "Ana", "amount": amount }).to_string());
        Request::post("/transfer").header(CONTENT_TYPE, "application/json").body(body).unwrap()
    }

    #[tokio::test]
    async fn an_export_takes_a_verification_of_this_login_in_the_last_five_minutes() {
        let test = TestGate::start(FromExtensions, configure).await;
        let (app, ana) = (app(test.gate()).unwrap(), test.principal("ana"));
        assert_eq!(ask(&app, &ana, export()).await.0, 401);
        test.verify(&ana, "export").await;
        assert_eq!(ask(&app, &ana, export()).await, (200, "all of it".into()));
        assert_eq!(ask(&app, &test.principal("ana"), export()).await.1["reason"], "absent", "another login");
        test.clock().advance(Duration::from_secs(301));
        assert_eq!(ask(&app, &ana, export()).await.1["reason"], "stale");
        assert_eq!(test.audit().reasons(EventKind::GateDenied), ["absent", "absent", "stale"]);
    }

    #[tokio::test]
    async fn a_transfer_runs_once_and_as_it_was_approved() {
        let test = TestGate::start(FromExtensions, configure).await;
        let (app, ana) = (app(test.gate()).unwrap(), test.principal("ana"));
        let (status, refusal) = ask(&app, &ana, transfer("12.50")).await;
        assert_eq!((status, &refusal["code"]), (401, &"step-up-required".into()));
        test.approve(&ana, &refusal).await;
        assert_eq!(ask(&app, &ana, transfer("99.50")).await.0, 401, "another amount");
        assert_eq!(ask(&app, &ana, transfer("12.50")).await, (200, "sent to Ana".into()));
        assert_eq!(ask(&app, &ana, transfer("12.50")).await.1["reason"], "consumed");
    }
}
