//! What the dialog does when the line, the devices or the person do not stay.

use biometry_gate_testkit::{RoughNetwork, Weather};
use biometry_sandbox::Operation;
use serde_json::json;
use tokio::time::Duration;

use super::{Camera, Engine, Page, SMALLEST_WEBM, address_of, open, visit};
use crate::harness::{Axum, Host, Setup, World};

on_every_host! {
    a_line_that_breaks_while_the_platform_checks_loses_no_pass,
}

async fn a_line_that_breaks_while_the_platform_checks_loses_no_pass<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let (network, page) = visit_over_a_rough_network(&world, Engine::Chromium(Camera::Allowed)).await;
    page.log_in("slow+3s@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.reach("processing").await;
    network.weather(Weather::Down);
    network.weather(Weather::Fair);
    page.wait_for("#statement[data-lock=open]").await;
    assert_eq!(world.seen(Operation::ProcessVideo).len(), 1, "one capture is judged once");
}

#[tokio::test]
async fn a_line_that_breaks_in_mid_upload_keeps_the_capture() {
    let world = open::<Axum>(Setup::new()).await;
    let (network, page) = visit_over_a_rough_network(&world, Engine::Chromium(Camera::Blocked)).await;
    let file = send_a_long_video(&page, &network).await;
    network.weather(Weather::Down);
    page.reach("problem").await;
    assert_eq!(page.problem().await, "network-error");
    network.weather(Weather::Fair);
    page.click("problem-next").await;
    page.wait_for("#statement[data-lock=open]").await;
    drop(file);
}

#[tokio::test]
async fn on_a_slow_line_the_person_sees_how_much_is_sent_and_can_stop_it() {
    let world = open::<Axum>(Setup::new()).await;
    let (network, page) = visit_over_a_rough_network(&world, Engine::Chromium(Camera::Blocked)).await;
    let file = send_a_long_video(&page, &network).await;
    let percent = page.run(PROGRESS, json!(null)).await.as_u64().expect("a number");
    assert!((1..100).contains(&percent), "{percent}");
    page.click("stop-sending").await;
    network.weather(Weather::Fair);
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
    page.wait_for("#statement[data-lock=open]").await;
    let whole = world.seen(Operation::ProcessVideo).into_iter().filter(|entry| entry.complete).count();
    assert_eq!(whole, 1, "the stopped upload was never judged");
    drop(file);
}

#[tokio::test]
async fn firefox_says_that_everything_is_sent_while_the_platform_checks() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Firefox).await;
    page.log_in("slow+3s@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.reach("processing").await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn a_call_that_mutes_the_microphone_drops_the_take() {
    let (world, page) = record_with_the_tracks_in_reach().await;
    page.execute(MUTE).await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "camera-muted");
    assert!(world.seen(Operation::ProcessVideo).is_empty());
    page.click("problem-next").await;
    page.record().await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn a_camera_that_is_pulled_out_drops_the_take() {
    let (world, page) = record_with_the_tracks_in_reach().await;
    page.execute("window.taken.getVideoTracks()[0].dispatchEvent(new Event('ended'));").await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "camera-lost");
    assert!(world.seen(Operation::ProcessVideo).is_empty());
}

#[tokio::test]
async fn a_person_who_leaves_the_tab_is_not_filmed() {
    let (world, page) = record_with_the_tracks_in_reach().await;
    page.execute(HIDE).await;
    page.reach("ready").await;
    let notice = "The recording was dropped because you left this page. Nothing was sent.";
    page.wait_for_text_in_dialog(notice).await;
    assert!(world.seen(Operation::ProcessVideo).is_empty());
}

#[tokio::test]
async fn a_device_without_camera_and_microphone_differs_from_one_without_a_microphone() {
    let world = open::<Axum>(Setup::new()).await;
    world.log_in("pass@example.com").await.consent_to_all().await;
    for (camera, script, problem) in [
        (Camera::Missing, "", "devices-missing"),
        (Camera::Allowed, NO_MICROPHONE, "microphone-missing"),
        (Camera::Allowed, NO_CAMERA, "camera-missing"),
    ] {
        let page = visit(&world, camera).await;
        page.log_in("pass@example.com").await;
        page.execute(script).await;
        page.ask_for_the_statement().await;
        page.click("stepup-proceed").await;
        page.reach("problem").await;
        assert_eq!(page.problem().await, problem);
        assert!(page.shows("problem-file").await, "a file is a way on");
    }
}

