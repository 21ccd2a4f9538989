//! What no client library sends: connections byte by byte, read until the bank ends them.

use biometry_gate_testkit::Wire;

use super::notes::Notes;
use crate::harness::{World, capture};

pub(super) async fn heads_on_the_wire(world: &World, notes: &mut Notes) {
    let line = |line: &str| format!("{line}\r\nHost: bank\r\nConnection: close\r\n\r\n");
    let with =
        |lines: &str| format!("GET /healthz HTTP/1.1\r\nHost: bank\r\nConnection: close\r\n{lines}\r\n\r\n");
    let many: String = (0..200).map(|n| format!("X-{n}: y\r\n")).collect();
    for (step, request) in [
        ("a request", line("GET /healthz HTTP/1.1")),
        ("no host", "GET /healthz HTTP/1.1\r\nConnection: close\r\n\r\n".to_owned()),
        ("two hosts", with("Host: other")),
        ("HTTP/1.0", line("GET /healthz HTTP/1.0")),
        ("no version", line("GET /healthz")),
        ("another version", line("GET /healthz HTTP/3.0")),
        ("a method in small letters", line("get /healthz HTTP/1.1")),
        ("a method of its own", line("BREW /healthz HTTP/1.1")),
        ("an absolute target", line("GET http://bank.example/healthz HTTP/1.1")),
        ("an asterisk", line("OPTIONS * HTTP/1.1")),
        ("a tunnel", line("CONNECT bank.example:443 HTTP/1.1")),
        ("a blank in the target", line("GET /health z HTTP/1.1")),
        ("letters beyond ASCII in the target", line("GET /h\u{e9}althz HTTP/1.1")),
        ("bare line feeds", "GET /healthz HTTP/1.1\nHost: bank\nConnection: close\n\n".to_owned()),
        ("a folded line", with("X-Note: a\r\n b")),
        ("a blank in front of a colon", with("X-Note : a")),
        ("a zero byte", with("X-Note: a\0b")),
        ("a field without a name", with(": a")),
        ("two hundred fields", with(many.trim_end())),
        ("a field of 60,000 bytes", with(&format!("X-Note: {}", "x".repeat(60_000)))),
        ("a target of 60,000 bytes", line(&format!("GET /{} HTTP/1.1", "x".repeat(60_000)))),
        ("an upgrade that is not granted", with("Upgrade: websocket")),
        ("no blank line at the end", "GET /healthz HTTP/1.1\r\nHost: bank\r\n".to_owned()),
        ("nothing", String::new()),
        ("no HTTP", "SSH-2.0-OpenSSH_9.2\r\n\r\n".to_owned()),
    ] {
        let is_cut = request.len() < 4 || !request.ends_with("\n\n") && !request.ends_with("\r\n\r\n");
        converse(world, notes, step, &request, is_cut).await;
    }
    let next = line("GET /api/whoami HTTP/1.1");
    let two = format!("GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n{next}");
    converse(world, notes, "two requests at once", &two, false).await;
}

