//! Refuses what a browser sends on another site's behalf (cross-site request forgery).
//!
//! A `multipart/form-data` upload needs no CORS preflight, so a foreign page could send one with the caller's cookies.
//! Browsers say where a request comes from: `Sec-Fetch-Site` where they know it, `Origin` otherwise. A request with
//! neither comes from a program that is no browser and passes, unless [`strict`](CrossSite::strict) is on.
//!
//! Safe methods (GET, HEAD, OPTIONS) change nothing and pass, except where a single use would be used up.
//!
//! The gate and the mounted routes check this themselves, by the rule that
//! [`Builder::cross_site`](crate::Builder::cross_site) sets. Hosts put [`CrossSiteLayer`] around their own
//! state-changing routes; with [`BiometryGate::cross_site`](crate::BiometryGate::cross_site) one rule holds for all.
//!
//! **Deployment.** Without [`CrossSite::public_origin`], the `Origin` header is compared with the `Host` header as it
//! arrives. A proxy in front that rewrites `Host` makes old browsers look foreign, and pages of the same host look
//! alike whether they came by `http` or by `https`: name the origin that people see.
//!
//! ```
//! use biometry_gate::cross_site::CrossSite;
//!
//! let rule = CrossSite::new().public_origin("https://bank.example.com")?.allow_origin("https://app.example.com")?;
//!
//! let foreign = http::Request::post("/transfer").header("sec-fetch-site", "cross-site").body(())?.into_parts().0;
//! let own = http::Request::post("/transfer").header("origin", "https://bank.example.com").body(())?.into_parts().0;
//! assert!(rule.check(&foreign).is_err() && rule.check(&own).is_ok());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod layer;
mod origin;

use std::fmt;

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, UPGRADE};

pub use self::layer::{CrossSiteFuture, CrossSiteLayer, CrossSiteService};
pub use self::origin::OriginError;
use self::origin::{Authority, Origin};

use crate::challenge::{Code, Problem};
use crate::request_head::RequestHead;

/// Which origins may send state-changing requests. The default is the host's own alone, and clients that are no
/// browsers.
#[derive(Clone, Debug, Default)]
pub struct CrossSite {
    public: Option<Origin>,
    allowed: Vec<Origin>,
    allows_tokens: bool,
    strict: bool,
}

/// The request came from another site. It converts to a [`Problem`] with 403 `cross-site`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromAnotherSite;

impl CrossSite {
    /// The default rule: same origin only, and clients that are no browsers.
    pub fn new() -> Self {
        Self::default()
    }

    /// The origin that people see in their browsers, `https://bank.example.com` for example: it takes the place of the
    /// `Host` header, which a proxy may have rewritten, and which says nothing of the scheme. Unknown by default.
    ///
    /// # Errors
    /// When no browser could send such an origin.
    pub fn public_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        self.public = Some(Origin::parse(origin).ok_or(OriginError)?);
        Ok(self)
    }

    /// Also lets `origin` in, `https://app.example.com` for example, where the browser calls it same-site or says
    /// nothing but `Origin`. Pages of another site stay outside: see [`allow_tokens`](Self::allow_tokens).
    ///
    /// # Errors
    /// When no browser could send such an origin, so that it would never match.
    pub fn allow_origin(mut self, origin: &str) -> Result<Self, OriginError> {
        self.allowed.push(Origin::parse(origin).ok_or(OriginError)?);
        Ok(self)
    }

    /// Also lets in, from wherever they come, callers who authenticate with a token and send no cookie: apps in a web view
    /// (`Origin: capacitor://localhost`), pages of another site. Off by default.
    ///
    /// A browser adds the header `Authorization: Bearer …` (or `DPoP …`) to no request by itself, so no page can forge one in
    /// a caller's name. A request with a `Cookie` header is held to the other rules whatever else it carries, and so is one
    /// whose credentials browsers do add by themselves (`Basic`, `Digest`, `Negotiate`). It is no setting for hosts that know
    /// their callers by a TLS certificate or an address: browsers send those along, too.
    #[must_use]
    pub fn allow_tokens(mut self) -> Self {
        self.allows_tokens = true;
        self
    }

    /// Refuses requests that carry neither `Sec-Fetch-Site` nor `Origin`, too. Off by default, because programs that
    /// are no browsers send neither.
    #[must_use]
    pub fn strict(mut self) -> Self {
        self.strict = true;
        self
    }

    /// Checks one request. Safe methods pass, for they change nothing; the handshake of a WebSocket does not, for what
    /// comes through it is bound to no origin any more.
    ///
    /// # Errors
    /// When a browser sent it on another site's behalf.
    pub fn check(&self, head: &impl RequestHead) -> Result<(), FromAnotherSite> {
        let safe = matches!(head.method(), "GET" | "HEAD" | "OPTIONS") && !is_handshake(head);
        if safe { Ok(()) } else { self.check_any_method(head) }
    }

    /// [`check`](Self::check) for requests that change something whatever their method: those that use an approval up.
    ///
    /// # Errors
    /// When a browser sent it on another site's behalf.
    pub fn check_any_method(&self, head: &impl RequestHead) -> Result<(), FromAnotherSite> {
        if self.is_own(head) { Ok(()) } else { Err(FromAnotherSite) }
    }

    fn is_own(&self, head: &impl RequestHead) -> bool {
        self.comes_from_here(head) || (self.allows_tokens && authenticates_by_token_alone(head))
    }

    fn comes_from_here(&self, head: &impl RequestHead) -> bool {
        let (Ok(site), Ok(origin)) = (single(head, &SEC_FETCH_SITE), single(head, &ORIGIN)) else {
            return false;
        };
        let origin = origin.map(Origin::parse);
        match (site, origin) {
            (Some("same-origin" | "none"), _) => true,
            (Some("same-site"), Some(Some(origin))) => self.allowed.contains(&origin),
            (Some(_), _) | (None, Some(None)) => false,
            (None, Some(Some(origin))) => self.allowed.contains(&origin) || self.is_hosts_own(&origin, head),
            (None, None) => !self.strict,
        }
    }

    fn is_hosts_own(&self, origin: &Origin, head: &impl RequestHead) -> bool {
        match &self.public {
            Some(public) => origin == public,
            None => server(head).is_some_and(|server| origin.is_of(&server)),
        }
    }
}