#[tokio::test]
async fn a_take_that_is_never_stopped_ends_by_itself_and_is_small() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.note_uploads().await;
    page.reach("ready").await;
    page.click("record").await;
    page.wait_for("#statement[data-lock=open]").await;
    let sent = page.uploads().await;
    assert!(sent[0].len <= 3_000_000, "{} bytes", sent[0].len);
}

#[tokio::test]
async fn a_person_who_is_logged_out_during_a_check_is_led_to_the_login() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.log_out_elsewhere().await;
    page.click("stepup-proceed").await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "authentication-required");
    page.click("problem-next").await;
    page.wait_for("#view-login:not([hidden])").await;
    assert_eq!(page.run("arguments[1](document.activeElement.id);", json!(null)).await, "login-title");
    assert_eq!(page.text("notice").await, "You were logged out. Please log in again.");
}

#[tokio::test]
async fn a_page_that_was_left_open_shows_nothing_after_a_logout_elsewhere() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.log_out_elsewhere().await;
    page.execute("document.dispatchEvent(new Event('visibilitychange'));").await;
    page.wait_for("#view-login:not([hidden])").await;
    assert_eq!(
        page.run("arguments[1](document.querySelector('#whoami').textContent);", json!(null)).await,
        ""
    );
}

#[tokio::test]
async fn the_account_is_named_in_full_on_the_narrowest_phone() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.size_viewport(320, 568).await;
    assert_eq!(page.run(IS_CUT, json!(null)).await, json!(false));
}

async fn visit_over_a_rough_network(world: &World, engine: Engine) -> (RoughNetwork, Page) {
    let network = RoughNetwork::to(world.address()).await;
    let page = Page::open(&format!("http://{}/", network.address()), engine).await;
    (network, page)
}

/// Sends eight megabytes, on a line that takes seconds for them, and leaves off when some of it is gone.
async fn send_a_long_video(page: &Page, network: &RoughNetwork) -> tempfile::NamedTempFile {
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    page.click("problem-file").await;
    page.reach("ready").await;
    network.weather(Weather::Distance(Duration::from_millis(50)));
    let video = [SMALLEST_WEBM, &vec![0; 8_000_000]].concat();
    let file = page.begin_to_send_video(&video).await;
    page.reach("sending").await;
    page.run(WAIT_FOR_PROGRESS, json!(null)).await;
    file
}

async fn record_with_the_tracks_in_reach() -> (World, Page) {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.execute(KEEP_THE_STREAM).await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("ready").await;
    page.click("record").await;
    page.reach("recording").await;
    (world, page)
}

const PROGRESS: &str =
    "arguments[1](document.querySelector('step-up-dialog').shadowRoot.querySelector('#progress').value);";

const WAIT_FOR_PROGRESS: &str = "
    const done = arguments[1];
    const bar = document.querySelector('step-up-dialog').shadowRoot.querySelector('#progress');
    const look = () => (bar.value > 0 ? done(bar.value) : requestAnimationFrame(look));
    look();";

const KEEP_THE_STREAM: &str = "
    const devices = navigator.mediaDevices;
    const ask = devices.getUserMedia.bind(devices);
    devices.getUserMedia = async (wanted) => (window.taken = await ask(wanted));";

const MUTE: &str = "
    for (const track of window.taken.getTracks()) {
        Object.defineProperty(track, 'muted', { value: true });
        track.dispatchEvent(new Event('mute'));
    }";

const HIDE: &str = "
    Object.defineProperty(document, 'hidden', { value: true, configurable: true });
    document.dispatchEvent(new Event('visibilitychange'));";

const NO_MICROPHONE: &str = "
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
    navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'videoinput' }];";

const NO_CAMERA: &str = "
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('none', 'NotFoundError'));
    navigator.mediaDevices.enumerateDevices = async () => [{ kind: 'audioinput' }];";

const IS_CUT: &str = "
    const who = document.querySelector('.who');
    arguments[1](who.scrollWidth > who.clientWidth || document.documentElement.scrollWidth > innerWidth);";
