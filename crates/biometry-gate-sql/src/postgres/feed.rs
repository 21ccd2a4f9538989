//! What the database announces of other replicas' writes: `NOTIFY`, in the same step as the write.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::near::{Change, Feed, Invalidations};
use biometry_gate::store::shared::RecordId;
use biometry_gate::store::{StoreError, StoreErrorKind};
use sqlx::postgres::{PgListener, PgPoolOptions};
use tokio::time::timeout;

use super::PostgresRecords;
use crate::error::store_error;

/// For a [`NearCache`](biometry_gate::store::near::NearCache): the database announces every record that is written, over a
/// connection that is there for that alone. All replicas have to
/// [announce their changes](super::PostgresOptions::announce_changes).
#[async_trait]
impl Invalidations for PostgresRecords {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        if !self.inner.announces {
            return Err(StoreError::new(StoreErrorKind::Unavailable).with_source(
                "writes are not announced: use `PostgresOptions::announce_changes`, on every replica",
            ));
        }
        let limit = self.inner.time_limit.max(LEAST_LIMIT);
        let listening = timeout(limit, self.listener()).await;
        let listener = listening.map_err(|_| late())?.map_err(store_error)?;
        Ok(Box::new(Announcements { listener, limit: self.inner.time_limit.max(BEAT) }))
    }
}

impl PostgresRecords {
    async fn listener(&self) -> Result<PgListener, sqlx::Error> {
        let own = PgPoolOptions::new().max_connections(1).max_lifetime(None).idle_timeout(None);
        let own = own.connect_lazy_with(self.inner.connect.clone());
        let mut listener = PgListener::connect_with(&own).await?;
        // A connection that is lost is told of, not made anew: announcements were missed.
        listener.eager_reconnect(false);
        let channel: String = sqlx::query_scalar(CHANNEL).fetch_one(&mut listener).await?;
        listener.listen(&channel).await?;
        Ok(listener)
    }
}

struct Announcements {
    listener: PgListener,
    limit: Duration,
}

#[async_trait]
impl Feed for Announcements {
    async fn next(&mut self) -> Result<Change, StoreError> {
        match timeout(BEAT, self.listener.try_recv()).await {
            Err(_) => self.beat().await,
            Ok(Ok(None)) => Err(StoreError::new(StoreErrorKind::Unavailable)),
            Ok(Ok(Some(said))) => {
                // What cannot be a record may be any.
                Ok(RecordId::from_hex(said.payload()).map_or(Change::Everything, Change::Record))
            }
            Ok(Err(error)) => Err(store_error(error)),
        }
    }
}

impl Announcements {
    /// Asks over the same connection. Whatever was announced before comes before the answer, and is told next.
    async fn beat(&mut self) -> Result<Change, StoreError> {
        let asked = sqlx::query_scalar::<_, bool>("SELECT pg_is_in_recovery()");
        let answered = timeout(self.limit, asked.fetch_one(&mut self.listener)).await;
        match answered.map_err(|_| late())?.map_err(store_error)? {
            false => Ok(Change::None),
            true => {
                Err(StoreError::new(StoreErrorKind::Unavailable).with_source("the database is a standby"))
            }
        }
    }
}

impl fmt::Debug for Announcements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Announcements").finish_non_exhaustive()
    }
}

fn late() -> StoreError {
    StoreError::new(StoreErrorKind::Timeout)
}

/// Channels belong to the whole database: this one's name holds the number of the table.
const CHANNEL: &str = "SELECT 'biometry_gate_' || 'biometry_gate_records'::regclass::oid::text";
const BEAT: Duration = Duration::from_millis(250);
/// Connecting for it happens in the background and may take longer than a statement.
const LEAST_LIMIT: Duration = Duration::from_secs(2);
