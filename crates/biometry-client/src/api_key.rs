use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::Service;
use crate::json::{self, Json, Object};

/// The platform's API key: a secret that belongs on servers only.
///
/// A key is a JWT. Its signature is the platform's business and is not checked here; its claims are
/// read for diagnostics, see [`Claims`]. Keys do not expire by themselves (integration guide,
/// "Authentication"), so treat this value like a password: it has no `Display`, and `Debug` shows
/// the key's id and nothing else.
#[derive(Clone)]
pub struct ApiKey(Arc<Inner>);

struct Inner {
    text: SecretString,
    authorization: HeaderValue,
    claims: Claims,
}

impl ApiKey {
    /// Reads a key as the dashboard hands it out, without a scheme and without white space.
    ///
    /// # Errors
    /// When the text is not three non-empty base64url segments, the second of them a JSON object.
    pub fn parse(text: &str) -> Result<Self, ApiKeyError> {
        if text.len() > MAX_BYTES {
            return Err(ApiKeyError(ApiKeyErrorKind::TooLong));
        }
        let claims = Claims::from_payload(&decode_payload(text)?)?;
        let mut authorization = HeaderValue::try_from(format!("Bearer {text}"))
            .map_err(|_| ApiKeyError(ApiKeyErrorKind::NotBase64Url))?;
        authorization.set_sensitive(true);
        Ok(Self(Arc::new(Inner { text: text.into(), authorization, claims })))
    }

    /// What the key says about itself, unverified.
    pub fn claims(&self) -> &Claims {
        &self.0.claims
    }

    /// The key itself, for handing it to a secret store.
    pub fn expose_secret(&self) -> &str {
        self.0.text.expose_secret()
    }

    /// The `Authorization` header, marked sensitive.
    pub(crate) fn authorization(&self) -> HeaderValue {
        self.0.authorization.clone()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKey").field("id", &self.claims().id()).finish_non_exhaustive()
    }
}

/// What an [`ApiKey`] claims about itself.
///
/// This is unverified: only the platform has the verification secret. It is good for refusing a
/// wrong configuration early and for naming the key in an operator's log, never for a decision.
#[derive(Clone)]
pub struct Claims {
    id: Option<String>,
    project_id: Option<String>,
    scores_id: Option<String>,
    selected_services: Option<Vec<String>>,
}

impl Claims {
    fn from_payload(payload: &[u8]) -> Result<Self, ApiKeyError> {
        let claims =
            json::read_object(payload).map_err(|_| ApiKeyError(ApiKeyErrorKind::PayloadNotAnObject))?;
        let text = |name| claims.get_str(name).map(str::to_owned);
        Ok(Self {
            id: text("id"),
            project_id: text("project_id"),
            scores_id: text("scores_id"),
            selected_services: read_services(&claims),
        })
    }

    /// The key's own id (claim `id`), what revoking asks for.
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The project the key belongs to (claim `project_id`).
    pub fn project_id(&self) -> Option<&str> {
        self.project_id.as_deref()
    }

    /// The custom scoring rules, where there are any (claim `scores_id`).
    pub fn scores_id(&self) -> Option<&str> {
        self.scores_id.as_deref()
    }

    /// The display names of the enabled services (claim `selected_services`); `None` when the claim
    /// is absent or not an array of strings.
    pub fn selected_services(&self) -> Option<&[String]> {
        self.selected_services.as_deref()
    }

    /// Whether the key enables this service; `false` when the claim is absent.
    pub fn includes(&self, service: Service) -> bool {
        self.selected_services().is_some_and(|names| names.iter().any(|name| name == service.as_str()))
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims").field("id", &self.id).finish_non_exhaustive()
    }
}

/// Why a text is not an [`ApiKey`]. Never repeats the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiKeyError(ApiKeyErrorKind);

impl ApiKeyError {
    /// What is wrong with the text.
    pub fn kind(&self) -> ApiKeyErrorKind {
        self.0
    }
}

impl fmt::Display for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            ApiKeyErrorKind::TooLong => "the api key is too long",
            ApiKeyErrorKind::NotThreeSegments => "the api key is not three segments joined by full stops",
            ApiKeyErrorKind::NotBase64Url => "a segment of the api key is not base64url",
            ApiKeyErrorKind::PayloadNotAnObject => "the payload of the api key is not a json object",
        })
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ApiKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for ApiKeyError {}

