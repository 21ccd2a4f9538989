//! The whole flow without a pointer.

use super::{Camera, open, visit};
use crate::harness::{Axum, Setup};

#[tokio::test]
async fn a_keyboard_alone_gets_from_the_statement_to_its_opening_and_back() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.press_by_keyboard("statement-open").await;
    page.reach("review").await;
    page.press_by_keyboard("stepup-proceed").await;
    page.reach("consent").await;
    page.tick_by_keyboard("authorization").await;
    page.tick_by_keyboard("storage").await;
    page.press_by_keyboard("consent-submit").await;
    page.reach("ready").await;
    page.press_by_keyboard("record").await;
    page.reach("closed").await;
    page.wait_for("#statement[data-lock=open]").await;
}

#[tokio::test]
async fn escape_closes_the_dialog_and_the_focus_returns_to_what_opened_it() {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.press_by_keyboard("statement-open").await;
    page.reach("review").await;
    page.press_escape().await;
    page.reach("closed").await;
    assert_eq!(page.focused().await, "statement-open");
}
