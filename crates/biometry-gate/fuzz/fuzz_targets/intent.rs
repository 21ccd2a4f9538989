//! Operations: two that differ in anything have different digests, JSON that says something twice is not read, and what a
//! reader of operations sees is the body as it came.
//!
//! An input is a byte for the number of cuts, the cuts, and a text. The text, cut into pieces, is an operation; cut at
//! other places it is another one. The text is a body, too.

#![no_main]

use std::sync::{Arc, LazyLock, Mutex};

use biometry_gate::fuzzing::{digest, is_ambiguous};
use biometry_gate::gate::{Enforcer, IntentError, Screening};
use biometry_gate::intent::{Intent, Route};
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{FromExtensions, HostSession, Principal};
use biometry_gate::{BiometryGate, Denial};
use biometry_gate_fuzz::{Canned, client, run};
use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

static GATE: LazyLock<BiometryGate> = LazyLock::new(|| {
    BiometryGate::builder(client(Canned { status: 503, body: Vec::new() }), FromExtensions)
        .policy(policy())
        .build()
        .expect("a gate")
});

fuzz_target!(|input: &[u8]| {
    let [count, rest @ ..] = input else { return };
    let Some((cuts, body)) = rest.split_at_checked(usize::from(*count % 9)) else { return };
    if let Ok(text) = std::str::from_utf8(body) {
        compare_digests(cuts, text);
    }
    compare_readings(body);
    read_as_it_came(body);
});

fn compare_digests(cuts: &[u8], text: &str) {
    let backwards: Vec<u8> = cuts.iter().rev().map(|cut| cut ^ 1).collect();
    let (one, other) = (pieces(cuts, text), pieces(&backwards, text));
    assert_eq!(one == other, digest_of(&one) == digest_of(&other), "{one:?} {other:?}");
}

/// The text in pieces, each cut a step further into what is left.
fn pieces<'a>(cuts: &[u8], mut text: &'a str) -> Vec<&'a str> {
    let mut pieces = Vec::new();
    for cut in cuts {
        let mut at = usize::from(*cut).min(text.len());
        while !text.is_char_boundary(at) {
            at -= 1;
        }
        let (piece, rest) = text.split_at(at);
        pieces.push(piece);
        text = rest;
    }
    pieces.push(text);
    pieces
}

/// Method, template, kind; then lines that are shown, and one that is bound.
fn digest_of(pieces: &[&str]) -> String {
    let (head, lines) = pieces.split_at(pieces.len().min(3));
    let part = |at: usize| head.get(at).copied().unwrap_or("-");
    let mut intent = Intent::new(part(2)).bind("pieces", &pieces.len().to_string());
    for line in lines.chunks(2) {
        intent = intent.line(line[0], line.get(1).copied().unwrap_or("-"));
    }
    digest(&intent, owner().key(), &policy(), Route::new(part(0), part(1)))
}

/// A body that is JSON and nothing else: it is ambiguous where a map of its members holds fewer than there are.
fn compare_readings(body: &[u8]) {
    let Ok(value) = serde_json::from_slice::<Value>(body) else { return };
    let (kept, depth) = measure(&value);
    let says_something_twice = kept < colons(body);
    assert_eq!(is_ambiguous(body), says_something_twice || depth > 100, "{}", String::from_utf8_lossy(body));
}

/// How many members are kept, and how deep the deepest value lies.
fn measure(value: &Value) -> (usize, usize) {
    let inner: Vec<_> = match value {
        Value::Array(items) => items.iter().map(measure).collect(),
        Value::Object(members) => members.iter().map(|(_, value)| measure(value)).collect(),
        _ => return (0, 0),
    };
    let own = value.as_object().map_or(0, serde_json::Map::len);
    let kept = inner.iter().map(|(kept, _)| kept).sum::<usize>() + own;
    (kept, 1 + inner.iter().map(|(_, depth)| *depth).max().unwrap_or_default())
}

/// The colons outside of strings: one for each member that was written.
fn colons(json: &[u8]) -> usize {
    let (mut count, mut in_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if in_text => is_escaped = true,
            b'"' => in_text = !in_text,
            b':' if !in_text => count += 1,
            _ => {}
        }
    }
    count
}

fn read_as_it_came(body: &[u8]) {
    let seen = Arc::new(Mutex::new(None));
    let read = {
        let seen = Arc::clone(&seen);
        move |_: &http::request::Parts, body: &Bytes| {
            *seen.lock().expect("no thread panics with it") = Some(body.clone());
            if body.is_empty() { Err(IntentError) } else { Ok(Intent::new("pay")) }
        }
    };
    let enforcer: Enforcer = GATE.operation_enforcer("p").expect("the policy is there");
    let head = Request::post("/pay").extension(owner()).body(()).expect("a request").into_parts().0;
    let Screening::Caller(caller) = enforcer.screen(&head) else { panic!("the owner is known") };
    let body = Bytes::copy_from_slice(body);
    let checked = run(enforcer.check_intent(&caller, &read, Some(Route::new("POST", "/pay")), &head, Full::new(body.clone())));
    let seen = seen.lock().expect("no thread panics with it").take();
    match checked {
        Ok(_) => panic!("nothing was approved"),
        Err(Denial::StepUpRequired(_)) => assert_eq!(seen, Some(body)),
        Err(Denial::IntentUnreadable) => assert!(seen.is_none() == is_ambiguous(&body)),
        Err(Denial::BodyTooLarge) => assert!(seen.is_none() && body.len() > 64 * 1024),
        Err(other) => panic!("{other:?}"),
    }
}

fn owner() -> Principal {
    Principal::new("ana@example.com", HostSession::parse("host-session").expect("a key")).expect("a principal")
}

fn policy() -> Policy {
    Policy::for_operation("p", Threshold::vendor_verdict_only())
}
