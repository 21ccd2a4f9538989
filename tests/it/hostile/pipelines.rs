//! Requests that come behind an upload without waiting for its answer.

use super::case::Connection;
use super::raw::Script;

pub(super) fn scripts() -> Vec<Script> {
    let next = "GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n";
    let length = "Content-Length: {length}\r\n\r\n{form}";
    let chunks = "Transfer-Encoding: chunked\r\n\r\n{chunks}";
    let script = |name, fields: &str, body: &str| Script::new(name, format!("{{head}}{fields}{body}{next}"));
    let typed = |name, body: &str| script(name, "{type}", body);
    let untyped = |name, body: &str| {
        let script = script(name, "Content-Type: text/plain\r\n", body);
        script.refused(415, "unsupported-media", Connection::Kept)
    };
    vec![
        typed("a request behind an upload", length).followed_by(200),
        typed("a request behind an upload in chunks", chunks).followed_by(200),
        untyped("a request behind a refusal", length).followed_by(200),
        untyped("a request behind a refusal in chunks", chunks).followed_by(200),
        script(
            "a request behind a refusal for the next to last field",
            "{type}X-User-Fullname: zoe\r\n",
            length,
        )
        .refused(403, "subject-conflict", Connection::Kept)
        .followed_by(200),
        typed("a request in the rest of a body", "Content-Length: 100\r\n\r\n{form}").broken(),
        typed("a request behind an early last chunk", "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")
            .broken()
            .or_followed(),
        typed("a request behind a body of nothing", "Content-Length: 0\r\n\r\n").broken().or_followed(),
        typed("a request behind a broken chunk", "Transfer-Encoding: chunked\r\n\r\nzz\r\n").shuts().broken(),
        script("a request behind a boundary that is none", "Content-Type: multipart/form-data\r\n", length)
            .broken()
            .or_followed(),
        typed("a request behind a body too large", "Content-Length: 60000000\r\n\r\n{form}").refused(
            413,
            "upload-too-large",
            Connection::Closed,
        ),
        typed("a request behind two lengths", "Content-Length: 4\r\nContent-Length: 4\r\n\r\nabcd")
            .ambiguous(),
    ]
}
