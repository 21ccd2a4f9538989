//! Who is refused before the body was read is still sending it, and gets to see the refusal all the same: no client has to
//! make out of a broken connection that somebody has to log in.

use std::io::Write as _;
use std::process::Stdio;
use std::time::Duration;

use biometry_gate_testkit::{PATIENCE, Wire};
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::Command;
use tokio::time::timeout;

use crate::browser::{Camera, visit};
use crate::harness::{Host, World};

on_every_host! {
    node_sees_why_its_upload_is_refused,
    curl_sees_why_its_upload_is_refused,
    a_browser_sees_why_its_upload_is_refused,
    who_never_stops_sending_is_cut_off,
}

async fn node_sees_why_its_upload_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let mut node = Command::new("node");
    node.args([SCRIPT, &SIZE.to_string()]);
    for _ in 0..ROUNDS {
        node.args(addresses(&world));
    }
    let told = output(node).await;
    let told: Vec<Value> = told.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(told.len(), 3 * ROUNDS * addresses(&world).len());
    for told in told {
        assert_eq!(told, json!({ "status": 401, "code": "authentication-required" }));
    }
}

async fn curl_sees_why_its_upload_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let mut body = NamedTempFile::new().expect("a file");
    body.write_all(&vec![0; SIZE]).expect("a body");
    let body = format!("@{}", body.path().to_str().expect("a plain path"));
    for address in addresses(&world) {
        // With the header it asks first, without it sends at once; of these two, with a length and in chunks.
        for more in [&["Expect: 100-continue"][..], &["Expect:"], &["Expect:", "Transfer-Encoding: chunked"]]
        {
            let mut curl = Command::new("curl");
            curl.args(["--silent", "--show-error", "--write-out", "\n%{http_code}"]);
            curl.args(["--data-binary", &body, "--header", "Content-Type: multipart/form-data; boundary=x"]);
            curl.args(more.iter().flat_map(|line| ["--header", line])).arg(&address);
            let told = output(curl).await;
            let (problem, status) = told.rsplit_once('\n').expect("a status");
            let problem: Value = serde_json::from_str(problem).expect("a problem");
            assert_eq!((status, &problem["code"]), ("401", &json!("authentication-required")), "{more:?}");
        }
    }
}

async fn a_browser_sees_why_its_upload_is_refused<H: Host>() {
    let world = World::open::<H>().await;
    let page = visit(&world, Camera::Allowed).await;
    for path in PATHS.repeat(ROUNDS) {
        let told = page.run(IN_A_PAGE, json!({ "path": path, "size": SIZE })).await;
        assert_eq!(told, json!({ "status": 401, "code": "authentication-required" }));
    }
}

async fn who_never_stops_sending_is_cut_off<H: Host>() {
    let world = World::open::<H>().await;
    for announced in ["Content-Length: 9000000000", "Transfer-Encoding: chunked"] {
        let mut wire = Wire::connect(world.address()).await;
        let host = world.address();
        wire.send(format!("POST /biometry/verify HTTP/1.1\r\nHost: {host}\r\n{announced}\r\n\r\n")).await;
        wire.answer().await.problem("authentication-required");
        // One chunk each, should they be taken for chunks.
        let piece = [b"fff6\r\n".as_slice(), &[0; 0xfff6], b"\r\n"].concat();
        let mut sent = 0;
        while sent < MOST_SENT && wire.send(&piece).await {
            sent += piece.len();
        }
        assert!(sent < MOST_SENT, "there is an end to what is dropped");
    }
    assert!(world.gate().drain(Duration::ZERO).await, "nothing of it reaches the gate");
}

fn addresses(world: &World) -> Vec<String> {
    PATHS.iter().map(|path| format!("http://{}{path}", world.address())).collect()
}

async fn output(mut command: Command) -> String {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let output = timeout(PATIENCE, command.output()).await.expect("it comes to an end");
    let output = output.expect("`cargo xtask test` brings the program");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// A mounted route, and a gated one.
const PATHS: &[&str] = &["/biometry/verify", "/api/transfer"];
const SIZE: usize = 5_000_000;
const ROUNDS: usize = 5;
/// More than is dropped, and than the buffers of two sockets take.
const MOST_SENT: usize = 64 * 1_024 * 1_024;
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/it/early_answers/upload.mjs");
const IN_A_PAGE: &str = "
    const [{ path, size }, done] = arguments;
    const form = new FormData();
    form.append('video', new Blob([new Uint8Array(size)], { type: 'video/webm' }), 'capture.webm');
    fetch(path, { method: 'POST', body: form })
        .then(async (answer) => ({ status: answer.status, code: (await answer.json()).code }))
        .then(done, (error) => done({ error: String(error) }));";
