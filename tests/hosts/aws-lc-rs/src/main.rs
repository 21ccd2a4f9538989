//! Serves by axum-server over TLS, as it would without our crates in its build, and is called by our transport.

use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::routing::{get, post};
use axum_server::Handle;
use axum_server::tls_rustls::RustlsConfig;
use biometry_client::{ApiKey, BaseUrl, Client, HyperTransport, Warmup};
use biometry_gate_redis::{ConnectErrorKind, RedisRecords};
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use rustls::crypto::CryptoProvider;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let root = certified.cert.der().to_vec();

    // Ours, in a process where no provider is the default: it needs none and leaves none.
    let transport = HyperTransport::builder().add_root_certificate(root.clone()).build()?;
    let redis = RedisRecords::builder("redis://127.0.0.1:1").connect().await.expect_err("no server");
    assert_eq!(redis.kind(), ConnectErrorKind::Unreachable, "{redis}");
    let postgres = PostgresOptions::parse("postgres://bank@127.0.0.1:1/bank")?;
    let postgres = PostgresRecords::connect(postgres.connect_limit(Duration::from_secs(1))).await;
    let postgres = postgres.expect_err("no server");
    assert_eq!(postgres.kind(), biometry_gate_sql::ConnectErrorKind::Unreachable, "{postgres}");
    assert!(CryptoProvider::get_default().is_none(), "ours install nothing");

    // The host's own: rustls finds its one provider, and axum-server serves.
    let (certificate, secret) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let config = RustlsConfig::from_pem(certificate.into_bytes(), secret.into_bytes()).await?;
    let app = Router::new()
        .route("/", get(|| async { "served" }))
        .route("/api-gateway/sessions/start", post(|| async { r#"{"data":"sess_1"}"# }));
    let (handle, free) = (Handle::new(), SocketAddr::from(([127, 0, 0, 1], 0)));
    let server = axum_server::bind_rustls(free, config).handle(handle.clone());
    let server = tokio::spawn(server.serve(app.clone().into_make_service()));
    let address = handle.listening().await.ok_or("the server does not listen")?;

    let base = BaseUrl::parse(&format!("https://{address}"))?;
    Client::new(base.clone(), key()?, transport).start_session(Warmup::No).await?;
    // With the provider that the host's own use has made the default.
    assert!(CryptoProvider::get_default().is_some());
    let by_the_hosts = HyperTransport::builder().add_root_certificate(root).build()?;
    Client::new(base, key()?, by_the_hosts).start_session(Warmup::No).await?;
    handle.shutdown();
    server.await??;

    plain_reqwest(app).await
}

/// The host's client within its network, without TLS.
async fn plain_reqwest(app: Router) -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app).await });
    let answer = reqwest::Client::new().get(format!("http://{address}/")).send().await?;
    assert_eq!(answer.text().await?, "served");
    server.abort();
    Ok(())
}

fn key() -> Result<ApiKey, Box<dyn Error>> {
    Ok(ApiKey::parse("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln")?)
}
