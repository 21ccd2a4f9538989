//! Every suite, group and kind of certificate, against rustls's own provider on the other side.

use std::io::{Read as _, Write as _};
use std::sync::Arc;

use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring as theirs;
use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConnection, ServerConfig, ServerConnection, SupportedCipherSuite};

use super::*;

/// A server of one suite and one group, with a certificate of this kind, and its root.
fn server(
    suite: SupportedCipherSuite,
    group: &'static dyn rustls::crypto::SupportedKxGroup,
    key: &KeyPair,
) -> (ServerConnection, Vec<u8>) {
    let params = CertificateParams::new(["platform.example".to_owned()]).unwrap();
    let certificate = params.self_signed(key).unwrap().der().clone();
    let provider =
        CryptoProvider { cipher_suites: vec![suite], kx_groups: vec![group], ..theirs::default_provider() };
    let config = ServerConfig::builder_with_provider(Arc::new(provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], PrivateKeyDer::try_from(key.serialize_der()).unwrap())
        .unwrap();
    (ServerConnection::new(Arc::new(config)).unwrap(), certificate.to_vec())
}

fn client(root: Vec<u8>) -> ClientConnection {
    let config = configure_with(Arc::new(provider::over_ring()), &[root]).unwrap();
    ClientConnection::new(Arc::new(config), ServerName::try_from("platform.example").unwrap()).unwrap()
}

/// Carries records until both sides are done talking.
fn carry(client: &mut ClientConnection, server: &mut ServerConnection) -> Result<(), rustls::Error> {
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut rest = &wire[..];
        while !rest.is_empty() {
            server.read_tls(&mut rest).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut rest = &wire[..];
        while !rest.is_empty() {
            client.read_tls(&mut rest).unwrap();
            client.process_new_packets()?;
        }
    }
    Ok(())
}

fn keys() -> [KeyPair; 3] {
    [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519]
        .map(|algorithm| KeyPair::generate_for(algorithm).unwrap())
}

#[test]
fn every_suite_and_group_speaks_with_another_implementation_both_ways() {
    let keys = keys();
    let suites: Vec<_> = theirs::ALL_CIPHER_SUITES.iter().filter(|suite| suite.tls13().is_some()).collect();
    assert_eq!((suites.len(), theirs::ALL_KX_GROUPS.len()), (3, 3));
    for suite in suites {
        for (group, key) in theirs::ALL_KX_GROUPS.iter().zip(&keys) {
            let (mut server, root) = server(*suite, *group, key);
            let mut client = client(root);
            carry(&mut client, &mut server).unwrap();
            let sent = vec![7; 100_000];
            let mut received = Vec::new();
            for piece in sent.chunks(10_000) {
                client.writer().write_all(piece).unwrap();
                server.writer().write_all(piece).unwrap();
                carry(&mut client, &mut server).unwrap();
                let mut buffer = vec![0; piece.len()];
                server.reader().read_exact(&mut buffer).unwrap();
                received.extend_from_slice(&buffer);
                client.reader().read_exact(&mut buffer).unwrap();
                assert_eq!(buffer, piece);
            }
            assert_eq!(received, sent);
            assert_eq!(client.negotiated_cipher_suite(), Some(*suite));
        }
    }
}

#[test]
fn a_record_that_was_changed_on_its_way_is_refused() {
    let [key, ..] = keys();
    let (mut server, root) =
        server(theirs::cipher_suite::TLS13_AES_256_GCM_SHA384, theirs::kx_group::X25519, &key);
    let mut client = client(root);
    carry(&mut client, &mut server).unwrap();
    server.writer().write_all(b"pass").unwrap();
    let mut wire = Vec::new();
    server.write_tls(&mut wire).unwrap();
    *wire.last_mut().unwrap() ^= 1;
    client.read_tls(&mut &wire[..]).unwrap();
    assert_eq!(client.process_new_packets().unwrap_err(), rustls::Error::DecryptError);
}
