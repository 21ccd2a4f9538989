use std::time::Duration;

use biometry_gate::principal::{HostSession, Principal};
use serde_json::Value;

use crate::answer::Answer;
use crate::form::Form;
use crate::host::{Challenge, HostHarness, Setup, Stage, at_once, capture};
use crate::media;

pub async fn a_session_runs_out<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    stage.clock.advance(Duration::from_millis(179_999));
    assert_eq!(ana.state(&challenge).await, "issued");
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(ana.state(&challenge).await, "expired");
    ana.verify(&challenge).await.problem("session-expired");
    ana.browser.post("/biometry/verify").form(&capture()).send().await.problem("session-expired");
    assert_eq!(stage.captures(), 0);
    ana.pass("reusable").await;
}

pub async fn an_upload_that_began_in_time_may_end_late<H: HostHarness>() {
    let setup = Setup::new().gate(|gate| gate.challenge_ttl(Duration::from_secs(30)));
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let (mut upload, rest) = stage.begin_upload(&ana, &challenge).await;
    assert_eq!(ana.state(&challenge).await, "processing");
    stage.clock.advance(Duration::from_secs(31));
    upload.send(rest).await;
    upload.finish().await.granted();
}

pub async fn a_newer_session_supersedes_the_one_before<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let first = ana.start("reusable").await;
    let second = ana.start("reusable").await;
    assert_ne!(first.session, second.session);
    ana.verify(&first).await.problem("session-busy");
    assert_eq!(stage.captures(), 0);
    // Without a header the newest one is meant.
    ana.browser.post("/biometry/verify").form(&capture()).send().await.granted();
    assert_eq!((&*ana.state(&first).await, &*ana.state(&second).await), ("ended", "passed"));
}

pub async fn a_settled_session_takes_no_second_upload<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.pass("reusable").await;
    ana.verify(&challenge).await.problem("session-busy");
    assert_eq!(stage.captures(), 1);
}

pub async fn an_ended_session_takes_no_upload_and_ends_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let end = || ana.browser.post("/biometry/session/end").header("x-session-id", &challenge.session);
    end().send().await.granted();
    assert_eq!(ana.state(&challenge).await, "ended");
    ana.verify(&challenge).await.problem("session-busy");
    end().send().await.problem("session-busy");
    let ben = stage.log_in("ben@example.com");
    ben.browser.post("/biometry/session/end").send().await.problem("session-unknown");
}

pub async fn a_session_that_takes_no_upload_says_why<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let state =
        async |challenge: &Challenge| ana.verify(challenge).await.problem("session-busy")["state"].clone();
    let first = ana.start("reusable").await;
    let second = ana.start("reusable").await;
    assert_eq!(state(&first).await, "superseded");
    let (mut upload, rest) = stage.begin_upload(&ana, &second).await;
    assert_eq!(state(&second).await, "uploading");
    upload.send(rest).await;
    upload.finish().await.granted();
    assert_eq!(state(&second).await, "settled");
    let third = ana.start("reusable").await;
    let end = || ana.browser.post("/biometry/session/end").header("x-session-id", &third.session);
    end().send().await.granted();
    assert_eq!(state(&third).await, "ended");
    assert_eq!(end().send().await.problem("session-busy")["state"], "ended");
}

pub async fn a_session_is_named_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let first = ana.start("reusable").await;
    let second = ana.start("reusable").await;
    let twice = ana.upload(&first).header("x-session-id", &second.session).form(&capture());
    twice.send().await.problem("invalid-request");
    let by_alias = ana.browser.post("/biometry/verify").header("x-request-user-provided-id", &second.session);
    by_alias.form(&capture()).send().await.granted();
}

