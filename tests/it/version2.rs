//! The bank on version 2 of the platform's API: nothing but the client knows.

use std::collections::HashSet;

use biometry_gate::audit::EventKind;
use biometry_gate_testkit::{Answer, Form, media};
use biometry_sandbox::{Entry, Fault, Operation, SandboxBuilder, Version};
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, capture, eventually};

on_every_host! {
    a_transfer_is_made_after_a_verification,
    a_verification_is_one_video_in_several_calls_of_one_session,
    nothing_short_of_every_proof_passes,
    a_referral_has_a_code_of_its_own,
    no_user_is_enrolled_by_a_verification_and_an_enrolled_one_passes,
    a_picture_or_recording_that_does_not_do_enrolls_no_user,
    a_document_a_video_and_a_match_open_the_route,
    a_document_or_match_that_does_not_do_is_refused,
    a_withdrawal_is_reported_to_the_platform,
    a_score_counts_on_the_unit_scale,
    without_a_transcript_the_phrase_is_not_proven,
    a_call_that_fails_leaves_the_session_as_it_was,
    one_call_that_stops_reading_stops_all,
    one_answer_before_the_end_is_no_verdict,
    an_upload_that_breaks_off_is_whole_nowhere,
    a_user_whom_version_2_cannot_name_is_never_sent,
}

fn setup() -> Setup {
    Setup::new().var("BIOMETRY_API_VERSION", "v2").var("SCORE_SCALE", "unit").var("MIN_SCORE", "0.7")
}

/// What a verification consists of.
const CALLS: [Operation; 3] = [Operation::Liveness, Operation::FaceVerify, Operation::VoiceVerify];

fn calls(world: &World) -> Vec<Entry> {
    CALLS.into_iter().flat_map(|operation| world.seen(operation)).collect()
}

async fn a_transfer_is_made_after_a_verification<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    assert_eq!(ana.transfer("Zoe", "12.50").await.ok()["status"], "done");
    ana.statement().await.problem("step-up-required");
    let challenge = ana.pass("statement").await;
    ana.statement().await.ok();
    let end = ana.browser.post("/biometry/session/end").header("x-session-id", &challenge.session);
    end.send().await.granted();
    assert!(world.seen(Operation::ProcessVideo).is_empty());
    assert!(world.seen(Operation::StartSession).iter().all(|start| start.version == Some(Version::V2)));
}

async fn a_verification_is_one_video_in_several_calls_of_one_session<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = Form::new().file("video", media::webm(1_000_000));
    let answer = ana.upload(&challenge).form(&video).send().await;
    assert_eq!(answer.header("x-request-id"), Some(world.seen(Operation::Liveness)[0].request_id.as_str()));
    answer.granted();
    let calls = calls(&world);
    assert_eq!(calls.len(), 3);
    let session = world.sandbox.sessions().pop().expect("a session");
    for call in &calls {
        let said = call.json.as_ref().expect("what is said of the video");
        assert_eq!(
            (&said["user_id"], &said["session_id"]),
            (&"pass@example.com".into(), &session.id.clone().into())
        );
        assert_eq!(said["phrase"], challenge.phrase.as_str());
        assert!(call.complete && call.files[0].len >= 1_000_000);
    }
    let hashes: HashSet<_> = calls.iter().map(|call| call.files[0].sha256.as_str()).collect();
    assert_eq!(hashes.len(), 1, "the same video everywhere");
}

async fn nothing_short_of_every_proof_passes<H: Host>() {
    let world = setup().open::<H>().await;
    for who in NOT_VERIFIED {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        let failed = member.verify(&challenge).await.problem("verification-failed");
        assert_eq!(failed["attempts_left"], 4, "{who}");
        assert_ne!(failed["phrase"], challenge.phrase.as_str(), "{who}: a fresh phrase");
        assert_eq!(member.statement().await.problem("step-up-required")["reason"], "absent", "{who}");
    }
    assert_eq!(world.audit.count(EventKind::VerifyFailed), NOT_VERIFIED.len());
    assert_eq!(world.audit.count(EventKind::VerifyPassed), 0);
}

