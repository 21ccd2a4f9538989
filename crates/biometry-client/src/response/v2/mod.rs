//! Version 2: `{"data"?, "decision"?, "meta"}`, and errors with a code.

pub(crate) mod approvals;
pub(crate) mod deepfake;
pub(crate) mod document;
pub(crate) mod enroll;
mod envelope;
pub(crate) mod match_faces;
mod report;
pub(crate) mod session;
pub(crate) mod verification;

pub(crate) use self::envelope::Envelope;
use super::Unparsable;
use super::answer::Answer;
use super::failure;
use super::reply::Reply;
use crate::json::{self, Json, Object};
use crate::{Error, ErrorKind};

impl Answer {
    /// The reply, when the status is one of success and the body an envelope whose content `parse` understands.
    pub(crate) fn parse_v2<T>(
        self,
        parse: impl FnOnce(&Envelope<'_>) -> Result<T, Unparsable>,
    ) -> Result<Reply<T>, Error> {
        self.identified().parse(|root| parse(&Envelope::open(root)?))
    }

    /// As [`parse_v2`](Self::parse_v2), for a call with media: status 422 with an error's code is the platform's word that
    /// these media do not do (`face_not_detected`), which version 1 says with 200 and an inner code. It is a value.
    pub(crate) fn judge_v2<T>(
        self,
        parse: impl FnOnce(&Envelope<'_>) -> Result<T, Unparsable>,
        unfit: impl FnOnce(&str) -> T,
    ) -> Result<Reply<T>, Error> {
        let this = self.identified();
        match this.code_of_unfit_media() {
            Some(code) => {
                let value = unfit(&code);
                Ok(this.with_value(value))
            }
            None => this.parse(|root| parse(&Envelope::open(root)?)),
        }
    }

    fn code_of_unfit_media(&self) -> Option<String> {
        if self.status != http::StatusCode::UNPROCESSABLE_ENTITY {
            return None;
        }
        // What speaks of the key is about the key, whatever the status.
        let kind = failure::classify(self.status, &self.failure_texts(), self.names_session);
        let root = json::read_object(&self.body).ok().filter(|_| kind == ErrorKind::Rejected)?;
        let code = root.get("error")?.as_object()?.get_str("code")?;
        Some(code.to_owned()).filter(|code| !code.is_empty())
    }

    /// With the request's id from the body, where no header has one.
    fn identified(mut self) -> Self {
        if self.meta.request_id.is_none() {
            let root = json::read_object(&self.body).ok();
            self.meta.request_id = root.as_ref().and_then(request_id);
        }
        self
    }
}

fn request_id(root: &Object) -> Option<crate::RequestId> {
    let id = root.get("meta").and_then(Json::as_object)?.get_str("request_id")?;
    crate::RequestId::parse(id).ok()
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::{HeaderMap, StatusCode};

    use super::super::reply::Meta;
    use super::*;
    use crate::RequestId;

    fn answer(status: u16, body: &'static str) -> Answer {
        let (status, meta) = (StatusCode::from_u16(status).unwrap(), Meta::from_headers(&HeaderMap::new()));
        Answer { status, meta, body: Bytes::from_static(body.as_bytes()), names_session: false }
    }

    fn judge(status: u16, body: &'static str) -> Result<Reply<String>, Error> {
        answer(status, body).judge_v2(|_| Ok("parsed".to_owned()), |code| format!("unfit: {code}"))
    }

    #[test]
    fn media_that_do_not_do_are_a_value_and_everything_else_an_error() {
        let no_face =
            r#"{"error":{"code":"face_not_detected","message":"no face"},"meta":{"request_id":"r-1"}}"#;
        let reply = judge(422, no_face).unwrap();
        assert_eq!(reply.value(), "unfit: face_not_detected");
        assert_eq!(reply.request_id().map(RequestId::as_str), Some("r-1"));
        let listed =
            r#"{"error":{"code":"face_not_detected","message":[{"field":"video","message":"no face"}]}}"#;
        assert_eq!(judge(422, listed).unwrap().value(), "unfit: face_not_detected");
        for (status, body, kind) in [
            (400, no_face, ErrorKind::Rejected),
            (500, no_face, ErrorKind::Faulted),
            (200, no_face, ErrorKind::Unparsable),
            (422, r#"{"error":"no face"}"#, ErrorKind::Rejected),
            (422, r#"{"error":{"code":""}}"#, ErrorKind::Rejected),
            (422, r#"{"error":{"code":7}}"#, ErrorKind::Rejected),
            (422, r#"{"error":{"code":"a","code":"b"}}"#, ErrorKind::Rejected),
            (422, r#"{"error":{"code":"invalid_api_key","message":"m"}}"#, ErrorKind::KeyRejected),
            (422, "<html>", ErrorKind::Rejected),
        ] {
            assert_eq!(judge(status, body).unwrap_err().kind(), kind, "{status} {body}");
        }
    }

    #[test]
    fn an_error_is_found_in_the_vendors_log_by_the_id_in_its_body() {
        let body = r#"{"error":{"code":"invalid_request","message":"m"},"meta":{"request_id":"r-1"}}"#;
        let error = answer(400, body).parse_v2(|_| Ok(())).unwrap_err();
        assert_eq!(error.request_id().map(RequestId::as_str), Some("r-1"));
        let odd = answer(400, r#"{"meta":{"request_id":"r 1"}}"#).parse_v2(|_| Ok(())).unwrap_err();
        assert!(odd.request_id().is_none());
    }
}
