//! The program: what it takes from its environment, and how it ends.

use std::net::TcpListener;
use std::time::Duration;

use biometry_gate_testkit::Wire;
use biometry_sandbox::Sandbox;
use tokio::time::timeout;

use crate::harness::{Host, Program, capture, eventually, run_to_its_end};

on_every_host! {
    without_a_key_the_embedded_sandbox_stands_in,
    with_a_key_the_platform_that_is_named_is_asked,
    a_value_that_makes_no_sense_ends_the_start,
    a_key_without_a_required_service_ends_the_start,
    an_address_in_use_ends_the_start,
    a_proxy_of_the_environment_is_ignored,
    replicas_with_one_secret_share_the_hosts_sessions,
    a_restart_without_a_secret_ends_every_session,
    told_to_stop_it_finishes_an_upload_under_way,
    told_to_stop_it_settles_a_verification_whose_client_is_gone,
    told_to_stop_with_nothing_to_do_it_ends_at_once,
}

async fn without_a_key_the_embedded_sandbox_stands_in<H: Host>() {
    let program = Program::start::<H>(&[]).await;
    assert!(program.output().contains("sandbox"), "{}", program.output());
    let ana = program.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let challenge = ana.start_approval("Zoe", "12.50").await;
    let enrolled = ana.verify(&challenge).await.problem("enrolled-not-verified");
    ana.verify(&challenge.renewed(&enrolled)).await.granted();
    ana.transfer("Zoe", "12.50").await.ok();
}

async fn with_a_key_the_platform_that_is_named_is_asked<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let program = Program::start::<H>(&at(&sandbox, &sandbox.mint_key())).await;
    assert!(!program.output().contains("sandbox"), "{}", program.output());
    let ana = program.log_in("pass@example.com").await;
    ana.consent().await;
    ana.pass("statement").await;
    ana.statement().await.ok();
    assert!(sandbox.consents("pass@example.com").authorization);
}

async fn a_value_that_makes_no_sense_ends_the_start<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    for (name, value) in [
        ("LISTEN_ADDR", "nowhere"),
        ("BIOMETRY_API_KEY", "not-a-key-at-all"),
        ("BIOMETRY_BASE_URL", "http://api.example.com"),
        ("BIOMETRY_BASE_URL", "ftp://127.0.0.1"),
        ("BIOMETRY_BASE_URL", "https://user:secret@api.example.com"),
        ("BIOMETRY_BASE_URL", "gibberish"),
        ("STORE_URL", "mysql://root:secret@db"),
        ("SESSION_SECRET", "too-short"),
        ("CHALLENGE_TTL_SECS", "0"),
        ("CHALLENGE_TTL_SECS", "soon"),
        ("STATEMENT_MAX_AGE_SECS", "-1"),
        ("TRANSFER_MAX_AGE_SECS", "1.5"),
        ("MAX_FAILURES", "none"),
        ("MAX_FAILURES", "-1"),
        ("COOL_DOWN_SECS", "0"),
        ("MAX_STARTS", "many"),
        ("STARTS_WINDOW_SECS", "0"),
        ("MAX_UPLOADS", "-5"),
        ("UPLOAD_IDLE_SECS", "0"),
        ("UPLOAD_TOTAL_SECS", "x"),
        ("PLATFORM_TIMEOUT_SECS", "0"),
        ("STORE_TIMEOUT_MS", "fast"),
        ("MIN_SCORE", "NaN"),
        ("MIN_SCORE", "101"),
        ("MIN_SCORE", "-0.1"),
        ("MIN_SCORE", "0"),
        ("MIN_SCORE", "0.7"),
        ("COOL_DOWN_SECS", "99999999999"),
        ("UPLOAD_TOTAL_SECS", "5"),
        ("PUBLIC_ORIGIN", "shop.example"),
        ("PUBLIC_ORIGIN", "https://shop.example/"),
        ("SANDBOX", "1"),
        ("STORE_URL", "redis://127.0.0.1:1?timeout=5"),
        ("BIOMETRY_API_KEY", ""),
        ("SESSION_SECRET", ""),
        ("BIOMETRY_BASE_URL", ""),
        ("LISTEN_ADDR", ""),
        ("RUST_LOG", ""),
        ("SCORE_SCALE", "auto"),
        ("RUST_LOG", "=,=loud"),
    ] {
        let base = sandbox.base_url();
        let environment = [("BIOMETRY_API_KEY", &*key), ("BIOMETRY_BASE_URL", &*base), (name, value)];
        let (status, output) = run_to_its_end::<H>(&environment).await;
        assert!(!status.success(), "{name}={value}: {output}");
        assert!(output.contains(name), "{name}={value}: {output}");
        assert!(!output.contains("panicked"), "{name}={value}: {output}");
        let secret = value.len() > 5 && output.contains(value);
        assert!(!secret && !output.contains(&key), "{name}={value}: the value may be a secret: {output}");
    }
    for (name, value) in
        [("MAX_FAILURES", "0"), ("MAX_STARTS", "0"), ("MAX_UPLOADS", "0"), ("STORE_TIMEOUT_MS", "0")]
    {
        let (status, output) = run_to_its_end::<H>(&[(name, value)]).await;
        assert!(!status.success() && output.contains(name), "{name}={value}: {output}");
    }
    let (status, output) = run_to_its_end::<H>(&[("LISTEN_ADDR", "0.0.0.0:0")]).await;
    assert!(
        !status.success() && output.contains("BIOMETRY_API_KEY") && output.contains("SANDBOX=1"),
        "{output}"
    );
    let (status, output) = run_to_its_end::<H>(&[("BIOMETRY_BASE_URL", "https://api.example.com")]).await;
    assert!(!status.success() && output.contains("BIOMETRY_API_KEY"), "{output}");
    assert!(sandbox.journal().is_empty());
}

