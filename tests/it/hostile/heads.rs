//! What the request's head says besides.

use super::case::{Case, Connection, VIDEO, form};

pub(super) fn cases() -> Vec<Case> {
    let headed = |name, field, value: &str| Case::new(name, form([VIDEO])).header(field, value);
    let refused = |case: Case, status, code| case.refused(status, code, Connection::Kept);
    vec![
        headed("gzip", "Content-Encoding", "gzip").unsupported(),
        headed("identity", "Content-Encoding", "identity").unsupported(),
        headed("an encoding without a name", "Content-Encoding", "").unsupported(),
        headed("the own name in the header", "X-User-Fullname", "{subject}"),
        headed("the own session under the older name", "X-Request-User-Provided-ID", "{session}"),
        headed("foreign credentials", "Authorization", "Bearer something"),
        headed("an override of the method", "X-HTTP-Method-Override", "GET"),
        headed("an origin of the own", "Origin", "http://{host}"),
        refused(headed("another session besides", "X-Session-ID", "another"), 422, "invalid-request"),
        refused(headed("another site", "Sec-Fetch-Site", "cross-site"), 403, "cross-site"),
        refused(headed("a sister site", "Sec-Fetch-Site", "same-site"), 403, "cross-site"),
        refused(
            headed("a site that is nonsense", "Sec-Fetch-Site", "same-origin, cross-site"),
            403,
            "cross-site",
        ),
        refused(headed("another origin", "Origin", "https://evil.example"), 403, "cross-site"),
        refused(headed("no origin", "Origin", "null"), 403, "cross-site"),
        refused(
            headed("the own origin with another port", "Origin", "http://127.0.0.1:1"),
            403,
            "cross-site",
        ),
    ]
}
