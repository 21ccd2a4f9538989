use std::time::Duration;

use biometry_gate::BiometryGate;
use biometry_gate::principal::{HostSession, Principal};
use http::Method;

use super::{ONCE, REUSABLE, inside, reason, visit};
use crate::host::{HostHarness, Stage};

pub async fn a_reusable_decision_opens_until_it_is_stale<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    for _ in 0..3 {
        let inside = inside(&visit(&ana, REUSABLE).await);
        assert_eq!((&inside["subject"], &inside["policy"]), (&"pass@example.com".into(), &"reusable".into()));
    }
    stage.clock.advance(Duration::from_millis(299_999));
    inside(&visit(&ana, REUSABLE).await);
    stage.clock.advance(Duration::from_millis(1));
    assert_eq!(reason(&visit(&ana, REUSABLE).await), "stale");
    assert_eq!(stage.app.runs(), 4);
}

pub async fn a_single_use_decision_opens_once<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("once").await;
    inside(&visit(&ana, ONCE).await);
    assert_eq!(reason(&visit(&ana, ONCE).await), "consumed");
    assert_eq!(stage.app.runs(), 1);
}

pub async fn a_decision_for_another_policy_is_none<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    assert_eq!(reason(&visit(&ana, ONCE).await), "absent");
    let ben = stage.consented("pass+ben@example.com").await;
    ben.pass("once").await;
    assert_eq!(reason(&visit(&ben, REUSABLE).await), "absent");
    inside(&visit(&ben, ONCE).await);
}

pub async fn a_decision_from_the_future_counts_for_nothing<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    stage.clock.turn_back(Duration::from_secs(1));
    assert_eq!(reason(&visit(&ana, REUSABLE).await), "stale");
}

pub async fn a_verification_that_is_being_judged_is_pending<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    let (mut upload, rest) = stage.begin_upload(&ana, &challenge).await;
    assert_eq!(reason(&visit(&ana, REUSABLE).await), "pending");
    upload.send(rest).await;
    upload.finish().await.granted();
    inside(&visit(&ana, REUSABLE).await);
}

pub async fn gated_answers_are_not_for_caches<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    for (policy, path) in [("reusable", REUSABLE), ("once", ONCE)] {
        ana.pass(policy).await;
        let answer = visit(&ana, path).await;
        inside(&answer);
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{path}");
    }
}

pub async fn a_glance_uses_nothing_up<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("once").await;
    for purpose in ["prefetch", "prefetch;prerender"] {
        let glance = ana.browser.get(ONCE).header("sec-purpose", purpose);
        glance.send().await.problem("step-up-required");
    }
    assert_eq!(ana.browser.request(Method::HEAD, ONCE).send().await.status, 401);
    assert_eq!(stage.app.runs(), 0);
    inside(&visit(&ana, ONCE).await);
}

pub async fn a_log_out_voids_decisions_and_passes_on_their_way<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass@example.com").await;
    let elsewhere = stage.log_in("pass@example.com");
    ana.pass("reusable").await;
    elsewhere.pass("reusable").await;
    let challenge = ana.start("once").await;
    let (mut upload, rest) = stage.begin_upload(&ana, &challenge).await;
    let owner = owner(stage.app.caller([cookies(&ana).as_bytes()]));
    stage.app.gate().log_out(&owner).await.expect("the store works");
    upload.send(rest).await;
    upload.finish().await.problem("session-busy");
    for path in [REUSABLE, ONCE] {
        assert_eq!(reason(&visit(&ana, path).await), "absent", "{path}");
    }
    inside(&visit(&elsewhere, REUSABLE).await);
}

pub async fn the_host_can_revoke_all_that_a_subject_holds<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let first = stage.consented("pass@example.com").await;
    let second = stage.log_in("pass@example.com");
    let other = stage.consented("pass+ben@example.com").await;
    for person in [&first, &second, &other] {
        person.pass("reusable").await;
    }
    let owner =
        Principal::new("pass@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    let gate: &BiometryGate = stage.app.gate();
    gate.admin().revoke_subject(&owner).await.expect("the store works");
    for person in [&first, &second] {
        assert_eq!(reason(&visit(person, REUSABLE).await), "absent");
    }
    inside(&visit(&other, REUSABLE).await);
}

fn cookies(person: &crate::host::Person) -> String {
    person.browser.cookie_header().expect("the host's cookie")
}

fn owner<E: std::fmt::Debug>(caller: Result<Option<Principal>, E>) -> Principal {
    caller.expect("the host can tell").expect("a user is logged in")
}
