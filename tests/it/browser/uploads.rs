//! Uploads that meet a refusal, a slow line or a broken one, in three engines.

use std::net::SocketAddr;
use std::time::Duration;

use biometry_gate_testkit::{RoughNetwork, Weather};
use biometry_sandbox::{Entry, Fault, Operation};
use serde_json::json;

use super::{Engine, Page, SMALLEST_WEBM, open};
use crate::harness::{Host, Setup, World};

/// Makes each behaviour one test per engine and web framework.
macro_rules! in_every_engine {
    ($($behaviour:ident,)*) => {
        in_every_engine! { @ chromium, Engine::Chromium(super::super::Camera::Blocked), [$($behaviour)*] }
        in_every_engine! { @ firefox, Engine::Firefox, [$($behaviour)*] }
        in_every_engine! { @ webkit, Engine::WebKit, [$($behaviour)*] }
    };
    (@ $name:ident, $engine:expr, [$($behaviour:ident)*]) => {
        mod $name {
            use super::Engine;

            on_every_host! { $($behaviour,)* }

            $(
                async fn $behaviour<H: crate::harness::Host>() {
                    super::$behaviour::<H>($engine).await;
                }
            )*
        }
    };
}

in_every_engine! {
    a_refusal_is_seen_however_large_the_upload_is,
    a_refusal_is_seen_over_a_slow_line,
    a_connection_that_breaks_while_the_platform_checks_costs_nothing,
}

async fn a_refusal_is_seen_however_large_the_upload_is<H: Host>(engine: Engine) {
    let world = open::<H>(Setup::new()).await;
    let page = visit(world.address(), engine).await;
    for size in [5_000_000, 20_000_000, 45_000_000] {
        for path in ["/biometry/verify", "/api/transfer"] {
            assert_refused(&page, path, size).await;
        }
    }
}

async fn a_refusal_is_seen_over_a_slow_line<H: Host>(engine: Engine) {
    let world = open::<H>(Setup::new()).await;
    let network = RoughNetwork::to(world.address()).await;
    let page = visit(network.address(), engine).await;
    // 16 KiB at a time, which makes some 1.5 MB a second.
    network.weather(Weather::Distance(Duration::from_millis(10)));
    assert_refused(&page, "/biometry/verify", 10_000_000).await;
}

/// Whether the browser sends the capture again or not: the page finds out that it has passed.
async fn a_connection_that_breaks_while_the_platform_checks_costs_nothing<H: Host>(engine: Engine) {
    let world = open::<H>(Setup::new()).await;
    world.sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).delay(Duration::from_secs(2)));
    let network = RoughNetwork::to(world.address()).await;
    let page = visit(network.address(), engine).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    send_a_video(&page, engine).await;
    arrives_whole(&world).await;
    network.weather(Weather::Down);
    network.weather(Weather::Fair);
    page.wait_for("#statement[data-lock=open]").await;
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 1, "nothing is judged twice");
}

async fn visit(address: SocketAddr, engine: Engine) -> Page {
    Page::open(&format!("http://{address}/"), engine).await
}

async fn assert_refused(page: &Page, path: &str, size: usize) {
    let seen = page.run(UPLOAD, json!({ "path": path, "size": size })).await;
    assert_eq!(seen, json!({ "status": 401, "code": "authentication-required" }), "{path} {size}");
}

/// Firefox films its own test picture; the others have no camera, and choose a file.
async fn send_a_video(page: &Page, engine: Engine) {
    if engine == Engine::Firefox {
        return page.record().await;
    }
    page.reach("problem").await;
    page.click("problem-file").await;
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
}

async fn arrives_whole(world: &World) {
    let is_whole = |entry: &Entry| entry.operation == Some(Operation::ProcessVideo) && entry.complete;
    let arrives = |seen: &[Entry]| seen.iter().any(is_whole);
    world.sandbox.journal_when(arrives).await.expect("the platform gets the capture");
}

const UPLOAD: &str = "
    const [{ path, size }, done] = arguments;
    const form = new FormData();
    form.append('video', new Blob([new Uint8Array(size)], { type: 'video/webm' }), 'capture.webm');
    fetch(path, { method: 'POST', body: form })
        .then(async (answer) => ({ status: answer.status, code: (await answer.json()).code }))
        .then(done, (error) => done({ error: String(error) }));";
