//! What frameworks of the page make of the package: a minimal app of each, bundled, on a page of the bank.

use std::path::Path;
use std::process::Command;

use super::{Camera, Engine, Page, address_of, open};
use crate::harness::{Axum, Setup};

#[tokio::test]
async fn an_app_in_react_steps_up() {
    steps_up("react.jsx").await;
}

#[tokio::test]
async fn an_app_in_vue_steps_up() {
    steps_up("vue.js").await;
}

#[tokio::test]
async fn an_app_in_svelte_steps_up() {
    steps_up("svelte.js").await;
}

#[tokio::test]
async fn a_request_of_htmx_steps_up() {
    steps_up("htmx.js").await;
}

#[test]
fn the_package_holds_what_it_exports_and_no_tests() {
    let output = Command::new("npm")
        .args(["pack", "--dry-run", "--json"])
        .current_dir(repository().join("crates/biometry-gate-ui/js"))
        .output()
        .expect("npm: `cargo xtask test` installs it");
    let packed: serde_json::Value = serde_json::from_slice(&output.stdout).expect("npm answers in JSON");
    let files = packed[0]["files"].as_array().expect("a list").iter();
    let files: Vec<_> = files.filter_map(|file| file["path"].as_str()).collect();
    for wanted in [
        "step-up.js",
        "step-up.d.ts",
        "step-up-dialog.js",
        "step-up-dialog.d.ts",
        "biometry-scanner.js",
        "dialog/view.js",
        "words/ar.js",
    ] {
        assert!(files.contains(&wanted), "{wanted} is not in {files:?}");
    }
    assert!(!files.iter().any(|file| file.contains("test") || file.starts_with("page/")), "{files:?}");
}

/// The person says no first, and then goes through with it.
async fn steps_up(app: &str) {
    let script = bundle(app);
    let world = open::<Axum>(Setup::new()).await;
    let page = Page::open(&address_of(&world, "/"), Engine::Chromium(Camera::Allowed)).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/healthz")).await;
    page.execute(&script).await;
    page.press("main button").await;
    page.reach("review").await;
    page.click("stepup-cancel").await;
    page.reach("closed").await;
    page.press("main button").await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.reach("closed").await;
    page.wait_for_text("main output", "10000.00").await;
}

/// The app with everything that it imports, as one script.
fn bundle(app: &str) -> String {
    let web = repository().join("examples/web");
    let package = repository().join("crates/biometry-gate-ui/js/step-up.js");
    let output = Command::new("node")
        .arg(repository().join("tests/it/browser/apps/bundle.mjs"))
        .args([&repository().join("tests/it/browser/apps").join(app), &package, &web])
        .output()
        .expect("node: `cargo xtask test` installs it");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("a script is text")
}

fn repository() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}
