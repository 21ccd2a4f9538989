//! The platform's operations and the one table that routes to them.

use http::Method;

/// An operation of the platform's v1 API, as faults and the journal name it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /api-gateway/sessions/start`
    StartSession,
    /// `POST /api-gateway/sessions/end/{id}`
    EndSession,
    /// `POST /api-gateway/process-video`
    ProcessVideo,
    /// `POST /api-gateway/enroll/face`
    EnrollFace,
    /// `POST /api-gateway/enroll/voice`
    EnrollVoice,
    /// `POST /api-gateway/docauth/check`
    CheckDocument,
    /// `POST /api-gateway/match-faces`
    MatchFaces,
    /// `POST /api-gateway/webhooks`
    CreateWebhook,
    /// `POST /api-consent/consent`
    AuthorizationConsent,
    /// `POST /api-consent/strg-consent`
    StorageConsent,
    /// `GET /api-consent/history`
    ConsentHistory,
    /// `POST /api-transactions/transactions`
    ListTransactions,
    /// `GET /api-transactions/transactions/{id}/samples`
    TransactionSamples,
    /// `PUT /api-transactions/transactions/{id}/tags`
    TagTransaction,
    /// `PUT /api-transactions/transactions/{id}/flag`
    FlagTransaction,
    /// `GET /api-projects/public/apikeys`
    KeyInfo,
    /// `POST /api-projects/public/apikeys`
    MintKey,
    /// `DELETE /api-projects/public/apikeys/{id}`
    RevokeKey,
}

/// What the platform calls the text of an error in one of its services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKey {
    Error,
    Message,
}

impl ErrorKey {
    pub(crate) fn of_path(path: &str) -> Self {
        let speaks_of_messages = path.starts_with("/api-projects/") || path.starts_with("/api-transactions/");
        if speaks_of_messages { Self::Message } else { Self::Error }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Message => "message",
        }
    }
}

impl Operation {
    /// Whether it takes a file, and so answers to personas.
    pub(crate) fn is_upload(self) -> bool {
        matches!(
            self,
            Self::ProcessVideo
                | Self::EnrollFace
                | Self::EnrollVoice
                | Self::CheckDocument
                | Self::MatchFaces
        )
    }

    /// Whether it may belong to a session.
    pub(crate) fn joins_sessions(self) -> bool {
        self.is_upload()
            || matches!(self, Self::EndSession | Self::AuthorizationConsent | Self::StorageConsent)
    }
}

/// A request line that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) operation: Operation,
    /// What stands in the place of `{id}`, as it came (undecoded).
    pub(crate) id: Option<String>,
}

/// A request line that was not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unrouted {
    Path,
    Method,
}

/// Finds the operation of a request line.
pub(crate) fn route(method: &Method, path: &str) -> Result<Route, Unrouted> {
    let mut path_is_known = false;
    for (verb, pattern, operation) in ROUTES {
        let Some(id) = match_path(pattern, path) else { continue };
        if method.as_str() == *verb {
            return Ok(Route { operation: *operation, id: id.map(str::to_owned) });
        }
        path_is_known = true;
    }
    Err(if path_is_known { Unrouted::Method } else { Unrouted::Path })
}

/// `None`: no match. `Some(None)`: a match without an id.
fn match_path<'p>(pattern: &str, path: &'p str) -> Option<Option<&'p str>> {
    let Some((before, after)) = pattern.split_once("{id}") else {
        return (pattern == path).then_some(None);
    };
    let id = path.strip_prefix(before)?.strip_suffix(after)?;
    (!id.is_empty() && !id.contains('/')).then_some(Some(id))
}

const ROUTES: &[(&str, &str, Operation)] = &[
    ("POST", "/api-gateway/sessions/start", Operation::StartSession),
    ("POST", "/api-gateway/sessions/end/{id}", Operation::EndSession),
    ("POST", "/api-gateway/process-video", Operation::ProcessVideo),
    ("POST", "/api-gateway/enroll/face", Operation::EnrollFace),
    ("POST", "/api-gateway/enroll/voice", Operation::EnrollVoice),
    ("POST", "/api-gateway/docauth/check", Operation::CheckDocument),
    ("POST", "/api-gateway/match-faces", Operation::MatchFaces),
    ("POST", "/api-gateway/webhooks", Operation::CreateWebhook),
    ("POST", "/api-consent/consent", Operation::AuthorizationConsent),
    ("POST", "/api-consent/strg-consent", Operation::StorageConsent),
    ("GET", "/api-consent/history", Operation::ConsentHistory),
    ("POST", "/api-transactions/transactions", Operation::ListTransactions),
    ("GET", "/api-transactions/transactions/{id}/samples", Operation::TransactionSamples),
    ("PUT", "/api-transactions/transactions/{id}/tags", Operation::TagTransaction),
    ("PUT", "/api-transactions/transactions/{id}/flag", Operation::FlagTransaction),
    ("GET", "/api-projects/public/apikeys", Operation::KeyInfo),
    ("POST", "/api-projects/public/apikeys", Operation::MintKey),
    ("DELETE", "/api-projects/public/apikeys/{id}", Operation::RevokeKey),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_table_is_reached_by_its_own_request_line() {
        for (verb, pattern, operation) in ROUTES {
            let method = Method::from_bytes(verb.as_bytes()).unwrap();
            let found = route(&method, &pattern.replace("{id}", "a-1")).unwrap();
            assert_eq!(found.operation, *operation);
            assert_eq!(found.id.as_deref(), pattern.contains("{id}").then_some("a-1"));
        }
    }

    #[test]
    fn an_id_is_one_segment_that_is_not_empty() {
        for path in
            ["/api-gateway/sessions/end/", "/api-gateway/sessions/end/a/b", "/api-gateway/sessions/end"]
        {
            assert_eq!(route(&Method::POST, path), Err(Unrouted::Path), "{path}");
        }
    }

    #[test]
    fn a_known_path_under_another_method_is_told_apart() {
        assert_eq!(route(&Method::GET, "/api-gateway/process-video"), Err(Unrouted::Method));
    }
}
