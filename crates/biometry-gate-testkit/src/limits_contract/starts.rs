use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::audit::EventKind;
use biometry_sandbox::Operation;
use serde_json::json;

use super::{limited, starts};
use crate::host::HostHarness;

pub async fn starts_are_limited_whatever_becomes_of_them<H: HostHarness>() {
    let stage = starts(3, 60).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.start("reusable").await;
    stage.clock.advance(Duration::from_secs(20));
    ana.pass("reusable").await;
    let ended = ana.start("reusable").await;
    let end = ana.browser.post("/biometry/session/end").header("x-session-id", &ended.session);
    end.send().await.granted();
    let refused = ana.try_start(json!({})).await;
    refused.problem("too-many-attempts");
    assert_eq!(refused.retry_after(), Some(40));
    stage.clock.advance(Duration::from_secs(40));
    ana.start("reusable").await;
    ana.try_start(json!({})).await.problem("too-many-attempts");
    ana.enters().await;
}

pub async fn starts_of_all_browsers_count_together<H: HostHarness>() {
    let stage = starts(2, 600).open::<H>().await;
    for _ in 0..2 {
        stage.log_in("ana@example.com").start("reusable").await;
    }
    stage.log_in("ana@example.com").try_start(json!({})).await.problem("too-many-attempts");
    stage.log_in("ben@example.com").start("reusable").await;
}

pub async fn refused_starts_do_not_reach_the_platform<H: HostHarness>() {
    let stage = starts(1, 600).open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    ana.start("reusable").await;
    for _ in 0..3 {
        ana.try_start(json!({})).await.problem("too-many-attempts");
        let start = ana.browser.post("/biometry/api-gateway/sessions/start");
        start.send().await.problem("too-many-attempts");
    }
    assert_eq!(stage.seen(Operation::StartSession).len(), 1);
}

pub async fn captures_of_a_day_are_limited_whatever_comes_of_them<H: HostHarness>() {
    let limits = Limits::default().failures(2, Duration::from_secs(60)).per_day(2);
    let stage = limited(limits).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    ana.pass("reusable").await;
    let challenge = ana.start("reusable").await;
    let refused = ana.verify(&challenge).await;
    refused.problem("too-many-attempts");
    assert!(refused.retry_after().is_some_and(|seconds| seconds > 23 * 3_600), "{refused:?}");
    assert_eq!(stage.captures(), 2);
    ana.enters().await;
    stage.clock.advance(Duration::from_secs(24 * 3_600));
    ana.pass("reusable").await;
}

pub async fn limits_that_are_reached_are_events<H: HostHarness>() {
    let limits = Limits::default().starts(1, Duration::from_secs(600)).failures(1, Duration::from_secs(60));
    let stage = limited(limits).open::<H>().await;
    let ana = stage.consented("fail@example.com").await;
    let challenge = ana.start("reusable").await;
    ana.verify(&challenge).await.problem("verification-failed");
    ana.verify(&challenge).await.problem("too-many-attempts");
    stage.clock.advance(Duration::from_secs(61));
    ana.browser.post("/biometry/session/start").send().await.problem("too-many-attempts");
    assert_eq!(stage.audit.reasons(EventKind::LimitExceeded), ["failures", "starts"]);
}
