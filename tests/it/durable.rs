//! Banks on a durable store: what was used, revoked or counted stays so, whichever process is killed.

use biometry_gate_testkit::PostgresServer;
use biometry_sandbox::Sandbox;
use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Host, Member, Program, eventually, run_to_its_end};

on_every_host! {
    a_bank_that_was_killed_knows_from_its_file_what_was_used_and_counted,
    a_bank_that_is_stopped_leaves_its_whole_state_in_the_file,
    a_bank_and_its_database_that_were_killed_know_what_was_used,
    the_log_says_why_the_store_fails,
    banks_that_start_at_once_share_one_database,
    a_log_out_at_one_bank_is_seen_at_the_other,
    a_durable_store_that_cannot_be_used_ends_the_start,
}

async fn a_bank_that_was_killed_knows_from_its_file_what_was_used_and_counted<H: Host>() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gate.db");
    let desk = Desk::new(&format!("sqlite:{}", file.display())).await;
    let bank = desk.start::<H>().await;
    let ana = well_off(&bank).await;
    let failing = bank.log_in("fail@example.com").await;
    failing.consent().await;
    for _ in 0..2 {
        failing.verify(&failing.start("statement").await).await.problem("verification-failed");
    }
    bank.kill().await;

    let bank = desk.start::<H>().await;
    let ana = ana.at(bank.address());
    ana.statement().await.ok();
    assert_eq!(ana.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
    failing.at(bank.address()).try_start(json!({})).await.problem("too-many-attempts");
    let copy = ana.browser.copy();
    ana.log_out().await;
    bank.kill().await;

    let bank = desk.start::<H>().await;
    let replayed = copy.at(bank.address()).get("/api/whoami").send().await;
    replayed.problem("authentication-required");
}

async fn a_bank_that_is_stopped_leaves_its_whole_state_in_the_file<H: Host>() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("gate.db");
    let copy = folder.path().join("copy.db");
    let desk = Desk::new(&format!("sqlite:{}", file.display())).await;
    let other_desk = Desk::new(&format!("sqlite:{}", copy.display())).await;
    for round in 0..3 {
        let bank = desk.start::<H>().await;
        let ana = well_off(&bank).await;
        bank.terminate();
        let (status, output) = bank.end().await;
        assert!(status.success(), "{output}");
        assert!(!folder.path().join("gate.db-wal").exists(), "round {round}");
        std::fs::copy(&file, &copy).expect("a copy");
        let restored = other_desk.start::<H>().await;
        let refused = ana.at(restored.address()).transfer("Zoe", "1").await;
        assert_eq!(refused.problem("step-up-required")["reason"], "consumed", "round {round}");
        restored.kill().await;
        for rest in ["copy.db", "copy.db-wal", "copy.db-shm"] {
            let _ = std::fs::remove_file(folder.path().join(rest));
        }
    }
}

async fn a_bank_and_its_database_that_were_killed_know_what_was_used<H: Host>() {
    let mut server = PostgresServer::start();
    let desk = Desk::new(&server.url()).await;
    let (one, two) = (desk.start::<H>().await, desk.start::<H>().await);
    let ana = well_off(&one).await;
    ana.approve("Zoe", "2").await;
    let mut transfers = JoinSet::new();
    for n in 0..40 {
        let member = if n % 2 == 0 { ana.clone() } else { ana.at(two.address()) };
        transfers.spawn(async move { member.transfer("Zoe", "2").await });
    }
    let answers = transfers.join_all().await;
    assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
    server.kill();
    eventually("nothing is remembered", async || ana.statement().await.status == 503).await;
    ana.statement().await.problem("store-unavailable");
    one.kill().await;
    server.start_again();

    let bank = desk.start::<H>().await;
    let ana = ana.at(bank.address());
    ana.statement().await.ok();
    for amount in ["1", "2"] {
        assert_eq!(ana.transfer("Zoe", amount).await.problem("step-up-required")["reason"], "consumed");
    }
}

