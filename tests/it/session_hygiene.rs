//! A session of the platform ends when ours is over, and not before.

use std::time::Duration;

use biometry_client::PhoneNumber;
use biometry_gate::principal::{HostSession, Principal};
use biometry_sandbox::{Fault, Operation, SessionSeen};
use serde_json::json;

use crate::harness::{Host, Setup, World, eventually};

on_every_host! {
    an_end_ends_it,
    a_new_start_ends_the_one_before,
    a_session_that_ran_out_ends_it,
    a_log_out_ends_it,
    a_revocation_and_a_withdrawal_end_it,
    a_session_that_failed_for_good_ends_it,
    a_pass_keeps_it_as_long_as_its_proof,
    an_upload_under_way_is_judged_and_then_it_ends,
    a_shutdown_ends_what_is_over,
    a_platform_that_does_not_answer_keeps_nobody_waiting,
    only_the_hosts_phone_number_goes_along,
    a_browser_that_signs_in_has_no_phone_number,
}

async fn an_end_ends_it<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    assert!(!sessions(&world)[0].ended);
    ana.browser
        .post("/biometry/session/end")
        .header("x-session-id", &challenge.session)
        .send()
        .await
        .granted();
    ended(&world, &[true]).await;
    let seen = &world.seen(Operation::EndSession)[0];
    assert_eq!((seen.user.as_deref(), seen.json.clone()), (Some("pass@example.com"), Some(json!({}))));
}

async fn a_new_start_ends_the_one_before<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    ana.pass("statement").await;
    ended(&world, &[true, false]).await;
    ana.start("statement").await;
    ended(&world, &[true, true, false]).await;
    ana.statement().await.ok();
}

async fn a_session_that_ran_out_ends_it<H: Host>() {
    let world = Setup::new().var("CHALLENGE_TTL_SECS", 60).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    settled(&world).await;
    world.clock.advance(Duration::from_secs(59));
    world.gate().admin().sweep().await;
    assert!(!sessions(&world)[0].ended);
    world.clock.advance(Duration::from_secs(1));
    world.gate().admin().sweep().await;
    assert!(sessions(&world)[0].ended);
    assert_eq!(world.seen(Operation::EndSession).len(), 1);
}

async fn a_log_out_ends_it<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let elsewhere = world.log_in("pass@example.com").await;
    ana.pass("statement").await;
    elsewhere.start("statement").await;
    ana.log_out().await;
    ended(&world, &[true, false]).await;
}

async fn a_revocation_and_a_withdrawal_end_it<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    world
        .gate()
        .admin()
        .revoke_subject(
            &Principal::new("pass@example.com", HostSession::parse("s").expect("a key"))
                .expect("a principal"),
        )
        .await
        .expect("a revocation");
    ended(&world, &[true]).await;
    ana.start("statement").await;
    ana.browser.delete("/biometry/consent").send().await.granted();
    ended(&world, &[true, true]).await;
}

async fn a_session_that_failed_for_good_ends_it<H: Host>() {
    let world = Setup::new().var("MAX_FAILURES", 2).open::<H>().await;
    let ana = world.consented("fail@example.com").await;
    let challenge = ana.start("statement").await;
    ana.verify(&challenge).await.problem("verification-failed");
    settled(&world).await;
    assert!(!sessions(&world)[0].ended, "there is another try");
    ana.verify(&challenge).await.problem("verification-failed");
    ended(&world, &[true]).await;
}

async fn a_pass_keeps_it_as_long_as_its_proof<H: Host>() {
    let world = Setup::new().var("STATEMENT_MAX_AGE_SECS", 100).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    settled(&world).await;
    world.clock.advance(Duration::from_secs(99));
    world.gate().admin().sweep().await;
    assert!(!sessions(&world)[0].ended, "a face may still be matched in it");
    // The phrase would have run out after three minutes; the next look ends it.
    world.clock.advance(Duration::from_secs(81));
    world.gate().admin().sweep().await;
    assert!(sessions(&world)[0].ended);
}

async fn an_upload_under_way_is_judged_and_then_it_ends<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("fail@example.com").await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = world.begin_upload(&ana, &challenge).await;
    ana.browser.post("/biometry/session/end").send().await.granted();
    assert!(upload.send(rest).await);
    upload.finish().await.problem("session-busy");
    ended(&world, &[true]).await;
    let next = ana.try_start(json!({ "policy": "statement" })).await.granted();
    let status = ana.browser.get("/biometry/session").send().await.granted();
    assert_eq!(
        (&status["data"], &status["attempts_left"]),
        (&next["data"], &json!(4)),
        "and the failure counts"
    );
}

async fn a_shutdown_ends_what_is_over<H: Host>() {
    let world = Setup::new().var("CHALLENGE_TTL_SECS", 60).open::<H>().await;
    for name in ["ana", "ben", "eve"] {
        world.log_in(&format!("{name}@example.com")).await.start("statement").await;
    }
    settled(&world).await;
    world.clock.advance(Duration::from_secs(60));
    assert!(world.gate().drain(Duration::from_secs(10)).await);
    assert!(sessions(&world).iter().all(|session| session.ended));
}

async fn a_platform_that_does_not_answer_keeps_nobody_waiting<H: Host>() {
    let world = World::open::<H>().await;
    world.sandbox.fault(Fault::on(Operation::EndSession).hang());
    let ana = world.consented("pass@example.com").await;
    ana.start("statement").await;
    ana.pass("statement").await;
    ana.browser.post("/biometry/session/end").send().await.granted();
    ana.log_out().await;
    assert!(!world.gate().drain(Duration::from_millis(50)).await, "nor for ever at the end");
}

async fn only_the_hosts_phone_number_goes_along<H: Host>() {
    let phone = |owner: &Principal| number().filter(|_| owner.subject().as_str() == "ana@example.com");
    let world = Setup::new().gate(move |gate| gate.phone(phone)).open::<H>().await;
    for name in ["ana", "ben"] {
        let member = world.log_in(&format!("{name}@example.com")).await;
        member.start("statement").await;
        let end = member.browser.post("/biometry/session/end").json(json!({ "phone_number": "+15550100" }));
        end.send().await.granted();
    }
    ended(&world, &[true, true]).await;
    let numbers: Vec<_> = sessions(&world).into_iter().map(|session| session.phone_number).collect();
    assert_eq!(numbers, [Some("+61400000000".to_owned()), None]);
}

async fn a_browser_that_signs_in_has_no_phone_number<H: Host>() {
    let world = Setup::new().gate(|gate| gate.phone(|_| number())).open::<H>().await;
    let browser = world.browser();
    let start = json!({ "policy": "login", "subject": "ana@example.com" });
    browser.post("/biometry/session/start").json(start).send().await.granted();
    browser.post("/biometry/session/end").send().await.granted();
    ended(&world, &[true]).await;
    assert_eq!(sessions(&world)[0].phone_number, None);
}

fn number() -> Option<PhoneNumber> {
    PhoneNumber::parse("+61400000000").ok()
}

fn sessions(world: &World) -> Vec<SessionSeen> {
    world.sandbox.sessions()
}

/// Which of the platform's sessions are ended, in the order in which they were started; sooner or later.
async fn ended(world: &World, expected: &[bool]) {
    eventually("the platform's sessions end", async || {
        sessions(world).iter().map(|session| session.ended).eq(expected.iter().copied())
    })
    .await;
}

/// Waits until nothing is done in the background any more.
async fn settled(world: &World) {
    assert!(world.gate().drain(Duration::from_secs(10)).await);
}
