//! Version 2: everything but files travels as JSON, in one part named `request` in front of them.

pub(crate) mod consent;
pub(crate) mod deepfake;
pub(crate) mod document;
pub(crate) mod enroll;
pub(crate) mod match_faces;
pub(crate) mod session;
pub(crate) mod verification;

use http::Method;
use serde::Serialize;

use super::context::CallContext;
use super::multipart::Form;
use super::{Draft, Target};
use crate::wire::to_json;
use crate::{Delivery, Error, ErrorKind, PlatformSession, UserFullname};

/// The part named `request`; what a call does not say is left out, as the web SDK does.
#[derive(Default, Serialize)]
struct Part<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phrase: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    session_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trigger: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    vocabulary: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is_document: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    use_session_video: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    provider: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mrz_provider: Option<&'a str>,
}

impl<'a> Part<'a> {
    fn about(user: &'a UserFullname) -> Result<Self, Error> {
        Ok(Self { user_id: Some(user_id(user)?), ..Self::default() })
    }

    fn in_session(self, session: Option<&'a PlatformSession>) -> Self {
        Self { session_id: session.map(PlatformSession::as_str), ..self }
    }

    /// A form that begins with this part.
    fn form(&self) -> Result<Form, Error> {
        Ok(Form::new()?.field("request", &to_json(self)))
    }
}

/// The user as version 2 takes one: letters, digits and `._:@-`, at most 128.
pub(crate) fn user_id(user: &UserFullname) -> Result<&str, Error> {
    let id = user.as_str();
    let is_fit =
        id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:@-".contains(&byte));
    if is_fit { Ok(id) } else { Err(Error::new(ErrorKind::UserNotAllowed, Delivery::NotSent)) }
}

/// An upload. Of its circumstances version 2 has a place for the session only, which is in the part.
fn upload(
    operation: &'static str,
    target: Target<'_>,
    path: &str,
    context: &CallContext,
) -> Result<Draft, Error> {
    let draft = Draft::new(operation, Method::POST, target, path)?;
    Ok(match context.deadline {
        Some(deadline) => draft.deadline(deadline),
        None => draft,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_is_letters_digits_and_a_few_marks() {
        for name in ["ana@example.com", "a.b_c:d-9", &"x".repeat(128)] {
            assert_eq!(user_id(&UserFullname::parse(name).unwrap()).unwrap(), name);
        }
        for name in ["ana+b@example.com", "a/b", "a?b", "a%b", "a\"b", "a,b", &"x".repeat(129)] {
            let error = user_id(&UserFullname::parse(name).unwrap()).unwrap_err();
            assert_eq!((error.kind(), error.delivery()), (ErrorKind::UserNotAllowed, Delivery::NotSent));
            assert!(!error.is_retryable() && !format!("{error} {error:?}").contains(name));
        }
    }

    #[test]
    fn what_is_not_said_is_left_out() {
        let user = UserFullname::parse("ana").unwrap();
        assert_eq!(to_json(&Part::about(&user).unwrap()), r#"{"user_id":"ana"}"#);
        assert_eq!(to_json(&Part::default()), "{}");
    }
}
