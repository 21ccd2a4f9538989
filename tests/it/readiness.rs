//! Whether the bank can serve, for those who decide where requests go.

use biometry_gate_testkit::StoreOperation;

use crate::harness::{Host, Setup, World};

on_every_host! {
    a_bank_with_everything_is_ready,
    a_bank_whose_store_cannot_be_written_is_not_ready,
    a_bank_whose_key_is_refused_is_not_ready,
}

async fn a_bank_with_everything_is_ready<H: Host>() {
    let world = World::open::<H>().await;
    assert_eq!(world.browser().get("/readyz").send().await.ok()["status"], "ready");
    assert_eq!(world.browser().get("/healthz").send().await.status, 200);
}

async fn a_bank_whose_store_cannot_be_written_is_not_ready<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    store.fail(&[StoreOperation::MarkDelivered]);
    world.browser().get("/readyz").send().await.problem("store-unavailable");
    assert_eq!(world.browser().get("/healthz").send().await.status, 200, "the process lives");
}

async fn a_bank_whose_key_is_refused_is_not_ready<H: Host>() {
    let world = World::open::<H>().await;
    world.browser().get("/readyz").send().await.ok();
    world.sandbox.revoke_key(&world.key);
    let ana = world.log_in("pass@example.com").await;
    ana.browser.post("/biometry/session/start").send().await.problem("platform-unavailable");
    world.browser().get("/readyz").send().await.problem("platform-unavailable");
}