/// What [`ApiKeyError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ApiKeyErrorKind {
    /// Longer than 8 KiB.
    TooLong,
    /// Not three non-empty segments.
    NotThreeSegments,
    /// A segment holds something other than unpadded base64url; white space and `Bearer` too.
    NotBase64Url,
    /// The second segment is not an unambiguous JSON object.
    PayloadNotAnObject,
}

fn decode_payload(text: &str) -> Result<Vec<u8>, ApiKeyError> {
    let segments: Vec<&str> = text.split('.').collect();
    let [header, payload, signature] = segments[..] else {
        return Err(ApiKeyError(ApiKeyErrorKind::NotThreeSegments));
    };
    if [header, payload, signature].contains(&"") {
        return Err(ApiKeyError(ApiKeyErrorKind::NotThreeSegments));
    }
    decode_segment(header)?;
    decode_segment(signature)?;
    decode_segment(payload)
}

fn decode_segment(segment: &str) -> Result<Vec<u8>, ApiKeyError> {
    URL_SAFE_NO_PAD.decode(segment).map_err(|_| ApiKeyError(ApiKeyErrorKind::NotBase64Url))
}

fn read_services(claims: &Object) -> Option<Vec<String>> {
    let names = claims.get("selected_services").and_then(Json::as_array)?;
    names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

const MAX_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn key(payload: &str) -> String {
        let segments = [r#"{"alg":"HS256"}"#, payload, "signature"].map(|part| URL_SAFE_NO_PAD.encode(part));
        segments.join(".")
    }

    const FULL: &str = r#"{"id":"k-1","project_id":"p-1","scores_id":"s-1","selected_services":["Face Recognition","Voice Recognition"]}"#;

    #[test]
    fn reads_the_claims() {
        let key = ApiKey::parse(&key(FULL)).unwrap();
        let claims = key.claims();
        assert_eq!(claims.id(), Some("k-1"));
        assert_eq!(claims.project_id(), Some("p-1"));
        assert_eq!(claims.scores_id(), Some("s-1"));
        assert_eq!(claims.selected_services().map(<[_]>::len), Some(2));
        assert!(claims.includes(Service::FaceRecognition));
        assert!(!claims.includes(Service::FaceLivenessDetection));
    }

    #[test]
    fn an_absent_or_odd_claim_enables_nothing() {
        for payload in ["{}", r#"{"selected_services":"Face Recognition"}"#, r#"{"selected_services":[1]}"#] {
            let key = ApiKey::parse(&key(payload)).unwrap();
            assert_eq!(key.claims().selected_services(), None);
            assert!(Service::ALL.into_iter().all(|service| !key.claims().includes(service)));
        }
    }

    #[test]
    fn refuses_what_is_no_key() {
        use ApiKeyErrorKind::*;
        let good = key(FULL);
        let cases = [
            (String::new(), NotThreeSegments),
            ("a.b".into(), NotThreeSegments),
            ("YQ..YQ".into(), NotThreeSegments),
            (format!("{good}.YQ"), NotThreeSegments),
            (format!("{good}\n"), NotBase64Url),
            (format!("Bearer {good}"), NotBase64Url),
            (format!("{good}="), NotBase64Url),
            (key("[]"), PayloadNotAnObject),
            (key(r#"{"id":"a","id":"b"}"#), PayloadNotAnObject),
            ("YQ.YQ.YQ".into(), PayloadNotAnObject),
            ("a".repeat(MAX_BYTES + 1), TooLong),
        ];
        for (text, kind) in cases {
            let error = ApiKey::parse(&text).unwrap_err();
            assert_eq!(error.kind(), kind, "{text:?}");
            assert!(text.len() < 3 || !error.to_string().contains(&text));
        }
    }

    #[test]
    fn the_header_is_sensitive_and_debug_shows_the_id_only() {
        let text = key(FULL);
        let key = ApiKey::parse(&text).unwrap();
        assert_eq!(key.authorization(), format!("Bearer {text}"));
        assert!(key.authorization().is_sensitive());
        assert_eq!(key.expose_secret(), text);
        assert_eq!(format!("{key:?}"), r#"ApiKey { id: Some("k-1"), .. }"#);
        assert_eq!(format!("{:?}", key.claims()), r#"Claims { id: Some("k-1"), .. }"#);
    }
}
