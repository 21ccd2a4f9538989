//! Follows a feed: what it announces no longer counts, and while it announces nothing, nothing does.

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use super::cache::Cache;
use super::feed::{Change, Feed, Invalidations};
use super::validity::{Place, Validity};
use crate::entropy::{Entropy as _, OsEntropy};
use crate::store::shared::RecordId;
use crate::store::{StoreError, StoreErrorKind};

/// The task that follows a feed. It ends with the cache it works for.
#[derive(Debug)]
pub(super) struct Following(JoinHandle<()>);

impl Following {
    /// Listens, then follows for as long as this lives.
    ///
    /// # Errors
    /// When the first attempt to listen fails or takes longer than 5 s; later ones are repeated.
    pub(super) async fn start(
        source: Arc<dyn Invalidations>,
        cache: Arc<Cache>,
        herald: RecordId,
    ) -> Result<Self, StoreError> {
        let feed = listen(&*source).await?;
        cache.validity.open();
        Ok(Self(tokio::spawn(follow(source, feed, cache, herald))))
    }
}

impl Drop for Following {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn follow(
    source: Arc<dyn Invalidations>,
    mut feed: Box<dyn Feed>,
    cache: Arc<Cache>,
    herald: RecordId,
) {
    loop {
        let error = until_interrupted(feed, &cache.validity, &herald).await;
        cache.validity.shut();
        cache.clear();
        tracing::warn!(%error, cause = error.cause(), "the near cache is bypassed: changes are no longer announced");
        feed = listen_again(&*source).await;
        cache.validity.open();
        tracing::info!("the near cache is in use again");
    }
}

async fn until_interrupted(mut feed: Box<dyn Feed>, validity: &Validity, herald: &RecordId) -> StoreError {
    loop {
        match timeout(LONGEST_SILENCE, feed.next()).await {
            Ok(Ok(Change::Record(id))) if id == *herald => validity.void_all(),
            Ok(Ok(Change::Record(id))) => validity.note_change(Place::of(&id)),
            // A new era: what was stamped in the one before is void.
            Ok(Ok(Change::Everything)) => validity.open(),
            Ok(Ok(Change::None)) => {}
            Ok(Err(error)) => return error,
            Err(_) => return StoreError::new(StoreErrorKind::Timeout),
        }
    }
}

async fn listen(source: &dyn Invalidations) -> Result<Box<dyn Feed>, StoreError> {
    let late = |_| Err(StoreError::new(StoreErrorKind::Timeout));
    timeout(LONGEST_LISTEN, source.listen()).await.unwrap_or_else(late)
}

async fn listen_again(source: &dyn Invalidations) -> Box<dyn Feed> {
    let mut pause = FIRST_PAUSE;
    loop {
        sleep(jittered(pause)).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
        if let Ok(feed) = listen(source).await {
            return feed;
        }
    }
}

/// Between a half and the whole, so that replicas that lost their feeds together do not come back together.
fn jittered(pause: Duration) -> Duration {
    let mut byte = [0];
    let part = if OsEntropy.fill(&mut byte).is_ok() { u32::from(byte[0]) } else { 255 };
    pause / 2 + pause * part / 510
}

const LONGEST_SILENCE: Duration = Duration::from_secs(1);
const LONGEST_LISTEN: Duration = Duration::from_secs(5);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);
