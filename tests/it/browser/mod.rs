//! The example's page as a person uses it: a real Chromium with a camera that films a test picture and a microphone that
//! beeps, in front of a real bank whose platform is the sandbox.

mod bank;
mod chromedriver;
mod page;

use serde_json::Value;

use self::bank::{Host, Running};
use self::page::{Camera, Page};

/// One test per behaviour per bank: another bank is another line.
macro_rules! on_every_bank {
    ($($test:ident),+ $(,)?) => {
        mod axum {
            use super::Host;
            $(#[tokio::test] async fn $test() { super::$test(Host::Axum).await; })+
        }
    };
}

on_every_bank! {
    a_newcomer_gets_from_the_login_to_a_transfer_that_is_made,
    what_one_browser_proved_opens_nothing_in_another,
    a_failure_brings_a_new_phrase_and_the_last_one_a_pause,
    a_face_alone_signs_in_whoever_consented_before,
    a_file_helps_where_the_camera_is_blocked,
}

async fn a_newcomer_gets_from_the_login_to_a_transfer_that_is_made(host: Host) {
    let bank = Running::start(host, &[]).await;
    let page = Page::open(&bank.url, Camera::Allowed).await;
    page.log_in("ana@example.com").await;

    page.fill("transfer-to", "Zoë").await;
    page.fill("transfer-amount", "12,50").await;
    page.click("transfer-submit").await;
    page.reach("review").await;
    assert_eq!(page.text("review-display").await, "Payee\nZoë\nAmount\n12.50 EUR");
    page.click("stepup-proceed").await;
    page.reach("consent").await;
    assert!(
        !page.is_ticked("#stepup-consent [name=authorization]").await,
        "consent is asked for, not assumed"
    );
    assert!(!page.is_ticked("#stepup-consent [name=storage]").await, "consent is asked for, not assumed");
    page.tick("#stepup-consent [name=authorization]").await;
    page.tick("#stepup-consent [name=storage]").await;
    page.click("consent-submit").await;

    page.note_uploads().await;
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "enrolled-not-verified");
    page.click("problem-next").await;
    page.record().await;
    page.reach("done").await;
    page.reach("closed").await;
    assert_eq!(page.text("receipt-to").await, "Zoë");

    let uploads = bank.uploads("ana@example.com").await;
    let sent = page.uploads().await;
    assert_eq!(uploads.len(), sent.len());
    for (upload, sent) in uploads.iter().zip(&sent) {
        let file = upload.file("video").expect("the platform got a video");
        assert!(upload.complete && file.complete);
        assert_eq!(file.content_type.as_deref(), Some("video/webm"));
        assert_eq!((file.len, file.sha256.as_str()), (sent.len, sent.sha256.as_str()));
        assert_eq!(sent.start, EBML);
    }
    page.assert_clean().await;
}

async fn what_one_browser_proved_opens_nothing_in_another(host: Host) {
    let bank = Running::start(host, &[]).await;
    let mine = Page::open(&bank.url, Camera::Allowed).await;
    mine.log_in("pass@example.com").await;
    mine.ask_for_the_statement().await;
    mine.consent().await;
    mine.record().await;
    mine.reach("closed").await;
    assert_eq!(mine.statement_lock().await, "open");

    for somebody in ["pass@example.com", "pass+else@example.com"] {
        let other = Page::open(&bank.url, Camera::Allowed).await;
        other.log_in(somebody).await;
        assert_eq!(other.statement_lock().await, "locked");
        other.ask_for_the_statement().await;
        assert_eq!(other.statement_lock().await, "locked");
        other.assert_clean().await;
    }
    mine.assert_clean().await;
}

async fn a_failure_brings_a_new_phrase_and_the_last_one_a_pause(host: Host) {
    let bank = Running::start(host, &[("MAX_FAILURES", "2")]).await;
    let page = Page::open(&bank.url, Camera::Allowed).await;
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
    page.click("problem-close").await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "locked");
    page.assert_clean().await;
}

async fn a_face_alone_signs_in_whoever_consented_before(host: Host) {
    let bank = Running::start(host, &[]).await;
    let page = Page::open(&bank.url, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("ready").await;
    page.click("stepup-cancel").await;
    page.reach("closed").await;
    page.click("logout").await;

    page.fill("email", "pass@example.com").await;
    page.click("login-face").await;
    page.record().await;
    page.reach("closed").await;
    assert_eq!(page.text("whoami").await, "pass@example.com");
    page.assert_clean().await;
}

async fn a_file_helps_where_the_camera_is_blocked(host: Host) {
    let bank = Running::start(host, &[]).await;
    let page = Page::open(&bank.url, Camera::Blocked).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "camera-denied");
    assert_eq!(page.text("problem-title").await, "The camera is blocked");

    page.click("problem-file").await;
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
    page.reach("done").await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "open");
    let uploads = bank.uploads("pass@example.com").await;
    assert_eq!(uploads[0].file("video").map(|file| file.len), Some(SMALLEST_WEBM.len() as u64));
    page.assert_clean().await;
}

/// What every WebM file begins with (RFC 8794, section 11.2.1).
const EBML: &str = "1a45dfa3";
/// An EBML header with nothing but its `DocType`.
const SMALLEST_WEBM: &[u8] = b"\x1a\x45\xdf\xa3\x87\x42\x82\x84webm";

fn text(value: &Value) -> &str {
    value.as_str().expect("the page answers in text")
}
