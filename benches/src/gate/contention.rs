//! Many threads at one gate.

use std::sync::Barrier;
use std::time::{Duration, Instant};

use super::contender::Contender;
use super::timing::{BATCH, answer_all, batch};
use crate::rounds::Dice;

/// Requests per second that `threads` threads have made and get answered together.
pub fn contention(
    contender: &Contender,
    threads: usize,
    each: Duration,
    handle: &tokio::runtime::Handle,
) -> f64 {
    let start = Barrier::new(threads);
    let turns: Vec<(Instant, Instant, u64)> = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|number| {
                let start = &start;
                scope.spawn(move || {
                    let _context = handle.enter();
                    let mut dice = Dice::seeded(number as u64);
                    let mut router = contender.router.clone();
                    let mut answered = 0_u64;
                    start.wait();
                    let begun = Instant::now();
                    while begun.elapsed() < each {
                        let requests = batch(contender, &mut dice);
                        answer_all(&mut router, requests, contender.expected);
                        answered += BATCH as u64;
                    }
                    (begun, Instant::now(), answered)
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().expect("a worker")).collect()
    });
    // Not all of them get a processor at the same time: what counts is how long it took until the last one was through.
    let begun = turns.iter().map(|turn| turn.0).min().expect("at least one thread");
    let ended = turns.iter().map(|turn| turn.1).max().expect("at least one thread");
    let answered: u64 = turns.iter().map(|turn| turn.2).sum();
    answered as f64 / (ended - begun).as_secs_f64()
}