async fn the_log_says_why_the_store_fails<H: Host>() {
    let server = PostgresServer::start();
    let owners = Desk::new(&server.url_of("gate", "public")).await;
    owners.start::<H>().await.kill().await;
    server.sql("CREATE ROLE teller LOGIN; GRANT SELECT ON biometry_gate_schema TO teller");
    server.sql("GRANT SELECT, INSERT, UPDATE, DELETE ON biometry_gate_records TO teller");
    let desk = Desk::new(&server.url_of("teller", "public")).await;
    let bank = desk.start::<H>().await;
    let ana = bank.log_in("pass@example.com").await;
    ana.consent().await;
    server.sql("REVOKE ALL ON biometry_gate_records FROM teller");
    let refused = ana.browser.get("/api/statement").send().await;
    refused.problem("store-unavailable");
    let cause = async || bank.output().contains("it answers with code 42501: the role lacks a right: GRANT");
    eventually("the cause is logged", cause).await;
    assert!(bank.output().contains("PostgreSQL at "), "{}", bank.output());
}

async fn banks_that_start_at_once_share_one_database<H: Host>() {
    let server = PostgresServer::start();
    let desk = Desk::new(&server.url()).await;
    let (one, two, three) = tokio::join!(desk.start::<H>(), desk.start::<H>(), desk.start::<H>());
    let ana = well_off(&one).await;
    for bank in [&two, &three] {
        let elsewhere = ana.at(bank.address());
        elsewhere.statement().await.ok();
        assert_eq!(elsewhere.transfer("Zoe", "1").await.problem("step-up-required")["reason"], "consumed");
    }
}

async fn a_log_out_at_one_bank_is_seen_at_the_other<H: Host>() {
    let server = PostgresServer::start();
    let desk = Desk::new(&server.url()).await;
    let (one, two) = (desk.start::<H>().await, desk.start::<H>().await);
    let ana = one.log_in("pass@example.com").await;
    ana.consent().await;
    ana.pass("statement").await;
    // With the cookie that she had, whatever becomes of hers.
    let stolen = ana.browser.copy().at(two.address());
    stolen.get("/api/statement").send().await.ok();
    ana.log_out().await;
    let refused = async || stolen.get("/api/statement").send().await.status == 401;
    eventually("the log-out is seen", refused).await;
    stolen.get("/api/statement").send().await.problem("authentication-required");
}

async fn a_durable_store_that_cannot_be_used_ends_the_start<H: Host>() {
    let server = PostgresServer::start();
    let forgetful = format!("{}&options[synchronous_commit]=off", server.url());
    for (url, reason) in [
        ("sqlite::memory:", "path of a file"),
        ("sqlite:/no/such/folder/gate.db", "cannot be opened"),
        ("postgres://bank:hunter2@localhost:port/bank", "special characters"),
        ("postgres://bank:hunter2@db.example/bank?sslmode=disable", "verify-full"),
        ("postgres://bank:hunter2@127.0.0.1:9/bank?sslmode=disable", "nothing listens"),
        (&forgetful, "synchronous_commit"),
    ] {
        let environment = [("STORE_URL", url), ("SESSION_SECRET", SECRET), ("STORE_TIMEOUT_MS", "15000")];
        let (status, output) = run_to_its_end::<H>(&environment).await;
        assert!(!status.success(), "{url}: {output}");
        assert!(output.contains("STORE_URL: ") && output.contains(reason), "{url}: {output}");
        assert!(!output.contains("hunter2") && !output.contains("panicked"), "{url}: {output}");
    }
    let (status, output) = run_to_its_end::<H>(&[("STORE_URL", &server.url())]).await;
    assert!(!status.success() && output.contains("SESSION_SECRET"), "{output}");
}

/// What banks with one store and one secret are started with.
struct Desk {
    _sandbox: Sandbox,
    environment: Vec<(&'static str, String)>,
}

impl Desk {
    async fn new(store: &str) -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let environment = vec![
            ("BIOMETRY_API_KEY", sandbox.mint_key()),
            ("BIOMETRY_BASE_URL", sandbox.base_url()),
            ("STORE_URL", store.to_owned()),
            ("SESSION_SECRET", SECRET.to_owned()),
            ("STORE_TIMEOUT_MS", "15000".to_owned()),
            ("MAX_FAILURES", "2".to_owned()),
        ];
        Self { _sandbox: sandbox, environment }
    }

    async fn start<H: Host>(&self) -> Program {
        let environment: Vec<_> = self.environment.iter().map(|(name, value)| (*name, &**value)).collect();
        Program::start::<H>(&environment).await
    }
}

/// A user with a decision for statements, and a payment that was made.
async fn well_off(bank: &Program) -> Member {
    let ana = bank.log_in("pass@example.com").await;
    ana.consent().await;
    ana.pass("statement").await;
    ana.approve("Zoe", "1").await;
    ana.transfer("Zoe", "1").await.ok();
    ana
}

const SECRET: &str = "a secret of 32 bytes that is not one";
