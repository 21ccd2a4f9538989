//! The compact form of a signed token (RFC 7515), read strictly.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Deserializer};

use crate::error::{ReceiptError, ReceiptErrorKind as Kind};

/// The three parts of a token. Nothing of it is believed yet.
pub(crate) struct Jws<'a> {
    pub(crate) header: Header,
    /// What is signed.
    pub(crate) message: &'a str,
    payload: &'a str,
    pub(crate) signature: Vec<u8>,
}

/// Members that are not listed decide nothing: a key that a header brings along or points to is never used.
#[derive(Deserialize)]
pub(crate) struct Header {
    typ: String,
    pub(crate) alg: String,
    pub(crate) kid: String,
    /// An extension that has to be understood: there is none that is.
    #[serde(default, deserialize_with = "is_there")]
    crit: bool,
}

impl<'a> Jws<'a> {
    pub(crate) fn read(token: &'a str) -> Result<Self, ReceiptError> {
        if token.len() > LONGEST {
            return Err(Kind::Malformed.into());
        }
        let (message, signature) = token.rsplit_once('.').ok_or(Kind::Malformed)?;
        let (header, payload) = message.split_once('.').ok_or(Kind::Malformed)?;
        if payload.contains('.') {
            return Err(Kind::Malformed.into());
        }
        let header: Header = json(header)?;
        if header.crit || !header.is_of_receipt() {
            return Err(Kind::Type.into());
        }
        Ok(Self { header, message, payload, signature: decode(signature)? })
    }

    /// The claims, to be asked for once the signature is known to be right.
    pub(crate) fn claims<T: DeserializeOwned>(&self) -> Result<T, ReceiptError> {
        json(self.payload)
    }
}

impl Header {
    /// As RFC 9068 has it, in either spelling (RFC 7515, section 4.1.9).
    fn is_of_receipt(&self) -> bool {
        ["at+jwt", "application/at+jwt"].iter().any(|typ| self.typ.eq_ignore_ascii_case(typ))
    }
}

/// A member that comes twice is refused by the derived readers.
fn json<T: DeserializeOwned>(part: &str) -> Result<T, ReceiptError> {
    serde_json::from_slice(&decode(part)?).map_err(|_| Kind::Malformed.into())
}

/// Without padding, and with no bit beside those that count: each token has one spelling.
fn decode(part: &str) -> Result<Vec<u8>, ReceiptError> {
    BASE64_URL_SAFE_NO_PAD.decode(part).map_err(|_| Kind::Malformed.into())
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

const LONGEST: usize = 8 * 1024;
