//! Decisions and sessions belong to one user in one session of the host.

use crate::harness::{Host, World, capture};

on_every_host! {
    a_new_log_in_in_the_same_browser_starts_from_nothing,
    a_forged_or_broken_cookie_is_no_login,
}

async fn a_new_log_in_in_the_same_browser_starts_from_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let old = ana.browser.copy();
    let ana = crate::harness::Member::log_in(ana.browser.clone(), "pass@example.com").await;
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    old.get("/api/statement").send().await.problem("authentication-required");
}

async fn a_forged_or_broken_cookie_is_no_login<H: Host>() {
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
