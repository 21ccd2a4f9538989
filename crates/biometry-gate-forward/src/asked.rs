//! The request that the proxy asks about.

use http::request::Parts;
use http::{HeaderMap, HeaderName, Method, Request, Uri};

/// Why the proxy's question cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unclear {
    /// The proxy does not say what it asks about.
    NoRequest,
    /// A path that the proxy and the application could read differently.
    AmbiguousPath,
}

/// Reads method and address from the headers that the proxy sets, each of which has to be there once.
pub(crate) fn asked(question: &Parts) -> Result<Parts, Unclear> {
    let method = only(&question.headers, &METHOD).and_then(|method| Method::from_bytes(method).ok());
    let target = only(&question.headers, &TARGET);
    let uri = target.and_then(|target| Uri::try_from(target).ok());
    let (method, uri) = method.zip(uri).ok_or(Unclear::NoRequest)?;
    is_whole(&uri, target).then_some(()).ok_or(Unclear::AmbiguousPath)?;
    of(question, method, uri)
}

/// The request that was handed over as it is. The proxy says its address as well.
pub(crate) fn handed_over(request: &Parts) -> Result<Parts, Unclear> {
    let target = only(&request.headers, &TARGET);
    target.ok_or(Unclear::NoRequest)?;
    is_whole(&request.uri, target).then_some(()).ok_or(Unclear::AmbiguousPath)?;
    of(request, request.method.clone(), request.uri.clone())
}

fn of(question: &Parts, method: Method, uri: Uri) -> Result<Parts, Unclear> {
    if !uri.path().starts_with('/') {
        return Err(Unclear::NoRequest);
    }
    let is_overridden = OVERRIDES.iter().any(|name| question.headers.contains_key(*name));
    if is_overridden || is_ambiguous(uri.path()) || has_needless_escape(uri.path()) {
        return Err(Unclear::AmbiguousPath);
    }
    let mut head = Request::new(()).into_parts().0;
    head.method = method;
    head.uri = uri.path_and_query().map_or(uri.clone(), |target| Uri::from(target.clone()));
    head.headers = question.headers.clone();
    Ok(head)
}

/// Dots, empty segments, separators in another spelling and parameters: what one of the two normalises and the other
/// does not.
pub(crate) fn is_ambiguous(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    let is_dots = |segment: &str| segment == "." || segment == "..";
    let inner = lower.strip_prefix('/').unwrap_or(&lower);
    let mut segments = inner.split('/').rev();
    // A slash at the end is usual.
    let last = segments.next().unwrap_or_default();
    is_dots(last)
        || segments.any(|segment| segment.is_empty() || is_dots(segment))
        || ["%2f", "%5c", "%2e", "%00", "\\", ";", "%3b"].iter().any(|part| lower.contains(part))
}

/// Whether nothing of the address was left out when it was read: a fragment would be.
fn is_whole(uri: &Uri, target: Option<&[u8]>) -> bool {
    uri.path_and_query().map(|read| read.as_str().as_bytes()) == target
}

/// A character in another spelling than its own: the application reads the same path, and no rule for it fits.
pub(crate) fn has_needless_escape(path: &str) -> bool {
    path.split('%').skip(1).any(|rest| {
        let byte = rest.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        byte.is_none_or(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte))
    })
}

fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a [u8]> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => Some(value.as_bytes()),
        _ => None,
    }
}

const METHOD: HeaderName = HeaderName::from_static("x-forwarded-method");
const TARGET: HeaderName = HeaderName::from_static("x-forwarded-uri");
/// Some applications take another method or address from these than the request has.
const OVERRIDES: [&str; 5] =
    ["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_two_readings_is_ambiguous() {
        for path in ["/", "/a", "/a/", "/a/b.c", "/a/..b", "/a%20b"] {
            assert!(!is_ambiguous(path), "{path}");
        }
        for path in [
            "//",
            "//a",
            "/a//b",
            "/./a",
            "/a/..",
            "/a/../b",
            "/a%2Fb",
            "/%2e%2e/a",
            "/a;b=c",
            "/a\\b",
            "/a%5cb",
            "/a%00",
        ] {
            assert!(is_ambiguous(path), "{path}");
        }
    }

    #[test]
    fn a_letter_in_another_spelling_is_needless() {
        for path in ["/clos%65", "/a%2Db", "/a%", "/a%2", "/a%zz"] {
            assert!(has_needless_escape(path), "{path}");
        }
        for path in ["/a", "/a%20b", "/z%C3%BCrich"] {
            assert!(!has_needless_escape(path), "{path}");
        }
    }

    #[test]
    fn what_the_application_could_read_otherwise_is_refused() {
        let of = |more: &[(&'static str, &'static str)]| {
            let mut question = Request::new(()).into_parts().0;
            question.headers.append("x-forwarded-method", "GET".parse().unwrap());
            for (name, value) in more {
                question.headers.append(*name, value.parse().unwrap());
            }
            asked(&question).map(drop)
        };
        assert_eq!(of(&[("x-forwarded-uri", "/a?b=c")]), Ok(()));
        assert_eq!(of(&[("x-forwarded-uri", "/a?b=c#d")]), Err(Unclear::AmbiguousPath));
        assert_eq!(of(&[("x-forwarded-uri", "http://other.example/a")]), Err(Unclear::AmbiguousPath));
        for name in OVERRIDES {
            assert_eq!(
                of(&[("x-forwarded-uri", "/a"), (name, "DELETE")]),
                Err(Unclear::AmbiguousPath),
                "{name}"
            );
        }
    }

    #[test]
    fn a_question_without_exactly_one_request_is_none() {
        let of = |headers: &[(&'static str, &'static str)]| {
            let mut question = Request::new(()).into_parts().0;
            for (name, value) in headers {
                question.headers.append(*name, value.parse().unwrap());
            }
            asked(&question).map(|head| (head.method, head.uri))
        };
        let (method, uri) = (("x-forwarded-method", "POST"), ("x-forwarded-uri", "/pay?a=1"));
        assert_eq!(of(&[method, uri]), Ok((Method::POST, Uri::from_static("/pay?a=1"))));
        for headers in [&[method][..], &[uri], &[method, uri, uri], &[method, method, uri], &[]] {
            assert_eq!(of(headers), Err(Unclear::NoRequest));
        }
    }
}
