//! The same over TLS, with a certificate of one's own.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use biometry_gate_redis::{ConnectErrorKind, RedisRecords};
use biometry_gate_testkit::store_contract::values::{ana, limits};
use biometry_gate_testkit::{PATIENCE, RedisServer};

use crate::people::store;

#[tokio::test]
async fn a_certificate_that_is_trusted_is_needed_and_enough() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let trusted = pem("CERTIFICATE", certified.cert.der());
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, &trusted).unwrap();
    std::fs::write(&key, pem("PRIVATE KEY", certified.signing_key.serialized_der())).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let path = |path: &std::path::Path| path.to_str().expect("a path of text").to_owned();
    let _server = RedisServer::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        &path(&certificate),
        "--tls-key-file",
        &path(&key),
        "--tls-ca-cert-file",
        &path(&certificate),
        "--tls-auth-clients",
        "no",
    ])
    .await;

    let at = |host: &str| RedisRecords::builder(&format!("rediss://{host}:{port}")).time_limit(PATIENCE);
    let trusting = at("localhost").root_certificates(trusted.as_bytes()).connect().await;
    let store = store(trusting.expect("a server with that certificate"));
    store.reserve_start(&ana(), &limits()).await.unwrap().unwrap();

    let stranger = at("localhost").connect().await.unwrap_err();
    assert_eq!(stranger.kind(), ConnectErrorKind::Unreachable, "{stranger}");
    let elsewhere = at("127.0.0.1").root_certificates(trusted.as_bytes()).connect().await;
    assert!(elsewhere.is_err(), "the certificate is for another name");
}

fn pem(label: &str, der: &[u8]) -> String {
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der))
}

#[tokio::test]
async fn a_client_shows_its_certificate_by_files_that_the_address_names() {
    let folder = tempfile::tempdir().unwrap();
    let certified = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let (certificate, key) = (folder.path().join("certificate.pem"), folder.path().join("key.pem"));
    std::fs::write(&certificate, pem("CERTIFICATE", certified.cert.der())).unwrap();
    std::fs::write(&key, pem("PRIVATE KEY", certified.signing_key.serialized_der())).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let (certificate, key) = (certificate.to_str().unwrap(), key.to_str().unwrap());
    // As Redis asks for it by default.
    let _server = RedisServer::start_with(&[
        "--tls-port",
        &port.to_string(),
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
        "--tls-ca-cert-file",
        certificate,
    ])
    .await;
    let at =
        |rest: &str| RedisRecords::builder(&format!("rediss://localhost:{port}?cacert={certificate}{rest}"));
    let connect = async |rest: &str| at(rest).time_limit(PATIENCE).connect().await;
    let store =
        store(connect(&format!("&cert={certificate}&key={key}")).await.expect("a certificate is shown"));
    store.reserve_start(&ana(), &limits()).await.unwrap().unwrap();
    let said = connect("").await.unwrap_err().to_string();
    assert!(said.contains("wants a certificate of the client"), "{said}");
    let said = connect(&format!("&cert={certificate}")).await.unwrap_err();
    assert_eq!(said.kind(), ConnectErrorKind::Settings);
    let plain =
        RedisRecords::builder(&format!("redis://localhost:{port}")).time_limit(PATIENCE).connect().await;
    let said = plain.unwrap_err().to_string();
    assert!(said.contains("TLS"), "{said}");
}
