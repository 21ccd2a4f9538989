//! Arguments to `http::Request`s: plain functions, no input or output.

pub(crate) mod consent;
pub(crate) mod context;
pub(crate) mod document;
pub(crate) mod enroll;
pub(crate) mod key;
pub(crate) mod match_faces;
pub(crate) mod multipart;
pub(crate) mod process_video;
pub(crate) mod session;
mod tee;
pub(crate) mod transaction;
pub(crate) mod upload;
pub(crate) mod v2;
pub(crate) mod webhook;

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, USER_AGENT};
use http::{HeaderName, HeaderValue, Method, Request};

use crate::{ApiKey, BaseUrl, Body, Deadline, Delivery, Error, ErrorKind};

/// A request, and what must be known of it to judge its failure.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) operation: &'static str,
    pub(crate) request: Request<Body>,
    /// Whether the request names a user within a session, so that a 403 means the session's lock.
    pub(crate) names_session: bool,
    /// Whether the reply may carry images, and be as long as that takes.
    pub(crate) expects_images: bool,
    /// Whether the request can be built again from the same arguments.
    pub(crate) replayable: bool,
}

/// A request under construction: the key, the client's name and what it accepts are there already.
pub(crate) struct Draft {
    operation: &'static str,
    builder: http::request::Builder,
    names_user: bool,
    names_session: bool,
    expects_images: bool,
}

impl Draft {
    pub(crate) fn new(
        operation: &'static str,
        method: Method,
        target: Target<'_>,
        path_and_query: &str,
    ) -> Result<Self, Error> {
        let uri = target.base.join(path_and_query).map_err(|_| unfit())?;
        let builder = Request::builder()
            .method(method)
            .uri(uri)
            .header(AUTHORIZATION, target.key.authorization())
            .header(ACCEPT, HeaderValue::from_static("application/json"))
            .header(USER_AGENT, HeaderValue::from_static(PRODUCT));
        Ok(Self { operation, builder, names_user: false, names_session: false, expects_images: false })
    }

    /// Adds a header kept out of logs and of header compression tables.
    pub(crate) fn sensitive(mut self, name: &'static str, value: &str) -> Result<Self, Error> {
        let mut value = HeaderValue::from_str(value).map_err(|_| unfit())?;
        value.set_sensitive(true);
        self.names_user |= name == USER_FULLNAME;
        self.names_session |= name == SESSION_ID;
        self.builder = self.builder.header(HeaderName::from_static(name), value);
        Ok(self)
    }

    /// Says that the call is about a session that its path or body names.
    pub(crate) fn in_session(self) -> Self {
        Self { names_session: true, ..self }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Result<Self, Error> {
        let value = HeaderValue::from_str(value).map_err(|_| unfit())?;
        self.builder = self.builder.header(HeaderName::from_static(name), value);
        Ok(self)
    }

    pub(crate) fn expects_images(self) -> Self {
        Self { expects_images: true, ..self }
    }

    pub(crate) fn deadline(mut self, deadline: Duration) -> Self {
        self.builder = self.builder.extension(Deadline(deadline));
        self
    }

    pub(crate) fn without_body(mut self) -> Result<Call, Error> {
        if self.builder.method_ref() != Some(&Method::GET) {
            // Front ends may answer 411 to a POST or PUT without a length; hyper leaves out a zero.
            self.builder = self.builder.header(CONTENT_LENGTH, HeaderValue::from_static("0"));
        }
        self.finish(Body::empty(), true)
    }

    pub(crate) fn json(mut self, text: String) -> Result<Call, Error> {
        self.builder = self.builder.header(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.finish(Body::from_bytes(text), true)
    }

    pub(crate) fn multipart(mut self, form: multipart::Form) -> Result<Call, Error> {
        let (content_type, body) = form.finish();
        self.builder = self.builder.header(CONTENT_TYPE, content_type);
        self.finish(Body::new(body), false)
    }

    fn finish(self, body: Body, replayable: bool) -> Result<Call, Error> {
        let request = self.builder.body(body).map_err(|_| unfit())?;
        let names_session = self.names_user && self.names_session;
        Ok(Call {
            operation: self.operation,
            request,
            names_session,
            expects_images: self.expects_images,
            replayable,
        })
    }
}

/// Where a request goes, and in whose name.
#[derive(Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) base: &'a BaseUrl,
    pub(crate) key: &'a ApiKey,
}

/// The error of an argument that cannot travel.
pub(crate) fn unfit() -> Error {
    Error::new(ErrorKind::InvalidArgument, Delivery::NotSent)
}

/// An id as one segment of a path; the two segments that mean another place are no ids.
pub(crate) fn path_segment(id: &str) -> Result<String, Error> {
    match id {
        "" | "." | ".." => Err(unfit()),
        id => Ok(percent_encode(id)),
    }
}

/// Percent-encodes everything but RFC 3986's unreserved characters.
pub(crate) fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

pub(crate) const USER_FULLNAME: &str = "x-user-fullname";
pub(crate) const SESSION_ID: &str = "x-session-id";
const PRODUCT: &str = concat!("biometry-client/", env!("CARGO_PKG_VERSION"));

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A base URL and a key to build requests with.
    pub(crate) fn target() -> (BaseUrl, ApiKey) {
        let base = BaseUrl::parse("http://127.0.0.1:1/prefix").unwrap();
        let key = ApiKey::parse("e30.e30.c2ln").unwrap();
        (base, key)
    }

    /// Reads a body that never waits.
    pub(crate) fn read(body: Body) -> Vec<u8> {
        use http_body_util::BodyExt as _;
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(body.collect()).unwrap().to_bytes().to_vec()
    }

    pub(crate) fn read_text(call: Call) -> String {
        String::from_utf8(read(call.request.into_body())).unwrap()
    }

    #[test]
    fn every_request_carries_the_key_and_no_more_than_it_must() {
        let (base, key) = target();
        let draft = Draft::new("probe", Method::GET, Target { base: &base, key: &key }, "/a?b=c").unwrap();
        let call = draft.sensitive(SESSION_ID, "s-1").unwrap().without_body().unwrap();
        assert_eq!(call.request.uri(), "http://127.0.0.1:1/prefix/a?b=c");
        let headers = call.request.headers();
        assert!(headers[AUTHORIZATION].is_sensitive());
        assert!(headers[SESSION_ID].is_sensitive());
        assert_eq!(headers[ACCEPT], "application/json");
        assert_eq!(headers.len(), 4);
        assert!(call.replayable && !call.names_session);
        assert!(!format!("{call:?}").contains("e30.e30"));
    }

    #[test]
    fn an_id_stays_within_its_segment() {
        assert_eq!(path_segment("a/../b?c").unwrap(), "a%2F..%2Fb%3Fc");
        for id in ["", ".", ".."] {
            assert_eq!(path_segment(id).unwrap_err().kind(), ErrorKind::InvalidArgument);
        }
    }

    #[test]
    fn encodes_all_but_unreserved_characters() {
        assert_eq!(percent_encode("a-Z_0.9~"), "a-Z_0.9~");
        assert_eq!(percent_encode("ana+b@x.com&c=#/ %"), "ana%2Bb%40x.com%26c%3D%23%2F%20%25");
    }
}
