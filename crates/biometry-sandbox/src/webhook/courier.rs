use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use super::parcel::Parcel;
use super::post::post;
use super::signature::Sign;
use crate::clock::Clock;

/// Takes events to be delivered, as many as it has room for.
#[derive(Debug)]
pub(crate) struct Courier(mpsc::Sender<Parcel>);

/// How events are delivered.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) sign: Sign,
    pub(crate) clock: Clock,
    /// Before the second try; twice as long before each further one.
    pub(crate) first_pause: Duration,
}

impl Courier {
    /// A courier, and what it has to carry.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Parcel>) {
        let (taken, to_carry) = mpsc::channel(MOST_WAITING);
        (Self(taken), to_carry)
    }

    /// Takes an event where there is room. A listener that misses one is what hosts have to live with anyway.
    pub(crate) fn take(&self, parcel: Parcel) {
        if let Err(refused) = self.0.try_send(parcel) {
            tracing::warn!(id = refused.into_inner().id(), "too many deliveries are waiting; one is dropped");
        }
    }
}

/// Delivers what there is. Dropped, it gives up whatever is under way.
pub(crate) async fn carry(mut parcels: mpsc::Receiver<Parcel>, manner: Manner) {
    let mut under_way = JoinSet::new();
    while let Some(parcel) = parcels.recv().await {
        while under_way.try_join_next().is_some() {}
        if under_way.len() >= MOST_AT_ONCE {
            under_way.join_next().await;
        }
        under_way.spawn(deliver(parcel, manner.clone()));
    }
    while under_way.join_next().await.is_some() {}
}

/// Tries until a listener says that it has the event, as often as the platform does.
async fn deliver(parcel: Parcel, manner: Manner) {
    let mut pause = manner.first_pause;
    for tries in 1..=MOST_TRIES {
        let id = parcel.id();
        match timeout(LONGEST_TRY, post(&parcel, &manner)).await {
            Ok(Ok(status)) if status.is_success() => {
                tracing::info!(id, tries, "a webhook was delivered");
                return;
            }
            Ok(Ok(status)) => tracing::debug!(id, tries, %status, "a listener refuses an event"),
            Ok(Err(error)) => tracing::debug!(id, tries, %error, "a listener cannot be reached"),
            Err(_) => tracing::debug!(id, tries, "a listener does not answer"),
        }
        if tries < MOST_TRIES {
            sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }
    tracing::warn!(id = parcel.id(), "a webhook could not be delivered");
}

const MOST_WAITING: usize = 256;
const MOST_AT_ONCE: usize = 16;
/// The first one, and the platform's five retries.
const MOST_TRIES: u32 = 6;
const LONGEST_TRY: Duration = Duration::from_secs(5);
/// The platform's.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
