//! What a request takes from the heap, and what a decision holds, counted in a process of its own: the counting
//! allocator would cost the other measurements something.

use std::process::{Command, Stdio};

use super::contender::Contender;
use super::timing::answer;
use crate::allocations::during;

/// What the counting process says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Heap {
    /// Allocations of one request.
    pub allocations: f64,
    /// Bytes that are kept of each caller with a decision, everything included.
    pub bytes_of_decision: usize,
}

/// Allocations of one request: the mean of many.
pub fn count_allocations(contender: &Contender) -> f64 {
    let mut router = contender.router.clone();
    let mut sum = 0;
    for place in 0..SAMPLE {
        let request = contender.request(place);
        let ((), allocations) = during(|| answer(&mut router, request, contender.expected));
        // What comes first may have to fill something that stays.
        if place >= SAMPLE / 2 {
            sum += allocations;
        }
    }
    sum as f64 / (SAMPLE / 2) as f64
}

/// Has the sibling program count for the contender `name` with `live` decisions or sessions.
///
/// # Errors
/// When it cannot be run, or says nothing.
pub fn heap(name: &str, live: usize) -> Result<Heap, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let output = Command::new(program.with_file_name("gate-heap"))
        .args([name, &live.to_string()])
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("gate-heap: {error}"))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let mut numbers = said.split_whitespace();
    let read = |text: Option<&str>| text.and_then(|text| text.parse::<f64>().ok());
    match (read(numbers.next()), read(numbers.next())) {
        (Some(allocations), Some(bytes)) => Ok(Heap { allocations, bytes_of_decision: bytes as usize }),
        _ => Err(format!("gate-heap ended with {}", output.status)),
    }
}

const SAMPLE: usize = 2_000;
