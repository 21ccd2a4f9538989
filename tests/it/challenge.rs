//! A session's life: issued, spoken once, over.

use std::time::Duration;

use biometry_gate_testkit::Form;
use biometry_gate_testkit::media;
use biometry_sandbox::Operation;

use crate::harness::{Host, Setup, World, capture, eventually};

on_every_host! {
    a_challenge_runs_out,
    an_upload_that_began_in_time_may_end_late,
    a_rejection_gives_the_next_phrase_its_own_time,
    a_newer_session_supersedes_the_one_before,
    a_settled_session_takes_no_second_upload,
    an_ended_session_takes_no_upload_and_ends_once,
    only_a_verdict_burns_a_phrase,
    a_phrase_may_be_sent_along_in_any_form,
    another_phrase_is_refused_before_the_platform_has_it_whole,
    a_spent_phrase_is_refused,
    the_platforms_own_session_goes_along_and_is_ended,
    a_session_is_named_once,
}

async fn a_challenge_runs_out<H: Host>() {
    let world = Setup::new().var("CHALLENGE_TTL_SECS", 30).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    world.clock.advance(Duration::from_millis(29_999));
    assert_eq!(ana.state(&challenge).await, "issued");
    world.clock.advance(Duration::from_millis(1));
    assert_eq!(ana.state(&challenge).await, "expired");
    ana.verify(&challenge).await.problem("session-expired");
    ana.browser.post("/biometry/verify").form(&capture()).send().await.problem("session-expired");
    assert_eq!(world.captures(), 0);
    ana.pass("statement").await;
}

async fn an_upload_that_began_in_time_may_end_late<H: Host>() {
    let world = Setup::new().var("CHALLENGE_TTL_SECS", 30).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = world.begin_upload(&ana, &challenge).await;
    world.clock.advance(Duration::from_secs(31));
    upload.send(rest).await;
    upload.finish().await.granted();
}

async fn a_rejection_gives_the_next_phrase_its_own_time<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    world.clock.advance(Duration::from_secs(100));
    let rejected = member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(rejected["expires_at"], "2027-01-15T08:04:40Z");
    let challenge = challenge.renewed(&rejected);
    world.clock.advance(Duration::from_secs(179));
    member.verify(&challenge).await.problem("verification-failed");
    world.clock.advance(Duration::from_secs(180));
    member.verify(&challenge).await.problem("session-expired");
}

async fn a_newer_session_supersedes_the_one_before<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let first = ana.start("statement").await;
    let second = ana.start("statement").await;
    ana.verify(&first).await.problem("session-busy");
    assert_eq!(world.captures(), 0);
    ana.verify(&second).await.granted();
}

async fn a_settled_session_takes_no_second_upload<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.pass("statement").await;
    ana.verify(&challenge).await.problem("session-busy");
    assert_eq!(world.captures(), 1);
}

async fn an_ended_session_takes_no_upload_and_ends_once<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let end = || ana.browser.post("/biometry/session/end").header("x-session-id", &challenge.session);
    end().send().await.granted();
    assert_eq!(ana.state(&challenge).await, "ended");
    ana.verify(&challenge).await.problem("session-busy");
    end().send().await.problem("session-busy");
    let ben = world.log_in("ben@example.com").await;
    ben.browser.post("/biometry/session/end").send().await.problem("session-unknown");
}

async fn only_a_verdict_burns_a_phrase<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    let spoken = Form::new().text("phrase", &challenge.phrase);
    for (form, code) in [
        (spoken.clone().file("video", media::noise(5_000)), "unsupported-media"),
        (spoken.clone(), "invalid-upload"),
        (Form::new().text("phrase", "one one one").file("video", media::webm(5_000)), "phrase-mismatch"),
    ] {
        member.upload(&challenge).form(&form).send().await.problem(code);
    }
    let (upload, _) = world.begin_upload(&member, &challenge).await;
    upload.abort().await;
    world
        .sandbox
        .journal_when(|seen| seen.iter().all(|entry| entry.finished))
        .await
        .expect("the platform sees the upload break off");
    assert_eq!(world.captures(), 0);

    eventually("the bank hears of the aborted upload", async || member.state(&challenge).await == "issued")
        .await;
    let spoken = spoken.file("video", media::webm(5_000));
    let failed = member.upload(&challenge).form(&spoken).send().await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 4, "the uploads before counted for nothing");
    assert_eq!(world.captures(), 1);
}

