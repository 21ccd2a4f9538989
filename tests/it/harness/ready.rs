//! A user about to upload, and whether they still can.

use biometry_gate_testkit::host::Challenge;
use biometry_gate_testkit::{Form, media};
use serde_json::json;

use super::hosts::Host;
use super::member::Member;
use super::world::{Setup, World};

/// A user who has consented, and a session that waits for a capture.
pub(crate) async fn ready<H: Host>(setup: Setup) -> (World, Member, Challenge) {
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    (world, ana, challenge)
}

/// Session and phrase are as before: the very phrase that was issued still passes.
pub(crate) async fn still_good(world: &World, member: &Member, challenge: &Challenge) {
    member.idle(challenge).await;
    let before = world.captures();
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(20_000));
    member.upload(challenge).form(&form).send().await.granted();
    assert_eq!(world.captures(), before + 1);
    let status = member.browser.get("/biometry/session").send().await.granted();
    assert_eq!(status["attempts_left"], json!(5));
}
