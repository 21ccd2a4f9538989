use super::{OPERATION, REUSABLE, inside};
use crate::answer::Answer;
use crate::host::{HostHarness, Person, Setup, Stage};
use crate::request::Request;

pub async fn a_navigation_is_sent_to_the_step_up_page_and_back<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let path = "/gated/reusable?month=2027-01&x=%2F%2Fevil";
    let handle = handle(&navigate(&ana, path).send().await);
    ana.pass("reusable").await;
    assert_eq!(way_back(&ana, &handle).await.as_deref(), Some(path));
    inside(&navigate(&ana, path).send().await);
}

pub async fn only_navigations_are_sent_elsewhere<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let browser = &ana.browser;
    let html = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
    for request in [
        browser.get(REUSABLE).header("sec-fetch-mode", "navigate"),
        browser.get(REUSABLE).header("accept", html),
    ] {
        assert!(handle(&request.send().await).starts_with("ret_"));
    }
    for request in [
        browser.get(REUSABLE),
        browser.get(REUSABLE).header("accept", "*/*"),
        browser.get(REUSABLE).header("accept", "application/json"),
        browser.get(REUSABLE).header("accept", html).header("sec-fetch-mode", "cors"),
        browser.get(REUSABLE).header("accept", html).header("x-requested-with", "XMLHttpRequest"),
        browser.post(REUSABLE).header("sec-fetch-mode", "navigate").header("sec-fetch-site", "same-origin"),
        browser
            .post(OPERATION)
            .header("sec-fetch-mode", "navigate")
            .header("sec-fetch-site", "same-origin")
            .body("one"),
    ] {
        request.send().await.problem("step-up-required");
    }
}

pub async fn a_return_handle_works_once_and_for_its_owner<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let ana = stage.consented("pass+ana@example.com").await;
    let ben = stage.consented("pass+ben@example.com").await;
    let anas_other_browser = stage.log_in("pass+ana@example.com");
    let handle = handle(&navigate(&ana, REUSABLE).send().await);
    for person in [&ana, &ben, &anas_other_browser] {
        person.pass("reusable").await;
    }
    assert_eq!(way_back(&ben, &handle).await, None);
    assert_eq!(way_back(&anas_other_browser, &handle).await, None);
    assert_eq!(way_back(&ana, &handle).await.as_deref(), Some(REUSABLE));
    assert_eq!(way_back(&ana, &handle).await, None);
}

pub async fn the_way_back_is_answered_after_a_pass_only<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let person = stage.consented("fail@example.com").await;
    let handle = handle(&navigate(&person, REUSABLE).send().await);
    assert_eq!(way_back(&person, &handle).await, None);
    let challenge = person.start("reusable").await;
    assert_eq!(way_back(&person, &handle).await, None);
    person.verify(&challenge).await.problem("verification-failed");
    assert_eq!(way_back(&person, &handle).await, None);
}

pub async fn a_caller_without_a_login_is_not_redirected<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let request = stage.browser().get(REUSABLE).header("sec-fetch-mode", "navigate");
    request.send().await.problem("authentication-required");
    let without_a_page = Stage::<H>::open().await;
    let ana = without_a_page.log_in("ana@example.com");
    navigate(&ana, REUSABLE).send().await.problem("step-up-required");
}

pub async fn nothing_that_a_client_says_chooses_the_way_back<H: HostHarness>() {
    let stage = with_page().open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let path = "/gated/reusable?return=https://evil.example&next=//evil.example";
    let request = navigate(&ana, path)
        .header("referer", "https://evil.example/")
        .header("x-forwarded-host", "evil.example")
        .header("x-original-url", "https://evil.example/")
        .header("x-forwarded-uri", "//evil.example/");
    let handle = handle(&request.send().await);
    ana.pass("reusable").await;
    assert_eq!(way_back(&ana, &handle).await.as_deref(), Some(path));
    for forged in
        ["https://evil.example", "//evil.example", "ret_", &format!("ret_{}", "A".repeat(32)), "%2F%2Fevil"]
    {
        assert_eq!(way_back(&ana, forged).await, None, "{forged}");
    }
}

fn with_page() -> Setup {
    Setup::new().gate(|gate| gate.refusing(|refusing| refusing.step_up_page("/?view=step-up")))
}

fn navigate(person: &Person, path: &str) -> Request {
    person.browser.get(path).header("sec-fetch-mode", "navigate")
}

/// The opaque handle that a redirect carries.
#[track_caller]
fn handle(answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{answer:?}");
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let location = answer.header("location").expect("a place to go");
    let query = location.strip_prefix("/?view=step-up&return=");
    let (handle, policy) =
        query.and_then(|query| query.split_once('&')).unwrap_or_else(|| panic!("{location}"));
    assert_eq!(policy, "policy=reusable");
    handle.to_owned()
}

async fn way_back(person: &Person, handle: &str) -> Option<String> {
    let status = person.browser.get(&format!("/biometry/session?return={handle}")).send().await.granted();
    status.get("return_to").and_then(|path| path.as_str()).map(str::to_owned)
}
