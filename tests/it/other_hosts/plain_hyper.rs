//! The example on plain hyper, over HTTP/1.1 and HTTP/2.

use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Form, media};
use biometry_sandbox::Sandbox;
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use serde_json::json;
use tokio::net::TcpListener;

use super::desk::answer;

/// A user with an access token, who speaks one version of HTTP.
struct Caller {
    address: SocketAddr,
    token: &'static str,
    is_http2: bool,
}

impl Caller {
    async fn ask(&self, method: &str, path: &str, content_type: &str, body: impl Into<Bytes>) -> Answer {
        let client = Client::builder(TokioExecutor::new()).http2_only(self.is_http2).build_http();
        let request = Request::builder()
            .method(method)
            .uri(format!("http://{}{path}", self.address))
            .header("authorization", self.token)
            .header("content-type", content_type);
        answer(client, request.body(Full::new(body.into())).expect("a request")).await
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, "text/plain", "").await
    }

    async fn verify(&self) -> Answer {
        let json = "application/json";
        let consent = json!({ "authorization": true }).to_string();
        self.ask("POST", "/biometry/consent", json, consent).await.granted();
        self.ask("POST", "/biometry/session/start", json, "").await.granted();
        let form = Form::new().file("video", media::webm(2_000_000));
        self.ask("POST", "/biometry/verify", &form.content_type(), form.bytes()).await
    }
}

async fn shows_its_page_after_a_verification(is_http2: bool) {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let gate = plain_hyper::gate(&sandbox).expect("a gate");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(plain_hyper::serve(listener, plain_hyper::app(&gate).expect("an app")));

    let caller = |token| Caller { address, token, is_http2 };
    let [ana, ben] = ["Bearer token-of-ana", "Bearer token-of-ben"].map(caller);
    caller("Bearer of nothing").get("/statement").await.problem("authentication-required");
    for user in [&ana, &ben] {
        user.get("/statement").await.problem("step-up-required");
    }
    assert_eq!(ana.verify().await.granted()["scoring_result"], "pass");
    ben.verify().await.problem("verification-failed");
    assert_eq!(ana.get("/statement").await.text(), "your balance is 10,000.00\n");
    ben.get("/statement").await.problem("step-up-required");
    assert_eq!(ana.get("/nothing").await.status, 404);
    ana.get("/biometry/nothing").await.problem_as(404, "not-found");
    server.abort();
}

#[tokio::test]
async fn shows_its_page_after_a_verification_over_http1() {
    shows_its_page_after_a_verification(false).await;
}

#[tokio::test]
async fn shows_its_page_after_a_verification_over_http2() {
    shows_its_page_after_a_verification(true).await;
}
