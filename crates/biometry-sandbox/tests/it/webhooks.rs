//! What is delivered to subscribers.

#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use biometry_client::ApiKey;
use biometry_sandbox::Sandbox;
use reqwest::multipart::Form;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::client::{Answer, PNG, Platform, answer, file};

/// A listener for deliveries that answers with these statuses in turn, the last one for ever.
struct Listener {
    url: String,
    deliveries: mpsc::Receiver<Delivered>,
    server: JoinHandle<()>,
}

#[derive(Debug)]
struct Delivered {
    headers: HashMap<String, String>,
    body: Value,
}

impl Listener {
    async fn answering(statuses: &'static [u16]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let (taken, deliveries) = mpsc::channel(16);
        let server = tokio::spawn(async move {
            let last = statuses.last().unwrap();
            for status in statuses.iter().chain(std::iter::repeat(last)) {
                let (stream, _) = listener.accept().await.unwrap();
                taken.send(take(stream, *status).await).await.unwrap();
            }
        });
        Self { url, deliveries, server }
    }

    async fn next(&mut self) -> Delivered {
        timeout(Duration::from_secs(10), self.deliveries.recv()).await.expect("a delivery").unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Delivered {
    fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }
}

async fn take(mut stream: TcpStream, status: u16) -> Delivered {
    let mut request = Vec::new();
    loop {
        assert!(stream.read_buf(&mut request).await.unwrap() > 0, "a whole delivery");
        let text = String::from_utf8(request.clone()).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        assert!(head.starts_with("POST /hook HTTP/1.1\r\n"), "{head}");
        let pairs = head.lines().skip(1).map(|line| line.split_once(": ").unwrap());
        let headers: HashMap<_, _> =
            pairs.map(|(name, value)| (name.to_lowercase(), value.to_owned())).collect();
        if body.len() < headers["content-length"].parse().unwrap() {
            continue;
        }
        let body = serde_json::from_str(body).unwrap();
        let answer = format!("HTTP/1.1 {status} Whatever\r\nContent-Length: 0\r\n\r\n");
        stream.write_all(answer.as_bytes()).await.unwrap();
        return Delivered { headers, body };
    }
}

async fn ask(platform: &Platform, key: &str, url: &str) -> Answer {
    let body = json!({
        "api_key_id": ApiKey::parse(key).unwrap().claims().id().unwrap(),
        "url": url,
        "events": ["docauth.completed"],
        "headers": { "x-token": "t-1" },
    });
    answer(platform.post("/api-gateway/webhooks").json(&body)).await
}

async fn check_document(platform: &Platform, user: &str) {
    let form = Form::new().part("document", file("id.png", "image/png", PNG));
    let request = platform.post("/api-gateway/docauth/check").header("x-user-fullname", user);
    assert_eq!(answer(request.multipart(form)).await.status, 200);
}

#[tokio::test]
async fn a_document_check_is_delivered_to_its_subscribers() {
    let platform = Platform::start().await;
    let mut mine = Listener::answering(&[200]).await;
    let mut other = Listener::answering(&[200]).await;
    assert_eq!(ask(&platform, &platform.key, &mine.url).await.status, 200);
    assert_eq!(ask(&platform, &platform.sandbox.mint_key(), &other.url).await.status, 200);
    check_document(&platform, "ana@example.com").await;
    let told = mine.next().await;
    assert_eq!(
        (&told.body["event"], &told.body["data"]["user_fullname"]),
        (&json!("docauth.completed"), &json!("ana@example.com"))
    );
    assert_eq!(
        (told.headers["x-token"].as_str(), told.headers["content-type"].as_str()),
        ("t-1", "application/json")
    );
    assert!(
        told.id().starts_with("msg_") && told.headers["webhook-signature"].starts_with("v1,"),
        "{told:?}"
    );
    check_document(&platform, "ben@example.com").await;
    assert_ne!(mine.next().await.id(), told.id());
    assert!(other.deliveries.try_recv().is_err(), "calls of another key are not delivered");
}

#[tokio::test]
async fn a_listener_that_refuses_is_tried_again_until_it_takes_the_event() {
    let platform = Platform::build(Sandbox::builder().webhook_pause(Duration::from_millis(1))).await;
    let mut listener = Listener::answering(&[500, 302, 204]).await;
    ask(&platform, &platform.key, &listener.url).await;
    check_document(&platform, "ana@example.com").await;
    let first = listener.next().await;
    for _ in 0..2 {
        let again = listener.next().await;
        assert_eq!((again.id(), &again.body), (first.id(), &first.body));
    }
    check_document(&platform, "ana@example.com").await;
    assert_ne!(listener.next().await.id(), first.id(), "what was taken is not sent again");
}

#[tokio::test]
async fn a_listener_that_never_takes_an_event_is_given_up() {
    let platform = Platform::build(Sandbox::builder().webhook_pause(Duration::from_millis(1))).await;
    let mut listener = Listener::answering(&[503]).await;
    ask(&platform, &platform.key, &listener.url).await;
    check_document(&platform, "ana@example.com").await;
    let first = listener.next().await;
    for _ in 0..5 {
        assert_eq!(listener.next().await.id(), first.id());
    }
    check_document(&platform, "ana@example.com").await;
    assert_ne!(listener.next().await.id(), first.id());
}

#[tokio::test]
async fn deliveries_are_signed_as_the_sandbox_is_configured() {
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let builder = Sandbox::builder().clock(move || now).webhook_secret("whsec_YSBmYWtlIHNlY3JldA==");
    let builder = builder.webhook_signature(move |delivery| {
        assert_eq!(delivery.at, now);
        let signed = format!("{} with {} over {}", delivery.id, delivery.secret, delivery.body.len());
        vec![("x-signature".parse().unwrap(), signed)]
    });
    let platform = Platform::build(builder).await;
    let mut listener = Listener::answering(&[200]).await;
    let created = ask(&platform, &platform.key, &listener.url).await;
    assert_eq!(created.body["data"]["secret"], "whsec_YSBmYWtlIHNlY3JldA==");
    check_document(&platform, "ana@example.com").await;
    let told = listener.next().await;
    let signature = &told.headers["x-signature"];
    assert!(signature.contains(" with whsec_YSBmYWtlIHNlY3JldA== over "), "{signature}");
    assert!(!told.headers.contains_key("webhook-signature"));
}

#[tokio::test]
async fn the_number_of_subscribers_is_bounded() {
    let platform = Platform::start().await;
    for _ in 0..32 {
        assert_eq!(ask(&platform, &platform.key, "https://app.example/hook").await.status, 200);
    }
    ask(&platform, &platform.key, "https://app.example/hook").await.is_refused(400, "too many webhooks");
}
