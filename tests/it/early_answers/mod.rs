//! Who is refused before the body was read is still sending it, and gets to see the refusal all the same: no client has to
//! make out of a broken connection that the user has to log in.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::Stdio;
use std::time::{Duration, Instant};

use biometry_gate_testkit::{PATIENCE, Wire};
use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::process::Command;
use tokio::time::timeout;

use crate::browser::{Camera, visit};
use crate::harness::{Host, Member, Setup, World};
use crate::hostile::http2::{self, Line};

on_every_host! {
    node_sees_why_its_upload_is_refused,
    curl_sees_why_its_upload_is_refused,
    a_browser_sees_why_its_upload_is_refused,
    who_never_stops_sending_is_cut_off,
    who_looks_only_behind_everything_sees_each_refusal,
    who_looks_only_behind_everything_on_http2_sees_each_refusal,
    a_refused_client_is_heard_out_no_longer_than_the_bank_lets_an_upload_take,
    an_early_answer_says_that_the_connection_ends_and_means_it,
    an_upgrade_that_is_not_granted_changes_nothing,
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
        // With the header it asks first, without it sends at once; of these two, with a length and in chunks. On HTTP/2 it
        // throws an answer away whose stream is reset.
        for (version, more) in [
            ("--http1.1", &["Expect: 100-continue"][..]),
            ("--http1.1", &["Expect:"]),
            ("--http1.1", &["Expect:", "Transfer-Encoding: chunked"]),
            ("--http2-prior-knowledge", &["Expect:"]),
        ] {
            let mut curl = Command::new("curl");
            curl.args([version, "--silent", "--show-error", "--write-out", "\n%{http_code}"]);
            curl.args(["--data-binary", &body, "--header", "Content-Type: multipart/form-data; boundary=x"]);
            curl.args(more.iter().flat_map(|line| ["--header", line])).arg(&address);
            let told = output(curl).await;
            let (problem, status) = told.rsplit_once('\n').expect("a status");
            let problem: Value = serde_json::from_str(problem).expect("a problem");
            let seen = (status, &problem["code"]);
            assert_eq!(seen, ("401", &json!("authentication-required")), "{version} {more:?}");
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

/// OkHttp, Apache's HttpClient, Poco and proxies that buffer write everything before they read, and stop where they cannot.
async fn who_looks_only_behind_everything_sees_each_refusal<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let session = ana.start("statement").await.session;
    let zoe = world.log_in("zoe@example.com").await;
    let cookie = |member: &Member| member.browser.cookie_header().expect("logged in");
    let with_session = format!("Cookie: {}\r\nX-Session-ID: {session}\r\n", cookie(&ana));
    for (path, fields, told) in [
        ("/biometry/verify", String::new(), "authentication-required"),
        ("/biometry/verify", with_session, "unsupported-media"),
        ("/biometry/verify", format!("Cookie: {}\r\n", cookie(&zoe)), "session-unknown"),
        (
            "/biometry/verify",
            format!("Cookie: {}\r\nSec-Fetch-Site: cross-site\r\n", cookie(&ana)),
            "cross-site",
        ),
        ("/biometry/nothing", String::new(), " 404 "),
        ("/login", String::new(), "upload-too-large"),
        ("/login", "Sec-Fetch-Site: cross-site\r\n".to_owned(), "cross-site"),
        ("/api/statement", "Sec-Fetch-Site: cross-site\r\n".to_owned(), " 405 "),
    ] {
        for size in [1_000_000, LARGE] {
            for framing in [Blind::Length, Blind::Chunks] {
                let (address, fields) = (world.address(), fields.clone());
                let seen = tokio::task::spawn_blocking(move || framing.send(address, path, &fields, size));
                let seen = timeout(PATIENCE, seen).await.expect("an end").expect("no panic");
                let seen = seen.unwrap_or_else(|error| panic!("{path} {told} {size} {framing:?}: {error}"));
                assert!(seen.contains(told), "{path} {size} {framing:?}: {seen}");
                assert!(seen.to_ascii_lowercase().contains("\r\nconnection: close\r\n"), "{path}: {seen}");
            }
        }
    }
}

/// No stream is reset before its body has arrived: clients that take a reset for a failure keep their answer.
async fn who_looks_only_behind_everything_on_http2_sees_each_refusal<H: Host>() {
    let world = World::open::<H>().await;
    let zoe = world.log_in("zoe@example.com").await;
    let cookie = ("cookie".to_owned(), zoe.browser.cookie_header().expect("logged in").into_bytes());
    let form = ("content-type".to_owned(), b"multipart/form-data; boundary=x".to_vec());
    let cross_site = ("sec-fetch-site".to_owned(), b"cross-site".to_vec());
    let mut line = Line::connect(world.address()).await;
    for (path, fields, code) in [
        ("/biometry/verify", vec![form.clone()], "authentication-required"),
        ("/biometry/verify", vec![form.clone(), cookie.clone()], "session-unknown"),
        ("/api/transfer", vec![form.clone()], "authentication-required"),
        ("/login", vec![form.clone()], "upload-too-large"),
        ("/login", vec![form, cookie, cross_site], "cross-site"),
    ] {
        let (response, mut body) = line.open(Method::POST, path, &fields, false).await;
        let piece = Bytes::from(vec![0; PIECE]);
        for _ in (0..LARGE).step_by(PIECE) {
            assert!(http2::send(&mut body, piece.clone()).await, "{path}: nothing is reset");
        }
        body.send_data(Bytes::new(), true).expect("the end can be sent");
        http2::answer(response).await.problem(code);
    }
}

/// The bank's settings for uploads hold for its connections, too.
async fn a_refused_client_is_heard_out_no_longer_than_the_bank_lets_an_upload_take<H: Host>() {
    let setup = Setup::new().var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 1);
    let world = setup.open::<H>().await;
    let mut wire = Wire::connect(world.address()).await;
    wire.send("POST /biometry/verify HTTP/1.1\r\nHost: bank\r\nContent-Length: 50000000\r\n\r\n").await;
    wire.answer().await.problem("authentication-required");
    let begun = Instant::now();
    while wire.send("x").await {
        assert!(begun.elapsed() < LONGER, "that is longer than the bank lets an upload take");
    }
}

