use http::uri::Authority;
use httparse::{EMPTY_HEADER, Header, Request, Status};

/// What the bytes at the start of a request are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// Not all of it is here.
    Partial,
    /// Everybody sees the request end in the same place.
    Clear { length: usize, body: Body, asked: Asked },
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
    /// The head takes too long.
    Late,
}

/// Where a body ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunks,
}

/// What has to be known of a request to understand its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Asked {
    /// Whether the answer has no body, whatever it announces.
    pub(super) is_head: bool,
    pub(super) wish: Wish,
}

/// What else may become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    Nothing,
    Upgrade,
    /// An upgrade to HTTP/2 in clear text, which no server here grants, and RFC 9113 has retired.
    OldHttp2,
    Tunnel,
}

/// Reads a head as hyper does, with the same parser, and judges it more strictly.
pub(super) fn read(bytes: &[u8]) -> Head {
    let mut headers = [EMPTY_HEADER; MOST_FIELDS];
    let mut request = Request::new(&mut headers);
    match request.parse(bytes) {
        Ok(Status::Partial) => Head::Partial,
        Ok(Status::Complete(length)) => match judge(request.headers, request.version) {
            Ok(body) => Head::Clear { length, body, asked: asked(&request) },
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

fn asked(request: &Request<'_, '_>) -> Asked {
    let mut protocols =
        values(request.headers, "upgrade").flat_map(|value| value.split(|byte| *byte == b','));
    let is_old = |protocol: &[u8]| protocol.trim_ascii().eq_ignore_ascii_case(b"h2c");
    let wish = match protocols.next() {
        _ if request.method == Some("CONNECT") => Wish::Tunnel,
        None => Wish::Nothing,
        Some(first) if is_old(first) && protocols.all(is_old) => Wish::OldHttp2,
        Some(_) => Wish::Upgrade,
    };
    Asked { is_head: request.method == Some("HEAD"), wish }
}

/// Renames the field `Upgrade`, and its name in `Connection`, so that no later reader takes the connection for another one
/// than it is. Lengths stay.
pub(super) fn forget_upgrade(head: &mut [u8]) {
    for line in head.split_mut(|byte| *byte == b'\n') {
        let Some(colon) = memchr::memchr(b':', line) else { continue };
        let (name, value) = line.split_at_mut(colon);
        if name.eq_ignore_ascii_case(UPGRADE) {
            name.copy_from_slice(IGNORED);
        } else if name.eq_ignore_ascii_case(b"connection") {
            value[1..].split_mut(|byte| *byte == b',').for_each(forget_option);
        }
    }
}

fn forget_option(option: &mut [u8]) {
    let start = option.iter().take_while(|byte| byte.is_ascii_whitespace()).count();
    let length = option[start..].trim_ascii_end().len();
    let option = &mut option[start..start + length];
    if option.eq_ignore_ascii_case(UPGRADE) {
        option.copy_from_slice(IGNORED);
    }
}

pub(super) fn values<'a>(fields: &'a [Header<'_>], name: &'static str) -> impl Iterator<Item = &'a [u8]> {
    fields.iter().filter(move |field| field.name.eq_ignore_ascii_case(name)).map(|field| field.value)
}

pub(super) fn parse_length(value: &[u8]) -> Option<u64> {
    let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
    is_number.then(|| std::str::from_utf8(value).ok()?.parse().ok()).flatten()
}

/// More than hyper takes: a head with more is for hyper to refuse.
pub(super) const MOST_FIELDS: usize = 256;
const UPGRADE: &[u8] = b"upgrade";
/// A name of the same length that says what became of it.
const IGNORED: &[u8] = b"ignored";

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
    fn an_upgrade_that_is_never_granted_is_recognised() {
        for (lines, wish) in [
            ("Upgrade: h2c\r\n", Wish::OldHttp2),
            ("Upgrade: H2C\r\nUpgrade: h2c, h2c\r\n", Wish::OldHttp2),
            ("Upgrade: websocket\r\n", Wish::Upgrade),
            ("Upgrade: h2c, websocket\r\n", Wish::Upgrade),
            ("Connection: upgrade\r\n", Wish::Nothing),
        ] {
            assert!(matches!(judge(lines), Head::Clear { asked, .. } if asked.wish == wish), "{lines:?}");
        }
    }

    #[test]
    fn an_upgrade_is_forgotten_in_both_places() {
        let mut head =
            b"GET / HTTP/1.1\r\nUPGRADE: h2c\r\nConnection: Upgrade, HTTP2-Settings , upgrade \r\n\r\n"
                .to_vec();
        forget_upgrade(&mut head);
        let forgotten: &[u8] =
            b"GET / HTTP/1.1\r\nignored: h2c\r\nConnection: ignored, HTTP2-Settings , ignored \r\n\r\n";
        assert_eq!(head, forgotten);
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
        let asked = Asked { is_head: false, wish: Wish::Nothing };
        let clear = Head::Clear { length, body: Body::Length(3), asked };
        assert_eq!(read(head), clear);
    }
}