/// Whether the one thing by which the caller may be known is a token that no browser sends by itself.
fn authenticates_by_token_alone(head: &impl RequestHead) -> bool {
    let Ok(Some(credentials)) = single(head, &AUTHORIZATION) else { return false };
    let (scheme, token) = credentials.split_once(' ').unwrap_or((credentials, ""));
    let is_token =
        TOKEN_SCHEMES.iter().any(|known| scheme.eq_ignore_ascii_case(known)) && !token.trim().is_empty();
    is_token && !head.has(&COOKIE)
}

/// A WebSocket's handshake (RFC 6455, section 4.1). That of HTTP/2 is a CONNECT, which is no safe method.
fn is_handshake(head: &impl RequestHead) -> bool {
    let names = |value: &[u8]| {
        value.split(|byte| *byte == b',').any(|name| {
            name.trim_ascii().get(..WEBSOCKET.len()).is_some_and(|name| name.eq_ignore_ascii_case(WEBSOCKET))
        })
    };
    head.has(&UPGRADE) && head.values(&UPGRADE).any(names)
}

/// Whom the request was sent to, as it arrived.
fn server(head: &impl RequestHead) -> Option<Authority> {
    match (single(head, &HOST), head.authority()) {
        (Ok(Some(host)), _) => Authority::parse(host),
        (Ok(None), Some(authority)) => Authority::parse(authority),
        _ => None,
    }
}

/// The header's one value; an error where it is repeated or cannot be read.
fn single<'a>(head: &'a impl RequestHead, name: &HeaderName) -> Result<Option<&'a str>, ()> {
    let mut values = head.values(name);
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => std::str::from_utf8(value).map(Some).map_err(drop),
        (Some(_), Some(_)) => Err(()),
    }
}

impl fmt::Display for FromAnotherSite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request was sent on another site's behalf")
    }
}

impl std::error::Error for FromAnotherSite {}

impl From<FromAnotherSite> for Problem {
    fn from(error: FromAnotherSite) -> Self {
        Self::new(Code::CrossSite, error.to_string())
    }
}