async fn a_referral_has_a_code_of_its_own<H: Host>() {
    let world = setup().open::<H>().await;
    let member = world.consented("refer@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-referred");
    member.statement().await.problem("step-up-required");
}

async fn no_user_is_enrolled_by_a_verification_and_an_enrolled_one_passes<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let mut challenge = ana.start("statement").await;
    for _ in 0..2 {
        let failed = ana.verify(&challenge).await.problem("verification-failed");
        challenge = challenge.renewed(&failed);
    }
    assert!(!world.sandbox.enrolled("ana@example.com"));
    ana.enroll_face().await.granted();
    speak(&ana, &challenge).await.granted();
    assert!(world.sandbox.enrolled("ana@example.com"));
    ana.verify(&challenge).await.granted();
    ana.statement().await.ok();
}

async fn a_picture_or_recording_that_does_not_do_enrolls_no_user<H: Host>() {
    let world = setup().open::<H>().await;
    for who in ["enroll:noface", "enroll:manyfaces", "enroll:notcentred"] {
        let member = world.log_in(&format!("new:{who}@example.com")).await;
        member.consent_to_all().await;
        member.enroll_face().await.problem("enrollment-failed");
    }
    let member = world.log_in("new:voice:qafailed@example.com").await;
    member.consent_to_all().await;
    let challenge = member.start("statement").await;
    speak(&member, &challenge).await.problem("enrollment-failed");
    assert!(world.seen(Operation::EnrollFace).iter().all(|entry| entry.version == Some(Version::V2)));
}

async fn a_document_a_video_and_a_match_open_the_route<H: Host>() {
    let world = setup().open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::jpeg(50_000));
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], true);
    assert_eq!(ana.browser.get("/api/limits").send().await.ok()["daily"], "50000.00");
    let seen = [Operation::CheckDocument, Operation::Liveness, Operation::MatchFaces];
    let sessions: HashSet<_> = seen
        .into_iter()
        .map(|operation| world.seen(operation).remove(0).session.expect("a session"))
        .collect();
    assert_eq!(sessions.len(), 1, "one session");
}

async fn a_document_or_match_that_does_not_do_is_refused<H: Host>() {
    let world = setup().open::<H>().await;
    for (who, is_document_good) in [("doc:failed", false), ("nomatch", true), ("match:noface", true)] {
        let member = world.consented(&format!("{who}@example.com")).await;
        member.pass("limits").await;
        let page = media::png(50_000);
        let shown = member.show_document(&page).await;
        if is_document_good {
            shown.granted();
            member.match_face(&page).await.problem("match-failed");
        } else {
            shown.problem("document-rejected");
        }
        member.browser.get("/api/limits").send().await.problem("step-up-required");
    }
}

async fn a_withdrawal_is_reported_to_the_platform<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    assert!(world.sandbox.consents("pass@example.com").authorization);
    ana.browser.delete("/biometry/consent").send().await.granted();
    eventually("the platform knows", async || !world.sandbox.consents("pass@example.com").authorization)
        .await;
}

async fn a_score_counts_on_the_unit_scale<H: Host>() {
    let world = setup().open::<H>().await;
    world.consented("score:0.7@example.com").await.pass("statement").await;
    let percent_expected = setup().var("SCORE_SCALE", "percent").var("MIN_SCORE", "70").open::<H>().await;
    for (world, who) in [(&world, "score:0.69"), (&world, "score:71.5"), (&percent_expected, "pass")] {
        let member = world.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("statement").await;
        member.verify(&challenge).await.problem("verification-failed");
    }
}

async fn without_a_transcript_the_phrase_is_not_proven<H: Host>() {
    let bare = |sandbox: SandboxBuilder| sandbox.v2_scores_only(true);
    let world = setup().sandbox(bare).open::<H>().await;
    let member = world.consented("pass@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
}

async fn a_call_that_fails_leaves_the_session_as_it_was<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let error = json!({ "error": { "code": "internal_error", "message": "m" }, "meta": {} });
    world.sandbox.fault(Fault::on(Operation::FaceVerify).times(1).status(503, error));
    ana.verify(&challenge).await.problem("platform-unavailable");
    assert_eq!(ana.state(&challenge).await, "issued");
    world.sandbox.fault(Fault::on(Operation::VoiceVerify).times(1).malformed_body("{"));
    ana.verify(&challenge).await.problem("platform-error");
    world.sandbox.fault(Fault::on(Operation::FaceVerify).times(1).early_reply(200));
    ana.verify(&challenge).await.problem("platform-error");
    ana.verify(&challenge).await.granted();
    assert_eq!(world.audit.count(EventKind::VerifyFailed), 0);
}

