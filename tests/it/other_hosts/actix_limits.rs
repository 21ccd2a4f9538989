//! The limits of an actix server, as tight as they can be, and uploads that take their time.

use std::net::TcpListener;
use std::time::Duration;

use actix_web::web::{JsonConfig, PayloadConfig};
use actix_web::{App, HttpServer};
use biometry_gate_testkit::host::{self, HostHarness, Serving, Stage};
use biometry_gate_testkit::{Form, media};
use serde_json::json;

use crate::contracts::routes_on_actix;

/// A server that waits for no client longer than a second, and reads hardly anything into memory.
struct Tight;

impl HostHarness for Tight {
    async fn serve(app: host::App) -> Serving {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let routes = routes_on_actix(app).expect("policies");
        let app = move || {
            let limits = (PayloadConfig::new(100), JsonConfig::default().limit(10));
            App::new().app_data(limits.0).app_data(limits.1).configure(routes.clone())
        };
        let server = HttpServer::new(app)
            .workers(1)
            .keep_alive(Duration::from_secs(1))
            .client_request_timeout(Duration::from_secs(1))
            .client_disconnect_timeout(Duration::from_millis(100))
            .disable_signals()
            .listen_auto_h2c(listener)
            .expect("a listener")
            .run();
        Serving::new(address, tokio::spawn(async move { server.await.expect("it serves") }))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_may_take_longer_than_the_server_waits_for_a_head() {
    let stage = Stage::<Tight>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let form = Form::new().file("video", media::webm(100_000));
    for person in [ana.clone(), ana.over_http2()] {
        let challenge = person.start("reusable").await;
        let mut rest = form.bytes();
        let mut upload = person.upload(&challenge).header("content-type", &form.content_type()).open();
        let mut beat = tokio::time::interval(Duration::from_millis(250));
        // Twice as long as any of the server's own limits.
        for _ in 0..10 {
            beat.tick().await;
            assert!(upload.send(rest.split_to(8_000)).await, "the host reads on");
        }
        upload.send(rest).await;
        upload.finish().await.granted();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_routes_read_is_limited_by_the_routes_alone() {
    let stage = Stage::<Tight>::open().await;
    let ana = stage.log_in("pass@example.com");
    let text = "x".repeat(60);
    ana.give_consent(json!({ "authorization": true, "text_version": text })).await.granted();
    let challenge = ana.start("reusable").await;
    let form = Form::new().file("video", media::webm(3_000_000));
    ana.upload(&challenge).form(&form).send().await.granted();
    let operation = ana.browser.post("/gated/operation").body("x".repeat(60_000));
    operation.send().await.problem("step-up-required");
    let too_long = ana.browser.post("/biometry/consent").body("x".repeat(20_000));
    too_long.send().await.problem("upload-too-large");
}
