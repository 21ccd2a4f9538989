use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::{Request, StatusCode};
use tower::Service as _;

use super::contender::Contender;
use crate::rounds::Dice;

/// Nanoseconds that one request takes, by contender and round. Has to run within a runtime's context.
pub fn nanoseconds(contenders: &[Contender], rounds: usize, each: Duration) -> Vec<Vec<f64>> {
    let mut dice = Dice::new();
    let mut results = vec![Vec::with_capacity(rounds); contenders.len()];
    for round in 0..=rounds {
        for place in dice.order(contenders.len()) {
            let taken = time(&contenders[place], each, &mut dice);
            // The first round only warms up.
            if round > 0 {
                results[place].push(taken);
            }
        }
    }
    results
}

fn time(contender: &Contender, each: Duration, dice: &mut Dice) -> f64 {
    let mut router = contender.router.clone();
    let (mut taken, mut answered) = (Duration::ZERO, 0_u32);
    while taken < each {
        let requests = batch(contender, dice);
        taken += answer_all(&mut router, requests, contender.expected);
        answered += BATCH as u32;
    }
    taken.as_nanos() as f64 / f64::from(answered)
}

pub(super) fn batch(contender: &Contender, dice: &mut Dice) -> Vec<Request<Body>> {
    (0..BATCH).map(|_| contender.request(dice.below(1 << 30))).collect()
}

pub(super) fn answer_all(
    router: &mut Router,
    requests: Vec<Request<Body>>,
    expected: StatusCode,
) -> Duration {
    let begun = Instant::now();
    for request in requests {
        answer(router, request, expected);
    }
    begun.elapsed()
}

/// Has one request answered, and checks that it was what it should be. Everything is in memory: a request that has to wait
/// waits for a lock, and others get their turn meanwhile.
#[inline]
pub(super) fn answer(router: &mut Router, request: Request<Body>, expected: StatusCode) {
    let mut answered = pin!(router.call(request));
    loop {
        match answered.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(response)) => return assert_eq!(black_box(response).status(), expected),
            Poll::Ready(Err(never)) => match never {},
            Poll::Pending => std::thread::yield_now(),
        }
    }
}

pub(super) const BATCH: usize = 64;
