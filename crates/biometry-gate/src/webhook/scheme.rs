//! How deliveries are signed.

use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use sha2::{Digest as _, Sha256};

use super::delivery::Delivery;
use super::secret::Secret;

/// How a sender signs: where signature, time and id of a delivery are, what is signed, and how the signature is
/// written.
///
/// The two presets are starting points; the setters adjust them to what the platform's console says.
///
/// ```
/// use biometry_gate::webhook::{Encoding, Scheme, Secret};
/// use http::HeaderName;
/// use std::time::SystemTime;
///
/// let scheme = Scheme::hmac_of_body(HeaderName::from_static("x-signature"))
///     .with_time(HeaderName::from_static("x-timestamp"))
///     .with_prefix("v1=")
///     .encoded(Encoding::Hex);
/// let headers = scheme.sign(&Secret::raw("a-fake-secret-for-this-page")?, "id-1", SystemTime::now(), b"{}");
/// assert!(headers[0].1.starts_with("v1="));
/// # Ok::<(), biometry_gate::webhook::SecretError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Scheme {
    signature: HeaderName,
    timestamp: Option<HeaderName>,
    id: Option<HeaderName>,
    encoding: Encoding,
    prefix: String,
    separator: char,
}

/// What the signature is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Signed {
    /// The body alone, so that an old delivery looks like a new one with the same body.
    Body,
    /// The time in seconds, a full stop, and the body.
    TimeAndBody,
    /// The id, a full stop, the time in seconds, a full stop, and the body.
    IdTimeAndBody,
}

/// How a signature is written in its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal digits of either case.
    Hex,
    /// Base64 with padding.
    Base64,
}

/// Why a delivery is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// A header that the scheme needs is absent, repeated or cannot be read.
    Unsigned,
    /// It is too old, or from the future.
    Untimely,
    /// No secret has made any of its signatures.
    Forged,
}

impl Scheme {
    /// [Standard Webhooks](https://www.standardwebhooks.com): `webhook-id`, `webhook-timestamp` and
    /// `webhook-signature`, which lists `v1,` and base64 of HMAC-SHA-256 over id, time and body. Its secrets are those
    /// of [`Secret::base64_behind_prefix`]. The best choice where the sender offers it: it has a time and an id.
    pub fn standard_webhooks() -> Self {
        Self {
            signature: HeaderName::from_static("webhook-signature"),
            timestamp: Some(HeaderName::from_static("webhook-timestamp")),
            id: Some(HeaderName::from_static("webhook-id")),
            encoding: Encoding::Base64,
            prefix: "v1,".to_owned(),
            separator: ' ',
        }
    }

    /// HMAC-SHA-256 over the body alone, in hexadecimal digits, in this header. Several signatures are separated by
    /// commas. An attacker who captured a delivery can send it again once the gate has forgotten its id, after 72 hours
    /// (replay): prefer a scheme with a time.
    pub fn hmac_of_body(signature: HeaderName) -> Self {
        Self {
            signature,
            timestamp: None,
            id: None,
            encoding: Encoding::Hex,
            prefix: String::new(),
            separator: ',',
        }
    }

    /// The header with the time of sending, in seconds since 1970, which is signed in front of the body. Where an
    /// [id](Self::with_id) is named, too, before or afterwards, that is signed in front of both. None in
    /// [`hmac_of_body`](Self::hmac_of_body).
    #[must_use]
    pub fn with_time(mut self, timestamp: HeaderName) -> Self {
        self.timestamp = Some(timestamp);
        self
    }

    /// The header with the delivery's id, by which repetitions are recognised, in a scheme [with a time](Self::with_time):
    /// it is signed there. Without a time it is not signed and has no effect; repetitions are then recognised by a hash of
    /// the body, as they are without an id.
    #[must_use]
    pub fn with_id(mut self, id: HeaderName) -> Self {
        self.id = Some(id);
        self
    }

