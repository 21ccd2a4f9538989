//! `/api-gateway/sessions`.

use http::Method;

use super::{Call, Draft, Target, USER_FULLNAME};
use crate::wire::{EndSessionBody, to_json};
use crate::{Error, PhoneNumber, PlatformSession, UserFullname};

/// Whether starting a session also wakes the platform's models, to spare the first call their start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Warmup {
    /// Just the session. The default.
    #[default]
    No,
    /// Sends `warmup=true`; the call itself returns no later.
    Yes,
}

pub(crate) fn start(target: Target<'_>, warmup: Warmup) -> Result<Call, Error> {
    let path = match warmup {
        Warmup::No => "/api-gateway/sessions/start",
        Warmup::Yes => "/api-gateway/sessions/start?warmup=true",
    };
    Draft::new("start_session", Method::POST, target, path)?.without_body()
}

pub(crate) fn end(
    target: Target<'_>,
    session: &PlatformSession,
    user: Option<&UserFullname>,
    phone: Option<&PhoneNumber>,
) -> Result<Call, Error> {
    // INVARIANT: the id needs no encoding, its type admits one plain path segment only.
    let path = format!("/api-gateway/sessions/end/{}", session.as_str());
    let body = EndSessionBody { phone_number: phone.map(PhoneNumber::as_str) };
    let mut draft = Draft::new("end_session", Method::POST, target, &path)?;
    if let Some(user) = user {
        draft = draft.in_session().sensitive(USER_FULLNAME, user.as_str())?;
    }
    draft.json(to_json(&body))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, target};
    use super::*;

    #[test]
    fn starts_without_a_body() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        for (warmup, path) in [
            (Warmup::No, "/prefix/api-gateway/sessions/start"),
            (Warmup::Yes, "/prefix/api-gateway/sessions/start?warmup=true"),
        ] {
            let call = start(target, warmup).unwrap();
            assert_eq!(call.request.method(), Method::POST);
            assert_eq!(call.request.uri().path_and_query().unwrap(), path);
            assert!(!call.request.headers().contains_key("content-type"));
            assert_eq!(read(call.request.into_body()), b"");
        }
    }

    #[test]
    fn ends_with_and_without_a_number() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let session = PlatformSession::parse("sess_1").unwrap();
        let phone = PhoneNumber::parse("+61400000000").unwrap();
        let call = end(target, &session, None, Some(&phone)).unwrap();
        assert_eq!(call.request.uri().path(), "/prefix/api-gateway/sessions/end/sess_1");
        assert_eq!(call.request.headers()["content-type"], "application/json");
        assert_eq!(read(call.request.into_body()), br#"{"phone_number":"+61400000000"}"#);
        assert!(!call_names_a_user(&end(target, &session, None, None).unwrap()));
        assert_eq!(read(end(target, &session, None, None).unwrap().request.into_body()), b"{}");
    }

    #[test]
    fn names_the_user_of_the_session_where_given() {
        let (base, key) = target();
        let session = PlatformSession::parse("sess_1").unwrap();
        let user = UserFullname::parse("ana").unwrap();
        let call = end(Target { base: &base, key: &key }, &session, Some(&user), None).unwrap();
        assert!(call_names_a_user(&call) && call.names_session);
        assert!(call.request.headers()[USER_FULLNAME].is_sensitive());
    }

    fn call_names_a_user(call: &Call) -> bool {
        call.request.headers().contains_key(USER_FULLNAME)
    }
}
