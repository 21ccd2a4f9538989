//! Where a page may be: below a path, and under a service worker.

use std::io::Write as _;

use biometry_sandbox::Operation;
use serde_json::json;
use tempfile::NamedTempFile;

use super::{Camera, Engine, Page, open};
use crate::harness::{Axum, Setup, World};
use crate::proxies::{Kind, Proxy};

#[tokio::test]
async fn a_page_below_a_path_finds_its_routes() {
    let world = open::<Axum>(Setup::new()).await;
    let proxy = Proxy::start(Kind::Nginx, world.address());
    let page = Page::open(&format!("http://{}/", proxy.address()), Engine::Chromium(Camera::Allowed)).await;
    page.log_in("pass@example.com").await;
    page.go(&format!("http://{}/app/healthz", proxy.address())).await;
    page.execute(ASK_BELOW_A_PATH).await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.wait_for_text("output", "10000.00").await;
    for path in page.requests().await {
        assert!(path.starts_with("/app/") || path == "/favicon.ico", "{path} is a neighbour's of the app");
    }
}

#[tokio::test]
async fn the_ready_page_below_a_path_finds_its_routes() {
    let world = open::<Axum>(Setup::new()).await;
    let proxy = Proxy::start(Kind::Nginx, world.address());
    let page = Page::open(&format!("http://{}/", proxy.address()), Engine::Chromium(Camera::Allowed)).await;
    page.log_in("pass@example.com").await;
    page.go(&format!("http://{}/app/biometry/ui/?policy=statement", proxy.address())).await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.wait_for_text("#text", "You can go on where you were.").await;
}

#[tokio::test]
async fn a_service_worker_that_hands_requests_on_changes_nothing() {
    let (world, _proxy, page) = open_under_worker(HANDS_ON).await;
    step_up(&page).await;
    assert!(world.seen(Operation::ProcessVideo)[0].complete);
}

#[tokio::test]
async fn a_service_worker_that_keeps_everything_but_the_mount_changes_nothing() {
    let (world, _proxy, page) = open_under_worker(WORKER).await;
    step_up(&page).await;
    assert!(world.seen(Operation::ProcessVideo)[0].complete);
}

/// The bank's page behind nginx, which serves the worker beside it.
async fn open_under_worker(script: &str) -> (World, Proxy, Page) {
    let world = open::<Axum>(Setup::new()).await;
    let mut file = NamedTempFile::with_suffix(".js").expect("a file to serve");
    file.write_all(script.as_bytes()).expect("a file to serve");
    let place = file.path().to_str().expect("a plain path");
    let worker =
        format!("location = /worker.js {{ default_type text/javascript; alias {place}; }} location / {{");
    let with_worker = |configuration: String| configuration.replacen("location / {", &worker, 1);
    let proxy = Proxy::start_otherwise(Kind::Nginx, world.address(), with_worker);
    let page = Page::open(&format!("http://{}/", proxy.address()), Engine::Chromium(Camera::Allowed)).await;
    assert_eq!(page.run(CONTROL, json!(null)).await, json!("/worker.js"));
    (world, proxy, page)
}

/// The whole flow: what the page reads about consent and the session changes on its way.
async fn step_up(page: &Page) {
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.wait_for("#statement[data-lock=open]").await;
}

const ASK_BELOW_A_PATH: &str = "
    const output = document.body.appendChild(document.createElement('output'));
    import('/app/biometry/ui/step-up.js')
        .then(({ fetch }) => fetch('/app/api/statement'))
        .then((response) => response.text())
        .then((text) => { output.textContent = text; });";

/// Done once the worker controls the page; which one it is.
const CONTROL: &str = "
    const controlled = new Promise((resolve) => { navigator.serviceWorker.oncontrollerchange = resolve; });
    navigator.serviceWorker.register('/worker.js').then(() => controlled)
        .then(() => arguments[1](new URL(navigator.serviceWorker.controller.scriptURL).pathname), (error) => arguments[1](String(error)));";

const HANDS_ON: &str = "
    self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
    self.addEventListener('fetch', (event) => event.respondWith(fetch(event.request)));";

pub(super) const WORKER: &str = include_str!("apps/worker.js");
