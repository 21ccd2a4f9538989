//! Faces held against each other: after a pass, in the order in which the files come, and no oftener than allowed.

use biometry_gate::audit::EventKind;
use biometry_gate::document::Documents;
use biometry_gate::policy::Threshold;
use biometry_gate_testkit::{Answer, Form, media};
use biometry_sandbox::{Entry, Fault, Operation, Shape};
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, eventually, sha256};

on_every_host! {
    both_files_go_upstream_as_they_come_in_any_order,
    the_sessions_own_video_is_not_sent_again,
    a_match_needs_a_pass_that_stands,
    faces_that_do_not_match_are_no_success_whatever_the_status,
    a_score_below_the_hosts_minimum_is_no_match,
    an_answer_that_says_nothing_is_no_match,
    a_session_compares_no_more_than_so_often,
    a_form_has_exactly_its_fields_and_containers,
    a_match_needs_its_own_caller_and_consent,
    an_upload_that_breaks_off_in_either_file_is_never_complete_upstream,
    a_second_file_is_taken_no_faster_than_the_platform_takes_it,
}

async fn both_files_go_upstream_as_they_come_in_any_order<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, challenge) = passed(&world, "pass@example.com").await;
    let (video, image) = (media::webm(400_000), media::png(300_000));
    for (form, order) in [
        (Form::new().file("video", video.clone()).file("image", image.clone()), ["video", "image"]),
        (Form::new().file("image", image.clone()).file("video", video.clone()), ["image", "video"]),
        (
            Form::new()
                .text(PROVIDED_ID, &challenge.session)
                .file("image", image.clone())
                .file("video", video.clone()),
            ["image", "video"],
        ),
    ] {
        let answer = compare(&ana, &form).await;
        let seen = world.seen(Operation::MatchFaces).pop().expect("a match");
        assert_eq!(answer.header("x-request-id"), Some(&*seen.request_id));
        assert_eq!(answer.granted(), json!({ "message": "the faces match", "document_matched": false }));
        let fields: Vec<_> = seen.files.iter().map(|file| &*file.field).collect();
        assert_eq!(fields, order, "as they came");
        let sent = |field| seen.file(field).expect("a file").clone();
        assert_eq!(sent("video").sha256, sha256(&video.bytes));
        assert_eq!(sent("image").sha256, sha256(&image.bytes));
        assert_eq!((&*sent("image").file_name, &*sent("video").file_name), ("image.png", "capture.webm"));
        assert_eq!(sent("image").content_type.as_deref(), Some("image/png"));
        assert!(seen.complete && seen.fields.is_empty());
        assert_eq!(seen.user.as_deref(), Some("pass@example.com"));
        assert_eq!(seen.session, world.seen(Operation::ProcessVideo)[0].session);
        assert_eq!(seen.header("x-use-prefilled-video"), None);
    }
    let form = Form::new().file("video", video).file("image", media::jpeg(5_000));
    let upload =
        ana.browser.post("/biometry/api-gateway/match-faces").header("x-use-prefilled-video", "false");
    let answer = upload.form(&form).send().await.granted();
    assert_eq!((&answer["data"]["result"], &answer["data"]["code"]), (&json!(1), &json!(0)));
    assert_eq!(answer["scoring_result"], json!({ "status": "pass" }));
    assert_eq!(world.audit.count(EventKind::FacesMatched), 4);
}

async fn the_sessions_own_video_is_not_sent_again<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, _) = passed(&world, "pass@example.com").await;
    ana.match_face(&media::jpeg(5_000)).await.granted();
    let seen = world.seen(Operation::MatchFaces).remove(0);
    assert_eq!((seen.files.len(), seen.header("x-use-prefilled-video")), (1, Some("true")));
    let both = Form::new().file("image", media::png(5_000)).file("video", media::webm(5_000));
    let upload = ana.browser.post("/biometry/face/match").header("x-use-prefilled-video", "true");
    upload.form(&both).send().await.problem("invalid-upload");
    for nonsense in ["yes", "TRUE", ""] {
        let upload = ana.browser.post("/biometry/face/match").header("x-use-prefilled-video", nonsense);
        upload.form(&both).send().await.problem("invalid-request");
    }
    assert_eq!(whole(&world), 1);
}

