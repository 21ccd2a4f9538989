//! Consent on the page: given, remembered, taken back.

use super::{Camera, open, visit};
use crate::harness::{Host, Setup};

on_every_host! {
    consent_is_given_taken_back_and_remembered,
}

async fn consent_is_given_taken_back_and_remembered<H: Host>() {
    let world = open::<H>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    for purpose in ["authorization", "storage"] {
        page.wait_for_choice(purpose, false).await;
        page.press(&format!("#consent-form [name={purpose}]")).await;
    }
    page.press("#consent-form [data-save]").await;
    for purpose in ["authorization", "storage"] {
        page.wait_for_choice(purpose, true).await;
    }
    page.ask_for_the_statement().await;
    page.click("stepup-proceed").await;
    page.record().await;
    page.reach("closed").await;
    assert_eq!(page.statement_lock().await, "open");

    page.press("#consent-history summary").await;
    assert_eq!(page.history(2).await, ["Keep a template for later: Agreed", "Check that it is me: Agreed"]);
    page.press("#consent-form [data-withdraw=storage]").await;
    page.wait_for_choice("storage", false).await;
    assert_eq!(page.history(3).await[0], "Keep a template for later: Withdrawn");
    page.press("#consent-form [data-withdraw=all]").await;
    page.wait_for_choice("authorization", false).await;
    assert!(page.history(4).await.contains(&"Check that it is me: Withdrawn".to_owned()));
    assert_eq!(page.statement_lock().await, "locked");
    let known = world.sandbox.consents("pass@example.com");
    assert!(!known.authorization && !known.storage, "the withdrawal was reported to the platform");
    page.assert_clean().await;
}
