//! Instructions, counted by callgrind in a process of their own for each contender.

use std::process::{Command, Stdio};

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
