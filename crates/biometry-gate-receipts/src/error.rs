use std::error::Error;
use std::fmt;

use serde_json::json;

/// Why there is no valid receipt. It says nothing of what the receipt claims.
#[derive(Debug)]
pub struct ReceiptError {
    kind: ReceiptErrorKind,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// What a [`ReceiptError`] is about. New versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReceiptErrorKind {
    /// The settings of the verifier, or its set of keys, could not work.
    Settings,
    /// The request carries no receipt.
    Missing,
    /// It is no JWT in the form of a receipt, or there are two.
    Malformed,
    /// It is another kind of JWT.
    Type,
    /// It is signed by an algorithm that is not allowed, or not by that of the key.
    Algorithm,
    /// The set has no key of that id: fetch the set again, since the issuer may have changed its key.
    UnknownKey,
    /// The signature is not the key's.
    Signature,
    /// Another issuer.
    Issuer,
    /// It is for another service.
    Audience,
    /// Its time is over.
    Expired,
    /// It is from the future: the clocks differ by more than the leeway.
    Early,
    /// It is valid for longer than receipts are.
    TooLong,
    /// It is for another policy.
    OtherPolicy,
    /// The person saw another operation.
    OtherOperation,
    /// It was used before.
    Used,
    /// It may be used once, and nothing here remembers that.
    NotRemembered,
    /// Whether it was used cannot be found out.
    Unavailable,
}

impl ReceiptError {
    pub(crate) fn new(kind: ReceiptErrorKind) -> Self {
        Self { kind, source: None }
    }

    /// The store of used receipts failed.
    pub fn unavailable(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { kind: ReceiptErrorKind::Unavailable, source: Some(source.into()) }
    }

    pub(crate) fn settings(message: &'static str) -> Self {
        Self { kind: ReceiptErrorKind::Settings, source: Some(message.into()) }
    }

    /// What it is about.
    pub fn kind(&self) -> ReceiptErrorKind {
        self.kind
    }

    /// The HTTP status of a refusal: 401 without a valid receipt, 403 where a valid one is for something else, 503 and 500
    /// for faults of this side.
    pub fn status(&self) -> u16 {
        match self.kind {
            ReceiptErrorKind::OtherPolicy | ReceiptErrorKind::OtherOperation => 403,
            ReceiptErrorKind::Unavailable => 503,
            ReceiptErrorKind::Settings | ReceiptErrorKind::NotRemembered => 500,
            _ => 401,
        }
    }

    /// The code of a refusal: `receipt-required`, `receipt-invalid`, `receipt-used`, `receipt-mismatch` or
    /// `receipt-unverifiable`.
    pub fn code(&self) -> &'static str {
        match self.kind {
            ReceiptErrorKind::Missing => "receipt-required",
            ReceiptErrorKind::Used => "receipt-used",
            ReceiptErrorKind::OtherPolicy | ReceiptErrorKind::OtherOperation => "receipt-mismatch",
            ReceiptErrorKind::Settings | ReceiptErrorKind::NotRemembered | ReceiptErrorKind::Unavailable => {
                "receipt-unverifiable"
            }
            _ => "receipt-invalid",
        }
    }

    /// The refusal as a problem document (RFC 9457), in JSON. Which check failed is for the log, and not in it.
    pub fn problem(&self) -> String {
        let code = self.code();
        json!({
            "type": format!("urn:biometry-gate:problem:{code}"),
            "title": title(code),
            "status": self.status(),
            "code": code,
            "error": title(code),
        })
        .to_string()
    }

    /// Writes the cause to the log, for the refusals that this crate makes.
    pub(crate) fn log(&self) {
        let cause = self.source.as_ref().map(tracing::field::display);
        match self.status() {
            500.. => tracing::error!(kind = ?self.kind, cause, "a receipt could not be verified"),
            _ => tracing::info!(kind = ?self.kind, "a request has no valid receipt"),
        }
    }
}

fn title(code: &str) -> &'static str {
    match code {
        "receipt-required" => "A receipt is required",
        "receipt-used" => "The receipt was used before",
        "receipt-mismatch" => "The receipt is for something else",
        "receipt-unverifiable" => "Receipts cannot be verified now",
        _ => "The receipt is not valid",
    }
}

impl From<ReceiptErrorKind> for ReceiptError {
    fn from(kind: ReceiptErrorKind) -> Self {
        Self::new(kind)
    }
}

impl fmt::Display for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            ReceiptErrorKind::Settings => "the settings of the verifier of receipts could not work",
            ReceiptErrorKind::Missing => "there is no receipt",
            ReceiptErrorKind::Malformed => "it is no receipt",
            ReceiptErrorKind::Type => "it is another kind of token",
            ReceiptErrorKind::Algorithm => "its algorithm is not allowed",
            ReceiptErrorKind::UnknownKey => "its key is not in the set",
            ReceiptErrorKind::Signature => "its signature is wrong",
            ReceiptErrorKind::Issuer => "another issuer has made it",
            ReceiptErrorKind::Audience => "it is for another service",
            ReceiptErrorKind::Expired => "its time is over",
            ReceiptErrorKind::Early => "it is from the future",
            ReceiptErrorKind::TooLong => "it is valid for too long",
            ReceiptErrorKind::OtherPolicy => "it is for another policy",
            ReceiptErrorKind::OtherOperation => "the person saw another operation",
            ReceiptErrorKind::Used => "it was used before",
            ReceiptErrorKind::NotRemembered => "it is for one use, and no store remembers used receipts",
            ReceiptErrorKind::Unavailable => "the store of used receipts failed",
        })?;
        match &self.source {
            Some(source) if self.kind == ReceiptErrorKind::Settings => write!(f, ": {source}"),
            _ => Ok(()),
        }
    }
}

impl Error for ReceiptError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}
