use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

/// Whether the server owes the client of a connection the sign to go ahead with a body that it holds back (RFC 9110, section 10.1.1).
///
/// Shared by the request, which knows when its body is wanted, and the connection, which can say so.
#[derive(Clone, Debug, Default)]
pub(super) struct GoAhead(Rc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    wish: Cell<Wish>,
    connection: RefCell<Option<Waker>>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Wish {
    /// There is no such body, or its client has had the sign.
    #[default]
    Nothing,
    /// The client holds the body back, and the application has not asked for it.
    Held,
    Wanted,
}

impl GoAhead {
    /// A request has come whose body is held back. `connection` wakes what serves its connection.
    pub(super) fn hold(&self, connection: Waker) {
        self.0.wish.set(Wish::Held);
        self.0.connection.replace(Some(connection));
    }

    /// The body is wanted.
    pub(super) fn ask(&self) {
        if self.0.wish.get() == Wish::Held {
            self.0.wish.set(Wish::Wanted);
            if let Some(connection) = self.0.connection.borrow_mut().take() {
                connection.wake();
            }
        }
    }

    /// Whether the sign is due now: once.
    pub(super) fn is_due(&self) -> bool {
        let is_due = self.0.wish.get() == Wish::Wanted;
        if is_due {
            self.0.wish.set(Wish::Nothing);
        }
        is_due
    }

    /// The answer is there, and says everything from now on. Answers whether the body is still held back.
    pub(super) fn withdraw(&self) -> bool {
        self.0.wish.replace(Wish::Nothing) != Wish::Nothing
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_gets_one_go_ahead_and_only_when_its_body_is_wanted() {
        let go_ahead = GoAhead::default();
        go_ahead.ask();
        assert!(!go_ahead.is_due(), "the client holds nothing back");
        go_ahead.hold(Waker::noop().clone());
        assert!(!go_ahead.is_due(), "the application has not asked");
        go_ahead.ask();
        go_ahead.ask();
        assert!(go_ahead.is_due());
        assert!(!go_ahead.is_due() && !go_ahead.withdraw(), "it has had the sign");
    }

    #[test]
    fn no_go_ahead_follows_an_answer() {
        let go_ahead = GoAhead::default();
        go_ahead.hold(Waker::noop().clone());
        go_ahead.ask();
        assert!(go_ahead.withdraw());
        go_ahead.ask();
        assert!(!go_ahead.is_due());
    }
}