async fn one_call_that_stops_reading_stops_all<H: Host>() {
    let limits =
        setup().var("PLATFORM_TIMEOUT_SECS", 1).var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 2);
    let world = limits.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::FaceVerify).stop_reading());
    let form = Form::new().file("video", media::webm(30_000_000));
    ana.upload(&challenge).form(&form).send().await.problem("platform-timeout");
    assert!(
        calls(&world).iter().all(|call| !call.complete),
        "no call got ahead of the one that does not read"
    );
    assert_eq!(ana.state(&challenge).await, "issued");
    world.sandbox.clear_faults();
    ana.verify(&challenge).await.granted();
}

async fn one_answer_before_the_end_is_no_verdict<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.sandbox.fault(Fault::on(Operation::FaceVerify).early_reply(200));
    let form = Form::new().file("video", media::webm(10_000_000));
    let answer = ana.upload(&challenge).form(&form).send().await;
    assert!([502, 503].contains(&answer.status.as_u16()), "{answer:?}");
    assert_eq!(ana.state(&challenge).await, "issued");
    ana.statement().await.problem("step-up-required");
}

async fn an_upload_that_breaks_off_is_whole_nowhere<H: Host>() {
    let world = setup().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let form = capture();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    let start = bytes.split_to(bytes.len() - 1);
    assert!(upload.send(start).await, "the bank reads the upload");
    let of_all = |seen: &[Entry], holds: fn(&Entry) -> bool| {
        CALLS.into_iter().all(|call| seen.iter().any(|entry| entry.operation == Some(call) && holds(entry)))
    };
    let arrives = |seen: &[Entry]| of_all(seen, |entry| entry.body_bytes > 0);
    world.sandbox.journal_when(arrives).await.expect("every call sees the capture while it arrives");
    drop(upload);
    let ended = world.sandbox.journal_when(|seen| of_all(seen, |entry| entry.finished)).await;
    let ended = ended.expect("every call comes to its end");
    assert!(
        ended
            .iter()
            .filter(|entry| entry.operation.is_some_and(|one| CALLS.contains(&one)))
            .all(|entry| !entry.complete)
    );
    eventually("the session can be used again", async || ana.state(&challenge).await == "issued").await;
    ana.verify(&challenge).await.granted();
}

async fn a_user_whom_version_2_cannot_name_is_never_sent<H: Host>() {
    let world = setup().open::<H>().await;
    let member = world.log_in("pass+ana@example.com").await;
    member.give_consent(json!({ "authorization": true })).await.problem("platform-error");
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("consent-required");
    assert!(world.sandbox.journal().iter().all(|entry| entry.user.is_none()));
}

/// Has the voice enrolled that speaks the session's phrase.
async fn speak(member: &Member, challenge: &Challenge) -> Answer {
    let upload = member.browser.post("/biometry/enroll/voice").header("x-session-id", &challenge.session);
    let form = Form::new().text("phrase", &challenge.phrase).file("voice", media::wav(5_000));
    upload.form(&form).send().await
}

const NOT_VERIFIED: &[&str] = &[
    "fail",
    "fail:liveness",
    "fail:face",
    "fail:speech",
    "fail:liveness:still-pass",
    "fail:face:still-pass",
    "unknown",
    "noverdict",
    "lowscore",
    "noscore",
    "textscore",
    "removed",
    "without:face",
    "without:liveness",
    "without:speech",
    "errored:face",
    "errored:face:still-pass",
    "someone-else",
    "two-people",
    "no-face",
    "many-faces",
    "misread",
    "minimal",
    "nodata",
];
