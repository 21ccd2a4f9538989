//! The gate's numbers: as a bank's `/metrics` has them, in the manual, and on the dashboard.

mod dashboard;
mod exposition;

use biometry_gate::metrics::Metric;
use biometry_gate_testkit::host::begin_upload;
use biometry_gate_testkit::{Browser, RedisServer};
use biometry_sandbox::Sandbox;

use self::exposition::Exposition;
use crate::harness::{Host, Program, eventually};

on_every_host! {
    the_numbers_move,
    numbers_are_for_those_who_know_the_token,
    a_platform_that_is_gone_shows,
    the_near_cache_shows,
}

async fn the_numbers_move<H: Host>() {
    let bank = Bank::start::<H>(&[]).await;
    let idle = bank.numbers().await;
    assert_eq!(idle.get("biometry_gate_checks_total", &[STATEMENT, ("outcome", "allowed")]), Some(0.0));
    let ana = bank.program.log_in("pass@example.com").await;
    ana.statement().await.problem("step-up-required");
    ana.consent().await;
    let challenge = ana.start("statement").await;
    let (mut upload, rest) = begin_upload(&bank.sandbox, &ana, &challenge).await;
    assert_eq!(bank.numbers().await.get("biometry_gate_uploads_in_flight", &[]), Some(1.0));
    upload.send(rest).await;
    upload.finish().await.granted();
    ana.statement().await.ok();
    ana.statement().await.ok();
    let zoe = bank.program.log_in("fail+liveness@example.com").await;
    zoe.consent().await;
    let challenge = zoe.start("statement").await;
    zoe.verify(&challenge).await.problem("verification-failed");

    let numbers = bank.numbers().await;
    for (name, labels, value) in [
        ("biometry_gate_checks_total", &[STATEMENT, ("outcome", "allowed")][..], 2.0),
        ("biometry_gate_checks_total", &[STATEMENT, ("outcome", "denied")], 1.0),
        ("biometry_gate_checks_total", &[STATEMENT, ("outcome", "failed")], 0.0),
        ("biometry_gate_refusals_total", &[("code", "step-up-required")], 1.0),
        ("biometry_gate_refusals_total", &[("code", "verification-failed")], 1.0),
        ("biometry_gate_verdicts_total", &[STATEMENT, ("outcome", "passed")], 1.0),
        ("biometry_gate_verdicts_total", &[STATEMENT, ("outcome", "failed")], 1.0),
        ("biometry_gate_uploads_in_flight", &[], 0.0),
        ("biometry_gate_platform_seconds_count", &[("asking", "upload")], 2.0),
        ("biometry_gate_breakers_open", &[("asking", "call")], 0.0),
        ("biometry_gate_audit_events_lost_total", &[], 0.0),
    ] {
        assert_eq!(numbers.get(name, labels), Some(value), "{name} {labels:?}");
    }
    for (name, labels) in [
        ("biometry_gate_platform_seconds_count", &[("asking", "call")][..]),
        ("biometry_gate_store_seconds_count", &[]),
    ] {
        assert!(numbers.get(name, labels) > Some(2.0), "{name} {labels:?}");
    }
    let relayed = numbers.get("biometry_gate_upload_bytes_total", &[]).expect("a series");
    let seen: u64 = bank.sandbox.journal().iter().flat_map(|entry| &entry.files).map(|file| file.len).sum();
    assert_eq!(relayed, seen as f64);
    numbers.hold_to_the_table();
}

async fn numbers_are_for_those_who_know_the_token<H: Host>() {
    let bank = Bank::start::<H>(&[]).await;
    let scrape = |authorization: Option<&str>| {
        let request = bank.program.browser().get("/metrics");
        match authorization {
            Some(authorization) => request.header("authorization", authorization).send(),
            None => request.send(),
        }
    };
    scrape(None).await.problem("authentication-required");
    for authorization in ["", "Bearer", "Bearer ", "Bearer another token", TOKEN, &format!("Basic {TOKEN}")] {
        scrape(Some(authorization)).await.problem("authentication-required");
    }
    let answer = scrape(Some(&format!("Bearer {TOKEN}"))).await;
    assert_eq!((answer.status.as_u16(), answer.header("cache-control")), (200, Some("no-store")));
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let without = Program::start::<H>(&[]).await;
    let request = without.browser().get("/metrics").header("authorization", &format!("Bearer {TOKEN}"));
    assert_eq!(request.send().await.status, 404);
}

