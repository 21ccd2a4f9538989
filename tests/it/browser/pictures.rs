//! Pictures and recordings besides the video: setting oneself up, and the document.

use biometry_sandbox::Operation;

use super::{Camera, open, visit};
use crate::harness::{Host, Setup};

on_every_host! {
    a_user_who_enrolls_is_recognised_by_the_first_video,
    a_document_and_a_live_face_raise_the_limits,
    a_document_that_is_not_accepted_raises_nothing,
}

async fn a_user_who_enrolls_is_recognised_by_the_first_video<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("ana@example.com").await;
    page.click("enroll-face").await;
    page.agree_to_all().await;
    page.reach("framing").await;
    page.click("shoot").await;
    page.reach("looking").await;
    assert!(world.seen(Operation::EnrollFace).is_empty(), "it is looked at first");
    page.click("picture-send").await;
    page.reach("closed").await;
    assert!(page.shows("enroll-face-done").await);
    let arrived = world.seen(Operation::EnrollFace).remove(0);
    assert_eq!(arrived.file("face").expect("a face").content_type.as_deref(), Some("image/jpeg"));

    page.click("enroll-voice").await;
    page.reach("review").await;
    page.click("stepup-proceed").await;
    page.record().await;
    page.reach("closed").await;
    assert!(page.shows("enroll-voice-done").await);
    assert!(world.seen(Operation::EnrollVoice)[0].file("voice").expect("a voice").complete);

    page.ask_for_the_statement().await;
    page.click("stepup-proceed").await;
    page.record().await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "open", "no video was needed to enroll");
    page.assert_clean().await;
}

async fn a_document_and_a_live_face_raise_the_limits<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.click("identity-start").await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.reach("framing").await;
    page.click("picture-use-file").await;
    page.choose_picture(PNG).await;
    page.reach("looking").await;
    page.click("picture-send").await;
    page.reach("closed").await;
    assert_eq!(page.text("limits-facts").await, "In one day\n€50,000.00\nIn one transfer\n€10,000.00");

    let document = world.seen(Operation::CheckDocument).remove(0);
    let matched = world.seen(Operation::MatchFaces).remove(0);
    assert_eq!(document.session, matched.session);
    let (document, image) =
        (document.file("document").expect("a page"), matched.file("image").expect("a page"));
    assert_eq!(document.sha256, image.sha256, "the very picture that was accepted");
    assert_ne!(document.len, PNG.len() as u64, "drawn anew");
    page.assert_clean().await;
}

async fn a_document_that_is_not_accepted_raises_nothing<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("doc+failed@example.com").await;
    page.click("identity-start").await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.reach("framing").await;
    page.click("shoot").await;
    page.reach("looking").await;
    page.click("picture-send").await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "document-rejected");
    page.click("problem-next").await;
    page.reach("framing").await;
    page.click("stepup-cancel").await;
    page.reach("closed").await;
    assert!(world.seen(Operation::MatchFaces).is_empty());
    assert!(page.shows("identity-start").await);
    page.assert_clean().await;
}

/// A picture of two by two pixels.
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02\0\0\0\x02\x08\x02\0\0\0\xfd\xd4\x9as\0\0\0\x10IDATx\x9cc8Q\xa1\x01D\x0c\x10\n\0)\xee\x05\xa1\x8c\t\xce\x88\0\0\0\0IEND\xaeB`\x82";
