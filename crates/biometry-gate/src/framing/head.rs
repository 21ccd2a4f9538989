use http::uri::Authority;
use httparse::{EMPTY_HEADER, Header, Request, Status};

/// What the bytes at the start of a request are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Not all of it is here.
    Partial,
    /// Everybody sees the request end in the same place.
    Clear { length: usize, body: Body, asks: Asks },
    /// A request that readers may take in several ways.
    Refused(Why),
    /// No request. The server says so itself.
    Unreadable,
}

/// What is wrong with a request that its server might answer all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// The body may end in several places, or in none.
    End,
    /// It may be meant for several hosts, or for none.
    Host,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunks,
}

/// What else may become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asks {
    Nothing,
    Upgrade,
    Tunnel,
}

/// Reads a head as hyper does, with the same parser, and judges it more strictly.
pub(super) fn read(bytes: &[u8]) -> Head {
    let mut headers = [EMPTY_HEADER; MOST_FIELDS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Partial) => Head::Partial,
        Ok(Status::Complete(length)) => match judge(request.headers, request.version) {
            Ok(body) => Head::Clear { length, body, asks: asks(&request) },
            Err(why) => Head::Refused(why),
        },
        Err(_) => Head::Unreadable,
    }
}

fn judge(fields: &[Header<'_>], version: Option<u8>) -> Result<Body, Why> {
    let body = body(fields, version).ok_or(Why::End)?;
    if names_one_host(fields, version) { Ok(body) } else { Err(Why::Host) }
}

/// RFC 9112, section 3.2: a request names its host once, and before HTTP/1.1 at most once.
fn names_one_host(fields: &[Header<'_>], version: Option<u8>) -> bool {
    let mut hosts = values(fields, "host");
    match (hosts.next(), hosts.next()) {
        (None, _) => version == Some(0),
        (Some(host), None) => is_host(host),
        (Some(_), Some(_)) => false,
    }
}

/// A host and a port, or nothing, which is what requests say whose target has no host.
fn is_host(value: &[u8]) -> bool {
    value.is_empty() || (Authority::try_from(value).is_ok() && !value.contains(&b'@'))
}

fn body(fields: &[Header<'_>], version: Option<u8>) -> Option<Body> {
    let mut lengths = values(fields, "content-length");
    let mut codings = values(fields, "transfer-encoding");
    match (lengths.next(), lengths.next(), codings.next(), codings.next()) {
        (None, None, None, None) => Some(Body::Length(0)),
        (Some(length), None, None, None) => parse_length(length).map(Body::Length),
        (None, None, Some(coding), None) => {
            let is_chunked = coding.eq_ignore_ascii_case(b"chunked") && version == Some(1);
            is_chunked.then_some(Body::Chunks)
        }
        _ => None,
    }
}

fn asks(request: &Request<'_, '_>) -> Asks {
    match values(request.headers, "upgrade").next() {
        _ if request.method == Some("CONNECT") => Asks::Tunnel,
        Some(_) => Asks::Upgrade,
        None => Asks::Nothing,
    }
}

fn values<'a>(fields: &'a [Header<'_>], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(value).ok()?.parse().ok()).flatten()
}

/// More than hyper takes: a head with more is for hyper to refuse.
const MOST_FIELDS: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(lines: &str) -> Head {
        read(format!("POST / HTTP/1.1\r\nHost: x\r\n{lines}\r\n").as_bytes())
    }

    fn body(lines: &str) -> Option<Body> {
        match judge(lines) {
            Head::Clear { body, .. } => Some(body),
            Head::Partial | Head::Refused(_) | Head::Unreadable => None,
        }
    }

    #[test]
    fn one_way_to_end_is_clear() {
        assert_eq!(body(""), Some(Body::Length(0)));
        assert_eq!(body("content-length: 12 \r\n"), Some(Body::Length(12)));
        assert_eq!(body("Transfer-Encoding:\tCHUNKED\r\n"), Some(Body::Chunks));
    }

    #[test]
    fn two_ways_or_an_odd_one_are_ambiguous() {
        for lines in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: chunked\r\nContent-Length: 1\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n",
            "Content-Length: 1, 1\r\n",
            "Content-Length: +1\r\n",
            "Content-Length: \r\n",
            "Content-Length: 99999999999999999999\r\n",
            "Transfer-Encoding: gzip, chunked\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
            "Transfer-Encoding: identity\r\n",
            "Transfer-Encoding: \r\n",
        ] {
            assert_eq!(judge(lines), Head::Refused(Why::End), "{lines:?}");
        }
        let old = read(b"POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
        assert_eq!(old, Head::Refused(Why::End));
    }

    #[test]
    fn a_request_names_one_host() {
        let head =
            |version: &str, lines: &str| read(format!("GET / HTTP/{version}\r\n{lines}\r\n").as_bytes());
        for (version, lines) in [
            ("1.1", "Host: bank.example:443\r\n"),
            ("1.1", "HOST: [::1]:80\r\n"),
            ("1.1", "Host:\r\n"),
            ("1.0", ""),
            ("1.0", "Host: bank.example\r\n"),
        ] {
            assert!(matches!(head(version, lines), Head::Clear { .. }), "{version} {lines:?}");
        }
        for (version, lines) in [
            ("1.1", ""),
            ("1.1", "Host: a\r\nHost: a\r\n"),
            ("1.1", "Host: a\r\nX: y\r\nhost: b\r\n"),
            ("1.0", "Host: a\r\nHost: b\r\n"),
            ("1.1", "Host: a, b\r\n"),
            ("1.1", "Host: a b\r\n"),
            ("1.1", "Host: ana@bank.example\r\n"),
            ("1.1", "Host: bank.example/path\r\n"),
            ("1.1", "Host: http://bank.example\r\n"),
        ] {
            assert_eq!(head(version, lines), Head::Refused(Why::Host), "{version} {lines:?}");
        }
    }

    #[test]
    fn what_is_no_request_is_left_to_the_server() {
        assert_eq!(judge("Transfer-Encoding : chunked\r\n"), Head::Unreadable);
        assert_eq!(judge("Transfer-Encoding:\r\n chunked\r\n"), Head::Unreadable);
        assert_eq!(read(b"\x16\x03\x01\x02\0"), Head::Unreadable);
        assert_eq!(judge(&"X: y\r\n".repeat(300)), Head::Unreadable);
    }

    #[test]
    fn a_head_is_partial_up_to_its_last_byte() {
        let head = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc";
        let length = head.len() - 3;
        for end in 0..length {
            assert_eq!(read(&head[..end]), Head::Partial, "{end}");
        }
        let clear = Head::Clear { length, body: Body::Length(3), asks: Asks::Nothing };
        assert_eq!(read(head), clear);
    }
}
