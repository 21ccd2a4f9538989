//! What the proxy is answered.

use biometry_gate::receipts::ReceiptToken;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, LOCATION, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde_json::{Value, json};

/// Whether a request may pass.
#[derive(Clone, Debug)]
pub(crate) enum Verdict {
    Allowed(ReceiptToken),
    /// A CORS preflight: it passes without a receipt.
    Preflight,
    Refused(Response<Bytes>),
}

/// Whom the answer is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Proxy {
    /// One that hands the answer on as it is: Caddy, HAProxy.
    Any,
    /// nginx, which knows 401 and 403 only and drops the body: the rest goes into headers.
    Nginx,
}

impl Verdict {
    pub(crate) fn answer(self, proxy: Proxy) -> Response<Bytes> {
        match (self, proxy) {
            (Self::Allowed(receipt), _) => allowed(Some(&receipt)),
            (Self::Preflight, _) => allowed(None),
            (Self::Refused(response), Proxy::Any) => response,
            (Self::Refused(response), Proxy::Nginx) => for_nginx(response),
        }
    }
}

/// The header is always there, so that the proxy overwrites whatever a client has sent under that name.
pub(crate) fn allowed(receipt: Option<&ReceiptToken>) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let value = receipt.and_then(|receipt| HeaderValue::from_str(receipt.as_str()).ok());
    headers.insert(RECEIPT, value.unwrap_or(HeaderValue::from_static("")));
    response
}

/// 401 or 403, with the status, the problem and the place in headers that the configuration reads.
fn for_nginx(response: Response<Bytes>) -> Response<Bytes> {
    let (head, body) = response.into_parts();
    let is_401 = head.status == StatusCode::UNAUTHORIZED;
    let mut answer = Response::new(Bytes::new());
    *answer.status_mut() = if is_401 { head.status } else { StatusCode::FORBIDDEN };
    let headers = answer.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_STATUS, HeaderValue::from(head.status.as_u16()));
    if let Ok(problem) = HeaderValue::try_from(one_line(&body)) {
        headers.insert(X_PROBLEM, problem);
    }
    let same = [RETRY_AFTER, WWW_AUTHENTICATE, X_REQUEST_ID].map(|name| (name.clone(), name));
    for (from, to) in [(LOCATION, X_LOCATION)].into_iter().chain(same) {
        if let Some(value) = head.headers.get(from) {
            headers.insert(to, value.clone());
        }
    }
    answer
}

/// A problem in one line of ASCII, short enough for the buffer in which nginx reads the head of an answer. One that is
/// longer goes without what it would show.
fn one_line(problem: &[u8]) -> String {
    let Ok(problem) = serde_json::from_slice::<Value>(problem) else { return String::new() };
    let whole = ascii(&problem.to_string());
    if whole.len() <= LONGEST {
        return whole;
    }
    let member = |name: &str| problem[name].clone();
    ascii(&json!({
        "type": member("type"), "title": member("title"), "status": member("status"), "code": member("code"),
        "error": member("error"), "request_id": member("request_id"),
        "detail": "the whole problem is too long for a header of the proxy",
    })
    .to_string())
}

fn ascii(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for character in json.chars() {
        if character.is_ascii() {
            text.push(character);
        } else {
            let mut units = [0; 2];
            for unit in character.encode_utf16(&mut units) {
                text.push_str(&format!("\\u{unit:04x}"));
            }
        }
    }
    text
}

/// What the application finds the receipt in.
pub(crate) const RECEIPT: HeaderName = HeaderName::from_static("biometry-receipt");
const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const X_STATUS: HeaderName = HeaderName::from_static("x-status");
const X_PROBLEM: HeaderName = HeaderName::from_static("x-problem");
const X_LOCATION: HeaderName = HeaderName::from_static("x-location");
const LONGEST: usize = 2500;

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(status: u16, problem: &Value) -> Response<Bytes> {
        let response = Response::builder().status(status).header(LOCATION, "/biometry/ui/?return=1");
        response.body(Bytes::from(problem.to_string())).unwrap()
    }

    #[test]
    fn nginx_gets_401_or_403_and_the_rest_in_headers() {
        for (status, wanted) in [(401, 401), (403, 403), (429, 403), (303, 403), (503, 403)] {
            let problem = json!({ "code": "x", "display": "Zo\u{eb} \u{1f600}" });
            let answer = for_nginx(refusal(status, &problem));
            assert_eq!(answer.status().as_u16(), wanted);
            let header = |name| answer.headers()[name].to_str().unwrap();
            assert_eq!(
                (header(X_STATUS), header(X_LOCATION)),
                (&*status.to_string(), "/biometry/ui/?return=1")
            );
            assert_eq!(serde_json::from_str::<Value>(header(X_PROBLEM)).unwrap(), problem);
        }
    }

    #[test]
    fn a_problem_that_is_too_long_keeps_its_code() {
        let problem = json!({ "code": "step-up-required", "status": 401, "step_up": "x".repeat(5_000) });
        let answer = for_nginx(refusal(401, &problem));
        let short: Value = serde_json::from_slice(answer.headers()[X_PROBLEM].as_bytes()).unwrap();
        assert_eq!((&short["code"], &short["status"]), (&problem["code"], &problem["status"]));
        assert!(answer.headers()[X_PROBLEM].len() < LONGEST);
    }
}