pub async fn sessions_of_others_look_like_sessions_that_never_were<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("pass+ben@example.com").await;
    let anas_other_browser = stage.log_in("pass+ana@example.com");
    let anas = ana.start("reusable").await;
    let nobodys = Challenge { session: format!("sess_{}", "A".repeat(32)), phrase: String::new() };
    let garbage = Challenge { session: "../../etc/passwd".to_owned(), phrase: String::new() };
    for stranger in [&ben, &anas_other_browser] {
        let mut looks = Vec::new();
        for challenge in [&anas, &nobodys, &garbage] {
            let verified = stranger.verify(challenge).await;
            let named = |request: crate::Request| request.header("x-session-id", &challenge.session);
            let status = named(stranger.browser.get("/biometry/session")).send().await;
            let end = named(stranger.browser.post("/biometry/session/end")).send().await;
            looks.push([verified, status, end].map(|answer| look(&answer)));
        }
        assert_eq!(looks[0], looks[1], "a foreign session and none");
        assert_eq!(looks[1], looks[2], "none and nonsense");
    }
    for session in [&anas.session, &nobodys.session] {
        let end = ben.browser.post(&format!("/biometry/api-gateway/sessions/end/{session}"));
        end.send().await.problem("session-unknown");
    }
    assert_eq!(stage.captures(), 0);
    ana.pass_with(&anas).await;
}

/// A refusal without what differs from one to the next by its nature.
#[track_caller]
fn look(answer: &Answer) -> (Value, Vec<String>) {
    let mut problem = answer.problem("session-unknown");
    problem["request_id"] = Value::Null;
    let changing = ["x-request-id", "date", "content-length"];
    let lines = answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}"));
    let mut headers: Vec<_> =
        lines.filter(|line| !changing.iter().any(|name| line.starts_with(name))).collect();
    headers.sort();
    (problem, headers)
}

pub async fn of_parallel_uploads_on_one_session_one_is_taken<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for _ in 0..3 {
        let challenge = ana.start("reusable").await;
        let before = stage.captures();
        let answers = at_once(12, || {
            let (ana, challenge) = (ana.clone(), challenge.clone());
            async move { ana.verify(&challenge).await }
        })
        .await;
        let (taken, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 200);
        assert_eq!(taken.len(), 1);
        taken[0].granted();
        refused.iter().for_each(|answer| drop(answer.problem("session-busy")));
        assert_eq!(stage.captures(), before + 1);
        let owner = Principal::new("pass@example.com", HostSession::parse("any").expect("a key"))
            .expect("a principal");
        stage.app.gate().admin().unlock(&owner).await.expect("the store works");
    }
}

pub async fn of_parallel_starts_one_session_lives<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let answers = at_once(6, || {
        let ana = ana.clone();
        async move { ana.try_start(serde_json::json!({})).await }
    })
    .await;
    let mut alive = Vec::new();
    for answer in answers {
        let challenge = Challenge::read(&answer.granted());
        if ana.state(&challenge).await == "issued" {
            alive.push(challenge);
        }
    }
    assert_eq!(alive.len(), 1);
    ana.pass_with(&alive[0]).await;
}

pub async fn only_a_verdict_burns_a_phrase<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let person = stage.consented("fail@example.com").await;
    let challenge = person.start("reusable").await;
    let spoken = Form::new().text("phrase", &challenge.phrase);
    for (form, code) in [
        (spoken.clone().file("video", media::noise(5_000)), "unsupported-media"),
        (spoken.clone(), "invalid-upload"),
        (Form::new().text("phrase", "one one one").file("video", media::webm(5_000)), "phrase-mismatch"),
    ] {
        person.upload(&challenge).form(&form).send().await.problem(code);
    }
    let (upload, _) = stage.begin_upload(&person, &challenge).await;
    upload.abort().await;
    person.idle(&challenge).await;
    assert_eq!(stage.captures(), 0);
    let spoken = spoken.file("video", media::webm(5_000));
    let failed = person.upload(&challenge).form(&spoken).send().await.problem("verification-failed");
    assert_eq!(failed["attempts_left"], 4, "the uploads before counted for nothing");
    person.upload(&challenge).form(&spoken).send().await.problem("phrase-mismatch");
    assert_eq!(stage.captures(), 1);
}

pub async fn a_withdrawal_of_consent_voids_a_pass_on_its_way<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let (mut upload, rest) = stage.begin_upload(&ana, &challenge).await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    upload.send(rest).await;
    upload.finish().await.problem("session-busy");
    ana.consent().await;
    let refused = ana.browser.get("/gated/reusable").send().await;
    assert_eq!(refused.problem("step-up-required")["reason"], "absent");
}
