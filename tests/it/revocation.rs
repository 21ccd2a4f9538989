//! What voids decisions, and passes that are still on their way.

use std::sync::{Arc, OnceLock};

use biometry_gate::audit::EventKind;
use biometry_gate::id::DecisionId;
use biometry_gate::principal::Tenant;
use biometry_gate_testkit::{Answer, Browser, MemoryRecords, StoreOperation, Upload};
use bytes::Bytes;
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World, capture};

on_every_host! {
    a_log_out_voids_decisions,
    a_log_out_voids_a_pass_on_its_way,
    a_login_ends_the_one_before,
    a_log_out_in_one_browser_leaves_another_alone,
    a_withdrawal_of_consent_voids_decisions_in_every_browser,
    a_new_start_voids_a_pass_on_its_way_and_no_decision,
    an_end_voids_a_pass_on_its_way_and_no_decision,
    one_decision_is_revoked_and_the_others_stay,
    a_policy_is_revoked_for_every_subject_and_for_passes_on_their_way,
    a_tenant_is_revoked_with_passes_and_sign_ins_on_their_way,
    what_is_revoked_for_a_tenant_is_revoked_on_every_replica,
    a_revocation_that_the_store_does_not_take_is_none,
}

async fn a_log_out_voids_decisions<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    let stolen = ana.browser.copy();
    ana.log_out().await;
    ana.statement().await.problem("authentication-required");
    is_nobodys(&stolen).await;
}

async fn a_login_ends_the_one_before<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let stolen = ana.browser.copy();
    let ben = Member::log_in(ana.browser.clone(), "pass+ben@example.com").await;
    ben.statement().await.problem("step-up-required");
    is_nobodys(&stolen).await;
    let again = Member::log_in(ben.browser.clone(), "pass@example.com").await;
    again.statement().await.problem("step-up-required");
    is_nobodys(&stolen).await;
}

/// A cookie that was left: the copy logs no one in, neither at gates nor at the mounted routes nor at the host's own.
async fn is_nobodys(copy: &Browser) {
    for path in ["/api/statement", "/api/whoami", "/biometry/session", "/biometry/consent"] {
        copy.get(path).send().await.problem("authentication-required");
    }
    let transfer = copy.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" }));
    transfer.send().await.problem("authentication-required");
    copy.post("/biometry/session/start").json(json!({})).send().await.problem("authentication-required");
}

async fn a_log_out_voids_a_pass_on_its_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let judged = Judged::begin(&world, &ana, "statement").await;
    let stolen = ana.browser.copy();
    ana.log_out().await;
    judged.end().await.problem("session-busy");
    is_nobodys(&stolen).await;
}

async fn a_log_out_in_one_browser_leaves_another_alone<H: Host>() {
    let world = World::open::<H>().await;
    let first = world.consented("pass@example.com").await;
    let second = world.log_in("pass@example.com").await;
    first.pass("statement").await;
    second.pass("statement").await;
    first.log_out().await;
    second.statement().await.ok();
}

async fn a_withdrawal_of_consent_voids_decisions_in_every_browser<H: Host>() {
    for purpose in ["", "?purpose=storage", "?purpose=authorization"] {
        let world = World::open::<H>().await;
        let first = world.log_in("pass@example.com").await;
        first.consent_to_all().await;
        let second = world.log_in("pass@example.com").await;
        first.pass("statement").await;
        second.pass("statement").await;
        first.browser.delete(&format!("/biometry/consent{purpose}")).send().await.granted();
        for browser in [&first, &second] {
            assert_eq!(
                browser.statement().await.problem("step-up-required")["reason"],
                "absent",
                "{purpose}"
            );
        }
    }
}

async fn a_new_start_voids_a_pass_on_its_way_and_no_decision<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let judged = Judged::begin(&world, &ana, "transfer").await;
    ana.start("statement").await;
    judged.end().await.problem("session-busy");
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");
    ana.statement().await.ok();
}

async fn an_end_voids_a_pass_on_its_way_and_no_decision<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    let judged = Judged::begin(&world, &ana, "transfer").await;
    let end = ana.browser.post("/biometry/session/end").header("x-session-id", &judged.challenge.session);
    end.send().await.granted();
    judged.end().await.problem("session-busy");
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");
    ana.statement().await.ok();
}

