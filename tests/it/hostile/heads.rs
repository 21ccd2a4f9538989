//! What the request's head says besides.

use super::case::{Case, Connection, VIDEO, form};

pub(super) fn cases() -> Vec<Case> {
    let headed = |name, field, value: &str| Case::new(name, form([VIDEO])).header(field, value);
    let unread = |case: Case, code| case.refused(403, code, Connection::Closed);
    vec![
        headed("gzip", "Content-Encoding", "gzip").unsupported(),
        headed("identity", "Content-Encoding", "identity").unsupported(),
        headed("an encoding without a name", "Content-Encoding", "").unsupported(),
        headed("the own name in the header", "X-User-Fullname", "{subject}"),
        headed("the own session under the older name", "X-Request-User-Provided-ID", "{session}"),
        headed("foreign credentials", "Authorization", "Bearer something"),
        headed("an override of the method", "X-HTTP-Method-Override", "GET"),
        headed("an origin of the own", "Origin", "http://{host}"),
        headed("another session besides", "X-Session-ID", "another").refused(
            422,
            "invalid-request",
            Connection::Kept,
        ),
        unread(
            headed("another name in the header", "X-User-Fullname", "zoe@example.com"),
            "subject-conflict",
        ),
        unread(headed("another site", "Sec-Fetch-Site", "cross-site"), "cross-site"),
        unread(headed("a sister site", "Sec-Fetch-Site", "same-site"), "cross-site"),
        unread(headed("a site that is nonsense", "Sec-Fetch-Site", "same-origin, cross-site"), "cross-site"),
        unread(headed("another origin", "Origin", "https://evil.example"), "cross-site"),
        unread(headed("no origin", "Origin", "null"), "cross-site"),
        unread(headed("the own origin with another port", "Origin", "http://127.0.0.1:1"), "cross-site"),
    ]
}