async fn a_match_needs_a_pass_that_stands<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let picture = media::png(5_000);
    ana.match_face(&picture).await.problem("session-unknown");
    let challenge = ana.start("statement").await;
    ana.match_face(&picture).await.problem("session-busy");
    ana.verify(&challenge).await.granted();
    let elsewhere = world.consented("pass@example.com").await;
    elsewhere.match_face(&picture).await.problem("session-unknown");
    let ben = world.consented("pass+ben@example.com").await;
    let upload = ben.browser.post("/biometry/face/match").header("x-session-id", &challenge.session);
    let upload = upload.header("x-use-prefilled-video", "true");
    upload.form(&Form::new().file("image", picture.clone())).send().await.problem("session-unknown");
    assert!(world.seen(Operation::MatchFaces).is_empty());
    ana.match_face(&picture).await.granted();
    world.clock.advance(std::time::Duration::from_secs(300));
    ana.match_face(&picture).await.problem("session-expired");

    let failed = world.consented("fail@example.com").await;
    let challenge = failed.start("statement").await;
    failed.verify(&challenge).await.problem("verification-failed");
    failed.match_face(&picture).await.problem("session-busy");

    let (ana, challenge) = passed(&world, "pass@example.com").await;
    ana.start("statement").await;
    let upload = ana.browser.post("/biometry/face/match").header("x-session-id", &challenge.session);
    let upload = upload.header("x-use-prefilled-video", "true");
    upload.form(&Form::new().file("image", picture.clone())).send().await.problem("session-busy");
    let (ana, _) = passed(&world, "pass@example.com").await;
    ana.browser.delete("/biometry/consent?purpose=storage").send().await.granted();
    ana.match_face(&picture).await.problem("session-busy");
    let (ana, _) = passed(&world, "pass@example.com").await;
    ana.browser.post("/biometry/session/end").send().await.granted();
    ana.match_face(&picture).await.problem("session-busy");
    assert_eq!(world.seen(Operation::MatchFaces).len(), 1);
}

async fn faces_that_do_not_match_are_no_success_whatever_the_status<H: Host>() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let world = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for who in ["pass+nomatch", "pass+match+contradiction", "pass+match+noface"] {
            let (member, _) = passed(&world, &format!("{who}@example.com")).await;
            // The legacy shape has no code of its own to contradict itself with.
            if shape == Shape::Legacy && who.ends_with("contradiction") {
                continue;
            }
            let failed = member.match_face(&media::png(5_000)).await.problem("match-failed");
            assert_eq!(failed["attempts_left"], 4, "{who}");
            let upload = member.browser.post("/biometry/api-gateway/match-faces");
            let upload = upload.header("x-use-prefilled-video", "true");
            let failed = upload.form(&Form::new().file("image", media::png(5_000))).send().await.granted();
            assert_eq!((&failed["data"]["result"], &failed["data"]["code"]), (&json!(0), &json!(1)));
            assert_eq!(failed["scoring_result"], json!({ "status": "fail" }));
            for answer in member.browser.answers() {
                let text = answer.text();
                assert!(!text.contains("12.25") && !text.contains("percentages"), "{text}");
            }
        }
    }
}

async fn a_score_below_the_hosts_minimum_is_no_match<H: Host>() {
    for (minimum, shape, is_match) in [
        (90.0, Shape::Guide, true),
        (99.9, Shape::Guide, false),
        // Here the platform gives no score.
        (90.0, Shape::Sdk, false),
    ] {
        let documents = Documents::new().match_score(Threshold::percent(minimum).expect("a percentage"));
        let setup = Setup::new().sandbox(move |sandbox| sandbox.shape(shape));
        let world = setup.gate(move |gate| gate.documents(documents)).open::<H>().await;
        let (ana, _) = passed(&world, "pass@example.com").await;
        let answer = ana.match_face(&media::png(5_000)).await;
        if is_match { drop(answer.granted()) } else { drop(answer.problem("match-failed")) }
    }
}

