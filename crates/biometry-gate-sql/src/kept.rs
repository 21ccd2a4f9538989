//! Records in a database that executes a handful of statements.

use std::sync::Arc;
use std::time::Duration;

use biometry_gate::store::shared::{RecordId, Sealed, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind};

use crate::row::{Found, snapshots, ticks};
use crate::sweep::{BATCH, Pace};

/// A database that takes this crate's steps. A step ends when its caller drops it.
pub(crate) trait Database: Send + Sync + 'static {
    /// How fine the database's clock is.
    const TICK: Duration;

    /// Finds the row under an id and the one beside it, where that is asked for, and the time.
    fn find(
        &self,
        id: &[u8],
        beside: Option<&[u8]>,
    ) -> impl Future<Output = Result<Found, StoreError>> + Send;

    /// Makes a change; answers how many rows it has changed.
    fn execute(&self, change: &Change<'_>) -> impl Future<Output = Result<u64, StoreError>> + Send;

    /// Why a step may have run out of time, where the database knows.
    fn why_late(&self) -> Option<String> {
        None
    }
}

/// What is written. Each is one statement.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Change<'a> {
    /// Puts a row where there is none.
    Insert { id: &'a [u8], row: Row<'a> },
    /// Puts a row in place of the one with the tag `seen`.
    Update { id: &'a [u8], seen: &'a [u8], row: Row<'a> },
    /// Removes the row with the tag `seen`.
    Delete { id: &'a [u8], seen: &'a [u8] },
    /// Removes some of the rows that have run out.
    Sweep { most: i64 },
}

/// What a row is to hold. Time is in ticks of the database.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Row<'a> {
    pub(crate) tag: &'a [u8],
    pub(crate) record: &'a [u8],
    pub(crate) keep: Option<i64>,
}

/// The records of a database.
pub(crate) struct Kept<D> {
    pub(crate) database: D,
    pub(crate) time_limit: Duration,
    pace: Pace,
}

impl<D: Database> Kept<D> {
    pub(crate) fn new(database: D, time_limit: Duration) -> Self {
        Self { database, time_limit, pace: Pace::new() }
    }

    pub(crate) async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        let [snapshot, _] = self.find(id.as_bytes(), None).await?;
        Ok(snapshot)
    }

    pub(crate) async fn load_both(
        &self,
        id: &RecordId,
        beside: &RecordId,
    ) -> Result<[Snapshot; 2], StoreError> {
        self.find(id.as_bytes(), Some(beside.as_bytes())).await
    }

    async fn find(&self, id: &[u8], beside: Option<&[u8]>) -> Result<[Snapshot; 2], StoreError> {
        snapshots(self.bounded(self.database.find(id, beside)).await?, D::TICK)
    }

    pub(crate) async fn swap(
        self: &Arc<Self>,
        id: &RecordId,
        seen: Option<&Tag>,
        write: Write,
    ) -> Result<bool, StoreError> {
        let (id, seen) = (id.as_bytes().as_slice(), seen.map(|tag| tag.as_bytes().as_slice()));
        let change = match (seen, &write) {
            (None, Write::Put { record, keep }) => Change::Insert { id, row: row::<D>(record, *keep) },
            (Some(seen), Write::Put { record, keep }) => {
                Change::Update { id, seen, row: row::<D>(record, *keep) }
            }
            (Some(seen), Write::Remove) => Change::Delete { id, seen },
            (None, Write::Remove) => {
                let [snapshot, _] = self.find(id, None).await?;
                return Ok(snapshot.record.is_none());
            }
        };
        let written = self.bounded(self.database.execute(&change)).await?;
        self.sweep_when_due();
        Ok(written == 1)
    }

    /// Removes a batch of rows that have run out; answers how many.
    pub(crate) async fn sweep(&self) -> Result<u64, StoreError> {
        let batch = Change::Sweep { most: i64::from(BATCH) };
        let removed = self.bounded(self.database.execute(&batch)).await?;
        self.pace.note(removed);
        Ok(removed)
    }

    fn sweep_when_due(self: &Arc<Self>) {
        if self.pace.is_due() {
            let kept = Arc::clone(self);
            // A batch that fails is due again a minute later.
            tokio::spawn(async move { kept.sweep().await });
        }
    }

    async fn bounded<T>(&self, step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        tokio::time::timeout(self.time_limit, step).await.unwrap_or_else(|_| {
            let late = StoreError::new(StoreErrorKind::Timeout);
            Err(match self.database.why_late() {
                Some(why) => late.with_source(why),
                None => late,
            })
        })
    }
}

fn row<D: Database>(record: &Sealed, keep: Option<Duration>) -> Row<'_> {
    Row { tag: record.tag().as_bytes(), record: record.bytes(), keep: keep.map(|keep| ticks(keep, D::TICK)) }
}
