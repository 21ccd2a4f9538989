use std::error::Error as StdError;
use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use http::uri::Authority;

/// Where the platform is: `https` anywhere, plain `http` on the loopback interface only.
///
/// May carry a path prefix for a platform behind a reverse proxy. Credentials, a query and a
/// fragment are refused, as is every spelling of a host that two readers could take differently.
///
/// ```
/// use biometry_client::BaseUrl;
///
/// assert_eq!(BaseUrl::parse("https://api.biometrysolutions.com/")?, BaseUrl::production());
/// assert!(BaseUrl::parse("http://127.0.0.1:4010").is_ok());
/// assert!(BaseUrl::parse("http://api.biometrysolutions.com").is_err());
/// # Ok::<(), biometry_client::BaseUrlError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Scheme, authority and path prefix, without a slash at the end.
    text: String,
}

impl BaseUrl {
    /// The vendor's production host, `https://api.biometrysolutions.com`.
    pub fn production() -> Self {
        Self { text: "https://api.biometrysolutions.com".to_owned() }
    }

    /// Reads an address.
    ///
    /// # Errors
    /// See [`BaseUrlErrorKind`] for what is refused.
    pub fn parse(text: &str) -> Result<Self, BaseUrlError> {
        if text.contains(['?', '#']) {
            return Err(BaseUrlError(BaseUrlErrorKind::QueryOrFragment));
        }
        let uri: Uri = text.parse().map_err(|_| BaseUrlError(BaseUrlErrorKind::Malformed))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(BaseUrlError(BaseUrlErrorKind::Malformed));
        };
        if authority.as_str().contains('@') {
            return Err(BaseUrlError(BaseUrlErrorKind::UserInfo));
        }
        parse_authority(authority)?;
        if !is_permitted(&uri) {
            return Err(BaseUrlError(BaseUrlErrorKind::Insecure));
        }
        let prefix = parse_prefix(uri.path())?;
        let (scheme, authority) = (scheme.to_ascii_lowercase(), authority.as_str().to_ascii_lowercase());
        Ok(Self { text: format!("{scheme}://{authority}{prefix}") })
    }

    /// The address with this path (and query) appended.
    pub(crate) fn join(&self, path_and_query: &str) -> Result<Uri, http::uri::InvalidUri> {
        format!("{}{path_and_query}", self.text).parse()
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Whether a key may travel to this address: TLS, or the loopback interface.
pub(crate) fn is_permitted(uri: &Uri) -> bool {
    match uri.scheme_str() {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => true,
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => is_loopback(uri),
        _ => false,
    }
}

/// Whether the host is `127.0.0.0/8`, `[::1]` or `localhost`, spelled plainly.
pub(crate) fn is_loopback(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    if host.eq_ignore_ascii_case("localhost") {
        return true;
    }
    match parse_ipv6(host) {
        Some(address) => address.is_loopback(),
        None => host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback()),
    }
}

/// Why a text is not a [`BaseUrl`]. Never repeats the text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct BaseUrlError(BaseUrlErrorKind);

impl BaseUrlError {
    /// What is wrong with the text.
    pub fn kind(&self) -> BaseUrlErrorKind {
        self.0
    }
}

impl fmt::Display for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            BaseUrlErrorKind::Malformed => "the platform address is not an absolute url",
            BaseUrlErrorKind::Insecure => {
                "the platform address must be https, or http on the loopback interface"
            }
            BaseUrlErrorKind::UserInfo => "the platform address must not carry credentials",
            BaseUrlErrorKind::QueryOrFragment => "the platform address must not carry a query or a fragment",
            BaseUrlErrorKind::Prefix => "the path prefix of the platform address is not plain",
        })
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for BaseUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl StdError for BaseUrlError {}

/// What [`BaseUrlError`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BaseUrlErrorKind {
    /// Not an absolute URL with a plainly spelled host.
    Malformed,
    /// A scheme other than `https`, or `http` beyond the loopback interface.
    Insecure,
    /// Credentials in front of the host.
    UserInfo,
    /// A query or a fragment, empty ones included.
    QueryOrFragment,
    /// A path prefix with empty, `.` or `..` segments or characters outside `A-Za-z0-9._~-`.
    Prefix,
}

