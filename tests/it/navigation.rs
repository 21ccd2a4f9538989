//! A browser that navigates to a gated page is sent to step up, and finds its way back.

use biometry_gate_testkit::{Answer, Request};

use crate::harness::{Host, Member, Setup, World};

on_every_host! {
    a_navigation_is_sent_to_the_step_up_page_and_back,
    only_navigations_are_sent_elsewhere,
    a_return_handle_works_once_and_for_its_owner,
    the_way_back_is_told_after_a_pass_only,
    whoever_is_not_logged_in_is_sent_nowhere,
    nothing_that_a_client_says_chooses_the_way_back,
    without_a_step_up_page_everybody_gets_the_problem,
}

async fn a_navigation_is_sent_to_the_step_up_page_and_back<H: Host>() {
    let world = with_page().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let path = "/api/statement?month=2027-01&x=%2F%2Fevil";
    let handle = handle(&navigate(&ana, path).send().await);
    ana.pass("statement").await;
    assert_eq!(way_back(&ana, &handle).await.as_deref(), Some(path));
    assert_eq!(navigate(&ana, path).send().await.status, 200);
}

async fn only_navigations_are_sent_elsewhere<H: Host>() {
    let world = with_page().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let browser = &ana.browser;
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for request in [
        browser.get("/api/statement").header("sec-fetch-mode", "navigate"),
        browser.get("/api/statement").header("accept", html),
    ] {
        assert!(handle(&request.send().await).starts_with("ret_"));
    }
    for request in [
        browser.get("/api/statement"),
        browser.get("/api/statement").header("accept", "*/*"),
        browser.get("/api/statement").header("accept", "application/json"),
        browser.get("/api/statement").header("accept", html).header("sec-fetch-mode", "cors"),
        browser
            .post("/api/transfer")
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin")
            .json(serde_json::json!({ "to": "Zoe", "amount": "1" })),
    ] {
        request.send().await.problem("step-up-required");
    }
}

async fn a_return_handle_works_once_and_for_its_owner<H: Host>() {
    let world = with_page().open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    let anas_other_browser = world.log_in("pass+ana@example.com").await;
    let handle = handle(&navigate(&ana, "/api/statement").send().await);
    for member in [&ana, &ben, &anas_other_browser] {
        member.pass("statement").await;
    }
    assert_eq!(way_back(&ben, &handle).await, None);
    assert_eq!(way_back(&anas_other_browser, &handle).await, None);
    assert_eq!(way_back(&ana, &handle).await.as_deref(), Some("/api/statement"));
    assert_eq!(way_back(&ana, &handle).await, None);
}

async fn the_way_back_is_told_after_a_pass_only<H: Host>() {
    let world = with_page().open::<H>().await;
    let member = world.consented("fail@example.com").await;
    let handle = handle(&navigate(&member, "/api/statement").send().await);
    assert_eq!(way_back(&member, &handle).await, None);
    let challenge = member.start("statement").await;
    assert_eq!(way_back(&member, &handle).await, None);
    member.verify(&challenge).await.problem("verification-failed");
    assert_eq!(way_back(&member, &handle).await, None);
}

async fn whoever_is_not_logged_in_is_sent_nowhere<H: Host>() {
    let world = with_page().open::<H>().await;
    let request = world.browser().get("/api/statement").header("sec-fetch-mode", "navigate");
    request.send().await.problem("authentication-required");
}

async fn nothing_that_a_client_says_chooses_the_way_back<H: Host>() {
    let world = with_page().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let request = navigate(&ana, "/api/statement?return=https://evil.example&next=//evil.example")
        .header("referer", "https://evil.example/")
        .header("x-forwarded-host", "evil.example")
        .header("x-original-url", "https://evil.example/")
        .header("x-forwarded-uri", "//evil.example/");
    let handle = handle(&request.send().await);
    ana.pass("statement").await;
    let back = way_back(&ana, &handle).await;
    assert_eq!(back.as_deref(), Some("/api/statement?return=https://evil.example&next=//evil.example"));
    for forged in
        ["https://evil.example", "//evil.example", "ret_", &format!("ret_{}", "A".repeat(32)), "%2F%2Fevil"]
    {
        assert_eq!(way_back(&ana, forged).await, None, "{forged}");
    }
}

async fn without_a_step_up_page_everybody_gets_the_problem<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    navigate(&ana, "/api/statement").send().await.problem("step-up-required");
}

fn with_page() -> Setup {
    Setup::new().gate(|gate| gate.step_up_page("/?view=step-up"))
}

fn navigate(member: &Member, path: &str) -> Request {
    member.browser.get(path).header("sec-fetch-mode", "navigate")
}

/// The opaque handle that a redirect carries.
#[track_caller]
fn handle(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.header("location").expect("a place to go");
    location.strip_prefix("/?view=step-up&return=").unwrap_or_else(|| panic!("{location}")).to_owned()
}

async fn way_back(member: &Member, handle: &str) -> Option<String> {
    let status = member.browser.get(&format!("/biometry/session?return={handle}")).send().await.granted();
    status.get("return_to").and_then(|path| path.as_str()).map(str::to_owned)
}
