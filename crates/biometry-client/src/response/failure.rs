//! What a failing status means.

use http::StatusCode;

use crate::ErrorKind;
use crate::json::{self, Json, Object};

/// Decides by status and, for the key, by text: the platform may report a bad key as 500.
pub(crate) fn classify(status: StatusCode, texts: &[String], names_session: bool) -> ErrorKind {
    match status.as_u16() {
        200..=299 => ErrorKind::Unparsable,
        300..=399 => ErrorKind::Redirected,
        401 => ErrorKind::KeyRejected,
        _ if texts.iter().any(|text| is_about_key(text)) => ErrorKind::KeyRejected,
        403 if names_session => ErrorKind::NameLocked,
        404 => ErrorKind::NotFound,
        429 => ErrorKind::RateLimited,
        400..=499 => ErrorKind::Rejected,
        500.. => ErrorKind::Faulted,
        // Informational statuses end no exchange.
        _ => ErrorKind::Unparsable,
    }
}

/// The texts of an error body, lower-cased: `{error}`, `{message}`, and v2's `{error: {code, message}}`
/// whose message may be a list. Empty when the body is anything else.
pub(crate) fn read_texts(body: &[u8]) -> Vec<String> {
    let Ok(object) = json::read_object(body) else { return Vec::new() };
    let mut texts = Vec::new();
    collect_member(&object, "error", &mut texts);
    collect_member(&object, "message", &mut texts);
    texts
}

fn collect_member(object: &Object, name: &str, texts: &mut Vec<String>) {
    match object.get(name) {
        Some(Json::String(text)) => texts.push(text.trim().to_ascii_lowercase()),
        Some(Json::Object(inner)) => {
            texts.extend(inner.get_str("code").map(str::to_ascii_lowercase));
            collect_member(inner, "message", texts);
        }
        Some(Json::Array(items)) => {
            for item in items.iter().filter_map(Json::as_object) {
                collect_member(item, "message", texts);
            }
        }
        _ => {}
    }
}

fn is_about_key(text: &str) -> bool {
    KEY_TEXTS.iter().any(|known| text.contains(known))
}

/// The known texts (integration guide, "Common errors"; API key pages), and whatever else speaks of the key: the guide
/// says of 500 that it "includes API key validation failures" and gives no text.
const KEY_TEXTS: [&str; 5] =
    ["missing authorization token", "missing or invalid token", "invalid_api_key", "api key", "api_key"];

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(status: u16, body: &str, names_session: bool) -> ErrorKind {
        classify(StatusCode::from_u16(status).unwrap(), &read_texts(body.as_bytes()), names_session)
    }

    #[test]
    fn a_key_is_rejected_by_status_or_by_text() {
        let texts = [
            "missing authorization token",
            "invalid api key format",
            "api key is not active",
            "API key is not active",
            " Missing or invalid token ",
        ];
        for text in texts {
            for body in [
                format!(r#"{{"error":"{text}"}}"#),
                format!(r#"{{"message":"{text}"}}"#),
                format!(
                    r#"{{"error":{{"code":"unauthorized","message":"{text}"}},"meta":{{"request_id":"r"}}}}"#
                ),
                format!(r#"{{"error":{{"code":"x","message":[{{"field":"f","message":"{text}"}}]}}}}"#),
            ] {
                for status in [400, 401, 403, 404, 500, 503] {
                    assert_eq!(kind(status, &body, true), ErrorKind::KeyRejected, "{status} {body}");
                }
            }
        }
        for body in ["", "<html>", r#"{"error":"anything"}"#, "{}"] {
            assert_eq!(kind(401, body, false), ErrorKind::KeyRejected);
        }
    }

    #[test]
    fn every_other_status_has_its_kind() {
        use ErrorKind::*;
        let cases = [
            (202, false, Unparsable),
            (204, false, Unparsable),
            (206, false, Unparsable),
            (301, false, Redirected),
            (304, false, Redirected),
            (307, false, Redirected),
            (400, true, Rejected),
            (403, true, NameLocked),
            (403, false, Rejected),
            (404, true, NotFound),
            (409, true, Rejected),
            (413, false, Rejected),
            (429, false, RateLimited),
            (500, true, Faulted),
            (502, false, Faulted),
            (599, false, Faulted),
            (999, false, Faulted),
        ];
        for (status, names_session, expected) in cases {
            for body in
                ["", "<html>bad gateway</html>", r#"{"error":"file size exceeds 50MB"}"#, r#"{"error":{}}"#]
            {
                assert_eq!(kind(status, body, names_session), expected, "{status} {body}");
            }
        }
    }

    #[test]
    fn texts_that_could_be_read_in_two_ways_are_not_read() {
        assert!(read_texts(br#"{"error":"a","error":"b"}"#).is_empty());
        assert!(read_texts(br#"["api key is not active"]"#).is_empty());
        assert!(read_texts(br#"{"error":5,"message":null}"#).is_empty());
    }
}
