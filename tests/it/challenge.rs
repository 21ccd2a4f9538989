//! A session's life: issued, spoken once, over.

use std::time::Duration;

use biometry_gate_testkit::Form;
use biometry_gate_testkit::media;
use biometry_sandbox::Operation;

use crate::harness::{Host, World};

on_every_host! {
    a_rejection_gives_the_next_phrase_its_own_time,
    a_phrase_may_be_sent_along_in_any_form,
    another_phrase_is_refused_before_the_platform_has_it_whole,
    the_platforms_own_session_goes_along_and_is_ended,
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
    world.sandbox.journal_when(ended).await.expect("the end is reported to the platform");
}
