use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{StatusCode, Version};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use tokio::time::timeout;

use super::head::awaits_go_ahead;
use super::source::Source;
use super::{BoxError, CaptureLimits, RequestBody};
use crate::lingering::{Lingering, Seat};

/// What is left of a request's body, once those who read it have let go.
///
/// A client that is answered before it has sent everything must learn that the connection ends, and many look for the
/// answer only when they have sent everything. So the body is lent, comes back here, and is read on.
pub(crate) struct Rest {
    lent: Arc<Mutex<Lent>>,
    version: Version,
    awaits_go_ahead: bool,
}

/// What a body is read on behind.
pub(crate) struct Behind<'a> {
    /// The answer's.
    pub(crate) status: StatusCode,
    pub(crate) limits: &'a CaptureLimits,
    pub(crate) lingering: &'a Lingering,
}

#[derive(Default)]
struct Lent {
    returned: Option<RequestBody>,
    was_read: bool,
    is_over: bool,
}

/// A body on loan: dropped, it goes back.
struct OnLoan {
    body: Option<RequestBody>,
    was_read: bool,
    is_over: bool,
    lent: Arc<Mutex<Lent>>,
}

impl Rest {
    /// Lends a request's body.
    pub(crate) fn lend(head: &Parts, body: RequestBody) -> (RequestBody, Self) {
        let lent = Arc::new(Mutex::new(Lent::default()));
        let on_loan = OnLoan { body: Some(body), was_read: false, is_over: false, lent: Arc::clone(&lent) };
        let awaits_go_ahead = awaits_go_ahead(&head.headers);
        (on_loan.boxed_unsync(), Self { lent, version: head.version, awaits_go_ahead })
    }

    /// Reads what is left, where that is not much and `waits`, and answers whether that was all. If not, the connection has
    /// to end behind the answer. The rest of the body is then read in the background, within bounds.
    pub(crate) async fn settle(self, waits: bool, behind: &Behind<'_>) -> bool {
        let Lent { returned, was_read, is_over } = std::mem::take(&mut *lock(&self.lent));
        let Some(mut body) = returned.filter(|_| !is_over) else { return is_over };
        if body.is_end_stream() {
            return true;
        }
        // A client that holds its body back until it is asked for must not be asked for one that is not wanted.
        if self.awaits_go_ahead && !was_read {
            return false;
        }
        let is_stranger = behind.status == StatusCode::UNAUTHORIZED;
        let is_short = body.size_hint().lower() <= MOST_BYTES as u64;
        let may_wait = waits && is_short && (was_read || !is_stranger);
        if may_wait && timeout(SOON, drop_bytes(&mut body)).await == Ok(true) {
            return true;
        }
        if self.version >= Version::HTTP_2 {
            // The server below does not read on: the stream is reset as soon as the body is gone.
            let seat = behind.lingering.sit(is_stranger);
            tokio::spawn(read_on(body, *behind.limits, seat));
        } else {
            tokio::spawn(async move { timeout(LONGEST, drop_bytes(&mut body)).await });
        }
        false
    }
}

/// Reads and drops for as much and as long as an upload may take.
async fn read_on(body: RequestBody, limits: CaptureLimits, seat: Option<Seat>) {
    let Some(mut seat) = seat else { return };
    let mut source = Source::new(body, None, limits);
    let mut left = limits.largest(FILES);
    std::future::poll_fn(|cx| {
        while left > 0 && seat.poll_gone(cx).is_pending() {
            match source.poll_chunk(cx) {
                Poll::Ready(Ok(Some(chunk))) => left = left.saturating_sub(chunk.len() as u64),
                Poll::Ready(_) => break,
                Poll::Pending => return Poll::Pending,
            }
        }
        Poll::Ready(())
    })
    .await;
}

/// Answers whether that was all.
async fn drop_bytes(body: &mut RequestBody) -> bool {
    let mut left = MOST_BYTES;
    for _ in 0..MOST_FRAMES {
        let Some(Ok(frame)) = body.frame().await else { return true };
        let taken = frame.data_ref().map_or(0, Bytes::len);
        let Some(rest) = left.checked_sub(taken) else { return false };
        left = rest;
    }
    false
}

fn lock(lent: &Mutex<Lent>) -> MutexGuard<'_, Lent> {
    lent.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Body for OnLoan {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.was_read = true;
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        let frame = Pin::new(body).poll_frame(cx);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) {
            self.is_over = true;
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map(Body::size_hint).unwrap_or_default()
    }
}

