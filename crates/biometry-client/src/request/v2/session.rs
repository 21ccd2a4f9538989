//! `/api-gateway/v2/sessions`.

use http::Method;

use super::super::{Call, Draft, Target};
use crate::wire::{EndSessionBody, to_json};
use crate::{Error, PhoneNumber, PlatformSession, Warmup};

pub(crate) fn start(target: Target<'_>, warmup: Warmup) -> Result<Call, Error> {
    let path = match warmup {
        Warmup::No => "/api-gateway/v2/sessions",
        Warmup::Yes => "/api-gateway/v2/sessions?warmup=true",
    };
    Draft::new("start_session", Method::POST, target, path)?.without_body()
}

pub(crate) fn end(
    target: Target<'_>,
    session: &PlatformSession,
    phone: Option<&PhoneNumber>,
) -> Result<Call, Error> {
    // INVARIANT: the id needs no encoding, its type admits one plain path segment only.
    let path = format!("/api-gateway/v2/sessions/{}/end", session.as_str());
    let body = EndSessionBody { phone_number: phone.map(PhoneNumber::as_str) };
    Draft::new("end_session", Method::POST, target, &path)?.json(to_json(&body))
}

#[cfg(test)]
mod tests {
    use super::super::super::tests::{read_text, target};
    use super::*;

    #[test]
    fn a_session_is_started_and_ended_under_its_own_path() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let line = |call: &Call| call.request.uri().path_and_query().unwrap().to_string();
        assert_eq!(line(&start(target, Warmup::No).unwrap()), "/prefix/api-gateway/v2/sessions");
        assert_eq!(line(&start(target, Warmup::Yes).unwrap()), "/prefix/api-gateway/v2/sessions?warmup=true");
        let session = PlatformSession::parse("sess_1").unwrap();
        let phone = PhoneNumber::parse("+61400000000").unwrap();
        let call = end(target, &session, Some(&phone)).unwrap();
        assert_eq!(line(&call), "/prefix/api-gateway/v2/sessions/sess_1/end");
        assert_eq!(read_text(call), r#"{"phone_number":"+61400000000"}"#);
        assert_eq!(read_text(end(target, &session, None).unwrap()), "{}");
    }
}
