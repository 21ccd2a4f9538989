use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::{Instant, Sleep, sleep_until};

/// What a connection waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Awaited {
    /// The rest of a head that has begun.
    Head,
    /// The next request, or the first.
    Request,
    /// A client that takes what is written.
    Reader,
}

/// How long a connection has waited for the same thing.
///
/// The timer is moved only where it would ring too late, so that a wait that is over soon costs two looks at the clock.
#[derive(Debug, Default)]
pub(super) struct Clock {
    since: Option<(Awaited, Instant)>,
    timer: Option<Pin<Box<Sleep>>>,
}

impl Clock {
    /// Nothing is waited for.
    pub(super) fn stop(&mut self) {
        self.since = None;
    }

    /// Goes on waiting. Ready when that has lasted too long.
    pub(super) fn poll(&mut self, cx: &mut Context<'_>, awaited: Awaited, longest: Duration) -> Poll<()> {
        let since = match self.since {
            Some((same, since)) if same == awaited => since,
            _ => Instant::now(),
        };
        self.since = Some((awaited, since));
        let Some(deadline) = since.checked_add(longest) else { return Poll::Pending };
        let timer = self.timer.get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if timer.deadline() > deadline {
            timer.as_mut().reset(deadline);
        }
        while timer.as_mut().poll(cx).is_ready() {
            if Instant::now() >= deadline {
                return Poll::Ready(());
            }
            timer.as_mut().reset(deadline);
        }
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    const LONGEST: Duration = Duration::from_secs(10);

    async fn wait(clock: &mut Clock, awaited: Awaited) {
        poll_fn(|cx| clock.poll(cx, awaited, LONGEST)).await;
    }

    #[tokio::test(start_paused = true)]
    async fn each_wait_has_its_own_time() {
        let (mut clock, begun) = (Clock::default(), Instant::now());
        let nine = Duration::from_secs(9);
        assert!(tokio::time::timeout(nine, wait(&mut clock, Awaited::Head)).await.is_err());
        assert!(tokio::time::timeout(nine, wait(&mut clock, Awaited::Request)).await.is_err());
        clock.stop();
        wait(&mut clock, Awaited::Request).await;
        assert_eq!(begun.elapsed(), 2 * nine + LONGEST);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_that_is_looked_at_often_is_not_longer_for_it() {
        let (mut clock, begun) = (Clock::default(), Instant::now());
        while tokio::time::timeout(Duration::from_secs(1), wait(&mut clock, Awaited::Head)).await.is_err() {}
        assert_eq!(begun.elapsed(), LONGEST);
    }
}