impl Drop for OnLoan {
    fn drop(&mut self) {
        let mut lent = lock(&self.lent);
        (lent.was_read, lent.is_over) = (self.was_read, self.is_over);
        lent.returned = self.body.take();
    }
}

/// How long an answer may wait for the end of a body of which little is left, so that the connection can go on.
const SOON: Duration = Duration::from_secs(1);
const MOST_BYTES: usize = 256 * 1_024;
/// A source that is always ready would not let the timer have its turn.
const MOST_FRAMES: usize = 4_096;
/// On HTTP/1, where the listener reads on: long enough for hosts that have another listener and clients with a short rest.
const LONGEST: Duration = Duration::from_secs(2);
/// Files in the largest form.
const FILES: u64 = 2;

#[cfg(test)]
mod tests {
    use std::sync::atomic::Ordering;

    use http::Request;

    use super::*;
    use crate::capture::tests::script::{Script, Step};

    async fn settle(script: Script, version: Version, reads: usize, waits: bool) -> bool {
        let (head, ()) = Request::builder().version(version).body(()).expect("a request").into_parts();
        let (mut body, rest) = Rest::lend(&head, script.boxed_unsync());
        for _ in 0..reads {
            body.frame().await.expect("more").expect("data");
        }
        drop(body);
        settle_rest(rest, waits).await
    }

    async fn settle_rest(rest: Rest, waits: bool) -> bool {
        let (limits, lingering) = (CaptureLimits::default(), Lingering::new(1));
        let behind = Behind { status: StatusCode::UNAUTHORIZED, limits: &limits, lingering: &lingering };
        rest.settle(waits, &behind).await
    }

    fn piece() -> Step {
        Step::Send(vec![0; 1_000].into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_was_read_to_its_end_ends_no_connection() {
        let (head, ()) = Request::new(()).into_parts();
        let (body, rest) = Rest::lend(&head, Script::new([piece()]).boxed_unsync());
        body.collect().await.expect("a whole body");
        assert!(settle_rest(rest, true).await);
        let (body, rest) = Rest::lend(&head, RequestBody::default());
        drop(body);
        assert!(settle_rest(rest, true).await, "there is none");
    }

    #[tokio::test(start_paused = true)]
    async fn a_short_rest_is_waited_for_where_reading_had_begun() {
        let script = || Script::new([piece(), Step::Wait(Duration::from_millis(500)), piece()]);
        assert!(settle(script(), Version::HTTP_11, 1, true).await);
        assert!(!settle(script(), Version::HTTP_11, 1, false).await, "the answer ends the connection anyway");
        assert!(!settle(script(), Version::HTTP_11, 0, true).await, "a head alone was refused");
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_waits_for_a_bounded_rest_and_a_bounded_while() {
        let chunk = || Step::Send(vec![0; 64 * 1_024].into());
        let script = Script::new(std::iter::repeat_with(chunk).take(100));
        let taken = script.taken();
        assert!(!settle(script, Version::HTTP_11, 1, true).await);
        assert_eq!(taken.load(Ordering::Relaxed), 1 + 5, "256 KiB and the chunk that exceeds them");
        let before = tokio::time::Instant::now();
        assert!(!settle(Script::new([chunk(), Step::Hang]), Version::HTTP_11, 1, true).await);
        assert_eq!(before.elapsed(), SOON);
    }

    #[tokio::test(start_paused = true)]
    async fn a_client_that_waits_to_be_asked_is_not_asked() {
        let request = Request::builder().header("expect", "100-continue").body(()).expect("a request");
        let (head, ()) = request.into_parts();
        let script = Script::new([piece()]);
        let taken = script.taken();
        let (body, rest) = Rest::lend(&head, script.boxed_unsync());
        drop(body);
        assert!(!settle_rest(rest, true).await);
        assert_eq!(taken.load(Ordering::Relaxed), 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_rest_over_http2_is_read_on_to_its_end() {
        let pieces = std::iter::repeat_with(|| [piece(), Step::Wait(Duration::from_millis(25))]);
        let script = Script::new(pieces.take(1_000).flatten());
        let taken = script.taken();
        assert!(!settle(script, Version::HTTP_2, 0, true).await);
        tokio::time::sleep(Duration::from_secs(60)).await;
        assert!(taken.load(Ordering::Relaxed) >= 1_000, "{taken:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_others_still_hold_is_not_over() {
        let (head, ()) = Request::new(()).into_parts();
        let (_body, rest) = Rest::lend(&head, Script::new([piece()]).boxed_unsync());
        assert!(!settle_rest(rest, true).await);
    }
}
