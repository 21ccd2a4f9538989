//! When the store cannot answer, no request gets in.

use biometry_gate_testkit::StoreOperation;
use serde_json::json;

use crate::harness::{Host, Member, Setup, World};

on_every_host! {
    a_claim_that_cannot_be_given_back_runs_out,
    a_withdrawal_that_cannot_be_kept_is_not_reported_as_done,
    a_log_out_that_cannot_void_decisions_is_none,
    a_mended_store_goes_on_where_it_was,
}

async fn a_claim_that_cannot_be_given_back_runs_out<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    store.fail(&[StoreOperation::ReleaseUpload]);
    let no_video = biometry_gate_testkit::Form::new().file("video", biometry_gate_testkit::media::png(5_000));
    ana.upload(&challenge).form(&no_video).send().await.problem("unsupported-media");
    store.mend();
    ana.verify(&challenge).await.problem("session-busy");
    // Longer than an upload may take, and the platform to judge it.
    world.clock.advance(std::time::Duration::from_secs(440));
    ana.verify(&challenge).await.problem("session-expired");
    ana.pass("statement").await;
}

async fn a_withdrawal_that_cannot_be_kept_is_not_reported_as_done<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.fail(&[StoreOperation::RecordConsent]);
    ana.browser.delete("/biometry/consent").send().await.problem("store-unavailable");
    store.mend();
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.statement().await.problem("step-up-required");
}

async fn a_log_out_that_cannot_void_decisions_is_none<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.fail(&[StoreOperation::Revoke]);
    let refused = ana.browser.post("/logout").send().await;
    assert_eq!(refused.status, 503, "{refused:?}");
    store.mend();
    everything_is_as_before(&ana).await;
    ana.log_out().await;
}

async fn a_mended_store_goes_on_where_it_was<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    store.fail_everything();
    ana.verify(&challenge).await.problem("store-unavailable");
    store.mend();
    ana.verify(&challenge).await.granted();
}

/// A user with a decision for each route.
async fn well_off(world: &World) -> Member {
    let ana = world.log_in("pass@example.com").await;
    ana.consent_to_all().await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    ana
}

async fn everything_is_as_before(member: &Member) {
    let statement = member.statement().await.ok();
    assert_eq!(statement["entries"], json!([]), "no handler was run");
    member.transfer("Zoe", "1").await.ok();
}
