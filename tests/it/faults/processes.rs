//! Processes that die in the middle of something.

use biometry_gate_testkit::RedisServer;
use biometry_sandbox::{Operation, Sandbox};

use crate::harness::{Host, Program, capture, eventually};

on_every_host! {
    a_process_that_dies_in_mid_upload_leaves_a_session_that_another_can_take_up,
    a_store_that_dies_takes_no_bank_with_it,
}

/// The environment of a bank with this platform and store, in which an upload's claim does not last long.
fn environment(sandbox: &Sandbox, store: &str) -> Vec<(&'static str, String)> {
    vec![
        ("BIOMETRY_API_KEY", sandbox.mint_key()),
        ("BIOMETRY_BASE_URL", sandbox.base_url()),
        ("SESSION_SECRET", "the secret that both banks of this test share".to_owned()),
        ("STORE_URL", store.to_owned()),
        ("UPLOAD_TOTAL_SECS", "3".to_owned()),
        ("UPLOAD_IDLE_SECS", "3".to_owned()),
        ("PLATFORM_TIMEOUT_SECS", "3".to_owned()),
        ("STORE_TIMEOUT_MS", "1000".to_owned()),
    ]
}

async fn start<H: Host>(environment: &[(&'static str, String)]) -> Program {
    let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    Program::start::<H>(&environment).await
}

async fn a_process_that_dies_in_mid_upload_leaves_a_session_that_another_can_take_up<H: Host>() {
    let server = RedisServer::start().await;
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let environment = environment(&sandbox, &server.url());
    let (one, two) = (start::<H>(&environment).await, start::<H>(&environment).await);
    let ana = one.log_in("pass@example.com").await;
    ana.consent().await;
    let challenge = ana.start("statement").await;

    let form = capture();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    let start = bytes.split_to(bytes.len() - 1);
    assert!(upload.send(start).await);
    let arrives = |seen: &[biometry_sandbox::Entry]| {
        let videos = seen.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo));
        videos.into_iter().any(|entry| entry.body_bytes > 0)
    };
    sandbox.journal_when(arrives).await.expect("the platform sees the capture");
    one.kill().await;
    drop(upload);

    let elsewhere = ana.at(two.address());
    elsewhere.statement().await.problem("step-up-required");
    let mut last = elsewhere.verify(&challenge).await;
    last.problem("session-busy");
    eventually("the dead one's claim runs out", async || {
        last = elsewhere.verify(&challenge).await;
        last.status == 200
    })
    .await;
    elsewhere.statement().await.ok();
    let journal = sandbox.journal();
    let videos: Vec<_> =
        journal.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo)).collect();
    assert_eq!(videos.iter().filter(|entry| entry.complete).count(), 1, "the first one was never whole");
    assert_eq!(videos.len(), 2);
}

async fn a_store_that_dies_takes_no_bank_with_it<H: Host>() {
    let mut server = RedisServer::start().await;
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let bank = start::<H>(&environment(&sandbox, &server.url())).await;
    let ana = bank.log_in("pass@example.com").await;
    ana.consent().await;
    ana.pass("statement").await;
    server.kill().await;
    ana.statement().await.problem("store-unavailable");
    ana.transfer("Zoe", "1").await.problem("store-unavailable");
    server.start_again().await;
    // What it knew is gone with it, and opens no route any more.
    eventually("the store answers again", async || ana.statement().await.status == 401).await;
    ana.consent().await;
    ana.pass("statement").await;
    ana.statement().await.ok();
}
