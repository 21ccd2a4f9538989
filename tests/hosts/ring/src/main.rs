//! Does what it would do without our crates in its build, then what they do.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client, HyperTransport, Warmup};
use biometry_gate_redis::RedisRecords;
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let certified = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()])?;
    let root = certified.cert.der().to_vec();

    // Ours, in a process where no provider is the default: it needs none and leaves none.
    let transport = HyperTransport::builder().add_root_certificate(root.clone()).build()?;
    assert!(CryptoProvider::get_default().is_none(), "building a transport installs nothing");
    stores().await?;
    assert!(CryptoProvider::get_default().is_none(), "connecting installs nothing");

    // The host's own: its one provider is found, and it speaks TLS 1.3 alone.
    let secret = PrivateKeyDer::try_from(certified.signing_key.serialize_der())?;
    let config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], secret)?;
    assert_eq!(rustls::ALL_VERSIONS.len(), 1, "a version of TLS that the host has left out is there");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let acceptor = acceptor.clone();
            tokio::spawn(async move {
                if let Ok(stream) = acceptor.accept(stream).await {
                    answer(stream).await;
                }
            });
        }
    });
    let base = BaseUrl::parse(&format!("https://{address}"))?;
    Client::new(base.clone(), key()?, transport).start_session(Warmup::No).await?;
    let by_the_hosts = HyperTransport::builder().add_root_certificate(root).build()?;
    Client::new(base, key()?, by_the_hosts).start_session(Warmup::No).await?;

    plain_reqwest().await
}

/// Each store says what its TLS lacks, and without TLS misses nothing but a server.
async fn stores() -> Result<(), Box<dyn Error>> {
    let redis = async |address| RedisRecords::builder(address).connect().await.expect_err("no store");
    let (without, plain) = (redis("rediss://127.0.0.1:1").await, redis("redis://127.0.0.1:1").await);
    assert_eq!(without.kind(), biometry_gate_redis::ConnectErrorKind::Settings, "{without}");
    assert_eq!(plain.kind(), biometry_gate_redis::ConnectErrorKind::Unreachable, "{plain}");

    let postgres = async |address| {
        let options = PostgresOptions::parse(address)?.connect_limit(Duration::from_secs(1));
        Ok::<_, Box<dyn Error>>(PostgresRecords::connect(options).await.expect_err("no store"))
    };
    let without = postgres("postgres://bank@127.0.0.1:1/bank?sslmode=require").await?;
    assert!(without.to_string().contains("TLS needs a provider of rustls"), "{without}");
    let plain = postgres("postgres://bank@127.0.0.1:1/bank").await?;
    assert_eq!(plain.kind(), biometry_gate_sql::ConnectErrorKind::Unreachable, "{plain}");
    Ok(())
}

/// The host's client within its network, without TLS.
async fn plain_reqwest() -> Result<(), Box<dyn Error>> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { answer(listener.accept().await.expect("a connection").0).await });
    let answer = reqwest::Client::new().get(format!("http://{address}/")).send().await?;
    assert!(answer.status().is_success());
    server.await?;
    Ok(())
}

async fn answer(mut stream: impl AsyncRead + AsyncWrite + Unpin) {
    let _ = stream.read(&mut [0; 4096]).await;
    let body = r#"{"data":"sess_1"}"#;
    let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length:";
    let _ = stream.write_all(format!("{head} {}\r\n\r\n{body}", body.len()).as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn key() -> Result<ApiKey, Box<dyn Error>> {
    Ok(ApiKey::parse("eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln")?)
}
