use bytes::Bytes;
use http::Response;

use super::head::Why;
use crate::challenge::{Code, Problem};
use crate::entropy::{Entropy, OsEntropy};

/// The answer to a client whose request is not handed on: a whole HTTP/1.1 response.
pub(super) fn render(why: Why) -> Bytes {
    let problem = Problem::new(Code::InvalidRequest, detail(why));
    let response: Response<Bytes> = problem.broken_framing().request_id(&request_id()).into_response();
    let (head, body) = response.into_parts();
    let mut bytes = b"HTTP/1.1 400 Bad Request\r\n".to_vec();
    for (name, value) in &head.headers {
        bytes.extend_from_slice(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    bytes.extend_from_slice(format!("content-length: {}\r\n\r\n", body.len()).as_bytes());
    bytes.extend_from_slice(&body);
    bytes.into()
}

fn detail(why: Why) -> &'static str {
    match why {
        Why::End => "it is not clear where the request ends",
        Why::Host => "a request names one host",
        Why::Late => "the request's head took too long",
    }
}

fn request_id() -> String {
    let mut bytes = [0; 16];
    // An answer without a unique id is still an answer.
    let _ = OsEntropy.fill(&mut bytes);
    format!("{:032x}", u128::from_ne_bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_problem_that_closes() {
        let bytes = render(Why::End);
        let text = std::str::from_utf8(&bytes).expect("text");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head");
        assert!(head.starts_with("HTTP/1.1 400 "), "{head}");
        for line in ["connection: close", "content-type: application/problem+json", "cache-control: no-store"]
        {
            assert!(head.contains(line), "{head}");
        }
        assert!(head.contains(&format!("content-length: {}", body.len())), "{head}");
        assert!(body.contains("invalid-request"), "{body}");
    }
}
