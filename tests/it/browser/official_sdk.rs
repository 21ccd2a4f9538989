//! The page on the platform's official SDK.

use super::{Camera, open, visit_at};
use crate::harness::{Host, Setup};

on_every_host! {
    the_page_runs_on_the_official_sdk,
}

async fn the_page_runs_on_the_official_sdk<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit_at(&world, "/?sdk", Camera::Allowed).await;
    assert_eq!(
        page.client().await,
        "sdk",
        "`cargo xtask test` installs the SDK, or `npm ci` in examples/web"
    );
    page.log_in("ana@example.com").await;
    page.ask_for_the_statement().await;
    page.consent().await;
    page.record().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "enrolled-not-verified");
    page.click("problem-next").await;
    page.record().await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "open");

    let asked = page.requests().await;
    for used in ["sessions/start", "process-video"] {
        assert!(asked.contains(&format!("/biometry/api-gateway/{used}")), "{used}: {asked:?}");
    }
    for own in ["session/start", "verify"] {
        assert!(!asked.contains(&format!("/biometry/{own}")), "{own}: {asked:?}");
    }
    page.assert_clean().await;
}
