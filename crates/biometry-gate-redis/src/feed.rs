//! What the server announces of other replicas' writes: client-side caching's invalidations (`CLIENT TRACKING`).

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::near::{Change, Feed, Invalidations};
use biometry_gate::store::shared::RecordId;
use biometry_gate::store::{StoreError, StoreErrorKind};
use redis::aio::MultiplexedConnection;
use redis::{PushInfo, PushKind, Value};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::store_error;
use crate::link::Step;
use crate::records::RedisRecords;

/// For a [`NearCache`](biometry_gate::store::near::NearCache): the server announces every key that is written, whoever
/// writes it, over a connection that is there for that alone.
///
/// A cluster is refused: which of its nodes would have to announce what changes with every slot that moves.
#[async_trait]
impl Invalidations for RedisRecords {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        let (announces, announced) = mpsc::channel(MOST_UNHEARD);
        let listening = async {
            // Where more is announced than is heard, the channel closes: something may have been missed.
            let announces = std::sync::Mutex::new(Some(announces));
            let connection = self.listening_connection(move |push: PushInfo| {
                let mut open = announces.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                let sent = open.as_ref().map(|announces| announces.try_send(push));
                if !matches!(sent, Some(Ok(()))) {
                    *open = None;
                }
                Ok::<(), ()>(())
            });
            let mut connection = connection.await?;
            let mut tracking = redis::cmd("CLIENT");
            tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(self.prefix_of_keys());
            Step::Command(&tracking)
                .over::<()>(&mut connection)
                .await
                .map_err(|error| store_error(&error))?;
            Ok(connection)
        };
        let limit = self.settings().time_limit.max(LEAST_LIMIT);
        let connection = timeout(limit, listening).await.unwrap_or_else(|_| Err(late()))?;
        Ok(Box::new(Announcements { records: self.clone(), connection, announced, keys: VecDeque::new() }))
    }
}

struct Announcements {
    records: RedisRecords,
    connection: MultiplexedConnection,
    announced: mpsc::Receiver<PushInfo>,
    /// Announced together, and told one by one.
    keys: VecDeque<Value>,
}

#[async_trait]
impl Feed for Announcements {
    async fn next(&mut self) -> Result<Change, StoreError> {
        loop {
            if let Some(key) = self.keys.pop_front() {
                return Ok(self.change(&key));
            }
            match timeout(BEAT, self.announced.recv()).await {
                Err(_) => return self.beat().await,
                Ok(None) => return Err(StoreError::new(StoreErrorKind::Unavailable)),
                Ok(Some(push)) => match (push.kind, push.data.into_iter().next()) {
                    (PushKind::Invalidate, Some(Value::Array(keys))) => self.keys.extend(keys),
                    // All keys at once are announced as none.
                    (PushKind::Invalidate, _) => return Ok(Change::Everything),
                    (PushKind::Disconnection, _) => return Err(StoreError::new(StoreErrorKind::Unavailable)),
                    _ => {}
                },
            }
        }
    }
}

impl Announcements {
    /// Reads something that only a primary answers. Whatever it has announced before comes before its answer.
    async fn beat(&mut self) -> Result<Change, StoreError> {
        let Self { records, connection, .. } = self;
        let probe = records.probe();
        let beat = records.read_over(connection, &probe);
        let answered = timeout(BEAT.max(records.settings().time_limit), beat).await.map_err(|_| late())?;
        answered.map(|_| Change::None).map_err(|error| store_error(&error))
    }

    /// What cannot be a record's key may be anybody's.
    fn change(&self, key: &Value) -> Change {
        let text = match key {
            Value::BulkString(bytes) => std::str::from_utf8(bytes).ok(),
            Value::SimpleString(text) => Some(text.as_str()),
            _ => None,
        };
        let hash = text.and_then(|text| text.strip_prefix(&self.records.prefix_of_keys()));
        let hash = hash.and_then(|hash| hash.strip_prefix('{')?.strip_suffix('}'));
        hash.and_then(RecordId::from_hex).map_or(Change::Everything, Change::Record)
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

const BEAT: Duration = Duration::from_millis(250);
/// Connecting for it happens in the background and may take longer than a step.
const LEAST_LIMIT: Duration = Duration::from_secs(2);
const MOST_UNHEARD: usize = 4096;
