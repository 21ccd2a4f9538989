//! The table of the mounted routes: path, dialect, method, operation.

use biometry_client::Purpose;
use http::Method;

use crate::enrollment::Sample;

/// What a mounted route does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Start,
    Status,
    /// Ends the session that the path names, or the one that the request's header means.
    End,
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
    /// Answers with the public keys of receipts.
    #[cfg(feature = "receipts")]
    ShowKeys,
    /// Answers with the description of all routes.
    #[cfg(feature = "openapi")]
    Describe,
}

impl Operation {
    /// What traces call it. Names never change.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Start => "start",
            Self::Status => "status",
            Self::End => "end",
            Self::ReadConsent => "read-consent",
            Self::GiveConsent(_) => "give-consent",
            Self::WithdrawConsent => "withdraw-consent",
            Self::Verify => "verify",
            Self::Enroll(Sample::Face) => "enroll-face",
            Self::Enroll(Sample::Voice) => "enroll-voice",
            #[cfg(feature = "documents")]
            Self::CheckDocument => "check-document",
            #[cfg(feature = "documents")]
            Self::MatchFaces => "match-faces",
            #[cfg(feature = "webhooks")]
            Self::Webhook => "webhook",
            #[cfg(feature = "receipts")]
            Self::ShowKeys => "show-keys",
            #[cfg(feature = "openapi")]
            Self::Describe => "describe",
        }
    }

    /// Whether anyone may ask, because the answer is public.
    #[cfg(feature = "openapi")]
    pub(crate) fn is_public(self) -> bool {
        #[cfg(feature = "receipts")]
        if self == Self::ShowKeys {
            return true;
        }
        self == Self::Describe
    }

    /// Whether the platform sends it by itself.
    pub(crate) fn is_delivery(self) -> bool {
        #[cfg(feature = "webhooks")]
        return self == Self::Webhook;
        #[cfg(not(feature = "webhooks"))]
        false
    }
}

/// Whose words a request and its answer use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Native,
    Platform,
}

/// One path of the mounted surface. A path that ends in [`PARAMETER`] takes anything in its place.
pub(crate) struct Route {
    pub(crate) path: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) operations: &'static [(Method, Operation)],
}

/// The one table of operations.
pub(crate) static ROUTES: &[Route] = &[
    native("/session/start", &[(Method::POST, Operation::Start)]),
    native("/session", &[(Method::GET, Operation::Status)]),
    native("/session/end", &[(Method::POST, Operation::End)]),
    native(
        "/consent",
        &[
            (Method::GET, Operation::ReadConsent),
            (Method::POST, Operation::GiveConsent(None)),
            (Method::DELETE, Operation::WithdrawConsent),
        ],
    ),
    native("/verify", &[(Method::POST, Operation::Verify)]),
    native("/enroll/face", &[(Method::POST, Operation::Enroll(Sample::Face))]),
    native("/enroll/voice", &[(Method::POST, Operation::Enroll(Sample::Voice))]),
    #[cfg(feature = "documents")]
    native("/document/check", &[(Method::POST, Operation::CheckDocument)]),
    #[cfg(feature = "documents")]
    native("/face/match", &[(Method::POST, Operation::MatchFaces)]),
    #[cfg(feature = "webhooks")]
    native("/webhook", &[(Method::POST, Operation::Webhook)]),
    #[cfg(feature = "receipts")]
    native("/jwks.json", &[(Method::GET, Operation::ShowKeys)]),
    #[cfg(feature = "openapi")]
    native("/openapi.json", &[(Method::GET, Operation::Describe)]),
    platforms("/api-gateway/sessions/start", &[(Method::POST, Operation::Start)]),
    platforms("/api-gateway/sessions/end/{id}", &[(Method::POST, Operation::End)]),
    platforms("/api-gateway/process-video", &[(Method::POST, Operation::Verify)]),
    platforms("/api-gateway/enroll/face", &[(Method::POST, Operation::Enroll(Sample::Face))]),
    platforms("/api-gateway/enroll/voice", &[(Method::POST, Operation::Enroll(Sample::Voice))]),
    #[cfg(feature = "documents")]
    platforms("/api-gateway/docauth/check", &[(Method::POST, Operation::CheckDocument)]),
    #[cfg(feature = "documents")]
    platforms("/api-gateway/match-faces", &[(Method::POST, Operation::MatchFaces)]),
    platforms("/api-consent/history", &[(Method::GET, Operation::ReadConsent)]),
    platforms(
        "/api-consent/consent",
        &[(Method::POST, Operation::GiveConsent(Some(Purpose::Authorization)))],
    ),
    platforms("/api-consent/strg-consent", &[(Method::POST, Operation::GiveConsent(Some(Purpose::Storage)))]),
];

/// How the path of a route says that it takes a parameter.
pub(crate) const PARAMETER: &str = "{id}";

const fn native(path: &'static str, operations: &'static [(Method, Operation)]) -> Route {
    Route { path, dialect: Dialect::Native, operations }
}

const fn platforms(path: &'static str, operations: &'static [(Method, Operation)]) -> Route {
    Route { path, dialect: Dialect::Platform, operations }
}

pub(crate) enum Lookup<'a> {
    Found {
        operation: Operation,
        dialect: Dialect,
        parameter: Option<&'a str>,
    },
    /// The route takes only these.
    WrongMethod(Vec<&'static str>),
    Nothing,
}

/// Looks a request up. HEAD is looked up as GET.
pub(crate) fn find<'a>(method: &Method, path: &'a str) -> Lookup<'a> {
    let method = if *method == Method::HEAD { &Method::GET } else { method };
    let found = ROUTES.iter().find_map(|route| Some((route, route.parameter_of(path)?)));
    let Some((route, parameter)) = found else { return Lookup::Nothing };
    match route.operations.iter().find(|(wanted, _)| wanted == method) {
        Some(&(_, operation)) => Lookup::Found { operation, dialect: route.dialect, parameter },
        None => Lookup::WrongMethod(route.methods()),
    }
}

impl Route {
    /// `None` for another path; within, the parameter, where the route takes one.
    fn parameter_of<'a>(&self, path: &'a str) -> Option<Option<&'a str>> {
        match self.path.strip_suffix(PARAMETER) {
            Some(start) => path.strip_prefix(start).map(Some),
            None => (self.path == path).then_some(None),
        }
    }

    fn methods(&self) -> Vec<&'static str> {
        let names = |(method, _): &'static (Method, Operation)| match *method {
            Method::GET => ["GET", "HEAD"].as_slice(),
            Method::DELETE => &["DELETE"],
            _ => &["POST"],
        };
        self.operations.iter().flat_map(names).copied().collect()
    }
}

/// Whether there is a mounted route for the method and the path below the mount.
pub(crate) fn is_route(method: &str, path: &str) -> bool {
    Method::from_bytes(method.as_bytes())
        .is_ok_and(|method| matches!(find(&method, path), Lookup::Found { .. }))
}
