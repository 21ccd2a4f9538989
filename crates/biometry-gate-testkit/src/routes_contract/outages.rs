use std::time::Duration;

use super::{asking_the_store_first, mounted, ready};
use crate::faulty_store::FaultyStore;
use crate::host::{HostHarness, Setup, Stage};
use crate::request::Request;
use biometry_gate::store::operations::StoreOperation;

pub async fn a_store_that_is_down_closes_every_route<H: HostHarness>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let (stage, ana, challenge) = ready::<H>(setup).await;
    store.fail_everything();
    all_are_closed(&stage, asking_the_store_first(&ana.browser), "store-unavailable").await;
    store.mend();
    ana.pass_with(&challenge).await;
}

pub async fn a_host_that_cannot_tell_who_calls_closes_every_route<H: HostHarness>() {
    let (stage, ana, challenge) = ready::<H>(Setup::new()).await;
    stage.app.lose_callers(true);
    all_are_closed(&stage, mounted(&ana.browser), "identity-unavailable").await;
    stage.app.lose_callers(false);
    ana.pass_with(&challenge).await;
}

pub async fn a_store_that_hangs_closes_every_route<H: HostHarness>() {
    let (setup, store) = hasty();
    let (stage, ana, challenge) = ready::<H>(setup).await;
    store.hang_everything();
    all_are_closed(&stage, asking_the_store_first(&ana.browser), "store-unavailable").await;
    store.mend();
    ana.pass_with(&challenge).await;
}

pub async fn a_pass_that_cannot_be_kept_is_none<H: HostHarness>() {
    for step in [FaultyStore::fail, FaultyStore::hang] {
        let (setup, store) = hasty();
        let (stage, ana, challenge) = ready::<H>(setup).await;
        step(&store, &[StoreOperation::Settle]);
        ana.verify(&challenge).await.problem("store-unavailable");
        assert_eq!(stage.captures(), 1);
        store.mend();
        let refused = ana.browser.get("/gated/reusable").send().await.problem("step-up-required");
        assert_ne!(refused["reason"], "stale");
        ana.pass("reusable").await;
    }
}

/// A gate that waits for its store for a moment only.
fn hasty() -> (Setup, FaultyStore) {
    Setup::new().gate(|gate| gate.store_timeout(Duration::from_millis(50))).with_faulty_store()
}

async fn all_are_closed<H: HostHarness>(stage: &Stage<H>, requests: Vec<Request>, code: &str) {
    let seen = stage.sandbox.journal().len();
    for request in requests {
        request.send().await.problem(code);
    }
    assert_eq!(stage.sandbox.journal().len(), seen, "the platform hears of none of it");
}