pub(super) async fn bodies_on_the_wire(world: &World, notes: &mut Notes) {
    let ana = world.log_in("pass@example.com").await;
    let cookie = ana.browser.cookie_header().expect("a cookie");
    let start = |lines: &str, body: &str| {
        format!(
            "POST /biometry/session/start HTTP/1.1\r\nHost: bank\r\nCookie: {cookie}\r\nConnection: close\r\n\
             {lines}\r\n\r\n{body}"
        )
    };
    let chunks = "2\r\n{}\r\n0\r\n\r\n";
    for (step, lines, body) in [
        ("a length", "Content-Length: 2", "{}"),
        ("chunks", "Transfer-Encoding: chunked", chunks),
        ("neither", "X-Note: a", ""),
        ("a length and chunks", "Content-Length: 2\r\nTransfer-Encoding: chunked", chunks),
        ("chunks and a length", "Transfer-Encoding: chunked\r\nContent-Length: 2", chunks),
        ("two lengths", "Content-Length: 2\r\nContent-Length: 3", "{}"),
        ("two equal lengths", "Content-Length: 2\r\nContent-Length: 2", "{}"),
        ("a list of lengths", "Content-Length: 2, 2", "{}"),
        ("a length with a sign", "Content-Length: +2", "{}"),
        ("a length below zero", "Content-Length: -2", "{}"),
        ("another coding", "Transfer-Encoding: gzip", chunks),
        ("two codings", "Transfer-Encoding: gzip, chunked", chunks),
        ("chunks twice", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", chunks),
        ("a coding of its own", "Transfer-Encoding: xchunked", chunks),
        ("a blank behind a size", "Transfer-Encoding: chunked", "2 \r\n{}\r\n0\r\n\r\n"),
        ("a line feed behind a size", "Transfer-Encoding: chunked", "2\n{}\r\n0\r\n\r\n"),
        ("a sign in front of a size", "Transfer-Encoding: chunked", "+2\r\n{}\r\n0\r\n\r\n"),
        ("a size that is none", "Transfer-Encoding: chunked", "zz\r\n{}\r\n0\r\n\r\n"),
        ("an extension", "Transfer-Encoding: chunked", "2;a=b\r\n{}\r\n0\r\n\r\n"),
        ("trailers", "Transfer-Encoding: chunked", "2\r\n{}\r\n0\r\nX-Note: a\r\n\r\n"),
    ] {
        converse(world, notes, step, &start(lines, body), false).await;
    }
    for (step, lines, body) in [
        ("half a body", "Content-Length: 20", "{"),
        ("no last chunk", "Transfer-Encoding: chunked", "2\r\n{}\r\n"),
        ("half a chunk", "Transfer-Encoding: chunked", "20\r\n{}"),
    ] {
        converse(world, notes, step, &start(lines, body), true).await;
    }
    // Refused on its head alone, so that the client is not asked for the rest.
    let announced = "POST /biometry/verify HTTP/1.1\r\nHost: bank\r\nContent-Length: 99999999\r\n";
    converse(
        world,
        notes,
        "a go-ahead for nobody",
        &format!("{announced}Expect: 100-continue\r\n\r\n"),
        false,
    )
    .await;
    let smuggled = start("Content-Length: 2\r\nTransfer-Encoding: chunked", "0\r\n\r\n");
    let smuggled = format!("{smuggled}GET /healthz HTTP/1.1\r\nHost: bank\r\n\r\n");
    converse(world, notes, "a request behind an unclear end", &smuggled, false).await;
}

/// A client that waits for a go-ahead gets one when the body is wanted, and never when it is not.
pub(super) async fn clients_that_wait(world: &World, notes: &mut Notes) {
    let ana = world.consented("pass@example.com").await;
    let cookie = ana.browser.cookie_header().expect("a cookie");
    let to = |target: &str, who: &str, body: &str| {
        format!(
            "POST {target} HTTP/1.1\r\nHost: bank\r\nContent-Type: application/json\r\n{who}Connection: close\r\n{body}"
        )
    };
    let ana_too = format!("Cookie: {cookie}\r\n");
    for (framing, body) in [("a length", "Content-Length: 2"), ("chunks", "Transfer-Encoding: chunked")] {
        for (name, target, who) in [
            ("nobody's upload", "/biometry/verify", ""),
            ("an upload of no form", "/biometry/verify", &*ana_too),
            ("nobody's transfer", "/api/transfer", ""),
            ("nothing that is there", "/nothing", ""),
            ("a route below the mount that is not there", "/biometry/nothing", &*ana_too),
            ("a start", "/biometry/session/start", &*ana_too),
            ("a login", "/login", ""),
        ] {
            let mut wire = Wire::connect(world.address()).await;
            wire.send(format!("{}{EXPECT}", to(target, who, &format!("{body}\r\n")))).await;
            let first = wire.interim().await;
            let step = format!("{name} in {framing}");
            notes.status(&step, first);
            if first == 100 {
                wire.send(if body.starts_with('C') { "{}" } else { "2\r\n{}\r\n0\r\n\r\n" }).await;
                notes.connection(&format!("{step}, sent"), &wire.all_answers().await);
            }
        }
    }
    let (challenge, form) = (ana.start("statement").await, capture());
    let mut wire = Wire::connect(world.address()).await;
    let more = format!("Connection: close\r\nContent-Length: {}\r\nExpect: 100-continue", form.bytes().len());
    wire.send(ana.upload_head(&challenge, &form.content_type(), &more)).await;
    notes.status("an upload", wire.interim().await);
    wire.send(form.bytes()).await;
    notes.connection("an upload, sent", &wire.all_answers().await);
}

/// Sends it all, ends the sending half where more would be expected, and notes what is said until the connection ends.
async fn converse(world: &World, notes: &mut Notes, step: &str, request: &str, is_cut: bool) {
    let mut wire = Wire::connect(world.address()).await;
    wire.send(request).await;
    if is_cut {
        wire.shut().await;
    }
    notes.connection(step, &wire.all_answers().await);
}

const EXPECT: &str = "Expect: 100-continue\r\n\r\n";
