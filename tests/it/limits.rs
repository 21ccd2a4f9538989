//! How often one may start and fail at the bank is what its settings say.

use std::time::Duration;

use serde_json::json;

use crate::harness::{Host, Setup};

on_every_host! {
    the_banks_settings_are_its_limits,
}

async fn the_banks_settings_are_its_limits<H: Host>() {
    let setup = Setup::new().var("MAX_FAILURES", 1).var("COOL_DOWN_SECS", 100);
    let world = setup.var("MAX_STARTS", 2).var("STARTS_WINDOW_SECS", 60).open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let challenge = member.start("statement").await;
    assert_eq!(member.verify(&challenge).await.problem("verification-failed")["attempts_left"], 0);
    let locked_out = member.try_start(json!({})).await;
    locked_out.problem("too-many-attempts");
    assert_eq!(locked_out.retry_after(), Some(100));
    assert_eq!(member.browser.get("/api/whoami").send().await.ok()["email"], "fail@example.com");

    world.clock.advance(Duration::from_secs(100));
    for _ in 0..2 {
        member.start("statement").await;
    }
    let refused = member.try_start(json!({})).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(60));
}
