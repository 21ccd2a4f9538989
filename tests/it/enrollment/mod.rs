//! Enrollments: a face from a picture, a voice that speaks a session's phrase.

mod forms;
mod voices;

use biometry_gate::CaptureLimits;
use biometry_gate::audit::EventKind;
use biometry_gate::document::{DocumentField, Documents};
use biometry_gate_testkit::{File, Form, media};
use biometry_sandbox::{Fault, Operation, Shape};
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, eventually, sha256};

on_every_host! {
    a_face_goes_upstream_byte_by_byte_without_a_session,
    an_enrollment_joins_the_live_session,
    a_session_that_is_over_or_anothers_is_not_joined,
    a_face_that_does_not_do_is_no_success_whatever_the_status,
    what_a_document_says_is_kept_unless_the_host_names_it,
    no_user_is_enrolled_under_another_name,
    a_picture_that_is_too_large_is_refused,
    an_upload_that_breaks_off_is_never_complete_upstream,
    one_enrollment_at_a_time,
    a_platform_that_fails_enrolls_nobody_and_leaves_no_claim,
    a_trail_that_is_required_and_lost_reports_no_success,
}

async fn a_face_goes_upstream_byte_by_byte_without_a_session<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let face = media::png(300_000);
    let upload = ana.browser.post("/biometry/enroll/face").header("authorization", "Bearer of-the-client");
    let answer = upload.form(&Form::new().file("face", face.clone())).send().await;
    let seen = world.seen(Operation::EnrollFace).remove(0);
    assert_eq!(answer.header("x-request-id"), Some(&*seen.request_id));
    assert_eq!(answer.granted(), json!({ "enrolled": "face", "message": "face enrolled successfully" }));
    assert_eq!((seen.user.as_deref(), seen.session.as_deref()), (Some("ana@example.com"), None));
    assert_eq!(seen.header("x-action-trigger"), Some("registration"));
    let sent = seen.file("face").expect("a face");
    assert_eq!((&*sent.sha256, &*sent.file_name), (&*sha256(&face.bytes), "face.png"));
    assert_eq!(sent.content_type.as_deref(), Some("image/png"));
    assert!(seen.fields.is_empty() && seen.complete && seen.key_id.is_some());
    let events = world.audit.events();
    let event = events.iter().find(|event| event.kind() == EventKind::Enrolled).expect("an event");
    assert_eq!((event.reason_text(), event.platform_request_id()), ("face", Some(&*seen.request_id)));
}

async fn an_enrollment_joins_the_live_session<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "pass@example.com").await;
    let challenge = ana.start("statement").await;
    ana.enroll_face().await.granted();
    let named = ana.browser.post("/biometry/enroll/face").header("x-session-id", &challenge.session);
    named.form(&face()).send().await.granted();
    ana.verify(&challenge).await.granted();
    ana.enroll_face().await.granted();
    let platforms = world.seen(Operation::ProcessVideo).remove(0).session.expect("the platform's session");
    let joined: Vec<_> = world.seen(Operation::EnrollFace).into_iter().map(|seen| seen.session).collect();
    assert_eq!(joined, vec![Some(platforms); 3]);
    assert_eq!(ana.state(&challenge).await, "passed");
}

async fn a_session_that_is_over_or_anothers_is_not_joined<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, ben) = (willing(&world, "ana@example.com").await, willing(&world, "ben@example.com").await);
    let (old, bens) = (ana.start("statement").await, ben.start("statement").await);
    let new = ana.start("statement").await;
    let enroll = async |challenge: &Challenge| {
        let upload = ana.browser.post("/biometry/enroll/face").header("x-session-id", &challenge.session);
        upload.form(&face()).send().await
    };
    enroll(&bens).await.problem("session-unknown");
    enroll(&old).await.problem("session-busy");
    world.clock.advance(std::time::Duration::from_secs(180));
    enroll(&new).await.problem("session-expired");
    assert!(world.seen(Operation::EnrollFace).is_empty());
    ana.enroll_face().await.granted();
    assert_eq!(world.seen(Operation::EnrollFace)[0].session, None, "what is over is not meant");
}

