//! The same page in three engines, on one framework: what differs between frameworks is no business of a browser's.

use super::{Camera, Engine, Page, SMALLEST_WEBM, address_of, open};
use crate::harness::{Axum, Setup};

#[tokio::test]
async fn firefox_records_and_the_statement_opens() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Firefox).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn webkit_without_a_camera_opens_the_statement_with_a_file() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::WebKit).await;
    page.log_in("pass@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.reach("problem").await;
    page.click("problem-file").await;
    page.reach("ready").await;
    page.choose_video(SMALLEST_WEBM).await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn a_browser_that_keeps_no_secure_cookie_says_so_before_the_person_films() {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::WebKit).await;
    page.fill("email", "pass@example.com").await;
    page.click("login-face").await;
    page.reach("problem").await;
    // Without a camera that is the first thing to say; a file leads on to the second.
    page.click("problem-file").await;
    page.wait_for("step-up-dialog[problem=cookie-not-kept]").await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_chromium() {
    ten_lines(Engine::Chromium(Camera::Allowed)).await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_firefox() {
    ten_lines(Engine::Firefox).await;
}

#[tokio::test]
async fn a_page_of_ten_lines_steps_up_in_webkit() {
    ten_lines(Engine::WebKit).await;
}

async fn ten_lines(engine: Engine) {
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), engine).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/ten-lines")).await;
    for (name, value) in [("to", "Zoe"), ("amount", "12.50")] {
        let field = page.wait_for(&format!("[name={name}]")).await;
        field.send_keys(value).await.expect("the field can be filled");
    }
    page.press("button").await;
    page.reach("review").await;
    page.consent().await;
    if engine == Engine::WebKit {
        page.reach("problem").await;
        page.click("problem-file").await;
        page.reach("ready").await;
        page.choose_video(SMALLEST_WEBM).await;
    } else {
        page.record().await;
    }
    page.reach("closed").await;
    let output = page.wait_for("output:not(:empty)").await;
    assert!(output.text().await.expect("it has text").contains(r#""status":"done""#));
}
