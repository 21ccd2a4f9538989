//! Instructions, counted by callgrind in a process of their own for each contender.

use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::{Context, Waker};

use super::contender::Contender;
use super::timing::answer;

/// Runs the requests that callgrind counts; it collects within [`measured`] only.
pub fn run_measured(contender: &Contender) {
    let mut router = contender.router.clone();
    for place in 0..WARM {
        answer(&mut router, contender.request(place), contender.expected);
    }
    for place in 0..MEASURED {
        measured(&mut router, contender.request(place), contender.expected);
    }
}

#[inline(never)]
fn measured(router: &mut axum::Router, request: axum::extract::Request, expected: http::StatusCode) {
    answer(router, request, expected);
}

/// The same for what has no router: `answer` takes requests and waits for nothing.
pub(super) fn run_measured_futures<R, F: Future>(request: impl Fn() -> R, answer: impl Fn(R) -> F) {
    for _ in 0..WARM {
        poll_to_end(answer(request()));
    }
    for _ in 0..MEASURED {
        measured_future(&answer, request());
    }
}

#[inline(never)]
fn measured_future<R, F: Future>(answer: &impl Fn(R) -> F, request: R) {
    poll_to_end(answer(request));
}

#[inline]
fn poll_to_end<F: Future>(future: F) {
    let mut future = pin!(future);
    while future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        std::thread::yield_now();
    }
}

/// Instructions for one request of the contender `name` with `live` decisions or sessions.
///
/// # Errors
/// When valgrind cannot be run, or says nothing.
pub fn instructions(name: &str, live: usize) -> Result<f64, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"])
        .arg("--toggle-collect=*instructions::measured*")
        .arg(program)
        .args(["--measured", name, "--live", &live.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("valgrind: {error}"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    let collected =
        said.lines().find_map(|line| line.split_once("Collected :")?.1.trim().parse::<u64>().ok());
    match collected {
        Some(collected) if output.status.success() => Ok(collected as f64 / MEASURED as f64),
        _ => Err(format!("valgrind ended with {}: {said}", output.status)),
    }
}

const WARM: usize = 200;
const MEASURED: usize = 500;
