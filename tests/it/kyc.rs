//! Document, video, match: one journey to a route that asks for the face in a document.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::document::Documents;
use biometry_gate_testkit::{Answer, Browser, File, Form, media};
use biometry_sandbox::{Fault, Operation};
use bytes::Bytes;
use serde_json::{Value, json};

use crate::harness::{Host, Member, Setup, World};

on_every_host! {
    the_journey_opens_the_route,
    the_document_may_come_after_the_video,
    every_step_is_needed,
    the_refusal_names_all_steps,
    another_picture_than_the_documents_completes_nothing,
    the_documents_own_portrait_completes_it,
    a_video_of_the_clients_choice_completes_nothing,
    a_document_that_was_rejected_since_completes_nothing,
    a_document_of_another_session_completes_nothing,
    a_document_that_is_too_old_completes_nothing,
    what_is_completed_is_the_host_sessions_alone_and_ends_with_it,
    a_withdrawal_on_the_way_leaves_nothing_to_complete,
    faces_that_do_not_match_complete_nothing,
    the_journey_works_in_the_platforms_words,
    nothing_of_the_journey_is_in_the_audit_trail,
}

async fn the_journey_opens_the_route<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let page = media::jpeg(50_000);
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    assert_eq!(limits(&ana).await.problem("step-up-required")["reason"], "level");
    let matched = ana.match_face(&page).await.granted();
    assert_eq!(matched, json!({ "message": "the faces match", "document_matched": true }));
    assert_eq!(limits(&ana).await.ok()["daily"], "50000.00");
    limits(&ana).await.ok();
    let sessions: Vec<_> = [Operation::CheckDocument, Operation::ProcessVideo, Operation::MatchFaces]
        .into_iter()
        .map(|operation| world.seen(operation).remove(0).session.expect("a session"))
        .collect();
    assert!(sessions.windows(2).all(|pair| pair[0] == pair[1]), "one session: {sessions:?}");
    world.clock.advance(Duration::from_secs(301));
    assert_eq!(limits(&ana).await.problem("step-up-required")["reason"], "stale");
}

async fn the_document_may_come_after_the_video<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    ana.pass("limits").await;
    ana.show_document(&page).await.granted();
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], true);
    limits(&ana).await.ok();
}

async fn every_step_is_needed<H: Host>() {
    let world = World::open::<H>().await;
    let page = media::png(50_000);
    for steps in [&["verify"][..], &["document", "verify"], &["verify", "match"], &["document"], &[]] {
        let ana = world.consented("pass@example.com").await;
        let challenge = ana.start("limits").await;
        for step in steps {
            match *step {
                "document" => ana.show_document(&page).await.granted(),
                "verify" => ana.verify(&challenge).await.granted(),
                _ => ana.match_face(&page).await.granted(),
            };
        }
        limits(&ana).await.problem("step-up-required");
    }
}

async fn the_refusal_names_all_steps<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let refusal = limits(&ana).await.problem("step-up-required");
    let steps = refusal["step_up"]["next"].as_array().expect("steps");
    let steps: Vec<_> = steps.iter().map(|step| (step["rel"].clone(), step["href"].clone())).collect();
    for (rel, href) in [("verify", "verify"), ("document", "document/check"), ("match", "face/match")] {
        assert!(steps.contains(&(json!(rel), json!(href))), "{steps:?}");
    }
    let refusal = ana.statement().await.problem("step-up-required").to_string();
    assert!(!refusal.contains("document/check"), "not where it is not asked for: {refusal}");
}

async fn another_picture_than_the_documents_completes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    let mut selfie = page.bytes.to_vec();
    *selfie.last_mut().expect("a byte") ^= 1;
    let selfie = File { bytes: selfie.into(), ..page.clone() };
    assert_eq!(ana.match_face(&selfie).await.granted()["document_matched"], false);
    assert_eq!(limits(&ana).await.problem("step-up-required")["reason"], "level");
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], true);
    limits(&ana).await.ok();
}

async fn the_documents_own_portrait_completes_it<H: Host>() {
    let documents = Documents::new().dangerous_disclose_portrait();
    let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("limits").await;
    let portrait = media::jpeg(7_000);
    world
        .sandbox
        .fault(Fault::on(Operation::CheckDocument).times(1).status(200, with_portrait(&portrait.bytes)));
    ana.show_document(&media::png(50_000)).await.granted();
    assert_eq!(ana.match_face(&portrait).await.granted()["document_matched"], true);
    limits(&ana).await.ok();
}

/// The person in a video that was not verified need not be the subject.
async fn a_video_of_the_clients_choice_completes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    for form in [
        Form::new().file("image", page.clone()).file("video", media::webm(9_000)),
        Form::new().file("video", media::webm(9_000)).file("image", page.clone()),
    ] {
        let matched = ana.browser.post("/biometry/face/match").form(&form).send().await.granted();
        assert_eq!(matched["document_matched"], false);
        limits(&ana).await.problem("step-up-required");
    }
}

async fn a_document_that_was_rejected_since_completes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    ana.pass("limits").await;
    ana.show_document(&page).await.granted();
    let rejected = json!({ "data": { "current_result": "Failed" }, "scoring_result": "fail" });
    world.sandbox.fault(Fault::on(Operation::CheckDocument).times(1).status(200, rejected));
    ana.show_document(&media::png(60_000)).await.problem("document-rejected");
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], false);
    limits(&ana).await.problem("step-up-required");
}

async fn a_document_of_another_session_completes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    ana.show_document(&page).await.granted();
    ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.pass("limits").await;
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], false);
    limits(&ana).await.problem("step-up-required");
}

