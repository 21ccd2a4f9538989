//! The connections of one process.
//!
//! A connection is made by a task of its own, which outlives the step that wanted it: where connecting takes longer than a
//! step may, later steps find it. A step that the database has no connection for waits for one that is in use.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use biometry_gate::store::StoreErrorKind;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use super::session::{Session, Target};
use crate::error::Fault;

/// Connections that are lent to one step at a time. Clones share them.
#[derive(Clone)]
pub(super) struct Pool {
    shared: Arc<Shared>,
}

struct Shared {
    target: Target,
    most: usize,
    state: Mutex<State>,
    /// One permit for each idle connection.
    idle: Semaphore,
    /// Changes when connecting has failed and there is no connection at all.
    failed: watch::Sender<()>,
}

struct State {
    idle: Vec<Session>,
    /// Idle ones and lent ones.
    open: usize,
    connecting: usize,
    waiting: usize,
    is_closed: bool,
    era: u64,
    last_failure: Option<Fault>,
    pause: Duration,
    not_before: Instant,
}

/// A connection that goes back when its step has ended, and is cut otherwise: a step that was given up leaves nothing
/// behind that others would wait for.
pub(super) struct Lease {
    session: Option<Session>,
    shared: Arc<Shared>,
}

/// A step that waits for a connection.
struct Waiting<'a>(&'a Shared);

impl Pool {
    pub(super) fn new(target: Target, most: usize) -> Self {
        let state = State {
            idle: Vec::new(),
            open: 0,
            connecting: 0,
            waiting: 0,
            is_closed: false,
            era: 0,
            last_failure: None,
            pause: FIRST_PAUSE,
            not_before: Instant::now(),
        };
        let (idle, failed) = (Semaphore::new(0), watch::Sender::new(()));
        Self { shared: Arc::new(Shared { target, most, state: Mutex::new(state), idle, failed }) }
    }

    pub(super) fn target(&self) -> &Target {
        &self.shared.target
    }

    /// How many connections there are.
    pub(super) fn size(&self) -> usize {
        self.shared.state().open
    }

    /// Why the last attempt to connect failed, where none has succeeded since.
    pub(super) fn last_failure(&self) -> Option<Fault> {
        self.shared.state().last_failure.clone()
    }

    /// Waits for a connection: an idle one, one that is given back, or a new one.
    ///
    /// # Errors
    /// When there is none and none can be made. A pool that has some waits for them: the caller limits the time.
    pub(super) async fn take(&self) -> Result<Lease, Fault> {
        let shared = &self.shared;
        if let Ok(permit) = shared.idle.try_acquire() {
            permit.forget();
            if let Some(lease) = self.lend() {
                return Ok(lease);
            }
        }
        let mut failed = shared.failed.subscribe();
        let _waiting = Waiting::new(shared);
        loop {
            Shared::grow(shared);
            tokio::select! {
                biased;
                permit = shared.idle.acquire() => {
                    permit.map_err(|_| shared.closed())?.forget();
                    if let Some(lease) = self.lend() {
                        return Ok(lease);
                    }
                }
                _ = failed.changed() => {
                    return Err(self.last_failure().unwrap_or_else(|| shared.closed()));
                }
            }
        }
    }

    fn lend(&self) -> Option<Lease> {
        let mut state = self.shared.state();
        while let Some(session) = state.idle.pop() {
            if !session.client.is_closed() {
                return Some(Lease { session: Some(session), shared: Arc::clone(&self.shared) });
            }
            state.open -= 1;
            // The permit of the next one: this one's is spent.
            self.shared.idle.forget_permits(1);
        }
        None
    }

