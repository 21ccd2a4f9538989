//! What the manual's chapter on pages has a reader type, as it stands there.

use serde_json::json;

use super::{Camera, Page, address_of, open, visit};
use crate::harness::{Axum, Setup, World};

#[test]
fn the_manuals_code_is_what_these_tests_run() {
    for (language, tested) in [
        ("html", SCRIPT),
        ("html", PLAIN),
        ("html", include_str!("apps/htmx.html")),
        ("jsx", include_str!("apps/react.jsx")),
        ("vue", include_str!("apps/Statement.vue")),
        ("svelte", include_str!("apps/Statement.svelte")),
        ("js", super::places::WORKER),
    ] {
        let (typed, _) =
            tested.split_once("\n\n// What follows is not in the manual").unwrap_or((tested, ""));
        assert!(CHAPTER.contains(&format!("\n```{language}\n{}\n```\n", typed.trim_end())), "{typed}");
    }
}

#[tokio::test]
async fn a_script_of_the_page_makes_the_transfer() {
    let (_world, page) = write_page(SCRIPT).await;
    page.execute(NOTE_ANSWERS).await;
    step_up(&page).await;
    assert_eq!(page.run(FIRST_ANSWER, json!(null)).await, json!(["/api/transfer", 200]));
}

#[tokio::test]
async fn plain_html_sends_its_form_and_follows_its_link() {
    let (world, page) = write_page(PLAIN).await;
    for (name, value) in [("to", "Zoe"), ("amount", "12.50")] {
        let field = page.wait_for(&format!("[name={name}]")).await;
        field.send_keys(value).await.expect("the field can be filled");
    }
    page.press("button").await;
    step_up(&page).await;
    page.wait_for_text("output", r#""status":"done""#).await;

    page.press("a").await;
    page.reach("review").await;
    page.click("stepup-proceed").await;
    page.record().await;
    page.wait_for("pre").await;
    let place = page.run("arguments[1](location.href);", json!(null)).await;
    assert_eq!(place, address_of(&world, "/api/statement"));
}

/// A page that consists of `markup`, for a user who is logged in.
async fn write_page(markup: &str) -> (World, Page) {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/healthz")).await;
    assert_eq!(page.run(WRITE, json!(markup)).await, json!(true));
    (world, page)
}

async fn step_up(page: &Page) {
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.reach("closed").await;
}

const NOTE_ANSWERS: &str = "
    const native = window.fetch;
    window.answered = new Promise((resolve) => {
        window.fetch = async (...call) => {
            const response = await native(...call);
            if (String(call[0]).startsWith('/api/')) resolve([call[0], response.status]);
            return response;
        };
    });";

const FIRST_ANSWER: &str = "window.answered.then(arguments[1]);";

/// Done once the step-up listens to the page.
const WRITE: &str = "
    document.open();
    document.write(arguments[0]);
    document.close();
    import('/biometry/ui/step-up.js').then(() => arguments[1](true), (error) => arguments[1](String(error)));";

const SCRIPT: &str = include_str!("apps/script.html");
const PLAIN: &str = include_str!("apps/plain.html");
const CHAPTER: &str = include_str!("../../../crates/biometry-gate/src/docs/page.md");
