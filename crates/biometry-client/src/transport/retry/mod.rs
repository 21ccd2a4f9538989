//! Making a call again that never got off the ground.

mod backoff;
mod budget;

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use http::{Request, Response};
use tokio::time::Instant;

pub use self::backoff::Backoff;
use self::budget::Budget;
use super::{Deadline, Transport, TransportError, TransportErrorKind};
use crate::{Body, Delivery};

/// A transport that tries again when nothing was sent.
///
/// Only that: no connection came about ([`Delivery::NotSent`]), and the request's body is in memory. A request of
/// which a byte may have left is never repeated, since it may have had its effect; an upload is never repeated, since
/// its stream cannot be rewound; an answer is an answer, whatever its status. So the platform still sees every request
/// at most once.
///
/// By default there are two more tries, after a random part of 50 ms and of 100 ms, none later than 5 s after
/// the first one began, and none beyond the request's own [`Deadline`]. A budget bounds what all calls together add to
/// a platform that is down already: one try more for every ten calls, with ten tries in hand.
#[derive(Debug)]
pub struct Retrying<T> {
    inner: T,
    backoff: Backoff,
    budget: Budget,
}

impl<T: Transport> Retrying<T> {
    /// Tries again what `inner` could not send, with the defaults above.
    pub fn new(inner: T) -> Self {
        Self::with_backoff(inner, Backoff::default())
    }

    /// Tries again what `inner` could not send, as often and after such pauses as `backoff` says.
    pub fn with_backoff(inner: T, backoff: Backoff) -> Self {
        Self { inner, backoff, budget: Budget::default() }
    }

    /// How long to wait before this try after the first, or `None` where it is not worth one.
    fn pause(
        &self,
        retry: u32,
        error: &TransportError,
        elapsed: Duration,
        deadline: Duration,
    ) -> Option<Duration> {
        if error.delivery() != Delivery::NotSent || !may_pass(error.kind()) {
            return None;
        }
        let pause = self.backoff.pause(retry, random())?;
        (elapsed + pause < deadline && self.budget.withdraw()).then_some(pause)
    }
}

#[async_trait]
impl<T: Transport> Transport for Retrying<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        self.budget.deposit();
        let begun = Instant::now();
        let limit = request.extensions().get().map(|Deadline(limit)| *limit);
        let (mut request, spare) = Spare::of(request);
        let Some(spare) = spare else { return self.inner.send(request).await };
        let deadline = limit.unwrap_or(LONGEST).min(LONGEST);
        for retry in 1.. {
            let error = match self.inner.send(request).await {
                Err(error) => error,
                answer => return answer,
            };
            let Some(pause) = self.pause(retry, &error, begun.elapsed(), deadline) else { return Err(error) };
            tracing::debug!(retry, "nothing was sent: trying again");
            tokio::time::sleep(pause).await;
            request = spare.request(limit.map(|limit| limit.saturating_sub(begun.elapsed())));
        }
        unreachable!("a backoff has an end")
    }
}

/// What a request is made of again.
struct Spare {
    head: http::request::Parts,
    body: Bytes,
}

impl Spare {
    /// Keeps what a request with its body in memory is made of; nothing of an upload.
    fn of(request: Request<Body>) -> (Request<Body>, Option<Self>) {
        let (head, body) = request.into_parts();
        match body.into_bytes() {
            Ok(bytes) => {
                let spare = Self { head: head.clone(), body: bytes.clone() };
                (Request::from_parts(head, Body::from_bytes(bytes)), Some(spare))
            }
            Err(body) => (Request::from_parts(head, body), None),
        }
    }

    fn request(&self, left: Option<Duration>) -> Request<Body> {
        let mut head = self.head.clone();
        if let Some(left) = left {
            head.extensions.insert(Deadline(left));
        }
        Request::from_parts(head, Body::from_bytes(self.body.clone()))
    }
}

fn may_pass(kind: TransportErrorKind) -> bool {
    matches!(
        kind,
        TransportErrorKind::Connect | TransportErrorKind::Timeout | TransportErrorKind::Interrupted
    )
}

/// A number that other replicas do not draw in the same moment; the middle where the system has none.
fn random() -> u32 {
    getrandom::u32().unwrap_or(u32::MAX / 2)
}

const LONGEST: Duration = Duration::from_secs(5);
