//! The example's page as people use it, in real browsers.

mod apps;
mod chromedriver;
mod consent;
mod drivers;
mod engine;
mod engines;
mod keyboard;
mod manual;
mod odd_pages;
mod official_sdk;
mod outline;
mod page;
mod pictures;
mod places;
mod spoken;
mod states;
mod troubles;
mod uploads;
mod wire;

use std::net::SocketAddr;
use std::sync::Arc;

use biometry_gate::challenge::Code;
use biometry_gate::clock::SystemClock;
use biometry_sandbox::{Entry, Operation};
use sha2::{Digest as _, Sha256};

pub(crate) use self::engine::{Camera, Engine};
pub(crate) use self::page::Page;
use crate::harness::{Host, Setup, World};

on_every_host! {
    a_newcomer_gets_from_the_login_to_a_transfer_that_is_made,
    what_one_browser_proved_opens_nothing_in_another,
    a_failure_brings_a_new_phrase_and_the_last_one_none,
    a_face_alone_signs_in_a_user_who_passed_a_check_before,
    a_file_helps_where_the_camera_is_blocked,
}

async fn a_newcomer_gets_from_the_login_to_a_transfer_that_is_made<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("ana@example.com").await;

    page.fill("transfer-to", "Zoë").await;
    page.fill("transfer-amount", "12,50").await;
    page.click("transfer-submit").await;
    page.reach("review").await;
    assert_eq!(page.text("review-display").await, "Payee\nZoë\nAmount\n12.50 EUR");
    page.consent().await;

    page.note_uploads().await;
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "enrolled-not-verified");
    page.click("problem-next").await;
    page.record().await;
    page.reach("closed").await;
    assert_eq!(page.text("receipt-title").await, "€12.50 sent");
    assert_eq!(page.text("receipt-to").await, "Zoë");

    let sent = page.uploads().await;
    let arrived = world.seen(Operation::ProcessVideo);
    assert_eq!((sent.len(), arrived.len()), (2, 2), "one video enrolls, one proves");
    for (sent, arrived) in sent.iter().zip(&arrived) {
        assert_eq!(sent.start, EBML);
        assert_arrived_whole(arrived, sent.len, &sent.sha256);
    }
    page.assert_clean().await;
}

async fn what_one_browser_proved_opens_nothing_in_another<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let mine = visit(&world, Camera::Allowed).await;
    mine.log_in("pass@example.com").await;
    mine.ask_for_the_statement().await;
    mine.consent().await;
    mine.record().await;
    mine.reach("closed").await;
    assert_eq!(mine.statement_lock().await, "open");

    for anybody in ["pass@example.com", "pass+else@example.com"] {
        let other = visit(&world, Camera::Allowed).await;
        other.log_in(anybody).await;
        assert_eq!(other.statement_lock().await, "locked");
        other.ask_for_the_statement().await;
        assert_eq!(other.statement_lock().await, "locked");
        other.assert_clean().await;
    }
    mine.assert_clean().await;
}

async fn a_failure_brings_a_new_phrase_and_the_last_one_none<H: Host>() {
    let world = open::<H>(Setup::new().var("MAX_FAILURES", 2)).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("fail@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("ready").await;
    let first = page.text("phrase").await;
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "verification-failed");
    assert_eq!(page.text("problem-attempts").await, "One attempt left before a pause.");

    page.click("problem-next").await;
    page.reach("ready").await;
    assert_ne!(page.text("phrase").await, first);
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.text("problem-attempts").await, "No attempts left for now.");
    assert!(!page.shows("problem-next").await, "there is nothing to try again");
    page.click("problem-close").await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "locked");
    page.assert_clean().await;
}

async fn a_face_alone_signs_in_a_user_who_passed_a_check_before<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let member = world.log_in("pass@example.com").await;
    member.consent_to_all().await;
    member.pass("statement").await;
    let page = visit(&world, Camera::Allowed).await;
    page.fill("email", "pass@example.com").await;
    page.click("login-face").await;
    page.record().await;
    page.reach("closed").await;
    page.wait_for_the_account().await;
    assert_eq!(page.text("whoami").await, "pass@example.com");
    page.assert_clean().await;
}

async fn a_file_helps_where_the_camera_is_blocked<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Blocked).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "camera-denied");
    assert_eq!(page.text("problem-title").await, "The camera is blocked");

    page.click("problem-file").await;
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "open");
    let sha256: String = Sha256::digest(SMALLEST_WEBM).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_arrived_whole(&world.seen(Operation::ProcessVideo)[0], SMALLEST_WEBM.len() as u64, &sha256);
    page.assert_clean().await;
}

#[test]
fn the_dialog_has_words_for_every_refusal_of_the_gate_in_every_language() {
    for (language, words) in WORDS {
        for code in Code::ALL.iter().map(|code| code.as_str()) {
            assert!(words.contains(&format!("'problem.{code}': '")), "{language} does not know {code}");
        }
    }
}

const WORDS: [(&str, &str); 4] = [
    ("English", include_str!("../../../crates/biometry-gate-ui/js/words/en.js")),
    ("German", include_str!("../../../crates/biometry-gate-ui/js/words/de.js")),
    ("Spanish", include_str!("../../../crates/biometry-gate-ui/js/words/es.js")),
    ("Arabic", include_str!("../../../crates/biometry-gate-ui/js/words/ar.js")),
];

/// A bank whose gate tells the time as the browser does.
pub(crate) async fn open<H: Host>(setup: Setup) -> World {
    setup.gate(|gate| gate.clock(Arc::new(SystemClock))).open::<H>().await
}

pub(crate) async fn visit(world: &World, camera: Camera) -> Page {
    visit_at(world, "/", camera).await
}

async fn visit_at(world: &World, path: &str, camera: Camera) -> Page {
    Page::open(&address_of(world, path), Engine::Chromium(camera)).await
}

fn address_of(world: &World, path: &str) -> String {
    let address: SocketAddr = world.browser().address();
    format!("http://{address}{path}")
}

/// What the page sent is what the platform got.
fn assert_arrived_whole(entry: &Entry, len: u64, sha256: &str) {
    let file = entry.file("video").expect("a video");
    assert!(entry.complete && file.complete, "the upload broke off");
    assert_eq!(file.content_type.as_deref(), Some("video/webm"));
    assert_eq!((file.len, file.sha256.as_str()), (len, sha256));
}

/// What every WebM file begins with, in hexadecimal (RFC 8794, section 11.2.1).
const EBML: &str = "1a45dfa3";
/// An EBML header with nothing in it but its `DocType`.
const SMALLEST_WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm";
