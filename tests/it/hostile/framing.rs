//! Heads that say in other ways, in several, or not at all where the body ends.

use super::case::Connection;
use super::raw::Script;

pub(super) fn scripts() -> Vec<Script> {
    let mut scripts = lengths();
    scripts.extend(codings());
    scripts.extend(both());
    scripts.extend(versions_and_lines());
    scripts.extend(targets());
    scripts.extend(hosts());
    scripts
}

fn lengths() -> Vec<Script> {
    let with_form = |name, lines: &str| Script::new(name, format!("{{head}}{{type}}{lines}\r\n\r\n{{form}}"));
    vec![
        with_form("a length", "Content-Length: {length}"),
        with_form("a length with blanks around it", "Content-Length: \t{length} "),
        with_form("a length with zeros in front", "Content-Length: 000{length}"),
        with_form("two equal lengths", "Content-Length: {length}\r\nContent-Length: {length}").ambiguous(),
        with_form("two lengths", "Content-Length: {length}\r\nContent-Length: 10").ambiguous(),
        with_form("two lengths, the smaller one first", "Content-Length: 10\r\nContent-Length: {length}")
            .ambiguous(),
        with_form("a list of lengths", "Content-Length: {length}, {length}").ambiguous(),
        with_form("a length with a sign", "Content-Length: +{length}").ambiguous(),
        with_form("a length below zero", "Content-Length: -1").ambiguous(),
        with_form("an empty length", "Content-Length:").ambiguous(),
        with_form("a length in hexadecimal", "Content-Length: 0x100").ambiguous(),
        with_form("a length with a fraction", "Content-Length: {length}.0").ambiguous(),
        with_form("a length beyond 64 bits", "Content-Length: 99999999999999999999").ambiguous(),
        with_form("neither length nor coding", "X: y").broken(),
        with_form("a length of nothing", "Content-Length: 0").broken(),
        with_form("a length too short", "Content-Length: 100").broken(),
        with_form("a length too long", "Content-Length: 100000").shuts().broken(),
        with_form("the largest length", "Content-Length: 9223372036854775807").refused(
            413,
            "upload-too-large",
            Connection::Closed,
        ),
        with_form("a length above the limit", "Content-Length: 52494337").refused(
            413,
            "upload-too-large",
            Connection::Closed,
        ),
        with_form("a length up to the limit", "Content-Length: 52494336").shuts().broken(),
    ]
}

fn codings() -> Vec<Script> {
    let chunked = |name, lines: &str| Script::new(name, format!("{{head}}{{type}}{lines}\r\n\r\n{{chunks}}"));
    vec![
        chunked("chunks", "Transfer-Encoding: chunked"),
        chunked("chunks in capitals", "TRANSFER-ENCODING: CHUNKED"),
        chunked("chunks with blanks around the coding", "Transfer-Encoding: \tchunked "),
        chunked("gzip and chunks", "Transfer-Encoding: gzip, chunked").ambiguous(),
        chunked("chunks and gzip", "Transfer-Encoding: chunked, gzip").ambiguous(),
        chunked("chunks twice in a list", "Transfer-Encoding: chunked, chunked").ambiguous(),
        chunked("chunks twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked").ambiguous(),
        chunked("identity, then chunks", "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked")
            .ambiguous(),
        chunked("chunks, then identity", "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity")
            .ambiguous(),
        chunked("identity", "Transfer-Encoding: identity").ambiguous(),
        chunked("an empty coding", "Transfer-Encoding:").ambiguous(),
        chunked("an unknown coding", "Transfer-Encoding: xchunked").ambiguous(),
        chunked("chunks with a parameter", "Transfer-Encoding: chunked;q=1").ambiguous(),
        chunked("chunks behind a comma", "Transfer-Encoding: , chunked").ambiguous(),
        chunked("chunks in quotes", "Transfer-Encoding: \"chunked\"").ambiguous(),
        chunked("chunks behind a vertical tab", "Transfer-Encoding: \x0bchunked").unreadable(),
        chunked("chunks on a folded line", "Transfer-Encoding:\r\n chunked").unreadable(),
        chunked("a blank in front of the colon", "Transfer-Encoding : chunked").unreadable(),
    ]
}

