use http::{HeaderMap, HeaderName};

use crate::RequestId;

/// A reply's content, with what the platform says about the request in its headers.
#[derive(Clone, Debug)]
pub struct Reply<T> {
    value: T,
    meta: Meta,
}

impl<T> Reply<T> {
    pub(crate) fn new(value: T, meta: Meta) -> Self {
        Self { value, meta }
    }

    /// The content.
    pub fn value(&self) -> &T {
        &self.value
    }

    /// The content, without the rest.
    pub fn into_inner(self) -> T {
        self.value
    }

    /// The same reply with another content.
    pub fn map<U>(self, map: impl FnOnce(T) -> U) -> Reply<U> {
        Reply { value: map(self.value), meta: self.meta }
    }

    /// One reply of two to calls that belong together: the flags of either, the id of the first that has one.
    pub(crate) fn join<U, V>(self, other: Reply<U>, join: impl FnOnce(T, U) -> V) -> Reply<V> {
        let meta = Meta {
            request_id: self.meta.request_id.or(other.meta.request_id),
            auto_enroll: self.meta.auto_enroll || other.meta.auto_enroll,
            removed_services: self.meta.removed_services || other.meta.removed_services,
        };
        Reply { value: join(self.value, other.value), meta }
    }

    /// The platform's id of the request (`X-Request-Id`), where it sent a plain one.
    pub fn request_id(&self) -> Option<&RequestId> {
        self.meta.request_id.as_ref()
    }

    /// Whether an enrolment of this user was started in the background (`X-Auto-Enroll`), so that
    /// there was nothing to compare with. Read restrictively: every value but exactly `false` counts.
    pub fn auto_enroll(&self) -> bool {
        self.meta.auto_enroll
    }

    /// Whether services were left out for want of consent (`X-Removed-Services`). Read
    /// restrictively: every value but exactly `false` counts, and one of several suffices.
    pub fn removed_services(&self) -> bool {
        self.meta.removed_services
    }
}

/// What the headers of a reply say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meta {
    pub(crate) request_id: Option<RequestId>,
    auto_enroll: bool,
    removed_services: bool,
}

impl Meta {
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
        Self {
            request_id: read_request_id(headers),
            auto_enroll: is_raised(headers, &HeaderName::from_static("x-auto-enroll")),
            removed_services: is_raised(headers, &HeaderName::from_static("x-removed-services")),
        }
    }
}

fn read_request_id(headers: &HeaderMap) -> Option<RequestId> {
    RequestId::parse(headers.get("x-request-id")?.to_str().ok()?).ok()
}

fn is_raised(headers: &HeaderMap, name: &HeaderName) -> bool {
    headers.get_all(name).iter().any(|value| value != "false")
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn meta(lines: &[(&'static str, &'static [u8])]) -> Meta {
        let mut headers = HeaderMap::new();
        for (name, value) in lines {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        Meta::from_headers(&headers)
    }

    #[test]
    fn a_flag_is_raised_by_all_but_a_plain_false() {
        let cases: &[(&[&'static [u8]], bool)] = &[
            (&[], false),
            (&[b"false"], false),
            (&[b"false", b"false"], false),
            (&[b"true"], true),
            (&[b"True"], true),
            (&[b"False"], true),
            (&[b""], true),
            (&[b"0"], true),
            (&[b"false, true"], true),
            (&[b"false", b"true"], true),
            (&[b"\xff"], true),
        ];
        for (values, raised) in cases {
            for name in ["x-auto-enroll", "x-removed-services"] {
                let lines: Vec<_> = values.iter().map(|value| (name, *value)).collect();
                let meta = meta(&lines);
                let read = (meta.auto_enroll, meta.removed_services);
                let expected = if name == "x-auto-enroll" { (*raised, false) } else { (false, *raised) };
                assert_eq!(read, expected, "{values:?}");
            }
        }
    }

    #[test]
    fn a_request_id_is_taken_only_if_it_fits_a_log_line() {
        assert_eq!(meta(&[("x-request-id", b"r-1")]).request_id.unwrap().as_str(), "r-1");
        assert!(meta(&[]).request_id.is_none());
        assert!(meta(&[("x-request-id", b"r 1")]).request_id.is_none());
        assert!(meta(&[("x-request-id", b"\xff")]).request_id.is_none());
        assert!(meta(&[("x-request-id", &[b'r'; 129])]).request_id.is_none());
    }
}