/// A client that writes all before it reads.
#[derive(Clone, Copy, Debug)]
enum Blind {
    Length,
    Chunks,
}

impl Blind {
    /// Everything that it sees, unless it could not write all.
    fn send(self, address: SocketAddr, path: &str, fields: &str, size: usize) -> std::io::Result<String> {
        let framing = match self {
            Self::Length => format!("Content-Length: {}", FIRST.len() + size),
            Self::Chunks => "Transfer-Encoding: chunked".to_owned(),
        };
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: {address}\r\n{fields}Content-Type: multipart/form-data; boundary=x\r\n\
             {framing}\r\n\r\n"
        );
        stream.write_all(head.as_bytes())?;
        self.write(&mut stream, FIRST.as_bytes())?;
        let piece = vec![0; PIECE];
        for at in (0..size).step_by(PIECE) {
            self.write(&mut stream, &piece[..PIECE.min(size - at)])?;
        }
        if let Self::Chunks = self {
            stream.write_all(b"0\r\n\r\n")?;
        }
        let mut seen = String::new();
        stream.read_to_string(&mut seen)?;
        Ok(seen)
    }

    fn write(self, stream: &mut TcpStream, piece: &[u8]) -> std::io::Result<()> {
        match self {
            Self::Length => stream.write_all(piece),
            Self::Chunks => {
                stream.write_all(&[format!("{:x}\r\n", piece.len()).as_bytes(), piece, b"\r\n"].concat())
            }
        }
    }
}

/// Nothing behind such an answer is taken for the rest of the body, and nothing of the body for a request.
async fn an_early_answer_says_that_the_connection_ends_and_means_it<H: Host>() {
    let world = World::open::<H>().await;
    let zoe = world.log_in("zoe@example.com").await;
    let cookie = zoe.browser.cookie_header().expect("logged in");
    let next = format!("GET /healthz HTTP/1.1\r\nHost: bank\r\nCookie: {cookie}\r\n\r\n");
    let cross_site = format!("Cookie: {cookie}\r\nSec-Fetch-Site: cross-site\r\n");
    for (path, fields, status) in [
        ("/biometry/verify", &*cross_site, 403),
        ("/biometry/session/start", &cross_site, 403),
        ("/biometry/consent", &cross_site, 403),
        ("/login", &cross_site, 403),
        ("/biometry/verify", "", 401),
        ("/api/transfer", "", 401),
    ] {
        let mut wire = Wire::connect(world.address()).await;
        let head = format!(
            "POST {path} HTTP/1.1\r\nHost: bank\r\n{fields}Content-Type: multipart/form-data; boundary=b\r\n\
             Content-Length: {}\r\n\r\n",
            1_000 + next.len(),
        );
        wire.send([head.as_bytes(), &[b'-'; 1_000]].concat()).await;
        let answer = wire.answer().await;
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        assert_eq!(answer.header("connection"), Some("close"), "{path}: {answer:?}");
        wire.send(&next).await;
        wire.send(&next).await;
        assert!(wire.is_closed().await, "{path}: what comes behind gets no answer");
    }
}

async fn an_upgrade_that_is_not_granted_changes_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let get = |fields: &str| format!("GET /healthz HTTP/1.1\r\nHost: bank\r\n{fields}\r\n");
    let h2c =
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n";
    let mut wire = Wire::connect(world.address()).await;
    for fields in [h2c, "", h2c] {
        wire.send(get(fields)).await;
        let answer = wire.answer().await;
        assert_eq!((answer.status.as_u16(), answer.header("connection")), (200, None), "{fields}");
    }
    wire.send(get("Host: another\r\n")).await;
    let refused = wire.answer().await;
    assert_eq!((refused.status.as_u16(), refused.header("connection")), (400, Some("close")));
    let mut wire = Wire::connect(world.address()).await;
    wire.send(get("Connection: Upgrade\r\nUpgrade: websocket\r\n")).await;
    let answer = wire.answer().await;
    assert_eq!(answer.status, 200);
    if answer.header("connection").is_none() {
        wire.send(get("Host: another\r\n")).await;
        assert_eq!(wire.answer().await.status, 400, "the connection is looked after as before");
    }
    assert!(wire.is_closed().await, "an answer that ends the connection says so");
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
/// More than a second, and less than the least rate leaves by itself.
const LONGER: Duration = Duration::from_secs(10);
/// A capture that a telephone may well have made.
const LARGE: usize = 45_000_000;
const PIECE: usize = 65_536;
/// The first part of a form, whose file is none.
const FIRST: &str = "--x\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a.webm\"\r\n\r\n";
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
