//! Decisions and sessions belong to one user in one session of the host.

use biometry_gate_testkit::Answer;
use serde_json::Value;

use crate::harness::{Challenge, Host, World, capture};

on_every_host! {
    another_user_stays_locked_out,
    a_second_browser_of_the_same_user_stays_locked_out,
    a_new_log_in_in_the_same_browser_starts_from_nothing,
    sessions_of_others_look_like_sessions_that_never_were,
    an_approval_opens_nothing_in_another_host_session,
    an_operation_of_another_host_session_cannot_be_approved,
    a_forged_or_broken_cookie_is_nobodys,
}

async fn another_user_stays_locked_out<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    assert_eq!(ben.statement().await.problem("step-up-required")["reason"], "absent");
    assert_eq!(ben.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");
    ana.statement().await.ok();
}

async fn a_second_browser_of_the_same_user_stays_locked_out<H: Host>() {
    let world = World::open::<H>().await;
    let first = world.consented("pass@example.com").await;
    let second = world.log_in("pass@example.com").await;
    first.pass("statement").await;
    assert_eq!(second.statement().await.problem("step-up-required")["reason"], "absent");
    second.pass("statement").await;
    second.statement().await.ok();
    first.statement().await.ok();
}

async fn a_new_log_in_in_the_same_browser_starts_from_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let old = ana.browser.copy();
    let ana = crate::harness::Member::log_in(ana.browser, "pass@example.com").await;
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    let with_old_cookie = old.get("/api/statement").send().await;
    assert_eq!(with_old_cookie.problem("step-up-required")["reason"], "absent");
}

async fn sessions_of_others_look_like_sessions_that_never_were<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    let anas_other_browser = world.log_in("pass+ana@example.com").await;
    let anas = ana.start("statement").await;
    let nobodys = Challenge { session: format!("sess_{}", "A".repeat(32)), phrase: String::new() };
    let garbage = Challenge { session: "../../etc/passwd".to_owned(), phrase: String::new() };

    for stranger in [&ben, &anas_other_browser] {
        let mut looks = Vec::new();
        for challenge in [&anas, &nobodys, &garbage] {
            let verified = stranger.verify(challenge).await;
            let status = stranger.browser.get("/biometry/session").header("x-session-id", &challenge.session);
            let end =
                stranger.browser.post("/biometry/session/end").header("x-session-id", &challenge.session);
            looks.push([look(&verified), look(&status.send().await), look(&end.send().await)]);
        }
        assert_eq!(looks[0], looks[1], "a foreign session and none");
        assert_eq!(looks[1], looks[2], "none and nonsense");
    }
    for session in [&anas.session, &nobodys.session] {
        let end = ben.browser.post(&format!("/biometry/api-gateway/sessions/end/{session}"));
        end.send().await.problem("session-unknown");
    }
    assert_eq!(world.captures(), 0);
    ana.verify(&anas).await.granted();
}

/// A refusal without what differs from one to the next by its nature.
fn look(answer: &Answer) -> (Value, Vec<String>) {
    let mut problem = answer.problem("session-unknown");
    problem["request_id"] = Value::Null;
    let changing = ["x-request-id", "date", "content-length"];
    let mut headers: Vec<_> =
        answer.headers.iter().map(|(name, value)| format!("{name}: {value:?}")).collect();
    headers.retain(|header| !changing.iter().any(|name| header.starts_with(name)));
    headers.sort();
    (problem, headers)
}

async fn an_approval_opens_nothing_in_another_host_session<H: Host>() {
    let world = World::open::<H>().await;
    let first = world.consented("pass@example.com").await;
    let second = world.log_in("pass@example.com").await;
    first.approve("Zoe", "1").await;
    assert_eq!(second.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");
    first.transfer("Zoe", "1").await.ok();
}

async fn an_operation_of_another_host_session_cannot_be_approved<H: Host>() {
    let world = World::open::<H>().await;
    let first = world.consented("pass@example.com").await;
    let second = world.log_in("pass@example.com").await;
    let refusal = first.transfer("Zoe", "1").await.problem("step-up-required");
    let body = serde_json::json!({ "policy": "transfer", "intent": refusal["step_up"]["intent"]["id"] });
    second.try_start(body).await.problem("invalid-request");
}

async fn a_forged_or_broken_cookie_is_nobodys<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let cookie = ana.browser.cookie("bank-session").expect("the host's cookie");
    assert!(cookie.has("HttpOnly") && cookie.has("SameSite=Strict") && cookie.has("Path=/"), "{cookie:?}");
    let mut flipped = cookie.value.clone().into_bytes();
    let middle = flipped.len() / 2;
    flipped[middle] = if flipped[middle] == b'A' { b'B' } else { b'A' };
    let flipped = String::from_utf8(flipped).expect("text");
    for forged in ["", "pass@example.com", &flipped, &cookie.value[..cookie.value.len() - 4]] {
        let thief = world.browser();
        thief.put_cookie("bank-session", forged);
        thief.get("/api/statement").send().await.problem("authentication-required");
        thief.post("/biometry/verify").form(&capture()).send().await.problem("authentication-required");
    }
}
