//! `/api-transactions`.

use http::Method;

use super::{Call, Draft, Target, path_segment};
use crate::wire::{ListBody, TagsBody, to_json};
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

/// Which transactions to list; by default all of the key's project.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListTransactions {
    project: Option<String>,
    flag: Option<Flag>,
}

impl ListTransactions {
    /// All of them.
    pub fn new() -> Self {
        Self::default()
    }

    /// Those of this project; [`Claims::project_id`](crate::Claims::project_id) is the key's own.
    pub fn project(mut self, id: impl Into<String>) -> Self {
        self.project = Some(id.into());
        self
    }

    /// Those with this mark.
    pub fn flag(mut self, flag: Flag) -> Self {
        self.flag = Some(flag);
        self
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let body = ListBody { project_id: self.project.as_deref(), wanted_flag: self.flag.map(Flag::as_str) };
        Draft::new("list_transactions", Method::POST, target, PATH)?.json(to_json(&body))
    }
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
    Ok(format!("{PATH}/{}", path_segment(transaction.as_str())?))
}

const PATH: &str = "/api-transactions/transactions";

#[cfg(test)]
mod tests {
    use super::super::tests::{read_text, target};
    use super::*;

    #[test]
    fn a_list_is_narrowed_by_project_and_flag() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let call = ListTransactions::new().into_call(target).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-transactions/transactions");
        assert_eq!(call.request.method(), Method::POST);
        assert_eq!(read_text(call), "{}");
        let ask = ListTransactions::new().project("p-1").flag(Flag::PossiblyFraudulent);
        let expected = r#"{"project_id":"p-1","wanted_flag":"possibly_fraudulent"}"#;
        assert_eq!(read_text(ask.into_call(target).unwrap()), expected);
    }

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