async fn a_face_that_does_not_do_is_no_success_whatever_the_status<H: Host>() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let world = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for (who, reason, code) in [
            ("enroll+noface", "no-face", 1),
            ("enroll+manyfaces", "several-faces", 2),
            ("enroll+notcentred", "not-centred", 3),
        ] {
            let member = willing(&world, &format!("{who}@example.com")).await;
            let failed = member.enroll_face().await.problem("enrollment-failed");
            assert_eq!(failed["reason"], reason);
            let upload = member.browser.post("/biometry/api-gateway/enroll/face");
            let failed = upload.form(&face()).send().await.granted();
            assert_eq!(failed["data"]["enrollment_result"]["code"], code);
            assert_eq!((&failed["code"], failed["description"].is_string()), (&json!(code), true));
        }
        let member = willing(&world, "ana@example.com").await;
        let upload = member.browser.post("/biometry/api-gateway/enroll/face");
        let done = upload.form(&face()).send().await.granted();
        assert_eq!(done["data"]["enrollment_result"]["code"], 0);
        assert_eq!((&done["code"], &done["message"]), (&json!(0), &json!("face enrolled successfully")));
        assert_eq!(world.audit.count(EventKind::EnrollmentFailed), 6);
    }
}

async fn what_a_document_says_is_kept_unless_the_host_names_it<H: Host>() {
    let form = Form::new().file("face", media::png(5_000)).text("is_document", "true");
    for (documents, told) in [
        (Documents::new(), json!({})),
        (Documents::new().disclose([DocumentField::LastName]), json!({ "last_name": "ERIKSSON" })),
    ] {
        let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
        let ana = willing(&world, "ana@example.com").await;
        let answer = ana.browser.post("/biometry/enroll/face").form(&form).send().await.granted();
        assert_eq!(answer["document"], told);
        let answer = ana.browser.post("/biometry/api-gateway/enroll/face").form(&form).send().await.granted();
        assert_eq!(answer["data"]["document_auth"], told);
        for answer in ana.browser.answers() {
            for kept in ["D23145890", "1974", "iVBOR", "UTO", "ANNA"] {
                assert!(!answer.text().contains(kept), "{kept}: {answer:?}");
            }
        }
    }
}

async fn no_user_is_enrolled_under_another_name<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let challenge = ana.start("statement").await;
    let other = "ben@example.com";
    for path in ["face", "voice"] {
        let form = if path == "face" { face() } else { voice(&challenge) };
        let path = format!("/biometry/enroll/{path}");
        let upload = ana.browser.post(&path).header("x-user-fullname", other);
        upload.form(&form).send().await.problem("subject-conflict");
        let upload = ana.browser.post(&format!("{path}?user_fullname={other}"));
        upload.form(&form).send().await.problem("subject-conflict");
        let upload = ana.browser.post(&path).form(&form.text("userFullname", other));
        upload.send().await.problem("subject-conflict");
    }
    let form = voice(&challenge).text("unique_id", other);
    ana.browser.post("/biometry/enroll/voice").form(&form).send().await.problem("subject-conflict");
    let seen = [world.seen(Operation::EnrollFace), world.seen(Operation::EnrollVoice)].concat();
    assert!(seen.iter().all(|seen| !seen.complete && seen.user.as_deref() == Some("ana@example.com")));
}

async fn a_picture_that_is_too_large_is_refused<H: Host>() {
    let limits = CaptureLimits::default().with_file(10_000);
    let world = Setup::new().gate(move |gate| gate.capture_limits(limits)).open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    for size in [10_001, 100_000] {
        let form = Form::new().file("face", media::png(size));
        let answer = ana.browser.post("/biometry/enroll/face").form(&form).send().await;
        answer.problem("upload-too-large");
    }
    assert!(world.seen(Operation::EnrollFace).iter().all(|seen| !seen.complete));
    let form = Form::new().file("face", media::png(10_000));
    ana.browser.post("/biometry/enroll/face").form(&form).send().await.granted();
}

