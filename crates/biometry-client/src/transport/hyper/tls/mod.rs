//! TLS that needs no process-wide default provider and respects one that is there.

mod aead;
mod key_exchange;
mod provider;

use std::sync::Arc;

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::Verifier;

use crate::transport::{TransportError, TransportErrorKind};

pub(super) fn configure(extra_roots: &[Vec<u8>]) -> Result<ClientConfig, TransportError> {
    let provider = CryptoProvider::get_default().cloned().unwrap_or_else(|| Arc::new(provider::over_ring()));
    configure_with(provider, extra_roots)
}

fn configure_with(
    provider: Arc<CryptoProvider>,
    extra_roots: &[Vec<u8>],
) -> Result<ClientConfig, TransportError> {
    let roots: Vec<CertificateDer<'static>> = extra_roots.iter().cloned().map(CertificateDer::from).collect();
    parse_roots(&roots)?;
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| setup())?;
    let mut config = match Verifier::new_with_extra_roots(roots, provider) {
        Ok(verifier) => builder.dangerous().with_custom_certificate_verifier(Arc::new(verifier)),
        Err(_) => {
            tracing::warn!("no trusted certificates on this machine: every tls connection will be refused");
            builder.with_root_certificates(RootCertStore::empty())
        }
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

/// Separates a bad extra root, which is a wrong configuration, from a machine without a trust store.
fn parse_roots(roots: &[CertificateDer<'static>]) -> Result<(), TransportError> {
    let mut store = RootCertStore::empty();
    roots.iter().try_for_each(|root| store.add(root.clone())).map_err(|_| setup())
}

fn setup() -> TransportError {
    TransportError::not_sent(TransportErrorKind::Setup)
}

#[cfg(test)]
mod tests;
