//! What is left to do at the platform after something is over here: sessions are ended, withdrawals passed on. Best
//! effort, in the background, bounded.
//!
//! The tasks stand in the subject's record: a transactional outbox. They are done by the request that caused them, by a
//! later one on any replica, or by this process when their time has come.

mod tasks;

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tokio::task::JoinHandle;

use self::tasks::flush;
use crate::clock::later;
use crate::engine::{Engine, Schedule};
use crate::principal::SubjectKey;

impl Engine {
    /// Flushes the subject's outbox in the background; later where too many wait already.
    pub(crate) fn flush_soon(self: &Arc<Self>, subject: &SubjectKey) -> Option<JoinHandle<()>> {
        let Ok(place) = Arc::clone(&self.outbox.waiting).try_acquire_owned() else {
            self.flush_at(subject, later(self.now(), LATER));
            return None;
        };
        let (engine, subject) = (Arc::clone(self), subject.clone());
        Some(self.tasks.spawn(async move {
            let _place = place;
            let Ok(_turn) = engine.outbox.turns.acquire().await else { return };
            flush(&engine, &subject).await;
        }))
    }

    /// Flushes the subject's outbox when the time has come.
    pub(crate) fn flush_at(self: &Arc<Self>, subject: &SubjectKey, at: SystemTime) {
        self.outbox.change(|schedule| schedule.put(subject, at));
        let has_runtime = tokio::runtime::Handle::try_current().is_ok();
        if has_runtime && self.outbox.change(Schedule::watch) {
            tokio::spawn(keep_looking(Watch(Arc::downgrade(self))));
        }
    }

    /// Flushes every outbox whose time has come.
    pub(crate) async fn sweep(self: &Arc<Self>) {
        let now = self.now();
        while let Some(subject) = self.outbox.change(|schedule| schedule.take_due(now)) {
            flush(self, &subject).await;
        }
    }

    /// Flushes every outbox one last time: this process is about to end.
    pub(crate) async fn sweep_all(self: &Arc<Self>) {
        // An outbox that is put back on the schedule meanwhile is not flushed again.
        let subjects: Vec<_> = std::iter::from_fn(|| self.outbox.change(Schedule::take_any)).collect();
        let runs: Vec<_> = subjects.iter().filter_map(|subject| self.flush_soon(subject)).collect();
        for run in runs {
            let _ = run.await;
        }
    }
}

/// Sweeps from time to time for as long as the schedule has an entry.
async fn keep_looking(watch: Watch) {
    while let Some(rest) = watch.rest() {
        tokio::time::sleep(rest.clamp(SHORTEST_REST, LONGEST_REST)).await;
        if let Some(engine) = watch.0.upgrade() {
            engine.sweep().await;
        }
    }
}

/// Does not keep the gate alive, and ends with its task, whatever ends that.
struct Watch(Weak<Engine>);

impl Watch {
    fn rest(&self) -> Option<Duration> {
        let engine = self.0.upgrade()?;
        let now = engine.now();
        engine.outbox.change(|schedule| schedule.rest(now))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(engine) = self.0.upgrade() {
            engine.outbox.change(Schedule::unwatch);
        }
    }
}

/// How long a flush is put off that found no room, or whose store did not answer.
const LATER: Duration = Duration::from_secs(30);
const SHORTEST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);
