//! The connections of a process to one server: which thread uses which, and when they are given up.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::available_parallelism;
use std::time::Duration;

use redis::aio::MultiplexedConnection;
use tokio::time::Instant;

/// A place for a connection for each processor.
pub(super) struct Lanes {
    /// Grows whenever connections are given up: all of them are then, for they lead to the same server.
    era: u64,
    lanes: Vec<Lane>,
}

#[derive(Default)]
struct Lane {
    connection: Option<MultiplexedConnection>,
    /// Since when nothing has been answered over it; `None` where the last answer came.
    silent_since: Option<Instant>,
    /// When another attempt to connect may be made while other lanes are connected.
    not_before: Option<Instant>,
}

/// Which connection it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    era: u64,
    lane: usize,
}

/// What a thread finds.
pub(super) struct Found {
    /// Its own connection, or another one.
    pub(super) connection: Option<(Place, MultiplexedConnection)>,
    /// Whether it is time to make its own.
    pub(super) is_wanted: bool,
}

impl Lanes {
    pub(super) fn new() -> Self {
        let lanes = available_parallelism().map_or(1, usize::from).min(MOST);
        Self { era: 0, lanes: (0..lanes).map(|_| Lane::default()).collect() }
    }

    pub(super) fn era(&self) -> u64 {
        self.era
    }

    /// The connection for the thread with this number.
    pub(super) fn find(&self, thread: usize) -> Found {
        let own = thread % self.lanes.len();
        if let Some(connection) = self.connection(own) {
            return Found { connection: Some(connection), is_wanted: false };
        }
        let is_wanted = self.lanes[own].not_before.is_none_or(|moment| moment <= Instant::now());
        Found { connection: (0..self.lanes.len()).find_map(|lane| self.connection(lane)), is_wanted }
    }

    fn connection(&self, lane: usize) -> Option<(Place, MultiplexedConnection)> {
        let connection = self.lanes[lane].connection.clone()?;
        Some((Place { era: self.era, lane }, connection))
    }

    /// Keeps a connection for the thread with this number, unless connections were given up since the era in which it was
    /// begun: it may lead where they did.
    pub(super) fn keep(&mut self, thread: usize, era: u64, connection: &MultiplexedConnection) -> Place {
        let lane = thread % self.lanes.len();
        if self.era == era {
            let connection = Some(connection.clone());
            self.lanes[lane] = Lane { connection, silent_since: None, not_before: None };
        }
        Place { era, lane }
    }

    /// Puts the next attempt off where this one has failed.
    pub(super) fn put_off(&mut self, thread: usize) {
        let lane = thread % self.lanes.len();
        self.lanes[lane].not_before = Some(Instant::now() + PAUSE);
    }

    pub(super) fn is_silent(&self, place: Place) -> bool {
        place.era == self.era && self.lanes[place.lane].silent_since.is_some()
    }

    pub(super) fn is_heard(&mut self, place: Place) {
        if place.era == self.era {
            self.lanes[place.lane].silent_since = None;
        }
    }

    /// Nothing was answered since then. After a while the connections are dropped: what they lead to may hang, or be gone
    /// without a word behind a proxy, and the address may lead to another server by now.
    pub(super) fn note_silence(&mut self, place: Place, since: Instant) {
        if place.era != self.era {
            return;
        }
        let silent_since = *self.lanes[place.lane].silent_since.get_or_insert(since);
        if silent_since.elapsed() >= LONGEST_SILENCE {
            self.forget(place);
        }
    }

    /// Drops all connections of the era of this one.
    pub(super) fn forget(&mut self, place: Place) {
        if place.era == self.era {
            self.era += 1;
            self.lanes.iter_mut().for_each(|lane| *lane = Lane::default());
        }
    }
}

/// The number of this thread: those of a runtime's workers follow each other.
pub(super) fn lane_of_this_thread() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local!(static OWN: usize = NEXT.fetch_add(1, Ordering::Relaxed));
    OWN.with(|own| *own)
}

/// However many processors there are: the server has other clients, too.
const MOST: usize = 8;
/// How long a connection may leave everything unanswered.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_secs(1);
