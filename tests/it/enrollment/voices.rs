//! Voices: a recording of the phrase that a live session shows.

use super::*;

on_every_host! {
    a_recording_that_does_not_do_is_no_success_whatever_the_status,
    a_voice_speaks_the_phrase_and_leaves_the_session_as_it_was,
    a_voice_needs_a_session,
    a_voice_does_not_wait_for_an_upload,
    after_face_and_voice_the_first_verification_verifies,
}

async fn a_recording_that_does_not_do_is_no_success_whatever_the_status<H: Host>() {
    for shape in [Shape::Sdk, Shape::Legacy] {
        let world = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for (who, reason, status) in
            [("voice+qafailed", "poor-quality", "qafailed"), ("voice+error", "refused", "error")]
        {
            let member = willing(&world, &format!("{who}@example.com")).await;
            let challenge = member.start("statement").await;
            let failed = speak(&member, &challenge).await.problem("enrollment-failed");
            assert_eq!(failed["reason"], reason);
            let upload = member.browser.post("/biometry/api-gateway/enroll/voice");
            let failed = upload.form(&voice(&challenge)).send().await.granted();
            assert_eq!(failed["data"]["status"], status);
            assert_eq!(member.state(&challenge).await, "issued");
        }
        let member = willing(&world, "ana@example.com").await;
        let challenge = member.start("statement").await;
        for status in ["good", "enrolled"] {
            let upload = member.browser.post("/biometry/api-gateway/enroll/voice");
            let done = upload.form(&voice(&challenge)).send().await.granted();
            assert_eq!(done["data"]["status"], status);
        }
    }
}

async fn a_voice_speaks_the_phrase_and_leaves_the_session_as_it_was<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "pass@example.com").await;
    let challenge = ana.start("statement").await;
    let wrong = Form::new().text("phrase", "one two three").file("voice", media::wav(5_000));
    let upload = ana.browser.post("/biometry/enroll/voice");
    upload.form(&wrong).send().await.problem("phrase-mismatch");
    assert!(world.seen(Operation::EnrollVoice).is_empty());
    let done = speak(&ana, &challenge).await.granted();
    assert_eq!(done, json!({ "enrolled": "voice", "message": "voice registered successfully" }));
    let unspoken = Form::new().file("voice", media::mp4(5_000));
    ana.browser.post("/biometry/enroll/voice").form(&unspoken).send().await.granted();

    let seen = world.seen(Operation::EnrollVoice);
    for (seen, content_type) in seen.iter().zip(["audio/wav", "audio/mp4"]) {
        assert_eq!(seen.field("phrase"), Some(&*challenge.phrase), "the server's own");
        assert_eq!(seen.fields.len(), 1, "{:?}", seen.fields);
        assert_eq!(seen.file("voice").expect("a voice").content_type.as_deref(), Some(content_type));
        assert!(seen.session.is_some());
    }
    assert_eq!(seen.len(), 2);
    assert_eq!(ana.state(&challenge).await, "issued");
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(10_000));
    ana.upload(&challenge).form(&form).send().await.granted();
    assert_eq!(world.seen(Operation::ProcessVideo)[0].session, seen[0].session);
}

async fn a_voice_needs_a_session<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "pass@example.com").await;
    let form = Form::new().file("voice", media::wav(5_000));
    let enroll = async || ana.browser.post("/biometry/enroll/voice").form(&form).send().await;
    enroll().await.problem("session-unknown");
    ana.pass("statement").await;
    enroll().await.problem("session-busy");
    ana.start("statement").await;
    world.clock.advance(std::time::Duration::from_secs(180));
    enroll().await.problem("session-expired");
    assert!(world.seen(Operation::EnrollVoice).is_empty());
}

async fn a_voice_does_not_wait_for_an_upload<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "pass@example.com").await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = world.begin_upload(&ana, &challenge).await;
    speak(&ana, &challenge).await.problem("session-busy");
    upload.send(rest).await;
    upload.finish().await.granted();
}

async fn after_face_and_voice_the_first_verification_verifies<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    ana.enroll_face().await.granted();
    let challenge = ana.start("statement").await;
    speak(&ana, &challenge).await.granted();
    assert!(world.sandbox.enrolled("ana@example.com"));
    ana.verify(&challenge).await.granted();
    ana.statement().await.ok();
}