async fn a_document_that_is_too_old_completes_nothing<H: Host>() {
    let documents = Documents::new().max_age(Duration::from_secs(60));
    let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    world.clock.advance(Duration::from_secs(61));
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], false);
    ana.show_document(&page).await.granted();
    assert_eq!(ana.match_face(&page).await.granted()["document_matched"], true);
    limits(&ana).await.ok();
}

async fn what_is_completed_is_the_host_sessions_alone_and_ends_with_it<H: Host>() {
    let world = World::open::<H>().await;
    let page = media::png(50_000);
    let ana = complete(&world, &page).await;
    let elsewhere = world.log_in("pass@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    for stranger in [&elsewhere, &ben] {
        assert_eq!(limits(stranger).await.problem("step-up-required")["reason"], "absent");
    }
    ana.statement().await.problem("step-up-required");
    ana.log_out().await;
    limits(&ana).await.problem("authentication-required");

    let ana = complete(&world, &page).await;
    ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    limits(&ana).await.problem("step-up-required");
}

async fn a_withdrawal_on_the_way_leaves_nothing_to_complete<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass@example.com").await, media::png(50_000));
    ana.pass("limits").await;
    ana.show_document(&page).await.granted();
    let form = Form::new().file("image", page);
    let bytes: Bytes = form.bytes();
    let upload = ana.browser.post("/biometry/face/match").header("content-type", &form.content_type());
    let mut upload = upload.header("x-use-prefilled-video", "true").open();
    upload.send(bytes.slice(..40_000)).await;
    let arrives = |seen: &[biometry_sandbox::Entry]| {
        seen.iter().any(|entry| entry.operation == Some(Operation::MatchFaces) && entry.body_bytes > 0)
    };
    world.sandbox.journal_when(arrives).await.expect("the platform sees the picture");
    ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    upload.send(bytes.slice(40_000..)).await;
    upload.finish().await.problem("session-busy");
    limits(&ana).await.problem("step-up-required");
}

async fn faces_that_do_not_match_complete_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, page) = (world.consented("pass+nomatch@example.com").await, media::png(50_000));
    let challenge = ana.start("limits").await;
    ana.show_document(&page).await.granted();
    ana.verify(&challenge).await.granted();
    ana.match_face(&page).await.problem("match-failed");
    assert_eq!(limits(&ana).await.problem("step-up-required")["reason"], "level");
}

async fn the_journey_works_in_the_platforms_words<H: Host>() {
    let world = World::open::<H>().await;
    let email = "pass@example.com";
    let ana = world.consented(email).await;
    let page = media::png(50_000);
    let start = "/biometry/api-gateway/sessions/start?policy=limits";
    let started = ana.browser.post(start).send().await.granted();
    let session = started["data"].as_str().expect("a session").to_owned();
    let gateway = |browser: &Browser, path: &str| {
        let upload = browser.post(&format!("/biometry/api-gateway/{path}"));
        upload.header("x-user-fullname", email).header("x-session-id", &session)
    };
    let checked = gateway(&ana.browser, "docauth/check").form(&Form::new().file("document", page.clone()));
    assert_eq!(checked.send().await.granted()["scoring_result"], "pass");
    let phrase = started["phrase"].as_str().expect("a phrase");
    let video = Form::new().text("phrase", phrase).file("video", media::webm(10_000));
    let verified = gateway(&ana.browser, "process-video").form(&video).send().await.granted();
    assert_eq!(verified["scoring_result"], "pass");
    let matched = gateway(&ana.browser, "match-faces").header("x-use-prefilled-video", "true");
    let matched = matched.form(&Form::new().file("image", page)).send().await.granted();
    assert_eq!((&matched["data"]["result"], &matched["document_matched"]), (&json!(1), &json!(true)));
    limits(&ana).await.ok();
}

async fn nothing_of_the_journey_is_in_the_audit_trail<H: Host>() {
    let world = World::open::<H>().await;
    complete(&world, &media::png(50_000)).await;
    let kinds: Vec<_> = world.audit.events().iter().map(|event| event.kind().as_str()).collect();
    let expected = [
        "consent.given",
        "challenge.issued",
        "document.accepted",
        "upload.accepted",
        "verify.passed",
        "decision.created",
        "match.passed",
        "gate.allowed",
    ];
    assert_eq!(kinds, expected);
    let ids: Vec<_> = [Operation::CheckDocument, Operation::ProcessVideo, Operation::MatchFaces]
        .into_iter()
        .map(|operation| world.seen(operation).remove(0).request_id)
        .collect();
    let events = world.audit.events();
    let kept: Vec<_> = [EventKind::DocumentAccepted, EventKind::VerifyPassed, EventKind::FacesMatched]
        .into_iter()
        .filter_map(|kind| events.iter().find(|event| event.kind() == kind)?.platform_request_id())
        .collect();
    assert_eq!(kept, ids);
    let shown = format!("{events:?}");
    for secret in ["ERIKSSON", "pass@example", "D23145890", "94.5"] {
        assert!(!shown.contains(secret), "{secret}: {shown}");
    }
}

/// A user who has made the whole journey.
async fn complete(world: &World, page: &File) -> Member {
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("limits").await;
    ana.show_document(page).await.granted();
    ana.verify(&challenge).await.granted();
    assert_eq!(ana.match_face(page).await.granted()["document_matched"], true);
    limits(&ana).await.ok();
    ana
}

async fn limits(member: &Member) -> Answer {
    member.browser.get("/api/limits").send().await
}

/// An accepted document with this portrait.
fn with_portrait(portrait: &[u8]) -> Value {
    use base64::Engine as _;
    let portrait = base64::prelude::BASE64_STANDARD.encode(portrait);
    json!({ "data": { "current_result": "Passed", "portrait_photo": portrait }, "scoring_result": "pass" })
}
