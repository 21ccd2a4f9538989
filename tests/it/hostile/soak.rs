//! Many slow uploads at once, in a bank that is a process of its own: what they cost, and what is left of them.

use std::time::{Duration, Instant};

use biometry_gate_testkit::media;
use biometry_sandbox::{Operation, Sandbox};
use bytes::Bytes;

use super::case::{FORM_DATA, Filling, VIDEO, form};
use super::sending::{Fields, Framing, Sending, pieces};
use crate::harness::{Challenge, Host, Member, Memory, Program};

on_every_host! {
    many_slow_uploads_cost_little_memory_and_leave_nothing_behind,
}

async fn many_slow_uploads_cost_little_memory_and_leave_nothing_behind<H: Host>() {
    let sandbox = Sandbox::start().await.expect("a sandbox");
    let program = start::<H>(&sandbox).await;
    let members = log_in(&program, &sandbox).await;
    let file = media::webm(FILE).bytes;
    // Whatever is set up once, with the first upload, is no cost of the many.
    round(&members[..1], &file, 0).await;
    let idle = Memory::of(&program);
    let until = Instant::now() + duration();
    let mut rounds = 0;
    while rounds < 2 || Instant::now() < until {
        round(&members, &file, UPLOADS / 4).await;
        rounds += 1;
        let peak = Memory::of(&program).peak - idle.now;
        assert!(peak < UPLOADS * MOST_EACH, "{rounds} rounds, {UPLOADS} uploads: {} KiB", peak / 1_024);
    }
    check_captures(&sandbox, &file, 1 + rounds * (UPLOADS - UPLOADS / 4)).await;
    let cost = Memory::of(&program).peak - idle.now;
    println!("{rounds} rounds of {UPLOADS} uploads: at most {} KiB each", cost / UPLOADS / 1_024);
    program.terminate();
    let (status, output) = program.end().await;
    assert!(status.success() && !output.contains("still under way"), "{output}");
}

/// Uploads everybody's file at the same time, a piece each in turn. Some break off in the middle, the others pass.
async fn round(members: &[Member], file: &Bytes, broken_off: usize) {
    let (mut sendings, mut challenges) =
        (Vec::with_capacity(members.len()), Vec::with_capacity(members.len()));
    for member in members {
        challenges.push(member.start("statement").await);
    }
    // No upload is silent while others are still starting.
    for (number, (member, challenge)) in members.iter().zip(&challenges).enumerate() {
        let (fields, body) = prepare(member, challenge, file);
        let framing = Framing::ALL[number % Framing::ALL.len()];
        sendings.push((framing.open(member.browser.address(), &fields, body.len()).await, body));
    }
    let turns = sendings[0].1.len().div_ceil(PIECE);
    for turn in 0..turns {
        if turn == turns / 2 {
            sendings.drain(..broken_off).for_each(|(sending, _)| sending.hang_up());
        }
        for (sending, body) in &mut sendings {
            let piece = pieces(body, PIECE).nth(turn).unwrap_or_default();
            if !sending.send(piece).await {
                panic!("everybody is admitted: {:?}", sending.answer().await);
            }
        }
    }
    for (sending, _) in &mut sendings {
        sending.finish().await;
        assert_eq!(sending.answer().await.granted()["scoring_result"], "pass");
    }
    drop::<Vec<(Sending, Bytes)>>(sendings);
    // A user who broke off may speak the same phrase again.
    for (member, challenge) in members.iter().zip(&challenges).take(broken_off) {
        member.idle(challenge).await;
    }
}

fn prepare(member: &Member, challenge: &Challenge, file: &Bytes) -> (Fields, Bytes) {
    let fields = [
        ("cookie", member.browser.cookie_header().expect("a user is logged in")),
        ("x-session-id", challenge.session.clone()),
        ("content-type", FORM_DATA.to_owned()),
    ];
    let fields = fields.map(|(name, value)| (name.to_owned(), value.into_bytes())).into();
    let filling =
        Filling { phrase: challenge.phrase.clone(), subject: member.email.clone(), file: file.clone() };
    (fields, filling.fill(form([VIDEO]).as_bytes()))
}

/// The platform has seen so many captures whole, each of them as it was sent, and holds on to none.
async fn check_captures(sandbox: &Sandbox, file: &Bytes, whole: usize) {
    let done = |entries: &[biometry_sandbox::Entry]| entries.iter().all(|entry| entry.finished);
    let entries = sandbox.journal_when(done).await.expect("the platform ends every upload");
    let uploads = entries.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo));
    let complete: Vec<_> = uploads.filter(|entry| entry.complete).collect();
    assert_eq!(complete.len(), whole);
    let first = &complete[0].files[0];
    assert_eq!(first.len, file.len() as u64);
    assert!(complete.iter().all(|entry| entry.files[0].sha256 == first.sha256));
}

async fn start<H: Host>(sandbox: &Sandbox) -> Program {
    let uploads = UPLOADS.to_string();
    Program::start::<H>(&[
        ("BIOMETRY_BASE_URL", &sandbox.base_url()),
        ("BIOMETRY_API_KEY", &sandbox.mint_key()),
        // Not one more than there are: an upload that does not give its place back keeps another out.
        ("MAX_UPLOADS", &uploads),
        ("MAX_STARTS", "1000000"),
        ("UPLOAD_IDLE_SECS", "60"),
        ("UPLOAD_TOTAL_SECS", "600"),
        ("UPLOAD_LEAST_RATE", "0"),
        ("RUST_LOG", "warn"),
    ])
    .await
}

async fn log_in(program: &Program, sandbox: &Sandbox) -> Vec<Member> {
    let mut members = Vec::with_capacity(UPLOADS);
    for number in 0..UPLOADS {
        let email = format!("soak{number}@example.com");
        let member = program.log_in(&email).await;
        member.consent().await;
        sandbox.enroll(&email);
        members.push(member);
    }
    members
}

/// How long to go on, at the least: `SOAK_SECS`, two rounds where it is not set.
fn duration() -> Duration {
    let seconds = std::env::var("SOAK_SECS").ok().map(|seconds| seconds.parse().expect("SOAK_SECS: seconds"));
    Duration::from_secs(seconds.unwrap_or(0))
}

const UPLOADS: usize = 320;
const FILE: usize = 3_000_000;
const PIECE: usize = 65_536;

/// Bytes that one upload may cost: half of what it sends. Both HTTP libraries read and write ahead, up to some
/// hundred kilobytes in either direction where one side is faster than the other; what matters is that a larger file
/// costs no more.
const MOST_EACH: usize = 1_500_000;
