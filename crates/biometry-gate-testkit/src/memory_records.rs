use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use async_trait::async_trait;
use biometry_gate::clock::{Clock, SystemClock};
use biometry_gate::store::shared::{RecordId, Records, Sealed, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind};

/// The records of a [`SharedStore`](biometry_gate::store::shared::SharedStore) in this process: what a database does,
/// and on demand what a database does on a bad day. Clones are the same records, so two stores over them are two
/// replicas.
///
/// ```
/// use biometry_gate::store::shared::{SharedStore, StoreKey};
/// use biometry_gate_testkit::MemoryRecords;
///
/// let records = MemoryRecords::new();
/// let replica = |key: &StoreKey| SharedStore::new(records.clone(), key.clone());
/// let key = StoreKey::parse(&[7; 32])?;
/// let (one, other) = (replica(&key), replica(&key));
/// records.lose_answers(1); // the next write happens, and its answer is lost
/// # let _ = (one, other);
/// # Ok::<(), biometry_gate::store::shared::StoreKeyError>(())
/// ```
#[derive(Clone)]
pub struct MemoryRecords {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    records: HashMap<RecordId, (Sealed, Option<SystemTime>)>,
    writes: usize,
    collisions: usize,
    lost_answers: usize,
}

impl MemoryRecords {
    /// No records, on the system's clock.
    pub fn new() -> Self {
        Self::with_clock(Arc::new(SystemClock))
    }

    /// No records, on a clock of a database's own.
    pub fn with_clock(clock: Arc<dyn Clock>) -> Self {
        Self { clock, state: Arc::default() }
    }

    /// The next `count` writes find that another writer was faster.
    pub fn collide(&self, count: usize) {
        self.state().collisions = count;
    }

    /// The next `count` writes happen, and their answers are lost.
    pub fn lose_answers(&self, count: usize) {
        self.state().lost_answers = count;
    }

    /// Changes every record behind the stores' backs; `None` takes it away.
    pub fn tamper(&self, mut change: impl FnMut(&Sealed) -> Option<Sealed>) {
        self.state().records.retain(|_, (record, _)| match change(record) {
            Some(changed) => {
                *record = changed;
                true
            }
            None => false,
        });
    }

    /// How many records there are, those whose time is over included.
    pub fn len(&self) -> usize {
        self.state().records.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Until when each record is kept; `None` for good.
    pub fn kept_until(&self) -> Vec<Option<SystemTime>> {
        self.state().records.values().map(|(_, until)| *until).collect()
    }

    /// How many writes there were, those with a lost answer included.
    pub fn writes(&self) -> usize {
        self.state().writes
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn swap(&mut self, id: &RecordId, seen: Option<&Tag>, write: Write, now: SystemTime) -> bool {
        self.forget(id, now);
        let there = self.records.get(id).map(|(record, _)| *record.tag());
        let is_done = matches!(&write, Write::Put { record, .. } if there == Some(*record.tag()));
        if is_done || there.as_ref() != seen {
            return is_done;
        }
        match write {
            Write::Put { record, keep } => {
                self.records.insert(*id, (record, keep.map(|keep| now + keep)));
            }
            Write::Remove => {
                self.records.remove(id);
            }
        }
        self.writes += 1;
        true
    }

    fn forget(&mut self, id: &RecordId, now: SystemTime) {
        if self.records.get(id).is_some_and(|(_, until)| until.is_some_and(|until| until <= now)) {
            self.records.remove(id);
        }
    }
}

#[async_trait]
impl Records for MemoryRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        let now = self.clock.now();
        // Other tasks run between a load and a swap, as they do where a network lies between.
        tokio::task::yield_now().await;
        let mut state = self.state();
        state.forget(id, now);
        Ok(Snapshot { now, record: state.records.get(id).map(|(record, _)| record.clone()) })
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        tokio::task::yield_now().await;
        let mut state = self.state();
        if state.collisions > 0 {
            state.collisions -= 1;
            return Ok(false);
        }
        let is_written = state.swap(id, seen, write, self.clock.now());
        if state.lost_answers > 0 {
            state.lost_answers -= 1;
            return Err(StoreError::new(StoreErrorKind::Timeout));
        }
        Ok(is_written)
    }
}

impl Default for MemoryRecords {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for MemoryRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryRecords").field("records", &self.len()).finish_non_exhaustive()
    }
}
