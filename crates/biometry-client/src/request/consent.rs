//! `/api-consent`.

use std::fmt;

use http::Method;

use super::context::{CallContext, context_setters};
use super::{Call, Draft, Target, USER_FULLNAME, percent_encode};
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

/// A consent to be recorded, with its circumstances. `Debug` does not show the user.
pub struct RecordConsent {
    user: UserFullname,
    purpose: Purpose,
    context: CallContext,
}

impl RecordConsent {
    /// Records that `user` consents to this purpose.
    pub fn new(user: UserFullname, purpose: Purpose) -> Self {
        Self { user, purpose, context: CallContext::default() }
    }

    context_setters!();

    pub(crate) fn user(&self) -> &UserFullname {
        &self.user
    }

    pub(crate) fn purpose(&self) -> Purpose {
        self.purpose
    }

    pub(crate) fn into_call(self, target: Target<'_>) -> Result<Call, Error> {
        let draft = draft("give_consent", target, &self.user, self.purpose)?;
        self.context.apply(draft)?.json(body(&self.user, true))
    }
}

impl fmt::Debug for RecordConsent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordConsent").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}

pub(crate) fn withdraw(target: Target<'_>, user: &UserFullname, purpose: Purpose) -> Result<Call, Error> {
    draft("withdraw_consent", target, user, purpose)?.json(body(user, false))
}

pub(crate) fn history(target: Target<'_>, user: &UserFullname) -> Result<Call, Error> {
    let path = format!("/api-consent/history?user_fullname={}", percent_encode(user.as_str()));
    Draft::new("consent_history", Method::GET, target, &path)?.without_body()
}

fn draft(
    operation: &'static str,
    target: Target<'_>,
    user: &UserFullname,
    purpose: Purpose,
) -> Result<Draft, Error> {
    Draft::new(operation, Method::POST, target, purpose.path())?.sensitive(USER_FULLNAME, user.as_str())
}

fn body(user: &UserFullname, is_consent_given: bool) -> String {
    to_json(&ConsentBody { is_consent_given, user_fullname: user.as_str() })
}

#[cfg(test)]
mod tests {
    use super::super::tests::{read, target};
    use super::*;
    use crate::{DeviceInfo, GeoLocation, PlatformSession};

    fn give(target: Target<'_>, user: &UserFullname, purpose: Purpose) -> Result<Call, Error> {
        RecordConsent::new(user.clone(), purpose).into_call(target)
    }

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
    fn a_consent_may_say_where_it_was_given() {
        let (base, key) = target();
        let ask = RecordConsent::new(UserFullname::parse("ana").unwrap(), Purpose::Storage)
            .session(PlatformSession::parse("sess_1").unwrap())
            .device_info(DeviceInfo::parse("{}").unwrap())
            .geo(GeoLocation::new(1.0, 2.0).unwrap());
        assert!(!format!("{ask:?}").contains("ana"));
        let call = ask.into_call(Target { base: &base, key: &key }).unwrap();
        assert!(call.names_session && call.replayable);
        let headers = call.request.headers();
        assert_eq!(
            (&headers["x-session-id"], &headers["x-device-info"]),
            (&"sess_1".parse().unwrap(), &"{}".parse().unwrap())
        );
        assert!(headers["x-geo-location"].is_sensitive());
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
