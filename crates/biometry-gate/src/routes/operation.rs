use biometry_client::Purpose;
use http::Method;

use crate::enrollment::Sample;

/// What a mounted route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operation<'a> {
    Start,
    Status,
    /// Ends the session named in the path, or the one the request's header means.
    End(Option<&'a str>),
    ReadConsent,
    /// Gives or withdraws: the purpose is the path's in the platform's dialect, the body's in ours.
    GiveConsent(Option<Purpose>),
    WithdrawConsent,
    Verify,
    Enroll(Sample),
    #[cfg(feature = "documents")]
    CheckDocument,
    #[cfg(feature = "documents")]
    MatchFaces,
    /// Takes a delivery of the platform.
    #[cfg(feature = "webhooks")]
    Webhook,
}

impl Operation<'_> {
    /// Whether the platform sends it by itself.
    pub(super) fn is_delivery(self) -> bool {
        #[cfg(feature = "webhooks")]
        return self == Self::Webhook;
        #[cfg(not(feature = "webhooks"))]
        false
    }
}

/// Whose words a request and its answer use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Native,
    Platform,
}

pub(super) enum Lookup<'a> {
    Found(Operation<'a>, Dialect),
    WrongMethod(&'static [Method]),
    Nothing,
}

/// The one table of operations. HEAD is looked up as GET.
pub(super) fn find<'a>(method: &Method, path: &'a str) -> Lookup<'a> {
    use Dialect::{Native, Platform};
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let (operations, dialect): (&[(Method, Operation<'a>)], _) = match path {
        "/session/start" => (&[(Method::POST, Operation::Start)], Native),
        "/session" => (&[(Method::GET, Operation::Status)], Native),
        "/session/end" => (&[(Method::POST, Operation::End(None))], Native),
        "/consent" => (
            &[
                (Method::GET, Operation::ReadConsent),
                (Method::POST, Operation::GiveConsent(None)),
                (Method::DELETE, Operation::WithdrawConsent),
            ],
            Native,
        ),
        "/verify" => (&[(Method::POST, Operation::Verify)], Native),
        "/enroll/face" => (&[(Method::POST, Operation::Enroll(Sample::Face))], Native),
        "/enroll/voice" => (&[(Method::POST, Operation::Enroll(Sample::Voice))], Native),
        #[cfg(feature = "documents")]
        "/document/check" => (&[(Method::POST, Operation::CheckDocument)], Native),
        #[cfg(feature = "webhooks")]
        "/webhook" => (&[(Method::POST, Operation::Webhook)], Native),
        #[cfg(feature = "documents")]
        "/face/match" => (&[(Method::POST, Operation::MatchFaces)], Native),
        "/api-gateway/sessions/start" => (&[(Method::POST, Operation::Start)], Platform),
        "/api-gateway/process-video" => (&[(Method::POST, Operation::Verify)], Platform),
        "/api-gateway/enroll/face" => (&[(Method::POST, Operation::Enroll(Sample::Face))], Platform),
        "/api-gateway/enroll/voice" => (&[(Method::POST, Operation::Enroll(Sample::Voice))], Platform),
        #[cfg(feature = "documents")]
        "/api-gateway/docauth/check" => (&[(Method::POST, Operation::CheckDocument)], Platform),
        #[cfg(feature = "documents")]
        "/api-gateway/match-faces" => (&[(Method::POST, Operation::MatchFaces)], Platform),
        "/api-consent/history" => (&[(Method::GET, Operation::ReadConsent)], Platform),
        "/api-consent/consent" => {
            (&[(Method::POST, Operation::GiveConsent(Some(Purpose::Authorization)))], Platform)
        }
        "/api-consent/strg-consent" => {
            (&[(Method::POST, Operation::GiveConsent(Some(Purpose::Storage)))], Platform)
        }
        _ => match path.strip_prefix("/api-gateway/sessions/end/") {
            Some(id) if *method == Method::POST => return Lookup::Found(Operation::End(Some(id)), Platform),
            Some(_) => return Lookup::WrongMethod(&[Method::POST]),
            None => return Lookup::Nothing,
        },
    };
    match operations.iter().find(|(wanted, _)| wanted == method) {
        Some(&(_, operation)) => Lookup::Found(operation, dialect),
        None if path == "/consent" => {
            Lookup::WrongMethod(&[Method::GET, Method::HEAD, Method::POST, Method::DELETE])
        }
        None if operations[0].0 == Method::GET => Lookup::WrongMethod(&[Method::GET, Method::HEAD]),
        None => Lookup::WrongMethod(&[Method::POST]),
    }
}
