use std::fmt::Debug;

use async_trait::async_trait;

use crate::store::StoreError;
use crate::store::shared::RecordId;

/// A database that announces which records have changed, whichever replica changed them.
#[async_trait]
pub trait Invalidations: Debug + Send + Sync + 'static {
    /// Begins to listen. Every change that the database makes after this has answered is announced by the feed.
    ///
    /// # Errors
    /// When nothing will be announced: the database cannot be reached, or does not do it.
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError>;
}

/// Announcements, in the order in which the changes were made.
#[async_trait]
pub trait Feed: Debug + Send + 'static {
    /// Waits for the next announcement. It says [`Change::None`] at least twice a second where there is nothing else to
    /// say, and only after it has made sure of the database: a connection that is silent is not one that works.
    ///
    /// # Errors
    /// When announcements may have been missed. The feed is not asked again then.
    async fn next(&mut self) -> Result<Change, StoreError>;
}

/// What was announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// This record was written or removed.
    Record(RecordId),
    /// Any number of records, or it is not known which.
    Everything,
    /// Nothing since the last announcement.
    None,
}