async fn an_answer_that_says_nothing_is_no_match<H: Host>() {
    let world = World::open::<H>().await;
    for body in [
        json!({}),
        json!({ "data": {} }),
        json!({ "data": { "code": 0 } }),
        json!({ "data": { "result": true } }),
        json!({ "data": { "code": 0, "result": "true" } }),
        json!({ "data": { "code": 0, "result": 1 }, "scoring_result": "fail" }),
        json!({ "data": { "code": 0, "result": 1 }, "scoring_result": { "status": "refer" } }),
        json!({ "data": { "code": 0, "result": 1, "target": { "code": 2 } } }),
        json!({ "data": { "code": 0, "result": 1, "score": 99 }, "error": "no" }),
    ] {
        let (ana, _) = passed(&world, "pass@example.com").await;
        world.sandbox.fault(Fault::on(Operation::MatchFaces).times(1).status(200, body.clone()));
        let answer = ana.match_face(&media::png(5_000)).await;
        assert_eq!(answer.code().as_deref(), Some("match-failed"), "{body}: {answer:?}");
    }
    let (ana, _) = passed(&world, "pass@example.com").await;
    for (fault, code) in [
        (Fault::on(Operation::MatchFaces).status(500, json!({ "error": "x" })), "platform-error"),
        (Fault::on(Operation::MatchFaces).cut_after_headers(), "platform-unavailable"),
        (Fault::on(Operation::MatchFaces).malformed_body("[]"), "platform-error"),
    ] {
        world.sandbox.fault(fault.times(1));
        ana.match_face(&media::png(5_000)).await.problem(code);
    }
    assert_eq!(world.audit.count(EventKind::MatchError), 3);
    ana.match_face(&media::png(5_000)).await.granted();
}

async fn a_session_compares_no_more_than_so_often<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 2).open::<H>().await;
    let (member, _) = passed(&world, "pass+nomatch@example.com").await;
    for left in [1, 0] {
        let failed = member.match_face(&media::png(5_000)).await.problem("match-failed");
        assert_eq!(failed["attempts_left"], left);
    }
    member.match_face(&media::png(5_000)).await.problem("session-busy");
    assert_eq!(whole(&world), 2);
    member.statement().await.ok();
}

async fn a_form_has_exactly_its_fields_and_containers<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, _) = passed(&world, "pass@example.com").await;
    let (image, video) = (|| media::png(5_000), || media::webm(5_000));
    let other = format!("sess_{}", "A".repeat(32));
    for (form, code) in [
        (Form::new().file("image", image()), "invalid-upload"),
        (Form::new().file("video", video()), "invalid-upload"),
        (Form::new().file("image", video()).file("video", video()), "unsupported-media"),
        (Form::new().file("image", image()).file("video", image()), "unsupported-media"),
        (Form::new().file("video", video()).file("image", media::noise(5_000)), "unsupported-media"),
        (Form::new().file("video", video()).file("image", image()).file("image", image()), "invalid-upload"),
        (Form::new().file("video", video()).file("image", image()).file("more", image()), "invalid-upload"),
        (Form::new().file("video", video()).file("image", image()).text("phrase", "one"), "invalid-upload"),
        (
            Form::new().file("video", video()).file("image", image()).text(PROVIDED_ID, &other),
            "invalid-upload",
        ),
        (
            Form::new().file("video", video()).file("image", image()).text("userFullname", "ben"),
            "subject-conflict",
        ),
    ] {
        compare(&ana, &form).await.problem(code);
    }
    assert_eq!(whole(&world), 0);
    compare(&ana, &Form::new().file("video", video()).file("image", image())).await.granted();
}

