//! What voids decisions, and passes that are still on their way.

use biometry_gate_testkit::{Answer, Upload};
use bytes::Bytes;
use serde_json::json;

use crate::harness::{Challenge, Host, Member, World};

on_every_host! {
    a_log_out_voids_decisions,
    a_log_out_voids_a_pass_on_its_way,
    a_log_out_in_one_browser_leaves_another_alone,
    a_withdrawal_of_consent_voids_decisions_in_every_browser,
    a_new_start_voids_a_pass_on_its_way_and_no_decision,
    an_end_voids_a_pass_on_its_way_and_no_decision,
}

async fn a_log_out_voids_decisions<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    let stolen = ana.browser.copy();
    ana.log_out().await;
    ana.statement().await.problem("authentication-required");
    // The host's cookie is signed and needs no store, so a copy of it still names the session that was left.
    let replayed = stolen.get("/api/statement").send().await;
    assert_eq!(replayed.problem("step-up-required")["reason"], "absent");
    let replayed = stolen.post("/api/transfer").json(json!({ "to": "Zoe", "amount": "1" })).send().await;
    assert_eq!(replayed.problem("step-up-required")["reason"], "absent");
}

async fn a_log_out_voids_a_pass_on_its_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let judged = Judged::begin(&world, &ana, "statement").await;
    let stolen = ana.browser.copy();
    ana.log_out().await;
    judged.end().await.problem("session-busy");
    let replayed = stolen.get("/api/statement").send().await;
    assert_eq!(replayed.problem("step-up-required")["reason"], "absent");
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
