//! What takes deliveries for a host.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::delivery::Delivery;
use super::scheme::{Scheme, Unverified};
use super::secret::Secret;
use crate::clock::A_YEAR;

/// What the host does with a delivery: the trait to implement. The [module](super) has an example.
///
/// The platform has its answer before [`handle`](Self::handle) runs, and will not repeat the delivery, so put lasting
/// work where it survives a restart. At most 64 deliveries are handled at a time; a handler that never ends takes one
/// of these places for good. A delivery is a hint and no proof: look up what it reports before acting on it.
#[async_trait]
pub trait HandleDelivery: Send + Sync + 'static {
    /// Takes a delivery. Deliveries come in any order, and several at a time.
    async fn handle(&self, delivery: Delivery);
}

/// Takes the platform's deliveries for a host: a scheme, its secrets, and the handler. Set by
/// [`Builder::webhook`](crate::Builder::webhook).
#[derive(Clone)]
pub struct Receiver {
    scheme: Scheme,
    secrets: Vec<Secret>,
    tolerance: Duration,
    handler: Arc<dyn HandleDelivery>,
    places: Arc<Semaphore>,
}

impl Receiver {
    /// Hands deliveries that are signed with this secret in this manner to `handler`.
    pub fn new(scheme: Scheme, secret: Secret, handler: impl HandleDelivery) -> Self {
        Self {
            scheme,
            secrets: vec![secret],
            tolerance: Duration::from_secs(300),
            handler: Arc::new(handler),
            places: Arc::new(Semaphore::new(MOST_AT_A_TIME)),
        }
    }

    /// Accepts what is signed with this secret, too: while a secret is being rotated, the old one and the new one
    /// count.
    #[must_use]
    pub fn also(mut self, secret: Secret) -> Self {
        self.secrets.push(secret);
        self
    }

    /// How far the time of a delivery may be from the gate's, in either direction; 300 s by default, above zero and at
    /// most a year. It has no effect in schemes without a time.
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// What makes these settings unusable, if anything does.
    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        (self.tolerance.is_zero() || self.tolerance > A_YEAR).then_some(
            "clocks differ by more than nothing and less than a year: correct `Receiver::tolerance`",
        )
    }

    pub(crate) fn verify(
        &self,
        headers: &HeaderMap,
        body: Bytes,
        now: SystemTime,
    ) -> Result<Delivery, Unverified> {
        self.scheme.verify(&self.secrets, headers, body, now, self.tolerance)
    }

    /// A place for one more delivery to be handled, where there is one.
    pub(crate) fn place(&self) -> Option<OwnedSemaphorePermit> {
        Arc::clone(&self.places).try_acquire_owned().ok()
    }

    pub(crate) fn handler(&self) -> Arc<dyn HandleDelivery> {
        Arc::clone(&self.handler)
    }
}

impl fmt::Debug for Receiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("scheme", &self.scheme).finish_non_exhaustive()
    }
}

const MOST_AT_A_TIME: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    struct Ignoring;

    #[async_trait]
    impl HandleDelivery for Ignoring {
        async fn handle(&self, _: Delivery) {}
    }

    #[test]
    fn a_tolerance_that_can_only_be_a_mistake_is_named() {
        let within = |tolerance| {
            let secret = Secret::raw("a fake secret of the platform").unwrap();
            let receiver = Receiver::new(Scheme::standard_webhooks(), secret, Ignoring);
            receiver.tolerance(tolerance).shortcoming()
        };
        for mistake in [Duration::ZERO, Duration::MAX] {
            assert!(
                within(mistake).is_some_and(|text| text.contains("`Receiver::tolerance`")),
                "{mistake:?}"
            );
        }
        assert_eq!(within(Duration::from_secs(1)), None);
    }
}
