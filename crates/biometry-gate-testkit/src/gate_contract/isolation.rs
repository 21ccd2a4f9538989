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
