//! Refuses what a browser sends on another site's behalf.
//!
//! A `multipart/form-data` upload needs no CORS preflight, so a foreign page could send one with the caller's cookies.
//! Browsers say where a request comes from: `Sec-Fetch-Site` where they know it, `Origin` otherwise. A request with
//! neither comes from no browser and is let through, unless the strict setting is on.
//!
//! Safe methods (GET, HEAD, OPTIONS) change nothing and pass, except where a single use would be used up.
//!
//! The gate and the mounted routes check this themselves. Hosts put [`CrossSiteLayer`] around their own
//! state-changing routes.
//!
//! **Deployment.** `Origin` is compared with the `Host` header as it arrives. A proxy in front that rewrites `Host`
//! makes old browsers look foreign: name the public origin with [`CrossSite::allow_origin`].

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::header::{HOST, ORIGIN, UPGRADE};
use http::{HeaderName, Request, Response};
use pin_project_lite::pin_project;
use tower_layer::Layer;
use tower_service::Service;

use crate::challenge::{Code, Problem};
use crate::request_head::RequestHead;

/// Which origins may send state-changing requests.
#[derive(Clone, Debug, Default)]
pub struct CrossSite {
    allowed: Vec<String>,
    strict: bool,
}

/// The request came from another site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FromAnotherSite;

impl CrossSite {
    /// Same origin only, and clients that are no browsers.
    pub fn new() -> Self {
        Self::default()
    }

    /// Also lets `origin` in, `https://app.example.com` for example, where the browser calls it same-site or says
    /// nothing but `Origin`.
    #[must_use]
    pub fn allow_origin(mut self, origin: &str) -> Self {
        self.allowed.push(origin.to_ascii_lowercase());
        self
    }

    /// Refuses requests that carry neither header, too.
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
        let (Ok(site), Ok(origin)) = (single(head, &SEC_FETCH_SITE), single(head, &ORIGIN)) else {
            return false;
        };
        match (site, origin) {
            (Some("same-origin" | "none"), _) => true,
            (Some("same-site"), Some(origin)) => self.is_allowed(origin),
            (Some(_), _) => false,
            (None, Some(origin)) => self.is_allowed(origin) || is_hosts_own(origin, head),
            (None, None) => !self.strict,
        }
    }

    fn is_allowed(&self, origin: &str) -> bool {
        self.allowed.iter().any(|allowed| origin.eq_ignore_ascii_case(allowed))
    }
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

fn is_hosts_own(origin: &str, head: &impl RequestHead) -> bool {
    let own = match (single(head, &HOST), head.authority()) {
        (Ok(Some(host)), _) => host,
        (Ok(None), Some(authority)) => authority,
        _ => return false,
    };
    let site = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    site.is_some_and(|site| site.eq_ignore_ascii_case(own))
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

/// Puts [`CrossSite`] in front of a service.
#[derive(Clone, Debug, Default)]
pub struct CrossSiteLayer(CrossSite);

/// The service that [`CrossSiteLayer`] makes.
#[derive(Clone, Debug)]
pub struct CrossSiteService<S> {
    inner: S,
    rule: CrossSite,
}

impl CrossSiteLayer {
    /// A layer that applies `rule`.
    pub fn new(rule: CrossSite) -> Self {
        Self(rule)
    }
}

impl<S> Layer<S> for CrossSiteLayer {
    type Service = CrossSiteService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        CrossSiteService { inner, rule: self.0.clone() }
    }
}

impl<S, B, R> Service<Request<B>> for CrossSiteService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: From<Bytes>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = CrossSiteFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (head, body) = request.into_parts();
        match self.rule.check(&head) {
            Ok(()) => CrossSiteFuture::Inner { future: self.inner.call(Request::from_parts(head, body)) },
            Err(error) => CrossSiteFuture::Refused { problem: Some(error.into()) },
        }
    }
}

pin_project! {
    /// The future of [`CrossSiteService`].
    #[project = CrossSiteFutureProjection]
    #[derive(Debug)]
    pub enum CrossSiteFuture<F> {
        #[doc(hidden)]
        Inner { #[pin] future: F },
        #[doc(hidden)]
        Refused { problem: Option<Problem> },
    }
}

impl<F, R, E> Future for CrossSiteFuture<F>
where
    F: Future<Output = Result<Response<R>, E>>,
    R: From<Bytes>,
{
    type Output = Result<Response<R>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project() {
            CrossSiteFutureProjection::Inner { future } => Poll::Ready(ready!(future.poll(cx))),
            CrossSiteFutureProjection::Refused { problem } => {
                let problem = problem.take().expect("polled after completion");
                Poll::Ready(Ok(problem.into_response()))
            }
        }
    }
}

const WEBSOCKET: &[u8] = b"websocket";
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

#[cfg(test)]
mod tests {
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
        let rule = CrossSite::new().allow_origin("https://app.example");
        assert!(check(&rule, &[("origin", "https://app.example")]));
        assert!(check(&rule, &[("sec-fetch-site", "same-site"), ("origin", "https://app.example")]));
        assert!(!check(&rule, &[("sec-fetch-site", "cross-site"), ("origin", "https://app.example")]));
    }

    #[test]
    fn the_strict_setting_wants_a_browsers_word() {
        assert!(!check(&CrossSite::new().strict(), &[]));
    }
}
