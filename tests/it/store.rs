//! When the store cannot answer, nobody gets in.

use biometry_gate_testkit::{FaultyStore, Step};
use serde_json::json;

use crate::harness::{Host, Member, Setup, World, capture};

on_every_host! {
    a_store_that_is_down_closes_every_door,
    a_store_that_hangs_closes_every_door_in_time,
    a_pass_that_cannot_be_kept_is_none,
    a_claim_that_cannot_be_given_back_runs_out,
    a_consumption_of_unknown_outcome_lets_nobody_in,
    a_withdrawal_that_cannot_be_kept_is_not_reported_as_done,
    a_log_out_that_cannot_void_decisions_is_none,
    a_mended_store_goes_on_where_it_was,
}

async fn a_store_that_is_down_closes_every_door<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.fail(Step::ALL);
    every_door_is_closed(&world, &ana).await;
    store.mend();
    everything_is_as_before(&ana).await;
}

async fn a_store_that_hangs_closes_every_door_in_time<H: Host>() {
    let (setup, store) = Setup::new().var("STORE_TIMEOUT_MS", 30).with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.hang(Step::ALL);
    let began = std::time::Instant::now();
    every_door_is_closed(&world, &ana).await;
    assert!(began.elapsed() < std::time::Duration::from_secs(5), "{:?}", began.elapsed());
    store.mend();
    everything_is_as_before(&ana).await;
}

async fn a_pass_that_cannot_be_kept_is_none<H: Host>() {
    for step in [FaultyStore::fail, FaultyStore::hang] {
        let (setup, store) = Setup::new().var("STORE_TIMEOUT_MS", 30).with_faulty_store();
        let world = setup.open::<H>().await;
        let ana = world.consented("pass@example.com").await;
        let challenge = ana.start("statement").await;
        step(&store, &[Step::Settle]);
        ana.verify(&challenge).await.problem("store-unavailable");
        assert_eq!(world.captures(), 1);
        store.mend();
        assert!(ana.statement().await.problem("step-up-required")["reason"] != "stale");
        ana.pass("statement").await;
        ana.statement().await.ok();
    }
}

async fn a_claim_that_cannot_be_given_back_runs_out<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    store.fail(&[Step::ReleaseUpload]);
    let no_video = biometry_gate_testkit::Form::new().file("video", biometry_gate_testkit::media::png(5_000));
    ana.upload(&challenge).form(&no_video).send().await.problem("unsupported-media");
    store.mend();
    ana.verify(&challenge).await.problem("session-busy");
    world.clock.advance(std::time::Duration::from_secs(200));
    ana.verify(&challenge).await.problem("session-expired");
    ana.pass("statement").await;
}

async fn a_consumption_of_unknown_outcome_lets_nobody_in<H: Host>() {
    let (setup, store) = Setup::new().var("STORE_TIMEOUT_MS", 30).with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    store.hang(&[Step::ClaimDecision]);
    ana.transfer("Zoe", "1").await.problem("store-unavailable");
    store.mend();
    ana.pass("statement").await;
    assert_eq!(ana.statement().await.ok()["entries"], json!([]), "the handler was not run");
}

async fn a_withdrawal_that_cannot_be_kept_is_not_reported_as_done<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.fail(&[Step::RecordConsent]);
    ana.browser.delete("/biometry/consent").send().await.problem("store-unavailable");
    store.mend();
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.statement().await.problem("step-up-required");
}

async fn a_log_out_that_cannot_void_decisions_is_none<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = well_off(&world).await;
    store.fail(&[Step::Revoke]);
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
    store.fail(Step::ALL);
    ana.verify(&challenge).await.problem("store-unavailable");
    store.mend();
    ana.verify(&challenge).await.granted();
}

/// Somebody with a decision for each route.
async fn well_off(world: &World) -> Member {
    let ana = world.log_in("pass@example.com").await;
    ana.consent_to_all().await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    ana
}

async fn every_door_is_closed(world: &World, member: &Member) {
    let seen = world.sandbox.journal().len();
    let browser = &member.browser;
    for request in [
        browser.get("/api/statement"),
        browser.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" })),
        browser.post("/biometry/session/start"),
        browser.get("/biometry/session"),
        browser.post("/biometry/session/end"),
        browser.get("/biometry/consent"),
        browser.delete("/biometry/consent"),
        browser.post("/biometry/verify").form(&capture()),
        browser.post("/biometry/api-gateway/sessions/start"),
        browser.get("/biometry/api-consent/history"),
        browser.post("/biometry/api-gateway/process-video").form(&capture()),
    ] {
        let shown = format!("{request:?}");
        let answer = request.send().await;
        assert_eq!(answer.code().as_deref(), Some("store-unavailable"), "{shown}: {answer:?}");
        answer.problem("store-unavailable");
    }
    assert_eq!(world.sandbox.journal().len(), seen, "the platform hears of none of it");
}

async fn everything_is_as_before(member: &Member) {
    let statement = member.statement().await.ok();
    assert_eq!(statement["entries"], json!([]), "no handler was run");
    member.transfer("Zoe", "1").await.ok();
}