async fn one_decision_is_revoked_and_the_others_stay<H: Host>() {
    let seen = Arc::new(OnceLock::new());
    let see = Arc::clone(&seen);
    let world = Setup::new().gate(move |gate| {
        gate.geo(move |owner, _| {
            let _ = see.set(owner.clone());
            None
        })
    });
    let world = world.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let passed = ana.verify(&challenge).await.granted();
    ana.approve("Zoe", "1").await;
    let decision = DecisionId::parse(passed["decision"]["id"].as_str().expect("an id")).expect("a handle");
    let owner = seen.get().expect("a caller");
    world.gate().admin().revoke_decision(owner, &decision).await.expect("revoked");
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    ana.transfer("Zoe", "1").await.ok();
    let events = world.audit.events();
    let of = |kind| events.iter().find(|event| event.kind() == kind).expect("it happened");
    let revoked = of(EventKind::Revoked);
    assert_eq!(revoked.reason_text(), "decision");
    assert_eq!(revoked.decision(), of(EventKind::DecisionCreated).decision());
}

async fn a_policy_is_revoked_for_every_subject_and_for_passes_on_their_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    let zoe = world.consented("pass+zoe@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    ben.pass("statement").await;
    let judged = Judged::begin(&world, &zoe, "statement").await;
    let revoked = world.gate().admin().revoke_policy(&Tenant::default(), "statement", None).await;
    revoked.expect("revoked");
    judged.end().await.problem("session-busy");
    for member in [&ana, &ben, &zoe] {
        assert_eq!(member.statement().await.problem("step-up-required")["reason"], "absent");
    }
    ana.transfer("Zoe", "1").await.ok();
    ben.pass("statement").await;
    ben.statement().await.ok();
    world.gate().admin().revoke_policy(&Tenant::default(), "statement", Some(0)).await.expect("revoked");
    ben.statement().await.ok();
    let reasons = world.audit.reasons(EventKind::Revoked);
    assert_eq!(reasons, ["policy(statement)", "policy(statement up to 0)"]);
}

async fn a_tenant_is_revoked_with_passes_and_sign_ins_on_their_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass+ana@example.com").await;
    let ben = world.consented("pass+ben@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    let browser = world.browser();
    let started = browser.post("/biometry/session/start");
    let started = started.json(json!({ "policy": "login", "subject": ana.email })).send().await;
    let challenge = Challenge::read(&started.granted());
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await.granted();
    let judged = Judged::begin(&world, &ben, "statement").await;
    world.gate().admin().revoke_tenant(&Tenant::parse("another").expect("a tenant")).await.expect("revoked");
    ana.statement().await.ok();

    world.gate().admin().revoke_tenant(&Tenant::default()).await.expect("revoked");
    judged.end().await.problem("session-busy");
    assert_eq!(ana.statement().await.problem("step-up-required")["reason"], "absent");
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "absent");
    browser.post("/login/face").send().await.problem("step-up-required");
    let told = world.audit.events().into_iter().rfind(|event| event.kind() == EventKind::Revoked);
    let told = told.expect("an event");
    assert_eq!((told.reason_text(), told.subject()), ("tenant", None));
    assert_eq!(told.tenant(), Some(&Tenant::default()));

    ana.pass("statement").await;
    ana.statement().await.ok();
}

async fn what_is_revoked_for_a_tenant_is_revoked_on_every_replica<H: Host>() {
    let records = MemoryRecords::default();
    let world = Setup::new().with_shared_store(&records).open::<H>().await;
    let replica = Setup::replica_of(&world).with_shared_store(&records).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let revocations = [None, Some("statement")];
    for policy in revocations {
        ana.pass("statement").await;
        ana.at(replica.address()).statement().await.ok();
        let judged = Judged::begin(&world, &ana, "statement").await;
        let tenant = Tenant::default();
        match policy {
            None => replica.gate().admin().revoke_tenant(&tenant).await.expect("revoked"),
            Some(policy) => {
                replica.gate().admin().revoke_policy(&tenant, policy, None).await.expect("revoked");
            }
        }
        judged.end().await.problem("session-busy");
        for member in [ana.clone(), ana.at(replica.address())] {
            assert_eq!(member.statement().await.problem("step-up-required")["reason"], "absent");
        }
    }
}

async fn a_revocation_that_the_store_does_not_take_is_none<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    store.fail(&[StoreOperation::Revoke]);
    world.gate().admin().revoke_tenant(&Tenant::default()).await.expect_err("not revoked");
    world.gate().admin().revoke_policy(&Tenant::default(), "statement", None).await.expect_err("not revoked");
    store.mend();
    ana.statement().await.ok();
}

/// A verification that the platform already sees, and whose last byte is still to come.
struct Judged {
    challenge: Challenge,
    upload: Upload,
    rest: Bytes,
}

impl Judged {
    async fn begin(world: &World, member: &Member, policy: &str) -> Self {
        let challenge = match policy {
            "transfer" => member.start_approval("Zoe", "1").await,
            policy => member.start(policy).await,
        };
        let (upload, rest) = world.begin_upload(member, &challenge).await;
        Self { challenge, upload, rest }
    }

    async fn end(mut self) -> Answer {
        self.upload.send(self.rest).await;
        self.upload.finish().await
    }
}