fn parse_authority(authority: &Authority) -> Result<(), BaseUrlError> {
    let host = authority.host();
    let is_name = !host.is_empty() && host.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
    let has_port = authority.as_str() != host;
    if (is_name || parse_ipv6(host).is_some()) && (!has_port || authority.port_u16().is_some()) {
        Ok(())
    } else {
        Err(BaseUrlError(BaseUrlErrorKind::Malformed))
    }
}

fn parse_ipv6(host: &str) -> Option<Ipv6Addr> {
    host.strip_prefix('[')?.strip_suffix(']')?.parse().ok()
}

fn parse_prefix(path: &str) -> Result<&str, BaseUrlError> {
    let prefix = path.strip_suffix('/').unwrap_or(path);
    let is_plain = |segment: &str| {
        !matches!(segment, "" | "." | "..")
            && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b))
    };
    if prefix.is_empty() || prefix.split('/').skip(1).all(is_plain) {
        Ok(prefix)
    } else {
        Err(BaseUrlError(BaseUrlErrorKind::Prefix))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_tls_anywhere_and_plain_http_on_loopback() {
        let cases = [
            ("https://api.biometrysolutions.com", "https://api.biometrysolutions.com"),
            ("HTTPS://API.Example.com/", "https://api.example.com"),
            ("https://api.example.com:8443/biometry/v1/", "https://api.example.com:8443/biometry/v1"),
            ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
            ("http://127.0.0.1:4010", "http://127.0.0.1:4010"),
            ("http://127.8.9.10", "http://127.8.9.10"),
            ("http://[::1]:80/", "http://[::1]:80"),
            ("http://LOCALHOST:1", "http://localhost:1"),
        ];
        for (text, expected) in cases {
            assert_eq!(BaseUrl::parse(text).unwrap().to_string(), expected);
        }
    }

    #[test]
    fn refuses_everything_else() {
        use BaseUrlErrorKind::*;
        let cases = [
            ("", Malformed),
            ("api.example.com", Malformed),
            ("/api", Malformed),
            ("https://", Malformed),
            ("https:///x", Malformed),
            ("https://exa_mple.com", Malformed),
            ("https://a,b.com", Malformed),
            ("https://[::1", Malformed),
            ("https://[v1.x]/", Malformed),
            ("https://host:port", Malformed),
            ("https://host:", Malformed),
            ("https://host:65536", Malformed),
            ("http://api.example.com", Insecure),
            ("http://127.1", Insecure),
            ("http://0x7f.0.0.1", Insecure),
            ("http://0.0.0.0", Insecure),
            ("http://[::]", Insecure),
            ("http://[::ffff:127.0.0.1]", Insecure),
            ("http://localhost.example.com", Insecure),
            ("http://localhost.", Insecure),
            ("http://127.0.0.1.example.com", Insecure),
            ("ftp://127.0.0.1", Insecure),
            ("https://key@example.com", UserInfo),
            ("http://127.0.0.1@example.com", UserInfo),
            ("https://example.com?x=1", QueryOrFragment),
            ("https://example.com/#", QueryOrFragment),
            ("https://example.com//a", Prefix),
            ("https://example.com/a/../b", Prefix),
            ("https://example.com/a/./b", Prefix),
            ("https://example.com/%2e%2e", Prefix),
            ("https://example.com/a;b", Prefix),
        ];
        for (text, kind) in cases {
            assert_eq!(BaseUrl::parse(text).map_err(|error| error.kind()), Err(kind), "{text:?}");
        }
    }

    #[test]
    fn joins_paths_behind_the_prefix() {
        let base = BaseUrl::parse("https://example.com/biometry/").unwrap();
        assert_eq!(base.join("/a/b?c=d").unwrap(), "https://example.com/biometry/a/b?c=d");
    }
}
