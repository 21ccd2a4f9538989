//! Room for those who were answered while they were sending, and are heard out.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::oneshot;

/// A number of seats. When all are taken, a client gets the seat of a stranger, who is cut short; a stranger gets none
/// then.
#[derive(Clone, Debug)]
pub(crate) struct Lingering(Arc<Mutex<Seats>>);

#[derive(Debug)]
struct Seats {
    most: usize,
    next: u64,
    /// Those who were asked who they are, the oldest first.
    strangers: BTreeMap<u64, oneshot::Sender<()>>,
    known: BTreeMap<u64, oneshot::Sender<()>>,
}

/// A seat that is taken until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    number: u64,
    seats: Lingering,
    is_gone: oneshot::Receiver<()>,
}

impl Lingering {
    pub(crate) fn new(most: usize) -> Self {
        let (strangers, known) = (BTreeMap::new(), BTreeMap::new());
        Self(Arc::new(Mutex::new(Seats { most, next: 0, strangers, known })))
    }

    /// Takes a seat, where there is one for such a client.
    pub(crate) fn sit(&self, is_stranger: bool) -> Option<Seat> {
        let mut seats = self.lock();
        if seats.strangers.len() + seats.known.len() >= seats.most {
            let is_freed = seats.strangers.pop_first().is_some();
            if !is_freed && (is_stranger || seats.known.pop_first().is_none()) {
                return None;
            }
        }
        let number = seats.next;
        seats.next = number.wrapping_add(1);
        let (sender, is_gone) = oneshot::channel();
        let kind = if is_stranger { &mut seats.strangers } else { &mut seats.known };
        kind.insert(number, sender);
        Some(Seat { number, seats: self.clone(), is_gone })
    }

    fn lock(&self) -> MutexGuard<'_, Seats> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// Ready once the seat was given to another.
    pub(crate) fn poll_gone(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.is_gone).poll(cx).map(drop)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut seats = self.seats.lock();
        seats.strangers.remove(&self.number);
        seats.known.remove(&self.number);
    }
}

impl Default for Lingering {
    fn default() -> Self {
        Self::new(MOST)
    }
}

const MOST: usize = 1_024;

#[cfg(test)]
mod tests {
    use super::*;

    fn is_gone(seat: &mut Seat) -> bool {
        seat.poll_gone(&mut Context::from_waker(std::task::Waker::noop())).is_ready()
    }

    #[test]
    fn strangers_are_cut_short_first_and_the_oldest_of_them() {
        let lingering = Lingering::new(3);
        let mut known = lingering.sit(false).expect("a seat");
        let mut strangers = [lingering.sit(true).expect("a seat"), lingering.sit(true).expect("a seat")];
        let mut newcomer = lingering.sit(false).expect("a stranger's seat");
        assert!(is_gone(&mut strangers[0]) && !is_gone(&mut strangers[1]));
        assert!(!is_gone(&mut known) && !is_gone(&mut newcomer));
        let mut stranger = lingering.sit(true).expect("another stranger's seat");
        assert!(is_gone(&mut strangers[1]) && !is_gone(&mut stranger));
    }

    #[test]
    fn a_stranger_takes_no_seat_from_those_who_are_known() {
        let lingering = Lingering::new(1);
        let mut known = lingering.sit(false).expect("a seat");
        assert!(lingering.sit(true).is_none() && !is_gone(&mut known));
        let newcomer = lingering.sit(false).expect("the oldest one's seat");
        assert!(is_gone(&mut known));
        drop(newcomer);
        assert!(lingering.sit(true).is_some(), "who has gone needs no seat");
    }
}
