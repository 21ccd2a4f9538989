//! The server of `tests/hosts/plain-axum`, as the earlier build had it.

use std::error::Error;

use axum::Router;
use axum::routing::get;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::FromExtensions;
use biometry_gate_axum::Verified;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let key = ApiKey::parse(&std::env::var("BIOMETRY_API_KEY")?)?;
    let client = Client::connect(BaseUrl::production(), key)?;
    let export = Policy::face_live("export", Threshold::percent(70.0)?);
    let gate = BiometryGate::builder(client, FromExtensions).policy(export).build()?;
    let app = Router::new()
        .route("/export", get(async |_: Verified| "everything").route_layer(gate.require("export")?))
        .nest_service("/biometry", biometry_gate_axum::routes(&gate));
    axum::serve(tokio::net::TcpListener::bind("127.0.0.1:0").await?, app).await?;
    Ok(())
}
