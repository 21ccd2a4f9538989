//! The journal: every request the sandbox saw, in order, for tests to look at.

mod entry;
mod record;

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

pub use entry::{Entry, FileSeen};
pub(crate) use record::Record;

/// All entries, shared between the requests that write and the tests that read.
#[derive(Debug)]
pub(crate) struct Journal {
    log: Mutex<Log>,
    changed: watch::Sender<()>,
}

#[derive(Debug)]
struct Log {
    entries: VecDeque<Entry>,
    /// The sequence number of the entry in front.
    first: u64,
    capacity: usize,
}

impl Journal {
    pub(crate) fn new(capacity: usize) -> Self {
        let log = Log { entries: VecDeque::new(), first: 0, capacity: capacity.max(1) };
        Self { log: Mutex::new(log), changed: watch::Sender::new(()) }
    }

    /// Begins an entry; dropping the record finishes it.
    pub(crate) fn open(self: &Arc<Self>, entry: Entry) -> Record {
        let number = self.lock().append(entry);
        self.changed.send_replace(());
        Record::new(Arc::clone(self), number)
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        self.lock().entries.iter().cloned().collect()
    }

    /// Waits until the predicate holds, at most [`PATIENCE`].
    pub(crate) async fn when(
        &self,
        mut predicate: impl FnMut(&[Entry]) -> bool,
    ) -> Result<Vec<Entry>, JournalTimeout> {
        let mut changed = self.changed.subscribe();
        let waiting = async {
            loop {
                changed.borrow_and_update();
                let entries = self.entries();
                if predicate(&entries) {
                    return Ok(entries);
                }
                if changed.changed().await.is_err() {
                    return Err(JournalTimeout(()));
                }
            }
        };
        tokio::time::timeout(PATIENCE, waiting).await.unwrap_or(Err(JournalTimeout(())))
    }

    fn update(&self, number: u64, change: impl FnOnce(&mut Entry)) {
        if let Some(entry) = self.lock().find(number) {
            change(entry);
        }
        self.changed.send_replace(());
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn append(&mut self, entry: Entry) -> u64 {
        if self.entries.len() == self.capacity {
            self.entries.pop_front();
            self.first += 1;
        }
        self.entries.push_back(entry);
        self.first + self.entries.len() as u64 - 1
    }

    /// `None` where the entry was pushed out by later ones.
    fn find(&mut self, number: u64) -> Option<&mut Entry> {
        let index = usize::try_from(number.checked_sub(self.first)?).ok()?;
        self.entries.get_mut(index)
    }
}

/// The journal did not come to satisfy a condition within 10 seconds.
#[derive(Debug)]
pub struct JournalTimeout(());

impl fmt::Display for JournalTimeout {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the journal did not satisfy the condition in time")
    }
}

impl std::error::Error for JournalTimeout {}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn entry(path: &str) -> Entry {
        let (parts, ()) = Request::get(path).body(()).unwrap().into_parts();
        Entry::begin(&parts, "r".to_owned())
    }

    #[test]
    fn old_entries_make_room_and_their_records_write_nowhere() {
        let journal = Arc::new(Journal::new(2));
        let record = journal.open(entry("/1"));
        let kept: Vec<_> = ["/2", "/3"].map(|path| journal.open(entry(path))).into();
        record.replied(http::StatusCode::OK);
        let paths: Vec<_> =
            journal.entries().iter().map(|entry| (entry.path.clone(), entry.status)).collect();
        assert_eq!(paths, [("/2".to_owned(), None), ("/3".to_owned(), None)]);
        drop(kept);
    }

    #[test]
    fn a_dropped_record_finishes_its_entry() {
        let journal = Arc::new(Journal::new(2));
        let record = journal.open(entry("/1"));
        assert!(!journal.entries()[0].finished);
        drop(record);
        assert!(journal.entries()[0].finished);
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_ends_when_the_condition_holds_and_not_later_than_its_bound() {
        let journal = Arc::new(Journal::new(2));
        assert!(journal.when(|entries| !entries.is_empty()).await.is_err());
        let writer = Arc::clone(&journal);
        tokio::spawn(async move { writer.open(entry("/1")).completed() });
        let entries = journal.when(|entries| entries.iter().any(|entry| entry.complete)).await.unwrap();
        assert_eq!(entries.len(), 1);
    }
}
