//! What the dialog does when something does not go as it should, and how it looks.

use serde_json::json;

use super::{Camera, address_of, open, visit};
use crate::harness::{Axum, Host, Setup};

on_every_host! {
    money_that_is_not_there_asks_for_no_face,
    a_navigation_to_a_gated_page_comes_back_to_it,
}

async fn money_that_is_not_there_asks_for_no_face<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.fill("transfer-to", "Zoe").await;
    page.fill("transfer-amount", "20000").await;
    page.click("transfer-submit").await;
    page.wait_for("#transfer-problem:not([hidden])").await;
    assert_eq!(page.text("transfer-problem").await, "Your account does not hold that much.");
    page.reach("closed").await;
}

async fn a_navigation_to_a_gated_page_comes_back_to_it<H: Host>() {
    let setup = Setup::new().gate(|gate| gate.refusing(|refusing| refusing.step_up_page("/biometry/ui/")));
    let world = open::<H>(setup).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/api/statement?month=1")).await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.wait_for("pre").await;
    let place = page.run("arguments[1](location.pathname + location.search);", json!(null)).await;
    assert_eq!(place, "/api/statement?month=1");
}

#[tokio::test]
async fn a_picture_is_whole_on_a_phone_that_is_held_sideways() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.resize(844, 390).await;
    page.click("enroll-face").await;
    page.agree_to_all().await;
    page.reach("framing").await;
    page.click("shoot").await;
    page.reach("looking").await;
    let [width, height] = page.picture_size().await;
    assert!(width * 3 <= height * 6, "a strip of {width}x{height}");
}

#[tokio::test]
async fn every_state_is_open_to_assistive_technology_on_a_desktop_in_light_colours() {
    check_accessibility(1280, 800, "light").await;
}

#[tokio::test]
async fn every_state_is_open_to_assistive_technology_on_a_phone_in_dark_colours() {
    check_accessibility(390, 844, "dark").await;
}

#[tokio::test]
async fn every_state_is_open_to_assistive_technology_on_a_phone_held_sideways() {
    check_accessibility(844, 390, "light").await;
}

#[tokio::test]
async fn every_state_is_open_to_assistive_technology_on_the_narrowest_phone_in_dark_colours() {
    check_accessibility(320, 568, "dark").await;
}

async fn check_accessibility(width: u32, height: u32, scheme: &str) {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.size_viewport(width, height).await;
    page.prefer(scheme);
    let rests = async |state: &str| {
        assert_eq!(page.violations().await, json!([]), "{state}");
        assert_eq!(page.run(RUNS_OVER, json!(null)).await, json!(false), "{state} scrolls sideways");
    };
    rests("the login").await;
    page.log_in("fail+slow+3s@example.com").await;
    rests("the account").await;
    page.ask_for_the_statement().await;
    rests("review").await;
    page.click("stepup-proceed").await;
    page.reach("consent").await;
    rests("consent").await;
    page.agree_to_all().await;
    page.reach("ready").await;
    rests("ready").await;
    page.record().await;
    page.reach("processing").await;
    rests("processing").await;
    page.reach("problem").await;
    rests("problem").await;
    page.click("problem-close").await;
    page.reach("closed").await;
    page.click("enroll-face").await;
    page.reach("framing").await;
    rests("framing").await;
    page.click("shoot").await;
    page.reach("looking").await;
    rests("looking").await;
}

#[tokio::test]
async fn a_dialog_in_arabic_runs_from_right_to_left() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.run("document.querySelector('step-up-dialog').lang = 'ar'; arguments[1](true);", json!(null)).await;
    page.ask_for_the_statement().await;
    assert_eq!(page.direction().await, "rtl");
}

const RUNS_OVER: &str = "
    const dialog = document.querySelector('step-up-dialog').shadowRoot?.querySelector('dialog');
    const over = (element) => Boolean(element) && element.scrollWidth > element.clientWidth;
    arguments[1](over(document.documentElement) || over(dialog));";
