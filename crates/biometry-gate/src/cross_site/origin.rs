//! Origins as browsers send them, compared as scheme, host and port.

use std::fmt;
use std::net::Ipv6Addr;

/// Where a page comes from, in the form in which browsers send it: scheme, host and port (RFC 6454).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    scheme: String,
    host: String,
    /// `None` for the scheme's own port.
    port: Option<u16>,
}

/// A host and a port, where one is named, of a server whose scheme is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Authority {
    host: String,
    port: Option<u16>,
}

/// A text that is no origin which a browser could send, and would never match: it has a path, no scheme, or a wildcard.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct OriginError;

impl Origin {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, authority) = text.split_once("://")?;
        let scheme = parse_scheme(scheme)?;
        let Authority { host, port } = Authority::parse(authority)?;
        let port = port.filter(|&port| Some(port) != default_port(&scheme));
        Some(Self { scheme, host, port })
    }

    /// Whether it is the origin of a server with this authority. A proxy may have taken the TLS off, so that only the
    /// origin itself says which scheme it was; a server that names its port as a default one means that scheme.
    pub(super) fn is_of(&self, server: &Authority) -> bool {
        let is_of_port = server.port == self.port
            || (self.port.is_none()
                && server.port.is_some_and(|port| default_port(&self.scheme) == Some(port)));
        let is_web = default_port(&self.scheme).is_some();
        is_web && is_of_port && self.host == server.host
    }
}

impl Authority {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) if !port.ends_with(']') => (host, Some(parse_port(port)?)),
            _ => (text, None),
        };
        Some(Self { host: parse_host(host)?, port })
    }
}

/// RFC 3986, section 3.1; the case of its letters does not matter.
fn parse_scheme(text: &str) -> Option<String> {
    let is_scheme = text.starts_with(|letter: char| letter.is_ascii_alphabetic())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme.then(|| text.to_ascii_lowercase())
}

/// A name, in the form in which it travels (punycode, if need be), or an address. The case of letters does not matter.
fn parse_host(text: &str) -> Option<String> {
    if let Some(address) = text.strip_prefix('[') {
        let address: Ipv6Addr = address.strip_suffix(']')?.parse().ok()?;
        return Some(format!("[{address}]"));
    }
    let is_name =
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
    is_name.then(|| text.to_ascii_lowercase())
}

fn parse_port(text: &str) -> Option<u16> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().ok()).flatten()
}

fn default_port(scheme: &str) -> Option<u16> {
    match scheme {
        "http" => Some(80),
        "https" => Some(443),
        _ => None,
    }
}

impl fmt::Display for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "no browser sends such an origin: it is a scheme, a host and, unless it is the scheme's own, a port, without \
             a path or a slash at the end, https://app.example.com for example",
        )
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for OriginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for OriginError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_has_one_meaning_however_it_is_written() {
        let parse = |text| Origin::parse(text).unwrap();
        for (one, other) in [
            ("https://App.Example", "https://app.example"),
            ("HTTPS://app.example:443", "https://app.example"),
            ("http://app.example:80", "http://app.example"),
            ("https://[::1]:8443", "https://[0:0:0:0:0:0:0:1]:8443"),
            ("capacitor://localhost", "capacitor://LOCALHOST"),
        ] {
            assert_eq!(parse(one), parse(other));
        }
        for (one, other) in [
            ("https://app.example", "http://app.example"),
            ("https://app.example", "https://app.example:80"),
            ("http://app.example", "http://app.example:443"),
            ("https://app.example", "https://app.example."),
            ("https://app.example", "https://www.app.example"),
        ] {
            assert_ne!(parse(one), parse(other));
        }
    }

    #[test]
    fn what_no_browser_sends_is_no_origin() {
        for text in [
            "",
            "*",
            "null",
            "app.example",
            "https://",
            "https://app.example/",
            "https://app.example/path",
            "https://app.example?",
            "https://user@app.example",
            "https://*.app.example",
            "https://app.example:",
            "https://app.example:65536",
            "https://app.example:+1",
            "https://app.example:443:443",
            "https://b\u{fc}cher.example",
            "https://app.example https://other.example",
            "https://[::1",
            "https://[not-one]",
            "://app.example",
            "1http://app.example",
            "file://",
        ] {
            assert_eq!(Origin::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_server_is_known_by_host_and_port() {
        let is_of = |origin, server| Origin::parse(origin).unwrap().is_of(&Authority::parse(server).unwrap());
        for (origin, server) in [
            ("https://bank.example", "bank.example"),
            ("http://bank.example", "BANK.example"),
            ("https://bank.example", "bank.example:443"),
            ("http://bank.example", "bank.example:80"),
            ("https://bank.example:443", "bank.example"),
            ("https://bank.example:8443", "bank.example:8443"),
            ("http://[::1]:3000", "[0::1]:3000"),
        ] {
            assert!(is_of(origin, server), "{origin} {server}");
        }
        for (origin, server) in [
            ("https://bank.example", "bank.example:80"),
            ("http://bank.example", "bank.example:443"),
            ("https://bank.example:80", "bank.example:443"),
            ("https://bank.example:8443", "bank.example"),
            ("https://bank.example", "bank.example:8443"),
            ("https://bank.example.evil.example", "bank.example"),
            ("capacitor://bank.example", "bank.example"),
        ] {
            assert!(!is_of(origin, server), "{origin} {server}");
        }
    }
}
