//! What the database announces of other replicas' writes: `NOTIFY`, in the same step as the write.

use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::near::{Change, Feed, Invalidations};
use biometry_gate::store::shared::RecordId;
use biometry_gate::store::{StoreError, StoreErrorKind};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::PostgresRecords;
use super::session::Session;
use crate::error::Fault;

/// For a [`NearCache`](biometry_gate::store::near::NearCache): the database announces every record that is written, over a
/// connection that is there for that alone. All replicas have to
/// [announce their changes](super::PostgresOptions::announce_changes).
#[async_trait]
impl Invalidations for PostgresRecords {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        if !self.inner.database.announces {
            return Err(StoreError::new(StoreErrorKind::Unavailable).with_source(
                "writes are not announced: use `PostgresOptions::announce_changes`, on every replica",
            ));
        }
        let limit = self.inner.time_limit.max(LEAST_LIMIT);
        let (hears, announced) = mpsc::channel(MOST_UNHEARD);
        let listening = timeout(limit, self.listener(hears)).await;
        let session = listening.unwrap_or_else(|_| Err(self.target().late()))?;
        Ok(Box::new(Announcements { session, announced, records: self.clone() }))
    }
}

impl PostgresRecords {
    async fn listener(&self, hears: mpsc::Sender<String>) -> Result<Session, Fault> {
        let target = self.target();
        let session = target.connect(Some(hears)).await?;
        let fault = |error| target.fault(&error);
        let channel: String = session.client.query_one(CHANNEL, &[]).await.map_err(fault)?.get(0);
        session.client.batch_execute(&format!("LISTEN \"{channel}\"")).await.map_err(fault)?;
        Ok(session)
    }
}

struct Announcements {
    session: Session,
    announced: mpsc::Receiver<String>,
    records: PostgresRecords,
}

#[async_trait]
impl Feed for Announcements {
    async fn next(&mut self) -> Result<Change, StoreError> {
        match timeout(BEAT, self.announced.recv()).await {
            Err(_) => self.beat().await,
            // The connection is gone, or more was announced than was heard.
            Ok(None) => Err(StoreError::new(StoreErrorKind::Unavailable)
                .with_source("the connection that announces changes is gone")),
            // What cannot be a record may be any.
            Ok(Some(said)) => Ok(RecordId::from_hex(&said).map_or(Change::Everything, Change::Record)),
        }
    }
}

impl Announcements {
    /// Asks over the same connection. What was announced before comes before the answer, and is heard next.
    async fn beat(&mut self) -> Result<Change, StoreError> {
        let target = self.records.target();
        let limit = self.records.inner.time_limit.max(BEAT);
        let asked = self.session.client.query_one("SELECT pg_is_in_recovery()", &[]);
        let answered = timeout(limit, asked).await.map_err(|_| late())?;
        match answered.and_then(|row| row.try_get(0)).map_err(|error| target.fault(&error))? {
            false => Ok(Change::None),
            true => Err(Fault::standby(&target.address).into()),
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
const MOST_UNHEARD: usize = 4096;
const BEAT: Duration = Duration::from_millis(250);
/// Connecting for it happens in the background and may take longer than a statement.
const LEAST_LIMIT: Duration = Duration::from_secs(2);
