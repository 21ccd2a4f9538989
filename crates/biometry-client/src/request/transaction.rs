//! `/api-transactions`.

use http::Method;

use super::{Call, Draft, Target, path_segment};
use crate::wire::{TagsBody, to_json};
use crate::{Error, RequestId, Tag};

/// A mark on a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Flag {
    /// No mark; also takes one away.
    Ok,
    /// Might be fraud. The platform keeps what is marked indefinitely.
    PossiblyFraudulent,
    /// Is fraud. The platform keeps what is marked indefinitely.
    Fraudulent,
}

impl Flag {
    fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::PossiblyFraudulent => "possibly_fraudulent",
            Self::Fraudulent => "fraudulent",
        }
    }
}

pub(crate) fn samples(target: Target<'_>, transaction: &RequestId) -> Result<Call, Error> {
    let path = format!("{}/samples", path_of(transaction)?);
    Draft::new("transaction_samples", Method::GET, target, &path)?.without_body()
}

pub(crate) fn tag(target: Target<'_>, transaction: &RequestId, tags: &[Tag]) -> Result<Call, Error> {
    let path = format!("{}/tags", path_of(transaction)?);
    let body = TagsBody { tags: tags.iter().map(Tag::as_str).collect() };
    Draft::new("tag_transaction", Method::PUT, target, &path)?.json(to_json(&body))
}

pub(crate) fn flag(target: Target<'_>, transaction: &RequestId, flag: Flag) -> Result<Call, Error> {
    let path = format!("{}/flag?flag={}", path_of(transaction)?, flag.as_str());
    Draft::new("flag_transaction", Method::PUT, target, &path)?.without_body()
}

fn path_of(transaction: &RequestId) -> Result<String, Error> {
    Ok(format!("/api-transactions/transactions/{}", path_segment(transaction.as_str())?))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read_text, target};
    use super::*;

    #[test]
    fn each_call_is_about_one_transaction() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let id = RequestId::parse("a/b").unwrap();
        let line = |call: &Call| {
            format!("{} {}", call.request.method(), call.request.uri().path_and_query().unwrap())
        };
        let path = "/prefix/api-transactions/transactions/a%2Fb";
        assert_eq!(line(&samples(target, &id).unwrap()), format!("GET {path}/samples"));
        let tags = ["fraud", "possibly_fraud"].map(|tag| Tag::parse(tag).unwrap());
        let call = tag(target, &id, &tags).unwrap();
        assert_eq!(line(&call), format!("PUT {path}/tags"));
        assert_eq!(read_text(call), r#"{"tags":["fraud","possibly_fraud"]}"#);
        for (mark, name) in [
            (Flag::Ok, "ok"),
            (Flag::PossiblyFraudulent, "possibly_fraudulent"),
            (Flag::Fraudulent, "fraudulent"),
        ] {
            let call = flag(target, &id, mark).unwrap();
            assert_eq!(line(&call), format!("PUT {path}/flag?flag={name}"));
            assert_eq!(call.request.headers()["content-length"], "0");
        }
        assert!(samples(target, &RequestId::parse("..").unwrap()).is_err());
    }
}
