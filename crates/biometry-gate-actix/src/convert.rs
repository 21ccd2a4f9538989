//! Where the two versions of `http` meet: actix-web is built on 0.2, the core on 1.x.
//!
//! A check is asked with a [`Head`], which converts nothing but the name of a header that is looked up. The mounted
//! routes and readers of intents get a whole head, converted once.

use std::sync::LazyLock;

use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::{Authority, PathAndQuery};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse, HttpResponseBuilder};
use biometry_gate::Denial;
use biometry_gate::gate::{NO_STORE, RequestHead};
use biometry_gate::principal::{Identified, Identify, IdentifyError, Principal};
use bytes::Bytes;
use http::request::Parts;

use crate::resolver::Resolver;

/// An actix request as the core sees it: [`BiometryGate::check`], [`redeem_login`] and the rest take it.
///
/// ```
/// use actix_web::HttpRequest;
/// use biometry_gate_actix::{BiometryGate, Head, Refusal};
///
/// /// `POST /login/face`
/// async fn login(gate: actix_web::web::Data<BiometryGate>, request: HttpRequest) -> Result<String, Refusal> {
///     let user = gate.redeem_login(&Head::of(&request)).await.map_err(|denial| gate.refuse(denial))?;
///     Ok(format!("open the host's session for {}", user.subject().as_str()))
/// }
/// # let _ = login;
/// ```
///
/// [`BiometryGate::check`]: biometry_gate::BiometryGate::check
/// [`redeem_login`]: biometry_gate::BiometryGate::redeem_login
#[derive(Clone, Copy, Debug)]
pub struct Head<'a>(&'a HttpRequest);

impl<'a> Head<'a> {
    /// The head of `request`. Nothing is converted until a check looks at it.
    pub fn of(request: &'a HttpRequest) -> Self {
        Self(request)
    }
}

impl RequestHead for Head<'_> {
    fn method(&self) -> &str {
        self.0.method().as_str()
    }

    fn values<'a>(&'a self, name: &http::HeaderName) -> impl Iterator<Item = &'a [u8]> {
        self.0.headers().get_all(name.as_str()).map(HeaderValue::as_bytes)
    }

    fn authority(&self) -> Option<&str> {
        self.0.uri().authority().map(Authority::as_str)
    }

    fn target(&self) -> Option<&str> {
        self.0.uri().path_and_query().map(PathAndQuery::as_str)
    }

    fn caller(&self, identify: &dyn Identify) -> Result<Option<Principal>, IdentifyError> {
        match Resolver::resolve(self.0) {
            Some(caller) => caller,
            // The gate's own resolver reads a head as the core has it.
            None => identify
                .identify(&parts(self.0).ok_or_else(|| IdentifyError::new("a head could not be converted"))?),
        }
    }
}

/// The whole head; none where the core's types cannot express it.
pub(crate) fn parts(request: &HttpRequest) -> Option<Parts> {
    parts_at(request, request.uri().path_and_query().map_or("/", PathAndQuery::as_str))
}

/// The whole head with another path and query.
pub(crate) fn parts_at(request: &HttpRequest, path_and_query: &str) -> Option<Parts> {
    let mut parts = http::Request::new(()).into_parts().0;
    parts.method = method(request.method())?;
    parts.uri = uri(request.uri(), path_and_query)?;
    parts.version = match request.version() {
        actix_web::http::Version::HTTP_2 => http::Version::HTTP_2,
        actix_web::http::Version::HTTP_10 => http::Version::HTTP_10,
        _ => http::Version::HTTP_11,
    };
    parts.headers = headers(request.headers())?;
    if let Some(principal) = request.extensions().get::<Principal>() {
        parts.extensions.insert(principal.clone());
    }
    if let Some(caller) = Resolver::resolve(request) {
        parts.extensions.insert(Identified(caller));
    }
    Some(parts)
}

