use biometry_gate::principal::Subject;
use serde_json::json;

use super::{ONCE, REUSABLE, approve, inside, reason, run, visit};
use crate::host::{HostHarness, Stage};

pub async fn another_user_stays_locked_out<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("pass+ben@example.com").await;
    ana.pass("reusable").await;
    ana.pass("once").await;
    approve(&ana, "one").await;
    for answer in [visit(&ben, REUSABLE).await, visit(&ben, ONCE).await, run(&ben, "one").await] {
        assert_eq!(reason(&answer), "absent");
    }
    for answer in [visit(&ana, REUSABLE).await, visit(&ana, ONCE).await, run(&ana, "one").await] {
        assert_eq!(inside(&answer)["subject"], "pass+ana@example.com");
    }
}

pub async fn another_host_session_of_the_same_user_stays_locked_out<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let first = stage.consented("pass@example.com").await;
    let second = stage.log_in("pass@example.com");
    first.pass("reusable").await;
    approve(&first, "one").await;
    assert_eq!(reason(&visit(&second, REUSABLE).await), "absent");
    assert_eq!(reason(&run(&second, "one").await), "absent");
    second.pass("reusable").await;
    inside(&visit(&second, REUSABLE).await);
    inside(&visit(&first, REUSABLE).await);
    inside(&run(&first, "one").await);
}

pub async fn an_operation_of_another_host_session_cannot_be_approved<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let first = stage.consented("pass@example.com").await;
    let second = stage.log_in("pass@example.com");
    let refusal = run(&first, "one").await.problem("step-up-required");
    let body = json!({ "policy": "operation", "intent": refusal["step_up"]["intent"]["id"] });
    second.try_start(body).await.problem("invalid-request");
}

pub async fn names_of_any_alphabet_are_verified_and_kept_apart<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let long = "x".repeat(257);
    for (name, alike) in [
        ("Jos\u{e9}", "Jose\u{301}"),
        ("Ana Maria", "Ana\u{a0}Maria"),
        ("\u{430}na", "ana"),
        ("\u{738b}\u{5c0f}\u{660e}", "\u{738b}\u{5c0f}\u{660e}\u{200b}"),
        (&long, &long[1..]),
    ] {
        let subject = Subject::parse(name).expect("a subject");
        let upstream = subject.platform_name().into_owned();
        assert!(upstream != name && upstream.bytes().all(|byte| byte.is_ascii_graphic()), "{upstream}");
        stage.sandbox.enroll(&upstream);
        let person = stage.consented(name).await;
        person.pass("reusable").await;
        assert_eq!(inside(&visit(&person, REUSABLE).await)["subject"], name);
        let journal = stage.sandbox.journal();
        let known_as = journal.iter().filter_map(|entry| entry.header("x-user-fullname")).next_back();
        assert_eq!(known_as, Some(&*upstream));

        // They may name themselves, as they are called here or upstream, and no other user.
        let look = |name: &str| person.browser.get("/biometry/session").header("x-user-fullname", name);
        look(name).send().await.granted();
        look(&upstream).send().await.granted();
        look(alike).send().await.problem("subject-conflict");

        let other = stage.consented(alike).await;
        assert_eq!(reason(&visit(&other, REUSABLE).await), "absent", "{alike:?} is not {name:?}");
    }
}
