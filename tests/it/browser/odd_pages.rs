//! Pages of hosts that are not as tidy as the bank's.

use serde_json::json;

use super::{Camera, Page, address_of, open, visit};
use crate::harness::{Axum, Setup, World};

#[tokio::test]
async fn a_base_that_leads_elsewhere_moves_neither_the_routes_nor_the_capture() {
    let (_world, page) = bare_page().await;
    page.execute(ASK_UNDER_A_BASE).await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.wait_for_text("output", "10000.00").await;
}

#[tokio::test]
async fn a_form_with_fields_called_action_and_method_is_sent_where_its_attributes_say() {
    let (_world, page) = bare_page().await;
    page.execute(FORM_WITH_ODD_NAMES).await;
    page.wait_for("form[data-step-up]").await;
    page.press("button").await;
    page.reach("review").await;
    page.consent().await;
    page.record().await;
    page.wait_for_text("output", "done").await;
}

#[tokio::test]
async fn a_frame_without_a_camera_offers_a_file() {
    let (_world, page) = bare_page().await;
    page.execute(REFUSE_BY_POLICY).await;
    page.reach("review").await;
    page.consent().await;
    page.reach("problem").await;
    assert_eq!(page.problem().await, "camera-unsupported");
    assert!(page.shows("problem-file").await);
}

/// A page without markup and policy, logged in.
async fn bare_page() -> (World, Page) {
    let world = open::<Axum>(Setup::new()).await;
    let page = visit(&world, Camera::Allowed).await;
    page.log_in("pass@example.com").await;
    page.go(&address_of(&world, "/healthz")).await;
    assert_eq!(page.run("arguments[1](document.querySelector('form'));", json!(null)).await, json!(null));
    (world, page)
}

const ASK_UNDER_A_BASE: &str = "
    const site = location.origin;
    document.head.append(Object.assign(document.createElement('base'), { href: 'http://localhost:1/elsewhere/' }));
    const output = document.body.appendChild(document.createElement('output'));
    import(`${site}/biometry/ui/step-up.js`)
        .then(({ fetch }) => fetch(`${site}/api/statement`))
        .then((response) => response.text())
        .then((text) => { output.textContent = text; });";

const FORM_WITH_ODD_NAMES: &str = "
    import('/biometry/ui/step-up.js').then(() => {
        document.body.innerHTML = `<form action='/api/transfer' method='post' data-step-up='json'>
            <input name='to' value='Zoe'><input name='amount' value='12.50'>
            <input name='action' value='elsewhere' disabled><input name='method' value='get' disabled>
            <button>Send</button><output></output></form>`;
    });";

const REFUSE_BY_POLICY: &str = "
    navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('policy', 'NotAllowedError'));
    Object.defineProperty(document, 'featurePolicy', { value: { allowsFeature: () => false } });
    import('/biometry/ui/step-up.js').then(({ fetch }) => fetch('/api/statement')).catch(() => {});";
