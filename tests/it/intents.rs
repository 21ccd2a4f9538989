//! What was approved is what runs.

use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Host, World};

on_every_host! {
    another_amount_or_payee_is_refused,
    the_same_transfer_may_be_written_differently,
    an_approval_stands_while_other_transfers_are_refused,
    two_transfers_can_wait_for_approval_and_each_needs_its_own,
    what_cannot_be_read_as_a_transfer_is_refused_before_any_approval_is_used,
    a_transfer_beyond_the_gates_reading_is_refused,
    a_confirmation_has_another_trigger_than_an_authentication_upstream,
}

async fn another_amount_or_payee_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    for (to, amount) in
        [("Zoe", "12.51"), ("Zoe", "1250"), ("Zoë", "12.50"), ("zoe", "12.50"), ("Zoe Zoe", "12.50")]
    {
        let refused = ana.transfer(to, amount).await.problem("step-up-required");
        assert_eq!(refused["reason"], "absent", "{to} {amount}");
    }
    ana.transfer("Zoe", "12.50").await.ok();
    ana.pass("statement").await;
    assert_eq!(ana.statement().await.ok()["balance"], "9987.50");
}

async fn the_same_transfer_may_be_written_differently<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "12.50").await;
    let transfer = ana.browser.post("/api/transfer").header("content-type", "application/json");
    transfer.body("{ \"amount\" : \"12.5\",\n\t\"to\":\"\\u005aoe\" }").send().await.ok();
}

async fn an_approval_stands_while_other_transfers_are_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    for n in 2..20 {
        ana.transfer("Zoe", &n.to_string()).await.problem("step-up-required");
    }
    ana.transfer("Zoe", "1").await.ok();
}

async fn two_transfers_can_wait_for_approval_and_each_needs_its_own<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.approve("Max", "2").await;
    ana.transfer("Zoe", "1").await.ok();
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
    ana.transfer("Max", "2").await.ok();
}

async fn what_cannot_be_read_as_a_transfer_is_refused_before_any_approval_is_used<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    for body in [
        "",
        "{}",
        "to=Zoe&amount=1",
        r#"{"to":"Zoe","amount":"1","amount":"1000"}"#,
        r#"{"to":"Zoe","to":"Max","amount":"1"}"#,
        r#"{"to":"Zoe","amount":"1"}{"to":"Max","amount":"1"}"#,
        r#"{"to":"Zoe","amount":1}"#,
        r#"{"to":"Zoe","amount":"-1"}"#,
        r#"{"to":"Zoe","amount":"0"}"#,
        r#"{"to":"Zoe","amount":"1","memo":"x"}"#,
        r#"{"n":1e999,"to":"Zoe","to":"Max","amount":"1"}"#,
        r#"["Zoe","1"]"#,
        "{\"to\":\"Zoe\u{202e}xaM\",\"amount\":\"1\"}",
        "{\"to\":\"Zoe\u{200b}\",\"amount\":\"1\"}",
    ] {
        let request = ana.browser.post("/api/transfer").header("content-type", "application/json").body(body);
        request.send().await.problem("invalid-request");
    }
    ana.transfer("Zoe", "1").await.ok();
}

async fn a_transfer_beyond_the_gates_reading_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    let body = format!(r#"{{"to":"Zoe","amount":"1"{}}}"#, " ".repeat(70_000));
    let request = ana.browser.post("/api/transfer").header("content-type", "application/json").body(body);
    request.send().await.problem("upload-too-large");
    ana.transfer("Zoe", "1").await.ok();
}

async fn a_confirmation_has_another_trigger_than_an_authentication_upstream<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    let videos = world.seen(Operation::ProcessVideo);
    let triggers: Vec<_> =
        videos.iter().map(|video| video.header("x-action-trigger").unwrap_or_default()).collect();
    assert!(!triggers[0].is_empty() && !triggers[1].is_empty() && triggers[0] != triggers[1], "{triggers:?}");
    assert!(!json!(videos.iter().map(|video| &video.fields).collect::<Vec<_>>()).to_string().contains("Zoe"));
}
