//! `/api-consent`.

use http::Method;

use super::{Call, Draft, Target, percent_encode};
use crate::wire::{ConsentBody, to_json};
use crate::{Error, UserFullname};

/// What a consent is for. The two are given, kept and withdrawn apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// Processing biometrics to authorize: face and voice recognition do not run without it.
    Authorization,
    /// Keeping biometrics for later comparison: nothing is enrolled without it.
    Storage,
}

impl Purpose {
    fn path(self) -> &'static str {
        match self {
            Self::Authorization => "/api-consent/consent",
            Self::Storage => "/api-consent/strg-consent",
        }
    }
}

pub(crate) fn give(target: Target<'_>, user: &UserFullname, purpose: Purpose) -> Result<Call, Error> {
    record("give_consent", target, user, purpose, true)
}

pub(crate) fn withdraw(target: Target<'_>, user: &UserFullname, purpose: Purpose) -> Result<Call, Error> {
    record("withdraw_consent", target, user, purpose, false)
}

pub(crate) fn history(target: Target<'_>, user: &UserFullname) -> Result<Call, Error> {
    let path = format!("/api-consent/history?user_fullname={}", percent_encode(user.as_str()));
    Draft::new("consent_history", Method::GET, target, &path)?.without_body()
}

fn record(
    operation: &'static str,
    target: Target<'_>,
    user: &UserFullname,
    purpose: Purpose,
    is_consent_given: bool,
) -> Result<Call, Error> {
    let body = ConsentBody { is_consent_given, user_fullname: user.as_str() };
    Draft::new(operation, Method::POST, target, purpose.path())?
        .sensitive(super::USER_FULLNAME, user.as_str())?
        .json(to_json(&body))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, target};
    use super::*;

    #[test]
    fn each_purpose_has_its_path_and_each_direction_its_body() {
        let (base, key) = target();
        let target = Target { base: &base, key: &key };
        let user = UserFullname::parse("ana@example.com").unwrap();
        let cases = [
            (give(target, &user, Purpose::Authorization), "/prefix/api-consent/consent", "true"),
            (give(target, &user, Purpose::Storage), "/prefix/api-consent/strg-consent", "true"),
            (withdraw(target, &user, Purpose::Authorization), "/prefix/api-consent/consent", "false"),
            (withdraw(target, &user, Purpose::Storage), "/prefix/api-consent/strg-consent", "false"),
        ];
        for (call, path, given) in cases {
            let request = call.unwrap().request;
            assert_eq!((request.method(), request.uri().path()), (&Method::POST, path));
            assert_eq!(request.headers()["x-user-fullname"], "ana@example.com");
            let expected = format!(r#"{{"is_consent_given":{given},"user_fullname":"ana@example.com"}}"#);
            assert_eq!(read(request.into_body()), expected.as_bytes());
        }
    }

    #[test]
    fn the_history_is_asked_for_by_an_encoded_name() {
        let (base, key) = target();
        let user = UserFullname::parse("a+b&c=d@x.com").unwrap();
        let call = history(Target { base: &base, key: &key }, &user).unwrap();
        assert_eq!(call.request.method(), Method::GET);
        assert_eq!(call.request.uri().query(), Some("user_fullname=a%2Bb%26c%3Dd%40x.com"));
    }
}