const TOKEN_SCHEMES: [&str; 2] = ["Bearer", "DPoP"];
const WEBSOCKET: &[u8] = b"websocket";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn check(rule: &CrossSite, headers: &[(&str, &str)]) -> bool {
        let mut request = Request::post("/transfer").header("host", "bank.example:8443");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        rule.check(&request.body(()).unwrap().into_parts().0).is_ok()
    }

    #[test]
    fn browsers_have_to_come_from_here() {
        let rule = CrossSite::new();
        for own in [
            &[][..],
            &[("sec-fetch-site", "same-origin")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://bank.example:8443")],
            &[("origin", "http://BANK.example:8443")],
        ] {
            assert!(check(&rule, own), "{own:?}");
        }
        for foreign in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "SAME-ORIGIN")],
            &[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "cross-site"), ("origin", "https://bank.example:8443")],
            &[("origin", "null")],
            &[("origin", "https://bank.example")],
            &[("origin", "https://bank.example:8443.evil.example")],
            &[("origin", "https://evil.example")],
            &[("origin", "bank.example:8443")],
        ] {
            assert!(!check(&rule, foreign), "{foreign:?}");
        }
    }

    #[test]
    fn a_handshake_is_no_mere_reading() {
        let check = |headers: &[(&str, &str)]| {
            let mut request = Request::get("/live").header("host", "bank.example:8443");
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            CrossSite::new().check(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        let (own, foreign) = (("origin", "https://bank.example:8443"), ("origin", "https://evil.example"));
        assert!(check(&[foreign]) && check(&[foreign, ("upgrade", "h2c")]));
        for handshake in ["websocket", "WebSocket", "h2c, websocket", "websocket/13"] {
            assert!(check(&[own, ("upgrade", handshake)]) && check(&[("upgrade", handshake)]), "{handshake}");
            assert!(!check(&[foreign, ("upgrade", handshake)]), "{handshake}");
        }
    }

    #[test]
    fn an_allowed_origin_is_let_in_and_never_across_sites() {
        let rule = CrossSite::new().allow_origin("https://app.example").unwrap();
        for origin in ["https://app.example", "https://App.Example", "https://app.example:443"] {
            assert!(check(&rule, &[("origin", origin)]), "{origin}");
        }
        assert!(!check(&rule, &[("origin", "http://app.example")]));
        assert!(check(&rule, &[("sec-fetch-site", "same-site"), ("origin", "https://app.example")]));
        assert!(!check(&rule, &[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")]));
    }

    #[test]
    fn the_strict_setting_wants_a_browsers_word() {
        assert!(!check(&CrossSite::new().strict(), &[]));
    }

    #[test]
    fn what_could_never_match_is_refused() {
        for origin in ["https://app.example/", "app.example", "*", "null", "https://*.app.example"] {
            let refused = [CrossSite::new().allow_origin(origin), CrossSite::new().public_origin(origin)];
            assert!(refused.iter().all(Result::is_err), "{origin}");
        }
    }

    #[test]
    fn the_public_origin_takes_the_place_of_the_host() {
        let rule = CrossSite::new().public_origin("https://bank.example").unwrap();
        assert!(check(&rule, &[("origin", "https://bank.example")]));
        assert!(check(&rule, &[("origin", "https://bank.example:443")]) && check(&rule, &[]));
        for foreign in ["http://bank.example", "https://bank.example:8443", "http://bank.example:8443"] {
            assert!(!check(&rule, &[("origin", foreign)]), "{foreign}");
        }
    }

    #[test]
    fn a_default_port_counts_as_none() {
        let own = |host: &str, origin: &str| {
            let request = Request::post("/transfer").header("host", host).header("origin", origin);
            CrossSite::new().check(&request.body(()).unwrap().into_parts().0).is_ok()
        };
        assert!(
            own("bank.example:443", "https://bank.example") && own("bank.example:80", "http://bank.example")
        );
        assert!(
            own("bank.example", "https://bank.example") && own("Bank.example", "https://bank.EXAMPLE:443")
        );
        assert!(
            !own("bank.example:443", "http://bank.example")
                && !own("bank.example:80", "https://bank.example")
        );
    }

    #[test]
    fn a_token_lets_in_who_sends_no_cookie() {
        let (rule, closed) = (CrossSite::new().allow_tokens(), CrossSite::new());
        let app = [("origin", "capacitor://localhost"), ("sec-fetch-site", "cross-site")];
        let with = |rule: &CrossSite, more: &[(&str, &str)]| check(rule, &[&app[..], more].concat());
        for token in ["Bearer abc", "bearer abc", "DPoP abc"] {
            assert!(with(&rule, &[("authorization", token)]), "{token}");
            assert!(!with(&closed, &[("authorization", token)]), "{token}");
            assert!(!with(&rule, &[("authorization", token), ("cookie", "a=b")]), "{token}");
            assert!(!with(&rule, &[("authorization", token), ("cookie", "")]), "{token}");
        }
        for other in ["Basic YTpi", "Digest a", "Negotiate a", "NTLM a", "Bearer", "Bearer ", "abc", ""] {
            assert!(!with(&rule, &[("authorization", other)]), "{other}");
        }
        assert!(!with(&rule, &[("authorization", "Bearer a"), ("authorization", "Basic YTpi")]));
        assert!(!with(&rule, &[]));
    }
}