async fn a_key_without_a_required_service_ends_the_start<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key_with(&["Face Liveness Detection", "Voice Recognition"]);
    let (status, output) = run_to_its_end::<H>(&at(&sandbox, &key)).await;
    assert!(!status.success());
    assert!(output.contains("Face Recognition") || output.contains("Visual Speech Recognition"), "{output}");
    assert!(!output.contains(&key), "{output}");
}

async fn an_address_in_use_ends_the_start<H: Host>() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = taken.local_addr().expect("an address").to_string();
    let (status, output) = run_to_its_end::<H>(&[("LISTEN_ADDR", &address)]).await;
    assert!(!status.success() && output.contains("LISTEN_ADDR"), "{output}");
}

async fn a_proxy_of_the_environment_is_ignored<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    let nobody = "http://127.0.0.1:9";
    let mut environment = at(&sandbox, &key).to_vec();
    for name in ["HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
        environment.push((name, nobody));
    }
    let program = Program::start::<H>(&environment).await;
    program.log_in("ana@example.com").await.start("statement").await;
}

async fn replicas_with_one_secret_share_the_hosts_sessions<H: Host>() {
    let secret = ("SESSION_SECRET", "a secret of at least thirty-two bytes");
    let (one, two) = (Program::start::<H>(&[secret]).await, Program::start::<H>(&[secret]).await);
    let ana = one.log_in("ana@example.com").await;
    let at_two = ana.browser.at(two.address());
    assert_eq!(at_two.get("/api/whoami").send().await.ok()["email"], "ana@example.com");

    let other =
        Program::start::<H>(&[("SESSION_SECRET", "another secret of at least thirty-two bytes")]).await;
    ana.browser.at(other.address()).get("/api/whoami").send().await.problem("authentication-required");
}

async fn a_restart_without_a_secret_ends_every_session<H: Host>() {
    let (one, two) = (Program::start::<H>(&[]).await, Program::start::<H>(&[]).await);
    let ana = one.log_in("ana@example.com").await;
    ana.browser.at(two.address()).get("/api/whoami").send().await.problem("authentication-required");
}

async fn told_to_stop_it_finishes_an_upload_under_way<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    let program = Program::start::<H>(&at(&sandbox, &key)).await;
    let ana = program.log_in("pass@example.com").await;
    ana.consent().await;
    let challenge = ana.start("statement").await;
    let form = capture();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    let bytes = form.bytes();
    upload.send(bytes.slice(..bytes.len() - 1)).await;
    let arrives = |seen: &[biometry_sandbox::Entry]| seen.iter().any(|entry| entry.body_bytes > 5_000);
    sandbox.journal_when(arrives).await.expect("the platform sees the capture");

    program.terminate();
    eventually("no new client is served", async || {
        let request = program.browser().get("/healthz").try_send();
        !matches!(timeout(Duration::from_millis(300), request).await, Ok(Ok(_)))
    })
    .await;
    upload.send(bytes.slice(bytes.len() - 1..)).await;
    upload.finish().await.granted();
    let (status, output) = program.end().await;
    assert_eq!(status.code(), Some(0), "{output}");
    assert!(output.contains("verify.passed"), "{output}");
}

async fn told_to_stop_it_settles_a_verification_whose_client_is_gone<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let key = sandbox.mint_key();
    let program = Program::start::<H>(&at(&sandbox, &key)).await;
    let ana = program.log_in("slow+1s@example.com").await;
    ana.consent().await;
    let challenge = ana.start("statement").await;
    let form = capture();
    let mut upload = ana.upload(&challenge).header("content-type", &form.content_type()).open();
    upload.send(form.bytes()).await;
    let whole = tokio::spawn(upload.finish());
    let arrives =
        |seen: &[biometry_sandbox::Entry]| seen.iter().any(|entry| !entry.files.is_empty() && entry.complete);
    sandbox.journal_when(arrives).await.expect("the platform has the capture");
    whole.abort();
    program.terminate();
    let (status, output) = program.end().await;
    assert_eq!(status.code(), Some(0), "{output}");
    assert!(output.contains("verify.passed"), "{output}");
}

async fn told_to_stop_with_nothing_to_do_it_ends_at_once<H: Host>() {
    let program = Program::start::<H>(&[]).await;
    // A connection that is open and idle delays no shutdown.
    let mut idle = Wire::connect(program.address()).await;
    idle.send("GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n").await;
    assert_eq!(idle.answer().await.status, 200);
    program.terminate();
    let (status, output) = program.end().await;
    assert_eq!(status.code(), Some(0), "{output}");
    assert!(idle.is_closed().await);
}

/// The environment that names this platform.
fn at<'a>(sandbox: &Sandbox, key: &'a str) -> [(&'a str, &'a str); 2] {
    [("BIOMETRY_API_KEY", key), ("BIOMETRY_BASE_URL", sandbox.base_url().leak())]
}
