//! TLS: whom the client trusts, and that it needs no process-wide provider.

use std::error::Error as _;
use std::sync::Arc;

use biometry_client::{
    BaseUrl, Client, Delivery, Error, ErrorKind, HyperTransport, TransportErrorKind, Warmup,
};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, crypto};
use tokio::io::AsyncWriteExt as _;
use tokio_rustls::TlsAcceptor;

use crate::child;
use crate::peer::{Peer, json, read_head};
use crate::stub::key;

/// A peer that proves to be `name`, and its certificate.
async fn peer_named(name: &str) -> (Peer, Vec<u8>) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([name.to_owned()]).unwrap();
    let secret = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], secret)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let peer = Peer::start(move |stream| {
        let acceptor = acceptor.clone();
        async move {
            let Ok(mut stream) = acceptor.accept(stream).await else { return };
            read_head(&mut stream).await;
            stream.write_all(&json(200, r#"{"data":"sess_1"}"#)).await.unwrap();
            stream.shutdown().await.unwrap();
        }
    })
    .await;
    (peer, cert.der().to_vec())
}

async fn call(peer: &Peer, root: Option<Vec<u8>>) -> Result<(), Error> {
    let mut transport = HyperTransport::builder();
    if let Some(root) = root {
        transport = transport.add_root_certificate(root);
    }
    let base = BaseUrl::parse(&format!("https://{}", peer.address())).unwrap();
    let client = Client::new(base, key(), transport.build().unwrap());
    client.start_session(Warmup::No).await.map(drop)
}

fn assert_refused(error: &Error, reason: &str) {
    assert_eq!((error.kind(), error.delivery()), (ErrorKind::Tls, Delivery::NotSent));
    let cause = error.source().unwrap().source().unwrap();
    assert_eq!(cause.to_string(), reason);
    let shown = format!("{error:?} {error} {cause:?}");
    assert!(!shown.contains("127.0.0.1") && !shown.contains("elsewhere"), "{shown}");
}

#[tokio::test]
async fn needs_and_installs_no_default_provider() {
    let (peer, root) = peer_named("127.0.0.1").await;
    assert!(CryptoProvider::get_default().is_none());
    call(&peer, Some(root)).await.unwrap();
    assert!(CryptoProvider::get_default().is_none());
}

#[tokio::test]
async fn an_unknown_issuer_is_refused() {
    let (peer, _) = peer_named("127.0.0.1").await;
    assert_refused(&call(&peer, None).await.unwrap_err(), "the certificate's issuer is not trusted");
}

#[tokio::test]
async fn another_name_is_refused() {
    let (peer, root) = peer_named("elsewhere.example").await;
    assert_refused(&call(&peer, Some(root)).await.unwrap_err(), "the certificate is for another name");
}

#[tokio::test]
async fn plain_http_behind_an_https_address_is_refused() {
    let peer = Peer::start(|mut stream| async move {
        let _gone = stream.write_all(&json(200, r#"{"data":"sess_1"}"#)).await;
    })
    .await;
    assert_refused(&call(&peer, None).await.unwrap_err(), "the other side does not speak tls");
}

#[tokio::test]
async fn a_machine_without_certificates_can_use_loopback_and_trusts_nobody() {
    if child::mode().is_none() {
        let test = "tls::a_machine_without_certificates_can_use_loopback_and_trusts_nobody";
        let nowhere = [("SSL_CERT_FILE", "/nonexistent"), ("SSL_CERT_DIR", "/nonexistent")];
        assert!(child::passes(test, "without-certificates", &nowhere).await);
        return;
    }
    let plain = Peer::answering(json(200, r#"{"data":"sess_1"}"#)).await;
    let base = BaseUrl::parse(&format!("http://{}", plain.address())).unwrap();
    Client::connect(base, key()).unwrap().start_session(Warmup::No).await.unwrap();
    let (peer, root) = peer_named("127.0.0.1").await;
    assert_refused(&call(&peer, None).await.unwrap_err(), "the certificate's issuer is not trusted");
    call(&peer, Some(root)).await.unwrap();
}

#[test]
fn a_root_that_is_no_certificate_is_a_wrong_setup() {
    let error = HyperTransport::builder().add_root_certificate(b"nonsense").build().unwrap_err();
    assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Setup, Delivery::NotSent));
}
