//! What is kept of a person is handed out to them, and forgotten when the host says so.

use biometry_gate::Principal;
use biometry_gate::audit::EventKind;
use biometry_gate::principal::HostSession;
use serde_json::json;

use crate::harness::{Host, World};

on_every_host! {
    all_that_is_kept_of_a_subject_is_handed_out_without_what_opens_anything,
    a_subject_that_is_erased_is_as_if_never_seen,
}

async fn all_that_is_kept_of_a_subject_is_handed_out_without_what_opens_anything<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented(PASS).await;
    ana.pass("statement").await;
    let challenge = ana.start("statement").await;
    let exported = world.gate().admin().export_subject(&owner()).await.expect("a store");
    let member = &exported["logged_in"];
    assert_eq!(member["consent"][0]["purpose"], "authorization");
    assert_eq!(member["host_sessions"][0]["decisions"][0]["policy"], "statement");
    assert_eq!(member["limits"]["starts"].as_array().map(Vec::len), Some(2));
    assert_eq!(exported["signing_in"]["host_sessions"], json!([]));
    let text = exported.to_string();
    for secret in [&challenge.session, &challenge.phrase] {
        assert!(!text.contains(secret.as_str()), "{text}");
    }
}

async fn a_subject_that_is_erased_is_as_if_never_seen<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in(PASS).await;
    ana.consent_to_all().await;
    ana.pass("statement").await;
    ana.browser.get("/api/statement").send().await.ok();
    let admin = world.gate().admin();
    assert!(admin.erase_subject(&owner()).await.expect("a store"), "nothing is left");
    assert_eq!(world.audit.count(EventKind::SubjectErased), 1);
    let consents = world.sandbox.consents(PASS);
    assert!(!consents.authorization && !consents.storage, "the withdrawal was reported to the platform");
    assert_eq!(
        ana.browser.get("/api/statement").send().await.problem("step-up-required")["reason"],
        "absent"
    );
    let exported = admin.export_subject(&owner()).await.expect("a store");
    let nobody =
        Principal::new("nobody@example.com", HostSession::parse("any").expect("a key")).expect("a principal");
    assert_eq!(exported, admin.export_subject(&nobody).await.expect("a store"));
}

fn owner() -> Principal {
    Principal::new(PASS, HostSession::parse("any").expect("a key")).expect("a principal")
}

const PASS: &str = "pass@example.com";