fn both() -> Vec<Script> {
    let both = |name, lines: &str, body: &str| {
        Script::new(name, format!("{{head}}{{type}}{lines}\r\n\r\n{body}")).ambiguous()
    };
    let smuggled = "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
    vec![
        both("length, then coding", "Content-Length: {length}\r\nTransfer-Encoding: chunked", "{chunks}"),
        both("coding, then length", "Transfer-Encoding: chunked\r\nContent-Length: {length}", "{chunks}"),
        both(
            "length and coding apart",
            "Transfer-Encoding: chunked\r\nX: y\r\nContent-Length: 3",
            "{chunks}",
        ),
        both(
            "a length of nothing and a coding",
            "Content-Length: 0\r\nTransfer-Encoding: chunked",
            "{chunks}",
        ),
        both("a request behind the length", "Content-Length: 4\r\nTransfer-Encoding: chunked", smuggled),
        both("a request behind the last chunk", "Transfer-Encoding: chunked\r\nContent-Length: 60", smuggled),
        both(
            "a length and another coding",
            "Content-Length: {length}\r\nTransfer-Encoding: identity",
            "{form}",
        ),
        both(
            "a length between codings",
            "Transfer-Encoding: x\r\nContent-Length: {length}\r\nTransfer-Encoding: chunked",
            "{chunks}",
        ),
    ]
}

fn versions_and_lines() -> Vec<Script> {
    let old = |name, lines: &str, body: &str| {
        let request = format!("{{head}}{{type}}{lines}\r\n\r\n{body}");
        Script::new(name, request.into_bytes()).version_1_0()
    };
    let with_form = |name, lines: &str| {
        Script::new(name, format!("{{head}}{{type}}{lines}\r\nContent-Length: {{length}}\r\n\r\n{{form}}"))
    };
    let flood: String = (0..200).map(|number| format!("X-{number}: y\r\n")).collect();
    vec![
        old("HTTP/1.0", "Content-Length: {length}", "{form}"),
        old("HTTP/1.0 without a length", "X: y", "{form}").broken().or_unreadable(),
        old("HTTP/1.0 with a coding", "Transfer-Encoding: chunked", "{chunks}").ambiguous(),
        with_form("a field with bytes beyond ASCII", "X-Name: Zo\u{eb}"),
        with_form("a zero byte in a field", "X-Zero: a\0b").unreadable(),
        with_form("a bare return in a field", "X-Return: a\rb").unreadable(),
        with_form("a field without a name", ": a").unreadable(),
        with_form("a field without a colon", "nothing").unreadable(),
        with_form("two hundred fields", flood.trim_end()).unreadable(),
        with_form("a field of a million bytes", &format!("X-Long: {}", "v".repeat(1_000_000))).unreadable(),
    ]
}

fn targets() -> Vec<Script> {
    let to = |name, line: &str| {
        let request = "{head}{type}Content-Length: {length}\r\n\r\n{form}";
        Script::new(name, request.as_bytes().to_vec()).request_line(line)
    };
    vec![
        to("an absolute target", "POST http://bank.example/biometry/verify HTTP/1.1"),
        to("a query", "POST /biometry/verify?a=b&c HTTP/1.1"),
        to("the own name in the query", "POST /biometry/verify?user_fullname=ana%40example.com HTTP/1.1"),
        to("another name in the query", "POST /biometry/verify?user_fullname=zoe%40example.com HTTP/1.1")
            .refused(403, "subject-conflict", Connection::Kept),
        to("another name in the query, in escapes", "POST /biometry/verify?user%5Ffullname=zoe HTTP/1.1")
            .refused(403, "subject-conflict", Connection::Kept),
        to("another method", "PUT /biometry/verify HTTP/1.1").refused(
            405,
            "method-not-allowed",
            Connection::Closed,
        ),
        to("a method in small letters", "post /biometry/verify HTTP/1.1").refused(
            405,
            "method-not-allowed",
            Connection::Closed,
        ),
        to("a slash at the end", "POST /biometry/verify/ HTTP/1.1").refused(
            404,
            "not-found",
            Connection::Closed,
        ),
        to("a letter in an escape", "POST /biometry/%76erify HTTP/1.1").refused(
            404,
            "not-found",
            Connection::Closed,
        ),
        to("dots in the path", "POST /biometry/x/../verify HTTP/1.1").refused(
            404,
            "not-found",
            Connection::Closed,
        ),
        to("another version", "POST /biometry/verify HTTP/3.0").unreadable(),
        to("no version", "POST /biometry/verify").unreadable(),
        to("a blank in the target", "POST /biometry/ verify HTTP/1.1").unreadable(),
    ]
}

fn hosts() -> Vec<Script> {
    let line = "POST /biometry/verify HTTP/1.1";
    let with =
        |name, lines: &str| Script::new(name, format!("{line}\r\n{lines}Content-Length: 2\r\n\r\n{{}}"));
    let another = |name, host: &str| {
        Script::new(
            name,
            format!("{{head}}{{type}}Host: {host}\r\nContent-Length: {{length}}\r\n\r\n{{form}}"),
        )
    };
    vec![
        with("no host", "").ambiguous(),
        with("a list of hosts", "Host: bank.example, other.example\r\n").ambiguous(),
        with("a host with a path", "Host: bank.example/path\r\n").ambiguous(),
        with("a host with a name in front", "Host: ana@bank.example\r\n").ambiguous(),
        another("another host", "other.example").ambiguous(),
        another("an empty host besides", "").ambiguous(),
    ]
}
