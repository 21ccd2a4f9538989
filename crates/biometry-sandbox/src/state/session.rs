//! Sessions: who they are locked to, what video they remember, whether they ended.

use super::KEPT;
use super::newest::Newest;

/// One session of the platform.
#[derive(Debug, Default, Clone)]
pub(crate) struct Session {
    /// The first full name that came with it; any other is refused from then on.
    pub(crate) full_name: Option<String>,
    /// Whether a video was processed in it, which a face match may use again.
    pub(crate) has_video: bool,
    pub(crate) warmed_up: bool,
    pub(crate) ended: bool,
    /// Given when it ended, for a SIM-swap check.
    pub(crate) phone_number: Option<String>,
}

/// Why a request cannot belong to a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotOpen {
    Unknown,
    Ended,
    OtherName,
}

#[derive(Debug, Default)]
pub(crate) struct Sessions(Newest<Session, KEPT>);

impl Sessions {
    pub(crate) fn start(&mut self, id: String, warmed_up: bool) {
        self.0.insert(id, Session { warmed_up, ..Session::default() });
    }

    pub(crate) fn find(&self, id: &str) -> Option<&Session> {
        self.0.get(id)
    }

    /// All sessions in the order in which they were started.
    pub(crate) fn in_order(&self) -> impl Iterator<Item = (&str, &Session)> {
        self.0.iter()
    }

    /// An open session, locked to the name if it was not locked yet.
    pub(crate) fn enter(&mut self, id: &str, name: Option<&str>) -> Result<&mut Session, NotOpen> {
        let session = self.0.get_mut(id).ok_or(NotOpen::Unknown)?;
        if session.ended {
            return Err(NotOpen::Ended);
        }
        match (&session.full_name, name) {
            (Some(locked), Some(name)) if locked != name => return Err(NotOpen::OtherName),
            (None, Some(name)) => session.full_name = Some(name.to_owned()),
            _ => {}
        }
        Ok(session)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> Sessions {
        let mut sessions = Sessions::default();
        sessions.start("s".to_owned(), false);
        sessions
    }

    #[test]
    fn the_first_name_locks_the_session() {
        let mut sessions = sessions();
        assert!(sessions.enter("s", None).is_ok());
        assert!(sessions.enter("s", Some("ana")).is_ok());
        assert!(sessions.enter("s", Some("ana")).is_ok());
        assert!(sessions.enter("s", None).is_ok());
        assert_eq!(sessions.enter("s", Some("ben")).err(), Some(NotOpen::OtherName));
    }

    #[test]
    fn unknown_and_ended_sessions_differ() {
        let mut sessions = sessions();
        assert_eq!(sessions.enter("t", None).err(), Some(NotOpen::Unknown));
        sessions.enter("s", None).unwrap().ended = true;
        assert_eq!(sessions.enter("s", None).err(), Some(NotOpen::Ended));
    }
}