async fn a_match_needs_its_own_caller_and_consent<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, challenge) = passed(&world, "pass@example.com").await;
    let form = Form::new().file("image", media::png(5_000));
    for path in ["/biometry/face/match", "/biometry/api-gateway/match-faces"] {
        let upload = world.browser().post(path).header("x-use-prefilled-video", "true");
        let upload = upload.header("x-session-id", &challenge.session);
        upload.form(&form).send().await.problem("authentication-required");
        let upload = ana.browser.post(path).header("x-use-prefilled-video", "true");
        let upload = upload.header("x-user-fullname", "ben@example.com");
        upload.form(&form).send().await.problem("subject-conflict");
        let upload = ana.browser.post(path).header("x-use-prefilled-video", "true");
        upload.header("sec-fetch-site", "same-site").form(&form).send().await.problem("cross-site");
    }
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.match_face(&media::png(5_000)).await.problem("consent-required");
    assert!(world.seen(Operation::MatchFaces).is_empty());
}

async fn an_upload_that_breaks_off_in_either_file_is_never_complete_upstream<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, _) = passed(&world, "pass@example.com").await;
    let form = Form::new().file("video", media::webm(200_000)).file("image", media::png(200_000));
    let bytes = form.bytes();
    for at in [100_000, 200_500, 300_000, bytes.len() - 1] {
        let before = world.seen(Operation::MatchFaces).len();
        let upload = ana.browser.post("/biometry/face/match");
        let mut upload = upload.header("content-type", &form.content_type()).open();
        upload.send(bytes.slice(..at)).await;
        let arrives = |seen: &[Entry]| matches(seen).skip(before).any(|entry| entry.body_bytes > 0);
        world.sandbox.journal_when(arrives).await.expect("the platform sees the upload");
        upload.abort().await;
        let over = |seen: &[Entry]| matches(seen).skip(before).all(|entry| entry.finished);
        let seen = world.sandbox.journal_when(over).await.expect("the platform sees it break off");
        assert!(matches(&seen).skip(before).all(|entry| !entry.complete && entry.status.is_none()), "{at}");
        eventually("another match begins", async || {
            let answer = compare(&ana, &Form::new().file("image", media::png(9))).await;
            answer.code().as_deref() != Some("session-busy")
        })
        .await;
    }
    compare(&ana, &form).await.granted();
}

/// The platform has read the first file; the second one is still to come, and then comes to it byte by byte.
async fn a_second_file_is_taken_no_faster_than_the_platform_takes_it<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, _) = passed(&world, "pass@example.com").await;
    let (video, image) = (media::webm(100_000), media::png(100_000));
    let form = Form::new().file("video", video.clone()).file("image", image.clone());
    let bytes = form.bytes();
    let upload = ana.browser.post("/biometry/face/match").header("content-type", &form.content_type());
    let mut upload = upload.open();
    upload.send(bytes.slice(..150_000)).await;
    let has_first =
        |seen: &[Entry]| matches(seen).any(|entry| entry.file("video").is_some_and(|video| video.complete));
    let seen = world.sandbox.journal_when(has_first).await.expect("the first file arrives whole");
    let entry = matches(&seen).next().expect("a match");
    assert_eq!(entry.file("video").map(|file| file.sha256.clone()), Some(sha256(&video.bytes)));
    assert!(!entry.complete && entry.status.is_none());
    upload.send(bytes.slice(150_000..)).await;
    upload.finish().await.granted();
    let seen = world.seen(Operation::MatchFaces).remove(0);
    assert_eq!(seen.file("image").map(|file| file.sha256.clone()), Some(sha256(&image.bytes)));
}

/// A user whose newest session has passed.
async fn passed(world: &World, email: &str) -> (Member, Challenge) {
    let member = world.consented(email).await;
    let challenge = member.pass("statement").await;
    (member, challenge)
}

async fn compare(member: &Member, form: &Form) -> Answer {
    member.browser.post("/biometry/face/match").form(form).send().await
}

fn matches(seen: &[Entry]) -> impl Iterator<Item = &Entry> {
    seen.iter().filter(|entry| entry.operation == Some(Operation::MatchFaces))
}

fn whole(world: &World) -> usize {
    world.seen(Operation::MatchFaces).iter().filter(|seen| seen.complete).count()
}

const PROVIDED_ID: &str = "X-Request-User-Provided-ID";
