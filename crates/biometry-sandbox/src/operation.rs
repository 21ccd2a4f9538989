//! The platform's operations and the one table that routes to them.

use http::Method;

/// A version of the platform's API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// `/api-gateway/…` and everything beside it.
    V1,
    /// `/api-gateway/v2/…`
    V2,
}

/// An operation of the platform, as faults and the journal name it. Where both versions have it, it is one and the same;
/// the journal says [which version](crate::Entry::version) was spoken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Operation {
    /// `POST /api-gateway/sessions/start`, `POST /api-gateway/v2/sessions`
    StartSession,
    /// `POST /api-gateway/sessions/end/{id}`, `POST /api-gateway/v2/sessions/{id}/end`
    EndSession,
    /// `POST /api-gateway/process-video`
    ProcessVideo,
    /// `POST /api-gateway/v2/liveness`
    Liveness,
    /// `POST /api-gateway/v2/face-verify`
    FaceVerify,
    /// `POST /api-gateway/v2/voice-verify`
    VoiceVerify,
    /// `POST /api-gateway/enroll/face`, `POST /api-gateway/v2/enrollments/face`
    EnrollFace,
    /// `POST /api-gateway/enroll/voice`, `POST /api-gateway/v2/enrollments/voice`
    EnrollVoice,
    /// `POST /api-gateway/docauth/check`, `POST /api-gateway/v2/documents/check`
    CheckDocument,
    /// `POST /api-gateway/match-faces`, `POST /api-gateway/v2/face-match`
    MatchFaces,
    /// `POST /api-gateway/v2/deepfake/checks`
    StartDeepfakeCheck,
    /// `GET /api-gateway/v2/deepfake/checks/{id}`
    DeepfakeCheck,
    /// `POST /api-gateway/webhooks`
    CreateWebhook,
    /// `POST /api-consent/consent`
    AuthorizationConsent,
    /// `POST /api-consent/strg-consent`
    StorageConsent,
    /// `GET /api-consent/history`
    ConsentHistory,
    /// `POST /api-gateway/v2/consents/{id}/approve/{user}`
    ApproveConsent,
    /// `GET /api-gateway/v2/consents/my-approvals/{user}`
    ConsentApprovals,
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

/// How an error is written in one of the platform's services.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ErrorKey {
    Error,
    Message,
    /// An object with a code, in version 2.
    Object,
}

impl ErrorKey {
    pub(crate) fn of_path(path: &str) -> Self {
        let speaks_of_messages = path.starts_with("/api-projects/") || path.starts_with("/api-transactions/");
        match Version::of_path(path) {
            Version::V2 => Self::Object,
            Version::V1 if speaks_of_messages => Self::Message,
            Version::V1 => Self::Error,
        }
    }
}

impl Version {
    pub(crate) fn of_path(path: &str) -> Self {
        if path.starts_with("/api-gateway/v2/") { Self::V2 } else { Self::V1 }
    }
}

impl Operation {
    /// Whether it takes a file, and so answers to personas.
    pub(crate) fn is_upload(self) -> bool {
        matches!(
            self,
            Self::ProcessVideo
                | Self::Liveness
                | Self::FaceVerify
                | Self::VoiceVerify
                | Self::StartDeepfakeCheck
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
    pub(crate) version: Version,
    /// What stands in the place of `{id}`, as it came (undecoded).
    pub(crate) id: Option<String>,
    /// What stands in the place of `{user}`, as it came.
    pub(crate) user: Option<String>,
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
        let Some((id, user)) = match_path(pattern, path) else { continue };
        if method.as_str() == *verb {
            let (id, user) = (id.map(str::to_owned), user.map(str::to_owned));
            return Ok(Route { operation: *operation, version: Version::of_path(pattern), id, user });
        }
        path_is_known = true;
    }
    Err(if path_is_known { Unrouted::Method } else { Unrouted::Path })
}

/// What stands in the places of `{id}` and `{user}`, each of them one segment that is not empty; `None`: no match.
fn match_path<'p>(pattern: &str, path: &'p str) -> Option<(Option<&'p str>, Option<&'p str>)> {
    let (mut id, mut user) = (None, None);
    let mut segments = path.split('/');
    for wanted in pattern.split('/') {
        let segment = segments.next()?;
        match wanted {
            "{id}" if !segment.is_empty() => id = Some(segment),
            "{user}" if !segment.is_empty() => user = Some(segment),
            _ if wanted == segment => {}
            _ => return None,
        }
    }
    segments.next().is_none().then_some((id, user))
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
    ("POST", "/api-gateway/v2/sessions", Operation::StartSession),
    ("POST", "/api-gateway/v2/sessions/{id}/end", Operation::EndSession),
    ("POST", "/api-gateway/v2/liveness", Operation::Liveness),
    ("POST", "/api-gateway/v2/face-verify", Operation::FaceVerify),
    ("POST", "/api-gateway/v2/voice-verify", Operation::VoiceVerify),
    ("POST", "/api-gateway/v2/face-match", Operation::MatchFaces),
    ("POST", "/api-gateway/v2/enrollments/face", Operation::EnrollFace),
    ("POST", "/api-gateway/v2/enrollments/voice", Operation::EnrollVoice),
    ("POST", "/api-gateway/v2/documents/check", Operation::CheckDocument),
    ("POST", "/api-gateway/v2/deepfake/checks", Operation::StartDeepfakeCheck),
    ("GET", "/api-gateway/v2/deepfake/checks/{id}", Operation::DeepfakeCheck),
    ("POST", "/api-gateway/v2/consents/{id}/approve/{user}", Operation::ApproveConsent),
    ("GET", "/api-gateway/v2/consents/my-approvals/{user}", Operation::ConsentApprovals),
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
            let path = pattern.replace("{id}", "a-1").replace("{user}", "ana");
            let found = route(&method, &path).unwrap();
            assert_eq!(found.operation, *operation);
            assert_eq!(found.version == Version::V2, pattern.contains("/v2/"));
            assert_eq!(found.id.as_deref(), pattern.contains("{id}").then_some("a-1"));
            assert_eq!(found.user.as_deref(), pattern.contains("{user}").then_some("ana"));
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
    fn a_known_path_under_another_method_is_recognised() {
        assert_eq!(route(&Method::GET, "/api-gateway/process-video"), Err(Unrouted::Method));
    }
}
