//! hyper's errors as ours, leaving behind the addresses and names they carry.

use std::error::Error as StdError;
use std::io;

use hyper_util::client::legacy::Error as HyperError;

use super::request::Watch;
use crate::BoxError;
use crate::transport::{TransportError, TransportErrorKind};

pub(super) fn classify(error: &HyperError, watch: &Watch) -> TransportError {
    if let Some(cause) = watch.take() {
        return broken_off(cause);
    }
    if let Some(reason) = chain(error).find_map(|error| error.downcast_ref()).map(reason_of) {
        // An alert may still come once the request is on its way.
        let build = if error.is_connect() { TransportError::not_sent } else { TransportError::maybe_sent };
        return build(TransportErrorKind::Tls).with_source(reason);
    }
    if error.is_connect() {
        return TransportError::not_sent(TransportErrorKind::Connect).with_source(cause_of(error));
    }
    TransportError::maybe_sent(TransportErrorKind::Interrupted).with_source(cause_of(error))
}

/// The request's own body failed.
pub(super) fn broken_off(cause: BoxError) -> TransportError {
    TransportError::maybe_sent(TransportErrorKind::RequestBody).with_source(cause)
}

/// The system's part of an error without its text, which may name hosts.
pub(super) fn cause_of(error: &(dyn StdError + 'static)) -> io::Error {
    let kind = chain(error).filter_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind).last();
    kind.unwrap_or(io::ErrorKind::Other).into()
}

/// An error and what lies below it. `io::Error` wraps in layers whose `source` skips the very error
/// they wrap, and rustls reports from within several.
fn chain<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |&error| match error.downcast_ref::<io::Error>() {
        Some(error) => error.get_ref().map(|inner| inner as _),
        None => error.source(),
    })
}

fn reason_of(error: &rustls::Error) -> &'static str {
    use rustls::{AlertDescription, CertificateError};
    match error {
        rustls::Error::InvalidCertificate(reason) => match reason {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "the certificate has expired"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "the certificate is not valid yet"
            }
            CertificateError::UnknownIssuer => "the certificate's issuer is not trusted",
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "the certificate is for another name"
            }
            CertificateError::Revoked => "the certificate is revoked",
            _ => "the certificate is not acceptable",
        },
        rustls::Error::AlertReceived(AlertDescription::ProtocolVersion)
        | rustls::Error::PeerIncompatible(_) => {
            "the other side does not speak a version of tls that is switched on here: by default 1.3 alone"
        }
        rustls::Error::AlertReceived(_) => "the other side refused the handshake",
        rustls::Error::InvalidMessage(_) => "the other side does not speak tls",
        _ => "the handshake failed",
    }
}