/// An answer of the core as actix sends it.
pub(crate) fn response(response: http::Response<Bytes>) -> HttpResponse {
    let (mut head, body) = response.into_parts();
    let mut builder = HttpResponseBuilder::new(status(head.status));
    for (name, value) in &head.headers {
        // actix writes this header from a flag, not from the map.
        if name == http::header::CONNECTION && value == "close" {
            builder.force_close();
        } else if let Some((name, value)) = header(name, value) {
            builder.append_header((name, value));
        }
    }
    let mut response = builder.body(body);
    if let Some(denial) = head.extensions.remove::<Denial>() {
        response.extensions_mut().insert(denial);
    }
    response
}

pub(crate) fn status(status: http::StatusCode) -> StatusCode {
    // INVARIANT: both versions take 100 to 999.
    StatusCode::from_u16(status.as_u16()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// Marks a gated answer, unless the handler has said something else.
pub(crate) fn forbid_storing(headers: &mut HeaderMap) {
    if let Some((name, value)) = &*STORED_NOWHERE
        && !headers.contains_key(name)
    {
        headers.insert(name.clone(), value.clone());
    }
}

/// Converted once.
static STORED_NOWHERE: LazyLock<Option<(HeaderName, HeaderValue)>> = LazyLock::new(|| {
    let (name, value) = NO_STORE;
    header(&name, &value)
});

fn method(method: &Method) -> Option<http::Method> {
    http::Method::from_bytes(method.as_str().as_bytes()).ok()
}

fn uri(uri: &Uri, path_and_query: &str) -> Option<http::Uri> {
    let builder = match (uri.scheme_str(), uri.authority()) {
        (Some(scheme), Some(authority)) => http::Uri::builder().scheme(scheme).authority(authority.as_str()),
        _ => http::Uri::builder(),
    };
    builder.path_and_query(path_and_query).build().ok()
}

fn headers(headers: &HeaderMap) -> Option<http::HeaderMap> {
    #[cfg(test)]
    tests::CONVERTED.set(tests::CONVERTED.get() + 1);
    let mut converted = http::HeaderMap::with_capacity(headers.len());
    for (name, value) in headers {
        let name = http::HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
        let mut copy = http::HeaderValue::from_bytes(value.as_bytes()).ok()?;
        copy.set_sensitive(value.is_sensitive());
        converted.try_append(name, copy).ok()?;
    }
    Some(converted)
}

fn header(name: &http::HeaderName, value: &http::HeaderValue) -> Option<(HeaderName, HeaderValue)> {
    let name = HeaderName::from_bytes(name.as_str().as_bytes()).ok()?;
    let mut copy = HeaderValue::from_bytes(value.as_bytes()).ok()?;
    copy.set_sensitive(value.is_sensitive());
    Some((name, copy))
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use actix_web::test::TestRequest;

    use super::*;
    use biometry_gate::principal::HostSession;

    thread_local! {
        /// How many header maps were converted on this thread.
        pub(super) static CONVERTED: Cell<usize> = const { Cell::new(0) };
    }

    /// All that a check asks of a head: [`RequestHead`], and nothing else.
    fn ask(head: Head<'_>, identify: &dyn Identify) -> Option<Principal> {
        assert_eq!((head.method(), head.target()), ("GET", Some("/a?b")));
        assert_eq!(head.values(&http::header::COOKIE).next(), Some(b"c=d".as_slice()));
        assert_eq!(head.authority(), None);
        head.caller(identify).unwrap()
    }

    #[test]
    fn a_check_converts_no_header_map() {
        let ana = || Principal::new("ana@example.com", HostSession::parse("a-session").unwrap()).unwrap();
        let request = || TestRequest::get().uri("/a?b").insert_header(("cookie", "c=d"));
        let resolved = request().app_data(Resolver::new(move |_| Ok(Some(ana())))).to_http_request();
        let nobody = |_: &Parts| Ok::<_, IdentifyError>(None);
        assert_eq!(ask(Head::of(&resolved), &nobody), Some(ana()), "the app's own resolver comes first");
        assert_eq!(CONVERTED.get(), 0);
        // Without one, the gate's own gets a head as it reads it.
        assert_eq!(ask(Head::of(&request().to_http_request()), &nobody), None);
        assert_eq!(CONVERTED.get(), 1);
    }
}
