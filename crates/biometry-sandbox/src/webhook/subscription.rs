use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use serde_json::Value;

use super::parcel::Parcel;
use super::signature::Secret;

/// A webhook that was created: where events are delivered to, and how they are signed.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    /// The key whose calls it reports.
    pub(crate) key: String,
    pub(crate) address: Address,
    /// What comes along with each delivery.
    pub(crate) headers: HeaderMap,
    pub(crate) secret: Secret,
}

/// Where deliveries go.
#[derive(Debug, Clone)]
pub(crate) enum Address {
    /// A listener on this machine.
    Loopback(Uri),
    /// Anywhere else: nothing is ever sent there.
    Elsewhere,
}

impl Webhook {
    /// An event for this webhook's listener; none where it has none.
    pub(crate) fn parcel(&self, body: &Value) -> Option<Parcel> {
        let Address::Loopback(url) = &self.address else { return None };
        Some(Parcel::new(url.clone(), self.headers.clone(), self.secret.clone(), body))
    }
}

impl Address {
    /// `https` anywhere, `http` on the loopback interface; nothing else.
    pub(crate) fn parse(url: &str) -> Option<Self> {
        let uri: Uri = url.parse().ok()?;
        let host = uri.host().filter(|_| !url.contains('@'))?;
        match uri.scheme_str()? {
            "http" if LOOPBACK.contains(&host) => Some(Self::Loopback(uri)),
            "https" => Some(Self::Elsewhere),
            _ => None,
        }
    }
}

/// Headers as the platform takes them, in an object; `None` where they can be no headers.
pub(crate) fn parse_headers(value: &Value) -> Option<HeaderMap> {
    let pairs = value.as_object()?.iter().map(|(name, value)| {
        let name = HeaderName::try_from(name).ok()?;
        Some((name, HeaderValue::from_str(value.as_str()?).ok()?))
    });
    pairs.collect()
}

const LOOPBACK: [&str; 3] = ["127.0.0.1", "[::1]", "localhost"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_listeners_on_this_machine_are_called() {
        for url in ["http://127.0.0.1:3000/hook", "http://[::1]/", "http://localhost:80/a?b"] {
            assert!(matches!(Address::parse(url), Some(Address::Loopback(_))), "{url}");
        }
        assert!(matches!(Address::parse("https://bank.example/hook"), Some(Address::Elsewhere)));
        for url in ["", "/hook", "http://bank.example/", "http://127.0.0.1.bank.example/", "ftp://localhost/"]
        {
            assert!(Address::parse(url).is_none(), "{url}");
        }
        assert!(Address::parse("http://127.0.0.1@bank.example/").is_none());
    }
}
