//! What the server announces of other replicas' writes: client-side caching's invalidations (`CLIENT TRACKING`).

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::near::{Change, Feed, Invalidations};
use biometry_gate::store::shared::RecordId;
use biometry_gate::store::{StoreError, StoreErrorKind};
use redis::{PushInfo, PushKind, Value};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::error::store_error;
use crate::link::Listening;
use crate::records::RedisRecords;

/// For a [`NearCache`](biometry_gate::store::near::NearCache): the server announces every key that is written, by any
/// client, over a connection that is there for that alone. Of a cluster, every primary does; when slots move or another
/// node becomes primary, the cache begins anew.
#[async_trait]
impl Invalidations for RedisRecords {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        let (announces, announced) = mpsc::channel(MOST_UNHEARD);
        // Where more is announced than is heard, the channel closes: something may have been missed.
        let announces = Arc::new(Mutex::new(Some(announces)));
        let hears = move |push: PushInfo| {
            let mut open = announces.lock().unwrap_or_else(PoisonError::into_inner);
            let sent = open.as_ref().map(|announces| announces.try_send(push));
            if !matches!(sent, Some(Ok(()))) {
                *open = None;
            }
            Ok::<(), ()>(())
        };
        let limit = self.settings().time_limit.max(LEAST_LIMIT);
        let listening = timeout(limit, self.listening(hears)).await.unwrap_or_else(|_| Err(late()))?;
        Ok(Box::new(Announcements { records: self.clone(), listening, announced, keys: VecDeque::new() }))
    }
}

struct Announcements {
    records: RedisRecords,
    listening: Listening,
    announced: mpsc::Receiver<PushInfo>,
    /// Announced together, and handed on one by one.
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
    /// Asks something that only a primary answers, or every primary of a cluster where the slots are. What they have
    /// announced before comes before their answers.
    async fn beat(&mut self) -> Result<Change, StoreError> {
        let limit = BEAT.max(self.records.settings().time_limit);
        timeout(limit, self.ask()).await.map_err(|_| late())??;
        Ok(Change::None)
    }

    async fn ask(&mut self) -> Result<(), StoreError> {
        let Self { records, listening, .. } = self;
        if let Some(connection) = listening.only() {
            let answered = records.try_to_read_over(connection).await;
            return answered.map_err(|error| store_error(&error, &records.address().to_string()));
        }
        let whole = listening.is_whole().await;
        if whole.map_err(|error| store_error(&error, &records.address().to_string()))? {
            return Ok(());
        }
        Err(StoreError::new(StoreErrorKind::Unavailable).with_source("the cluster was rearranged"))
    }

    /// What cannot be a record's key may stand for any record.
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