    /// What stands in front of each signature, `sha256=` or `v1=` for example; nothing by default.
    #[must_use]
    pub fn with_prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How signatures are written; each preset has its own way.
    #[must_use]
    pub fn encoded(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// The headers of a delivery that is sent at this moment: for tests, and for senders of your own.
    pub fn sign(&self, secret: &Secret, id: &str, at: SystemTime, body: &[u8]) -> Vec<(HeaderName, String)> {
        let time = seconds(at).to_string();
        let code = secret.sign(&self.signed().parts(id.as_bytes(), time.as_bytes(), body));
        let mut headers =
            vec![(self.signature.clone(), format!("{}{}", self.prefix, self.encoding.write(&code)))];
        headers.extend(self.timestamp.clone().map(|name| (name, time)));
        headers.extend(self.id.clone().map(|name| (name, id.to_owned())));
        headers
    }

    /// What the signature is taken over: as much as the named headers allow.
    fn signed(&self) -> Signed {
        match (&self.id, &self.timestamp) {
            (Some(_), Some(_)) => Signed::IdTimeAndBody,
            (None, Some(_)) => Signed::TimeAndBody,
            (_, None) => Signed::Body,
        }
    }

    /// The header with the id, where the id is signed.
    fn signed_id(&self) -> Option<&HeaderName> {
        self.id.as_ref().filter(|_| self.signed() == Signed::IdTimeAndBody)
    }

    /// The delivery, if one of the secrets has signed it and it is no further than `tolerance` from `now`.
    pub(super) fn verify(
        &self,
        secrets: &[Secret],
        headers: &HeaderMap,
        body: Bytes,
        now: SystemTime,
        tolerance: Duration,
    ) -> Result<Delivery, Unverified> {
        let id = self.signed_id().map(|name| read_id(headers, name)).transpose()?;
        let time = self.timestamp.as_ref().map(|name| only(headers, name)).transpose()?;
        let sent_at = time.map(|time| read_time(time, now, tolerance)).transpose()?;
        let parts = self.signed().parts(
            id.unwrap_or_default().as_bytes(),
            time.map(HeaderValue::as_bytes).unwrap_or_default(),
            &body,
        );
        let signatures = only(headers, &self.signature)?.to_str().map_err(|_| Unverified::Unsigned)?;
        let codes = signatures
            .split(self.separator)
            .take(MOST_SIGNATURES)
            .filter_map(|text| self.encoding.read(text.trim().strip_prefix(self.prefix.as_str())?));
        let is_signed =
            codes.into_iter().any(|code| secrets.iter().any(|secret| secret.has_signed(&parts, &code)));
        if !is_signed {
            return Err(Unverified::Forged);
        }
        let id = id.map_or_else(|| write_hex(&Sha256::digest(&body)), str::to_owned);
        Ok(Delivery::new(id, sent_at, body))
    }
}

impl Signed {
    fn parts<'a>(self, id: &'a [u8], time: &'a [u8], body: &'a [u8]) -> Vec<&'a [u8]> {
        match self {
            Self::Body => vec![body],
            Self::TimeAndBody => vec![time, b".", body],
            Self::IdTimeAndBody => vec![id, b".", time, b".", body],
        }
    }
}

impl Encoding {
    fn write(self, code: &[u8]) -> String {
        match self {
            Self::Hex => write_hex(code),
            Self::Base64 => BASE64_STANDARD.encode(code),
        }
    }

    fn read(self, text: &str) -> Option<Vec<u8>> {
        match self {
            Self::Hex => read_hex(text),
            Self::Base64 => BASE64_STANDARD.decode(text).ok(),
        }
    }
}

impl Unverified {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Unsigned => "unsigned",
            Self::Untimely => "untimely",
            Self::Forged => "forged",
        }
    }
}

/// The one value of a header; of several, none is taken.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a HeaderValue, Unverified> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Ok(value),
        _ => Err(Unverified::Unsigned),
    }
}

fn read_id<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<&'a str, Unverified> {
    let id = only(headers, name)?.to_str().map_err(|_| Unverified::Unsigned)?;
    // A full stop would let another id and time stand for the same signed text.
    let fits = (1..=LONGEST_ID).contains(&id.len()) && !id.contains('.');
    if fits { Ok(id) } else { Err(Unverified::Unsigned) }
}

fn read_time(time: &HeaderValue, now: SystemTime, tolerance: Duration) -> Result<SystemTime, Unverified> {
    let text = time.to_str().map_err(|_| Unverified::Unsigned)?;
    let digits = !text.is_empty() && text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    let seconds = digits.then(|| text.parse().ok()).flatten().ok_or(Unverified::Unsigned)?;
    let sent_at =
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).ok_or(Unverified::Unsigned)?;
    let apart = now.duration_since(sent_at).unwrap_or_else(|ahead| ahead.duration());
    if apart <= tolerance { Ok(sent_at) } else { Err(Unverified::Untimely) }
}

fn seconds(at: SystemTime) -> u64 {
    at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
}

fn write_hex(bytes: &[u8]) -> String {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')).collect()
}

fn read_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().map(|digit| digit.to_digit(16)).collect::<Option<Vec<_>>>()?;
    let bytes = digits.chunks(2).map(|pair| match pair {
        [high, low] => u8::try_from(high * 16 + low).ok(),
        _ => None,
    });
    bytes.collect()
}

/// More than two are not needed to rotate a secret.
const MOST_SIGNATURES: usize = 8;
const LONGEST_ID: usize = 256;

#[cfg(test)]
mod tests;