    /// Closes the connections, those that are lent when they come back.
    pub(super) fn close(&self) {
        let mut state = self.shared.state();
        state.is_closed = true;
        state.era += 1;
        state.open -= state.idle.len();
        state.idle.clear();
        self.shared.idle.close();
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn closed(&self) -> Fault {
        let address = &self.target.address;
        Fault::new(StoreErrorKind::Unavailable, format!("PostgreSQL at {address}: the store is closed"))
    }

    /// Has another connection made where steps wait for more than are on their way.
    fn grow(shared: &Arc<Self>) {
        let mut state = shared.state();
        let room = shared.most.saturating_sub(state.open + state.connecting);
        let spare = state.idle.len() + state.connecting;
        let is_wanted = state.waiting > spare || state.open + state.connecting < WARM;
        let is_pausing = state.not_before > Instant::now();
        if state.is_closed || room == 0 || !is_wanted || (is_pausing && state.connecting > 0) {
            return;
        }
        state.connecting += 1;
        let not_before = state.not_before;
        drop(state);
        tokio::spawn(Arc::clone(shared).connect(not_before));
    }

    async fn connect(self: Arc<Self>, not_before: Instant) {
        sleep_until(not_before).await;
        let era = self.state().era;
        let outcome = self.target.connect(None).await;
        let mut state = self.state();
        state.connecting -= 1;
        match outcome {
            Ok(session) if era == state.era => self.welcome(session, state),
            // It leads where those led that were given up meanwhile.
            Ok(session) => {
                drop(state);
                session.cut();
                Self::grow(&self);
            }
            Err(fault) => self.put_off(fault, state),
        }
    }

    fn welcome(&self, mut session: Session, mut state: MutexGuard<'_, State>) {
        (state.last_failure, state.pause) = (None, FIRST_PAUSE);
        if state.is_closed {
            return;
        }
        session.era = state.era;
        state.open += 1;
        state.idle.push(session);
        drop(state);
        self.idle.add_permits(1);
    }

    fn put_off(&self, fault: Fault, mut state: MutexGuard<'_, State>) {
        let is_news = state.last_failure.as_ref() != Some(&fault);
        state.not_before = Instant::now() + state.pause;
        state.pause = (state.pause * 2).min(LONGEST_PAUSE);
        let is_alone = state.open == 0 && state.connecting == 0;
        let message = fault.message.clone();
        state.last_failure = Some(fault);
        drop(state);
        if is_news {
            tracing::warn!(cause = message, "no further connection to the database");
        }
        if is_alone {
            self.failed.send_replace(());
        }
    }

    /// Takes a connection that is not to be used again out of the count.
    fn discard(shared: &Arc<Self>) {
        shared.state().open -= 1;
        Self::grow(shared);
    }
}

impl Lease {
    pub(super) fn session(&self) -> &Session {
        self.session.as_ref().expect("it is there until it is given back")
    }

    /// Gives the connection back.
    pub(super) fn give_back(mut self) {
        let Some(mut session) = self.session.take() else { return };
        let now = Instant::now();
        session.last_used = now;
        let mut state = self.shared.state();
        let is_old = now.duration_since(session.began) > LONGEST_LIFE;
        if is_old || session.era != state.era || session.client.is_closed() {
            drop(state);
            Shared::discard(&self.shared);
            return;
        }
        // The one at the bottom has been idle for longest.
        let bottom = state.idle.first().map(|bottom| bottom.last_used);
        let is_spare = state.idle.len() >= WARM;
        if is_spare && bottom.is_some_and(|bottom| now.duration_since(bottom) > LONGEST_IDLE) {
            state.idle.remove(0);
            state.idle.push(session);
            state.open -= 1;
            return;
        }
        state.idle.push(session);
        drop(state);
        self.shared.idle.add_permits(1);
    }

    /// Cuts the connection, and gives up the idle ones that were made before: they lead to the same server.
    pub(super) fn lose(mut self) {
        let Some(session) = self.session.take() else { return };
        let mut state = self.shared.state();
        if session.era == state.era {
            state.era += 1;
            state.open -= state.idle.len();
            let idle = std::mem::take(&mut state.idle);
            self.shared.idle.forget_permits(idle.len());
        }
        drop(state);
        session.cut();
        Shared::discard(&self.shared);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            session.cut();
            Shared::discard(&self.shared);
        }
    }
}

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.state().waiting += 1;
        Self(shared)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.state().waiting -= 1;
    }
}

/// How many connections are kept where they are not needed.
const WARM: usize = 2;
const LONGEST_IDLE: Duration = Duration::from_secs(600);
const LONGEST_LIFE: Duration = Duration::from_secs(1800);
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(250);