async fn a_platform_that_is_gone_shows<H: Host>() {
    let Bank { program, sandbox } = Bank::start::<H>(&[("MAX_STARTS", "1000")]).await;
    let ana = program.log_in("pass@example.com").await;
    ana.start("statement").await;
    sandbox.stop().await;
    let open = [("asking", "call")];
    eventually("the breaker opens", async || {
        ana.browser.post("/biometry/session/start").send().await.problem("platform-unavailable");
        numbers(&program.browser()).await.get("biometry_gate_breakers_open", &open) == Some(1.0)
    })
    .await;
    ana.browser.post("/biometry/session/start").send().await.problem("platform-unavailable");
    let numbers = numbers(&program.browser()).await;
    let failures =
        |cause| numbers.get("biometry_gate_platform_failures_total", &[("asking", "call"), ("cause", cause)]);
    assert!(failures("unavailable") >= Some(10.0), "{:?}", failures("unavailable"));
    assert!(failures("resting") >= Some(1.0), "{:?}", failures("resting"));
    assert_eq!(failures("key_rejected"), Some(0.0));
    numbers.hold_to_the_table();
}

async fn the_near_cache_shows<H: Host>() {
    let redis = RedisServer::start().await;
    let bank = Bank::start::<H>(&[("STORE_URL", &redis.url()), ("STORE_TIMEOUT_MS", "15000")]).await;
    let ana = bank.program.log_in("pass@example.com").await;
    ana.consent().await;
    ana.pass("statement").await;
    let lookups = async |outcome| {
        let numbers = bank.numbers().await;
        numbers.hold_to_the_table();
        numbers.get("biometry_gate_near_cache_lookups_total", &[("outcome", outcome)]).expect("a series")
    };
    eventually("the near cache answers", async || {
        ana.statement().await.ok();
        lookups("hit").await > 0.0
    })
    .await;
    assert!(lookups("miss").await >= 1.0);
    let checks = [STATEMENT, ("outcome", "allowed")];
    let allowed = bank.numbers().await.get("biometry_gate_checks_total", &checks);
    assert_eq!(allowed, Some(lookups("hit").await + lookups("miss").await), "each check is one lookup");
}

#[test]
fn the_manual_has_the_table() {
    let manual = include_str!("../../../crates/biometry-gate/src/docs/running.md");
    for metric in Metric::ALL {
        let labels = metric.labels().iter().map(|label| {
            let name = format!("`{}`", label.name());
            match label.values() {
                Some(values) if label.name() != "code" => {
                    let values: Vec<_> = values.iter().map(|value| format!("`{value}`")).collect();
                    format!("{name} ({})", values.join(", "))
                }
                Some(_) | None => name,
            }
        });
        let labels = labels.collect::<Vec<_>>().join(", ");
        let labels = if labels.is_empty() { "none" } else { &*labels };
        let kind = metric.kind().as_str();
        let row =
            format!("| `{}` | {kind} | {} | {labels} | {} |", metric.name(), metric.unit(), metric.meaning());
        assert!(manual.contains(&row), "the chapter has no row\n{row}");
    }
}

/// A bank with numbers, as a program of its own, in front of a sandbox.
struct Bank {
    program: Program,
    sandbox: Sandbox,
}

impl Bank {
    async fn start<H: Host>(more: &[(&str, &str)]) -> Self {
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let (key, base) = (sandbox.mint_key(), sandbox.base_url());
        let own = [("BIOMETRY_API_KEY", &*key), ("BIOMETRY_BASE_URL", &*base), ("METRICS_TOKEN", TOKEN)];
        let program = Program::start::<H>(&[&own, more].concat()).await;
        Self { program, sandbox }
    }

    async fn numbers(&self) -> Exposition {
        numbers(&self.program.browser()).await
    }
}

async fn numbers(browser: &Browser) -> Exposition {
    let scrape = browser.get("/metrics").header("authorization", &format!("Bearer {TOKEN}"));
    let answer = scrape.send().await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    Exposition::parse(&answer.text())
}

const STATEMENT: (&str, &str) = ("policy", "statement");
const TOKEN: &str = "not-a-real-token-of-anything";