async fn a_phrase_may_be_sent_along_in_any_form<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let words = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
    let digit = |word: &str| words.iter().position(|known| *known == word).expect("a digit").to_string();
    let forms: [fn(&str) -> String; 3] =
        [str::to_owned, |phrase| phrase.to_uppercase().replace(' ', "  "), |phrase| format!(" {phrase}\t")];
    for form in forms {
        let challenge = ana.start("statement").await;
        let form = Form::new().text("phrase", &form(&challenge.phrase)).file("video", media::webm(5_000));
        ana.upload(&challenge).form(&form).send().await.granted();
    }
    for between in ["", " "] {
        let challenge = ana.start("statement").await;
        let digits = challenge.phrase.split(' ').map(digit).collect::<Vec<_>>().join(between);
        let form = Form::new().file("video", media::webm(5_000)).text("phrase", &digits);
        ana.upload(&challenge).form(&form).send().await.granted();
    }
    let own = world.seen(Operation::ProcessVideo);
    assert!(
        own.iter().all(|entry| entry.field("phrase").is_some_and(|phrase| phrase.split(' ').count() == 8))
    );
}

async fn another_phrase_is_refused_before_the_platform_has_it_whole<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let other = challenge.phrase.split(' ').rev().collect::<Vec<_>>().join(" ");
    let other = if other == challenge.phrase { format!("{other} one") } else { other };
    for form in [
        Form::new().text("phrase", &other).file("video", media::webm(200_000)),
        Form::new().file("video", media::webm(200_000)).text("phrase", &other),
    ] {
        ana.upload(&challenge).form(&form).send().await.problem("phrase-mismatch");
    }
    assert_eq!(world.captures(), 0);
    assert_eq!(ana.state(&challenge).await, "issued");
}

async fn a_spent_phrase_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    member.verify(&challenge).await.problem("verification-failed");
    let spent = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(5_000));
    member.upload(&challenge).form(&spent).send().await.problem("phrase-mismatch");
    assert_eq!(world.captures(), 1);
}

async fn the_platforms_own_session_goes_along_and_is_ended<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.pass("statement").await;
    let video = world.seen(Operation::ProcessVideo).remove(0);
    let platforms = video.session.clone().expect("the platform's session");
    assert_ne!(platforms, challenge.session);
    assert_eq!(
        world.sandbox.session(&platforms).and_then(|session| session.full_name).as_deref(),
        Some("pass@example.com")
    );
    assert_eq!(video.user.as_deref(), Some("pass@example.com"));
    assert_eq!(video.field("phrase"), Some(challenge.phrase.as_str()));
    let end = ana.browser.post("/biometry/session/end").header("x-session-id", &challenge.session);
    end.send().await.granted();
    let ended = |seen: &[biometry_sandbox::Entry]| {
        seen.iter()
            .any(|entry| entry.operation == Some(Operation::EndSession) && entry.path.ends_with(&platforms))
    };
    world.sandbox.journal_when(ended).await.expect("the platform is told");
}

async fn a_session_is_named_once<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let first = ana.start("statement").await;
    let second = ana.start("statement").await;
    let twice = ana.upload(&first).header("x-session-id", &second.session).form(&capture());
    twice.send().await.problem("invalid-request");
    let by_alias = ana.browser.post("/biometry/verify").header("x-request-user-provided-id", &second.session);
    by_alias.form(&capture()).send().await.granted();
}
