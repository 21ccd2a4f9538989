//! What is done at the platform after something is over here: sessions are ended, withdrawals told. Best effort, in the
//! background, bounded.
//!
//! What there is to do stands in the subject's ledger, and is done by whoever looks next: the request that caused it, a
//! later one on any replica, or this process when the time has come.

mod errands;

use std::sync::{Arc, Weak};
use std::time::{Duration, SystemTime};

use tokio::task::JoinHandle;

use self::errands::run;
use crate::engine::{Agenda, Engine};
use crate::principal::SubjectKey;

impl Engine {
    /// Runs the subject's errands in the background. Where too many wait already, they are run later.
    pub(crate) fn look_after(self: &Arc<Self>, subject: &SubjectKey) -> Option<JoinHandle<()>> {
        let Ok(place) = Arc::clone(&self.upkeep.waiting).try_acquire_owned() else {
            self.look_after_at(subject, self.now() + LATER);
            return None;
        };
        let (engine, subject) = (Arc::clone(self), subject.clone());
        Some(self.tasks.spawn(async move {
            let _place = place;
            let Ok(_turn) = engine.upkeep.turns.acquire().await else { return };
            run(&engine, &subject).await;
        }))
    }

    /// Runs the subject's errands when the time has come.
    pub(crate) fn look_after_at(self: &Arc<Self>, subject: &SubjectKey, at: SystemTime) {
        self.upkeep.change(|agenda| agenda.put(subject, at));
        let has_runtime = tokio::runtime::Handle::try_current().is_ok();
        if has_runtime && self.upkeep.change(Agenda::watch) {
            tokio::spawn(keep_looking(Watch(Arc::downgrade(self))));
        }
    }

    /// Runs the errands of everybody whose time has come.
    pub(crate) async fn sweep(self: &Arc<Self>) {
        let now = self.now();
        while let Some(subject) = self.upkeep.change(|agenda| agenda.take_due(now)) {
            run(self, &subject).await;
        }
    }

    /// Runs everybody's errands one last time: this process is about to end.
    pub(crate) async fn sweep_all(self: &Arc<Self>) {
        // Errands that put themselves back on the agenda are not run again.
        let everybody: Vec<_> = std::iter::from_fn(|| self.upkeep.change(Agenda::take_any)).collect();
        let runs: Vec<_> = everybody.iter().filter_map(|subject| self.look_after(subject)).collect();
        for run in runs {
            let _ = run.await;
        }
    }
}

/// Sweeps from time to time for as long as there is somebody to look after.
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
        engine.upkeep.change(|agenda| agenda.rest(now))
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let Some(engine) = self.0.upgrade() {
            engine.upkeep.change(Agenda::unwatch);
        }
    }
}

/// When errands are run that found no room, or whose store did not answer.
const LATER: Duration = Duration::from_secs(30);
const SHORTEST_REST: Duration = Duration::from_secs(1);
const LONGEST_REST: Duration = Duration::from_secs(30);
