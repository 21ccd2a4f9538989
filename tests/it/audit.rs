//! What those who answer for the bank can read afterwards.

use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::audit::EventKind;
use biometry_gate::document::Documents;
use biometry_gate::gate::{Builder, Refusing};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate_testkit::MemoryRecords;

use crate::harness::{Host, Setup, World};

on_every_host! {
    every_step_of_a_transfer_is_an_event,
    settings_that_weaken_the_gate_are_events,
}

async fn every_step_of_a_transfer_is_an_event<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    ana.transfer("Zoe", "1").await.problem("step-up-required");
    ana.browser.delete("/biometry/consent").send().await.granted();
    ana.log_out().await;
    let kinds: Vec<_> = world.audit.events().iter().map(|event| event.kind().as_str()).collect();
    let expected = [
        "consent.given",
        "gate.denied",
        "challenge.issued",
        "upload.accepted",
        "verify.passed",
        "decision.created",
        "decision.consumed",
        "gate.allowed",
        "decision.reuse_attempt",
        "gate.denied",
        "consent.withdrawn",
        "consent.withdrawn",
        "decision.revoked",
    ];
    assert_eq!(kinds, expected);
}

async fn settings_that_weaken_the_gate_are_events<H: Host>() {
    let sound = World::open::<H>().await;
    assert!(sound.gate().lints().is_empty() && sound.audit.events().is_empty());
    let unguarded = Policy::for_session("unguarded", Threshold::vendor_verdict_only())
        .dangerous_without_liveness()
        .max_age(Duration::from_secs(3601));
    let weaken = |gate: Builder| {
        let limits = Limits::default().failures(11, Duration::from_secs(29));
        let gate = gate.policy(unguarded).limits(limits).challenge_ttl(Duration::from_secs(601));
        gate.refusing(Refusing::dangerous_disclose_reasons)
            .documents(Documents::new().dangerous_disclose_portrait())
    };
    let weak = Setup::new().gate(weaken).open::<H>().await;
    let told = weak.audit.reasons(EventKind::ConfigLint);
    let expected = [
        "many-failures",
        "short-cool-down",
        "long-challenge",
        "reasons-disclosed",
        "portrait-disclosed",
        "without-liveness(unguarded)",
        "long-lived(unguarded)",
    ];
    assert_eq!(told, expected);
    assert!(weak.gate().lints().iter().all(|lint| lint.advice().contains('`')));

    let records = MemoryRecords::default();
    let apart = Setup::new().with_shared_store(&records).without_var("SESSION_SECRET").open::<H>().await;
    assert_eq!(apart.audit.reasons(EventKind::ConfigLint), ["pseudonyms-apart"]);
    let together = Setup::new().with_shared_store(&records).open::<H>().await;
    assert!(together.gate().lints().is_empty(), "the banks make the key of the secret that they share");
}
