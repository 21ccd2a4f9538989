//! Starting, stopping and the two HTTP versions.

use biometry_sandbox::{Fault, Operation, Sandbox};
use reqwest::{StatusCode, Version};
use tokio::net::TcpStream;

use crate::client::{Platform, answer, http_client};

#[tokio::test]
async fn cleartext_http_2_is_spoken_too() {
    let mut platform = Platform::start().await;
    platform.http = reqwest::Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let response = platform.video("pass@example.com").send().await.unwrap();
    assert_eq!((response.status(), response.version()), (StatusCode::OK, Version::HTTP_2));
    assert!(platform.sandbox.journal()[0].complete);
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).cut_before_reply());
    assert!(platform.video("pass@example.com").send().await.is_err());
    platform.sandbox.fault(Fault::on(Operation::ProcessVideo).cut_after_headers());
    let response = platform.video("pass@example.com").send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert!(response.bytes().await.is_err());
}

#[tokio::test]
async fn it_listens_on_loopback_by_default() {
    let sandbox = Sandbox::start().await.unwrap();
    assert!(sandbox.addr().ip().is_loopback());
    assert_eq!(sandbox.base_url(), format!("http://127.0.0.1:{}", sandbox.addr().port()));
}

#[tokio::test]
async fn dropping_it_closes_listener_and_connections() {
    let platform = Platform::start().await;
    let addr = platform.sandbox.addr();
    let mut idle = TcpStream::connect(addr).await.unwrap();
    answer(platform.post("/api-gateway/sessions/start")).await;
    drop(platform);
    let mut rest = Vec::new();
    let closed = tokio::io::AsyncReadExt::read_to_end(&mut idle, &mut rest).await;
    assert!(matches!(closed, Ok(0) | Err(_)));
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn stopping_lets_open_requests_finish() {
    let platform = Platform::start().await;
    let request = platform.video("slow+100ms@example.com");
    let under_way = tokio::spawn(answer(request));
    platform.sandbox.journal_when(|entries| entries.iter().any(|entry| entry.complete)).await.unwrap();
    let addr = platform.sandbox.addr();
    platform.sandbox.stop().await;
    assert_eq!(under_way.await.unwrap().status, StatusCode::OK);
    assert!(TcpStream::connect(addr).await.is_err());
}

#[tokio::test]
async fn sandboxes_share_nothing() {
    let (one, other) = (Platform::start().await, Platform::start().await);
    one.sandbox.give_consents("ana");
    assert!(!other.sandbox.consents("ana").authorization);
    let url = format!("{}/api-gateway/sessions/start", other.sandbox.base_url());
    let foreign = answer(http_client().post(url).bearer_auth(&one.key)).await;
    foreign.is_refused(500, "failed to validate api key");
}
