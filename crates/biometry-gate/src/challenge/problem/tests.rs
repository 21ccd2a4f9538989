use super::*;
use http_body_util::{BodyExt as _, Full};

#[tokio::test]
async fn a_problem_has_every_member_of_the_contract() {
    let problem = Problem::new(Code::TooManyAttempts, "wait a little")
        .retry_after(Duration::from_millis(1500))
        .request_id("req-1");
    let response = problem.into_response::<Full<Bytes>>();
    assert_eq!(response.status(), 429);
    assert_eq!(response.headers()["retry-after"], "2");
    assert_eq!(response.headers()["cache-control"], "no-store");
    assert_eq!(response.headers()["x-request-id"], "req-1");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let body: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!(
        body,
        serde_json::json!({
            "type": "urn:biometry-gate:problem:too-many-attempts",
            "title": "Too many attempts",
            "status": 429,
            "detail": "wait a little",
            "code": "too-many-attempts",
            "error": "wait a little",
            "request_id": "req-1",
        })
    );
}

/// Browsers send an upload again after 408 and 421, `OkHttp` after 408, and 425 asks for it (RFC 8470).
#[test]
fn no_code_makes_a_client_send_its_upload_again_by_itself() {
    for code in Code::ALL {
        assert!(![408, 421, 425].contains(&code.status().as_u16()), "{code:?}");
    }
}

#[tokio::test]
async fn every_problem_has_the_id_of_a_request() {
    let answer = || async {
        let response = Problem::new(Code::CrossSite, "from elsewhere").into_response::<Full<Bytes>>();
        let header = response.headers()["x-request-id"].to_str().unwrap().to_owned();
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (header, serde_json::from_slice::<Value>(&body).unwrap()["request_id"].clone())
    };
    let (one, other) = (answer().await, answer().await);
    assert!(one.1 == one.0.as_str() && other.1 == other.0.as_str() && one.0 != other.0);
}

#[test]
fn codes_differ() {
    let texts: std::collections::HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
    assert_eq!(texts.len(), Code::ALL.len());
}
