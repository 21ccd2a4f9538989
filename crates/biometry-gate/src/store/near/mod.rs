//! A near cache: reusable decisions without a round trip to the database for each request.
//!
//! [`NearCache`] stands in front of any [`DecisionStore`](super::DecisionStore). A reusable decision that the store has
//! granted is remembered in this process for a short while, and opens the same policy for the same host session again
//! without asking. Everything else goes to the store as before.
//!
//! ```
//! use std::sync::Arc;
//!
//! use biometry_gate::store::near::{Invalidations, NearCache};
//! use biometry_gate::store::shared::{SharedStore, StoreKey};
//!
//! # async fn store(store: SharedStore, key: StoreKey, feed: impl Invalidations) -> Result<NearCache, Box<dyn std::error::Error>> {
//! // The feed is the database's: biometry-gate-redis has one. The key is the shared store's own.
//! let near = NearCache::following(Arc::new(store), key, feed).await?;
//! # Ok(near)
//! # }
//! ```
//!
//! # What is never remembered
//!
//! Refusals; decisions that are used up by one use; answers to policies that are
//! [single use](crate::policy::Policy::single_use) or [for operations](crate::policy::Policy::for_operation). A
//! remembered decision is held against the policy anew each time, so a threshold that was raised, a service that became
//! required and a shorter freshness count at once, and it expires by the clock as it would in the store.
//!
//! # How late a revocation is seen
//!
//! - Of what is done **through this process** (a log-out, a withdrawal, a revocation, a verification, a start), nothing is
//!   remembered from the moment it has answered.
//! - What is done **elsewhere** reaches this process through [`Invalidations`], as fast as the database announces it:
//!   usually within a millisecond.
//! - **At the latest** it is seen when the time to live is over, whatever becomes of the announcements: 2 s after the
//!   store was asked by [default](NearCache::time_to_live), and never more than 5 s.
//!
//! A revocation for a whole tenant voids everything that is remembered, of all tenants.
//!
//! While nothing is announced, because the feed broke off or has been silent for longer than a second, nothing is
//! remembered and every request asks the store.
//!
//! A write that this process gave up on may take effect later than a question that was asked after it: then the answer to
//! that question is dropped by the announcement, and by the time to live at the latest.
//!
//! # What it costs
//!
//! A hit takes no lock that all requests share, allocates nothing and waits for nothing. An entry takes about 200 bytes
//! beside the decision; there are at most 100,000 by [default](NearCache::capacity), and one of them makes
//! room when another is to be remembered.

mod cache;
mod feed;
mod follow;
mod store;
#[cfg(test)]
mod tests;

mod validity;

pub use self::feed::{Change, Feed, Invalidations};
pub use self::store::{NearCache, NotOfThisProcess};
