use std::error::Error as StdError;
use std::fmt;

use crate::error::write_with_causes;
use crate::{BoxError, Delivery};

/// Why a [`Transport`](crate::Transport) has no reply.
///
/// The bundled transport's errors carry no address and no host name. A transport of your own decides
/// through [`with_source`](Self::with_source) what its errors disclose.
pub struct TransportError {
    kind: TransportErrorKind,
    delivery: Delivery,
    source: Option<BoxError>,
}

impl TransportError {
    /// An error of this kind after which nothing has reached the platform.
    pub fn not_sent(kind: TransportErrorKind) -> Self {
        Self { kind, delivery: Delivery::NotSent, source: None }
    }

    /// An error of this kind after which the request may have had its effect. When in doubt, this.
    pub fn maybe_sent(kind: TransportErrorKind) -> Self {
        Self { kind, delivery: Delivery::MaybeSent, source: None }
    }

    /// The error with its cause. See to it that the cause names no address, key or user.
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// What went wrong.
    pub fn kind(&self) -> TransportErrorKind {
        self.kind
    }

    /// How far the request got: [`Delivery::NotSent`] or [`Delivery::MaybeSent`].
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            TransportErrorKind::Address => "the address is not one a key may be sent to",
            TransportErrorKind::Setup => "the transport cannot be set up",
            TransportErrorKind::Connect => "no connection could be made",
            TransportErrorKind::Tls => "no trusted tls connection could be made",
            TransportErrorKind::Timeout => "the time limit ran out",
            TransportErrorKind::RequestBody => "the request's body failed",
            TransportErrorKind::Interrupted => "the connection broke",
        })
    }
}

/// What it is and what caused it: programs that print it with `Debug` when they end say why.
impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_with_causes(self, f)
    }
}

impl StdError for TransportError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// What [`TransportError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum TransportErrorKind {
    /// The address is malformed, or plain `http` beyond the loopback interface.
    Address,
    /// The transport cannot be set up.
    Setup,
    /// No connection: refused, unreachable, name unknown, or not made within the connect limit.
    Connect,
    /// The TLS handshake failed, most often over the certificate.
    Tls,
    /// The time limit of the whole exchange ran out.
    Timeout,
    /// The request's body yielded an error.
    RequestBody,
    /// The connection broke, or what came over it was not HTTP.
    Interrupted,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_ends_with_it_says_why() {
        let error = TransportError::not_sent(TransportErrorKind::Setup).with_source("this is no certificate");
        assert_eq!(format!("{error:?}"), "the transport cannot be set up: this is no certificate");
    }
}
