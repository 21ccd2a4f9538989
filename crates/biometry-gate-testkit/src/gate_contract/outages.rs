use std::time::Duration;

use biometry_gate::gate::Auditing;

use super::{ONCE, OPERATION, REUSABLE, approve, inside, run, visit};
use crate::faulty_store::FaultyStore;
use crate::host::{HostHarness, Person, Setup, Stage};
use biometry_gate::store::operations::StoreOperation;

pub async fn a_store_that_is_down_lets_nobody_in<H: HostHarness>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let stage = setup.open::<H>().await;
    let ana = well_off(&stage).await;
    store.fail_everything();
    every_door_is_closed(&stage, &ana, "store-unavailable").await;
    store.mend();
    every_door_is_open(&ana).await;
}

pub async fn a_store_that_hangs_lets_nobody_in<H: HostHarness>() {
    let (setup, store) = hasty();
    let stage = setup.open::<H>().await;
    let ana = well_off(&stage).await;
    store.hang_everything();
    every_door_is_closed(&stage, &ana, "store-unavailable").await;
    store.mend();
    every_door_is_open(&ana).await;
}

pub async fn a_consumption_of_unknown_outcome_lets_nobody_in<H: HostHarness>() {
    let (setup, store) = hasty();
    let stage = setup.open::<H>().await;
    let ana = well_off(&stage).await;
    store.hang(&[StoreOperation::ClaimDecision]);
    visit(&ana, ONCE).await.problem("store-unavailable");
    run(&ana, "one").await.problem("store-unavailable");
    store.mend();
    assert_eq!(stage.app.runs(), 0);
}

pub async fn a_host_that_cannot_tell_who_calls_lets_nobody_in<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = well_off(&stage).await;
    stage.app.lose_callers(true);
    every_door_is_closed(&stage, &ana, "identity-unavailable").await;
    stage.app.lose_callers(false);
    every_door_is_open(&ana).await;
}

pub async fn an_audit_trail_that_is_required_and_lost_lets_nobody_in<H: HostHarness>() {
    let stage = Setup::new().gate(|gate| gate.audit(Auditing::required)).open::<H>().await;
    let ana = well_off(&stage).await;
    stage.audit.lose();
    visit(&ana, REUSABLE).await.problem("store-unavailable");
    assert_eq!(stage.app.runs(), 0);
    stage.audit.mend();
    inside(&visit(&ana, REUSABLE).await);
}

/// A gate that waits for its store for a moment only.
fn hasty() -> (Setup, FaultyStore) {
    Setup::new().gate(|gate| gate.store_timeout(Duration::from_millis(50))).with_faulty_store()
}

/// A user with a decision for every door.
async fn well_off<H: HostHarness>(stage: &Stage<H>) -> Person {
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    ana.pass("once").await;
    approve(&ana, "one").await;
    ana
}

async fn every_door_is_closed<H: HostHarness>(stage: &Stage<H>, person: &Person, code: &str) {
    for path in [REUSABLE, ONCE] {
        visit(person, path).await.problem(code);
    }
    run(person, "one").await.problem(code);
    person.browser.delete(OPERATION).body("one").send().await.problem(code);
    assert_eq!(stage.app.runs(), 0);
}

async fn every_door_is_open(person: &Person) {
    for answer in [visit(person, REUSABLE).await, visit(person, ONCE).await, run(person, "one").await] {
        inside(&answer);
    }
}