async fn an_upload_that_breaks_off_is_never_complete_upstream<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let form = Form::new().file("face", media::png(200_000)).text("is_document", "false");
    let bytes = form.bytes();
    for at in [100_000, bytes.len() - 100, bytes.len() - 1] {
        let before = world.seen(Operation::EnrollFace).len();
        let upload = ana.browser.post("/biometry/enroll/face");
        let mut upload = upload.header("content-type", &form.content_type()).open();
        upload.send(bytes.slice(..at)).await;
        let faces = |seen: &[biometry_sandbox::Entry]| -> Vec<biometry_sandbox::Entry> {
            let faces = seen.iter().filter(|entry| entry.operation == Some(Operation::EnrollFace));
            faces.skip(before).cloned().collect()
        };
        let arrives = |seen: &[_]| faces(seen).iter().any(|entry| entry.body_bytes > 0);
        world.sandbox.journal_when(arrives).await.expect("the platform sees the upload");
        upload.abort().await;
        let over = |seen: &[_]| faces(seen).iter().all(|entry| entry.finished);
        let seen = world.sandbox.journal_when(over).await.expect("the platform sees it break off");
        assert!(!faces(&seen)[0].complete, "{at}");
        eventually("another enrollment begins", async || ana.enroll_face().await.status.is_success()).await;
    }
}

async fn one_enrollment_at_a_time<H: Host>() {
    let world = Setup::new().var("MAX_UPLOADS", 1).open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let form = face();
    let bytes = form.bytes();
    let upload = ana.browser.post("/biometry/enroll/face").header("content-type", &form.content_type());
    let mut upload = upload.open();
    upload.send(bytes.slice(..4_000)).await;
    let arrives = |seen: &[biometry_sandbox::Entry]| {
        seen.iter().any(|entry| entry.operation == Some(Operation::EnrollFace) && entry.body_bytes > 0)
    };
    world.sandbox.journal_when(arrives).await.expect("the platform sees the upload");
    let ben = willing(&world, "ben@example.com").await;
    ben.enroll_face().await.problem("overloaded");
    upload.send(bytes.slice(4_000..)).await;
    upload.finish().await.granted();
    ben.enroll_face().await.granted();
}

async fn a_platform_that_fails_enrolls_nobody_and_leaves_no_claim<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let challenge = ana.start("statement").await;
    let said = json!({ "error": "it says so upstream" });
    for (fault, code) in [
        (Fault::anywhere().times(1).status(400, said.clone()), "platform-error"),
        (Fault::anywhere().times(1).status(503, said.clone()), "platform-unavailable"),
        (
            Fault::anywhere().times(1).status(401, json!({ "error": "api key is not active" })),
            "platform-unavailable",
        ),
        (Fault::anywhere().times(1).malformed_body("{"), "platform-error"),
        (Fault::anywhere().times(1).cut_before_reply(), "platform-unavailable"),
    ] {
        world.sandbox.fault(fault.clone());
        let answer = ana.enroll_face().await;
        answer.problem(code);
        assert!(!answer.text().contains("upstream"));
        world.sandbox.fault(fault);
        speak(&ana, &challenge).await.problem(code);
        assert_eq!(ana.state(&challenge).await, "issued");
    }
    // What says nothing of a result is none.
    for body in [json!({}), json!({ "data": {} }), json!({ "message": "face enrolled successfully" })] {
        world.sandbox.fault(Fault::anywhere().times(2).status(200, body));
        ana.enroll_face().await.problem("enrollment-failed");
        speak(&ana, &challenge).await.problem("enrollment-failed");
    }
    assert_eq!(world.audit.count(EventKind::EnrollmentError), 8);
    assert_eq!(world.audit.count(EventKind::KeyRejected), 2);
    assert_eq!(world.audit.count(EventKind::Enrolled), 0);
    ana.enroll_face().await.granted();
    speak(&ana, &challenge).await.granted();
}

async fn a_trail_that_is_required_and_lost_reports_no_success<H: Host>() {
    let world =
        Setup::new().gate(|gate| gate.audit(biometry_gate::gate::Auditing::required)).open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    world.audit.lose();
    assert_eq!(ana.enroll_face().await.status, 503);
    world.audit.mend();
    ana.enroll_face().await.granted();
}

/// A user who has agreed to be verified and enrolled.
async fn willing(world: &World, email: &str) -> Member {
    let member = world.log_in(email).await;
    member.consent_to_all().await;
    member
}

async fn speak(member: &Member, challenge: &Challenge) -> biometry_gate_testkit::Answer {
    let upload = member.browser.post("/biometry/enroll/voice").header("x-session-id", &challenge.session);
    upload.form(&voice(challenge)).send().await
}

fn face() -> Form {
    Form::new().file("face", media::png(8_000))
}

fn voice(challenge: &Challenge) -> Form {
    Form::new().text("phrase", &challenge.phrase).file("voice", media::wav(5_000))
}
