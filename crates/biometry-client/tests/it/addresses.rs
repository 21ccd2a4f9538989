//! The key travels to the configured address and to no other.

use biometry_client::{
    BaseUrl, Body, Client, Delivery, HyperTransport, Transport as _, TransportErrorKind, Warmup,
};
use tokio::io::AsyncWriteExt as _;
use tokio::sync::mpsc;

use crate::child;
use crate::peer::{Peer, Reach as _, json, read_head};
use crate::stub::key;

#[tokio::test]
async fn the_transport_itself_refuses_to_speak_in_the_clear() {
    let transport = HyperTransport::builder().build().unwrap();
    for address in ["http://192.0.2.1/", "http://localhost.example.com/", "ftp://127.0.0.1/", "/relative"] {
        let request = http::Request::get(address).body(Body::empty()).unwrap();
        let error = transport.send(request).await.unwrap_err();
        assert_eq!((error.kind(), error.delivery()), (TransportErrorKind::Address, Delivery::NotSent));
    }
}

#[tokio::test]
async fn a_request_reveals_no_more_than_it_must() {
    let (sender, mut heads) = mpsc::unbounded_channel();
    let peer = Peer::start(move |mut stream| {
        let sender = sender.clone();
        async move {
            sender.send(read_head(&mut stream).await).unwrap();
            stream.write_all(&json(200, r#"{"data":"sess_1"}"#)).await.unwrap();
        }
    })
    .await;
    peer.client().start_session(Warmup::No).await.unwrap();
    let head = heads.recv().await.unwrap().to_ascii_lowercase();
    let mut names: Vec<&str> =
        head.lines().skip(1).filter_map(|line| line.split_once(':')).map(|it| it.0).collect();
    names.sort_unstable();
    assert_eq!(names, ["accept", "authorization", "content-length", "host", "user-agent"]);
    assert!(head.starts_with("post /api-gateway/sessions/start http/1.1\r\n"), "{head}");
    assert!(head.contains("\r\ncontent-length: 0\r\n"), "{head}");
    assert!(
        head.contains(&format!("\r\nauthorization: bearer {}\r\n", key().expose_secret().to_lowercase()))
    );
}

#[tokio::test]
async fn proxies_of_the_environment_are_used_only_if_asked_for() {
    if let Some(mode) = child::mode() {
        return call_as_child(&mode).await;
    }
    for (mode, is_used) in [("plain", false), ("system", true), ("system-loopback", false)] {
        let proxy = Peer::start(|stream| async move { drop(stream) }).await;
        let target = Peer::answering(json(200, r#"{"data":"sess_1"}"#)).await;
        let (address, target_address) = (format!("http://{}", proxy.address()), target.address().to_string());
        let names = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"];
        let mut variables = names.map(|name| (name, address.as_str())).to_vec();
        variables.push((CHILD_TARGET, &target_address));
        let test = "addresses::proxies_of_the_environment_are_used_only_if_asked_for";
        assert!(child::passes(test, mode, &variables).await, "{mode}");
        assert_eq!(proxy.connections() > 0, is_used, "{mode}");
        assert_eq!(target.connections(), usize::from(mode == "system-loopback"), "{mode}");
    }
}

async fn call_as_child(mode: &str) {
    let transport = HyperTransport::builder();
    let transport = if mode == "plain" { transport } else { transport.system_proxy() };
    let target = std::env::var(CHILD_TARGET).unwrap();
    let base = match mode {
        "system-loopback" => format!("http://{target}"),
        _ => "https://platform.invalid".to_owned(),
    };
    let client = Client::new(BaseUrl::parse(&base).unwrap(), key(), transport.build().unwrap());
    let result = client.start_session(Warmup::No).await;
    assert_eq!(result.is_ok(), mode == "system-loopback");
}

const CHILD_TARGET: &str = "BIOMETRY_CLIENT_TEST_TARGET";
