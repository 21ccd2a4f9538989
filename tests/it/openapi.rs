//! The description of the mounted routes: a tool that knows nothing else tests both banks against it, and a client that a stock
//! generator has made of it steps up.

use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use biometry_gate_testkit::{Browser, PATIENCE};
use biometry_sandbox::Operation;
use serde_json::Value;
use tokio::process::Command;
use tokio::sync::OnceCell;
use tokio::time::timeout;

use crate::harness::{Host, Setup, World, ffmpeg};

on_every_host! {
    the_routes_describe_themselves_to_anyone,
    every_answer_to_made_up_requests_is_one_that_is_described,
    a_generated_client_steps_up,
}

async fn the_routes_describe_themselves_to_anyone<H: Host>() {
    let world = World::open::<H>().await;
    let served = world.browser().get("/biometry/openapi.json").send().await;
    let file = include_str!("../../crates/biometry-gate/openapi.json");
    assert_eq!(served.json(), serde_json::from_str::<Value>(file).expect("JSON"));
    assert_eq!(served.header("content-type"), Some("application/json"));
    let post = world.browser().post("/biometry/openapi.json").send().await;
    assert_eq!((post.status.as_u16(), post.header("allow")), (405, Some("GET, HEAD")));
}

/// Schemathesis makes requests up from the schemas, valid ones and broken ones, and holds each answer against them: its
/// status, type, headers and body; 500 is never right.
async fn every_answer_to_made_up_requests_is_one_that_is_described<H: Host>() {
    let world = Setup::new().var("MAX_STARTS", 100_000).open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let (mount, cookie) = (format!("{}/biometry", origin(&ana.browser)), cookie(&ana.browser));
    // Where it leaves what it has found.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut schemathesis = Command::new(at("target/openapi/venv/bin/schemathesis"));
    schemathesis
        .current_dir(&folder)
        .args(["run", &format!("{mount}/openapi.json"), "--url", &mount])
        .args(["--header", &format!("Cookie: {cookie}"), "--phases", "coverage,fuzzing"])
        .args(["--checks", CHECKS, "--max-examples", "8", "--generation-deterministic"])
        .args(["--warnings", "off", "--no-color"]);
    let run = output(schemathesis, "Schemathesis").await;
    let report = String::from_utf8_lossy(&run.stdout);
    assert!(run.status.success() && report.contains("No issues found"), "{report}");
    // It got further than the door.
    assert!(!world.seen(Operation::StartSession).is_empty(), "{report}");
}

async fn a_generated_client_steps_up<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    let folder = tempfile::tempdir().expect("a temporary folder");
    let video = folder.path().join("capture.webm");
    std::fs::write(&video, ffmpeg::webm().bytes).expect("a file");
    let mut client = Command::new("node");
    client.arg(compiled_client().await).args([origin(&ana.browser), cookie(&ana.browser)]).arg(&video);
    let run = output(client, "the generated client").await;
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let made: Value = serde_json::from_slice(&run.stdout).expect("JSON");
    assert_eq!(made["status"], 200);
    assert!(made["phrase"].as_u64().expect("a number") >= 6, "{made}");
    assert_eq!(world.captures(), 1);
}

/// The client, generated and compiled once for all tests.
async fn compiled_client() -> &'static Path {
    static COMPILED: OnceCell<PathBuf> = OnceCell::const_new();
    COMPILED.get_or_init(compile_client).await
}

async fn compile_client() -> PathBuf {
    let folder = at("tests/openapi");
    let tool = |name: &str| {
        let mut command = Command::new(folder.join("node_modules/.bin").join(name));
        command.current_dir(&folder);
        command
    };
    let mut generate = tool("openapi-typescript");
    generate.args(["../../crates/biometry-gate/openapi.json", "--output", "biometry.d.ts"]);
    for (command, name) in [(generate, "the generator"), (tool("tsc"), "the compiler")] {
        let run = output(command, name).await;
        assert!(run.status.success(), "{name}: {}", String::from_utf8_lossy(&run.stdout));
    }
    folder.join("built/client.js")
}

async fn output(mut command: Command, name: &str) -> Output {
    command.stdin(Stdio::null()).kill_on_drop(true);
    let run = timeout(PATIENCE * 4, command.output()).await;
    run.unwrap_or_else(|_| panic!("{name} comes to no end")).unwrap_or_else(|error| {
        panic!("{name} cannot be started, `cargo xtask test` brings it: {error}");
    })
}

fn at(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path)
}

fn origin(browser: &Browser) -> String {
    format!("http://{}", browser.address())
}

fn cookie(browser: &Browser) -> String {
    browser.cookie_header().expect("a login")
}

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
                      response_headers_conformance,response_schema_conformance,unsupported_method";
