//! What people meet with whom something goes wrong.

use std::time::Duration;

use biometry_gate_testkit::host::Challenge;
use biometry_gate_testkit::{Form, media};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::notes::Notes;
use crate::harness::{World, capture};

pub(super) async fn verifications_that_fail(world: &World, notes: &mut Notes) {
    let ana = world.log_in("fail@example.com").await;
    let challenge = ana.start("statement").await;
    notes.answer("without consent", ana.verify(&challenge).await);
    ana.consent().await;
    let wrong = Form::new().text("phrase", "one one one").file("video", media::webm(9_000));
    notes.answer("another phrase", ana.upload(&challenge).form(&wrong).send().await);
    let failed = notes.answer("a failure", ana.verify(&challenge).await).problem("verification-failed");
    notes.answer("the session", ana.browser.get("/biometry/session").send().await);
    let challenge = challenge.renewed(&failed);
    notes.answer("the last failure", ana.verify(&challenge).await);
    notes.answer("locked out", ana.verify(&challenge).await);
    notes.answer("no start", ana.try_start(json!({})).await);
    notes.answer("the statement", ana.statement().await);
    for (step, who) in [
        ("a referral", "refer"),
        ("somebody else", "someone-else"),
        ("a low score", "lowscore"),
        ("an enrollment", "enroll-again"),
    ] {
        let person = world.log_in(&format!("{who}@example.com")).await;
        person.consent_to_all().await;
        let challenge = person.start("statement").await;
        notes.answer(step, person.verify(&challenge).await);
    }
    let ben = world.consented("fail+ben@example.com").await;
    let challenge = ben.start("statement").await;
    let verify = ben.browser.post("/biometry/api-gateway/process-video");
    let verify = verify.header("x-session-id", &challenge.session).form(&capture());
    notes.answer("a failure in the platform's words", verify.send().await);
}

pub(super) async fn a_platform_out_of_order(world: &World, notes: &mut Notes) {
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = || Fault::on(Operation::ProcessVideo).times(1);
    let error = json!({ "error": "out of order" });
    for (step, fault) in [
        ("an error", video().status(500, error.clone())),
        ("no room", video().status(503, error.clone())),
        ("too many", video().status(429, error.clone())),
        ("nonsense", video().malformed_body("<html>")),
        ("a cut", video().cut_before_reply()),
        ("a bad key", video().status(401, json!({ "message": "missing or invalid token" }))),
    ] {
        world.sandbox.fault(fault);
        notes.answer(step, ana.verify(&challenge).await);
        world.sandbox.clear_faults();
    }
    world.sandbox.fault(Fault::on(Operation::StartSession).times(1).status(500, error.clone()));
    notes.answer("no start", ana.try_start(json!({})).await);
    world.sandbox.fault(Fault::on(Operation::StorageConsent).times(1).status(503, error));
    notes.answer("no consent", ana.give_consent(json!({ "storage": true })).await);
    notes.answer("the upload at last", ana.verify(&challenge).await);
}

pub(super) async fn sessions_that_are_over(world: &World, notes: &mut Notes) {
    let ana = world.consented("pass@example.com").await;
    let first = ana.start("statement").await;
    let second = ana.start("statement").await;
    notes.answer("a superseded one", ana.verify(&first).await);
    world.clock.advance(Duration::from_secs(200));
    notes.answer("an expired one", ana.verify(&second).await);
    notes.answer("its state", ana.browser.get("/biometry/session").send().await);
    let nobodys = Challenge { session: format!("sess_{}", "A".repeat(32)), phrase: String::new() };
    notes.answer("an unknown one", ana.verify(&nobodys).await);
    let nonsense = Challenge { session: "../../etc/passwd".to_owned(), phrase: String::new() };
    notes.answer("nonsense", ana.verify(&nonsense).await);
    let passed = ana.pass("statement").await;
    notes.answer("a settled one", ana.verify(&passed).await);
    let end = || ana.browser.post("/biometry/session/end").header("x-session-id", &passed.session);
    notes.answer("an end", end().send().await);
    notes.answer("another end", end().send().await);
    world.clock.advance(Duration::from_secs(400));
    notes.answer("a stale decision", ana.statement().await);
}

pub(super) async fn a_browser_that_navigates(world: &World, notes: &mut Notes) {
    let navigate = |browser: &biometry_gate_testkit::Browser, path: &str| {
        browser.get(path).header("sec-fetch-mode", "navigate").header("sec-fetch-site", "none")
    };
    notes.answer("without a login", navigate(&world.browser(), "/api/statement").send().await);
    let ana = world.consented("pass@example.com").await;
    let sent = notes.answer("a page", navigate(&ana.browser, "/api/statement?month=1").send().await);
    let location = sent.header("location").expect("a place to go").to_owned();
    let handle = location.split_once("return=").expect("a handle").1.to_owned();
    let handle = handle.split('&').next().unwrap_or_default();
    let back = || ana.browser.get(&format!("/biometry/session?return={handle}"));
    notes.answer("too early", back().send().await);
    ana.pass("statement").await;
    notes.answer("the way back", back().send().await);
    notes.answer("once only", back().send().await);
    notes.answer("the page", navigate(&ana.browser, "/api/statement?month=1").send().await);
    notes.answer("the page of the bank", navigate(&ana.browser, "/").send().await);
}
