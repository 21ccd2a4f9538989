//! Sessions in the record: started, claimed by an upload, settled.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::{
    Counts, Holder, InFlight, KEEP_CLOSED, Kept, Limited, Limits, MAX_DECISIONS, MAX_SESSIONS, SubjectRecord,
    push_bounded,
};
use crate::clock::later;
use crate::decision::Decision;
use crate::forward_compat::ForwardCompat;
use crate::id::{ClaimId, SessionId};
use crate::phrase::Phrase;
use crate::principal::HostSession;
use crate::session::{NewSession, Phase, Session, SessionView, Standing};

/// An upload's claim on a session: all that the verifier needs to know of it.
#[derive(Clone, Debug)]
pub struct Upload {
    /// The session that is claimed.
    pub session: SessionId,
    /// Marks this attempt; only it settles or releases the session.
    pub claim: ClaimId,
    /// How long the claim holds at most.
    pub lease: Duration,
}

/// A session, claimed.
#[derive(Clone, Debug)]
pub struct Begun {
    /// The session as it was claimed.
    pub session: Session,
    /// What has to be spoken.
    pub phrase: Phrase,
}

/// Why an upload cannot begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotBegun {
    /// No such session, or another subject's.
    Unknown,
    /// The session takes no upload now.
    Busy(Busy),
    /// The phrase's time is over.
    Expired,
    /// A pass is needed, and there is none that stands.
    NotPassed,
    /// The subject is locked out.
    Limited(Limited),
}

/// What keeps a session from taking an upload: what to do about it differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Another upload is under way or being judged: wait, then look.
    Uploading,
    /// It passed, or no attempt is left: look.
    Settled,
    /// A newer session has taken its place: start anew.
    Superseded,
    /// Its owner ended it, or what it brought is void: start anew.
    Ended,
}

/// How a verification came out.
#[derive(Clone, Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "there is one of them for each verdict, on its way to the store"
)]
pub enum Settlement {
    /// It passed.
    Passed(Decision),
    /// It did not.
    Rejected {
        /// Whether it counts as a failed verification.
        counts: bool,
        /// What to speak next, and for how long that holds, where attempts remain.
        next: (Phrase, Duration),
    },
}

/// What became of the session.
#[derive(Clone, Debug)]
pub enum Settled {
    /// The decision stands.
    Passed,
    /// There is another try, with a new phrase.
    Retry {
        /// How many failures are still allowed.
        attempts_left: u32,
        /// When an upload has to have begun.
        expires_at: SystemTime,
    },
    /// No attempt is left in this session.
    Exhausted,
    /// No attempt is left, and the subject is locked out.
    Locked,
    /// The session was revoked, superseded or ended meanwhile: a pass has not become a decision.
    TooLate,
    /// What the browser that signs in brings counts for nothing any more, which it must not see. The claim stands, to be
    /// settled as a failure.
    Void,
}

impl SubjectRecord {
    /// Counts a start before the platform is asked for a session.
    ///
    /// # Errors
    /// When the subject is locked out or has started too often.
    pub(crate) fn reserve_start(&mut self, limits: &Limits, now: SystemTime) -> Result<(), Limited> {
        self.tally.reserve_start(limits, now)
    }

    /// Opens a session and supersedes the host session's other ones. Answers whether there was one to supersede whose
    /// time was not over.
    pub(crate) fn open_session(
        &mut self,
        host_session: &HostSession,
        new: NewSession,
        now: SystemTime,
    ) -> bool {
        let holder = self.holder_or_new(host_session);
        let over = holder.let_go(|_| true);
        let mut supersedes = false;
        for session in &mut holder.sessions {
            if matches!(session.phase, Phase::Issued | Phase::Uploading { .. }) {
                supersedes |= session.standing(now) != Standing::Expired;
                session.close(Phase::Superseded);
            }
        }
        push_bounded(&mut holder.sessions, Session::open(new, now), MAX_SESSIONS);
        self.keep_over(over);
        supersedes
    }

    /// The session with this id, or the newest one where none is named.
    pub(crate) fn session(&self, host_session: &HostSession, id: Option<&SessionId>) -> Option<&Session> {
        let sessions = &self.holder(host_session)?.sessions;
        match id {
            Some(id) => sessions.iter().find(|session| session.id == *id),
            None => sessions.last(),
        }
    }

    /// [`session`](Self::session), with what the clock and the tally say of it.
    pub(crate) fn view(
        &self,
        host_session: &HostSession,
        id: Option<&SessionId>,
        limits: &Limits,
        now: SystemTime,
    ) -> Option<SessionView> {
        let session = self.session(host_session, id)?.clone();
        let standing = session.standing(now);
        let attempts_left = match limits.counts {
            // A stranger sees what that browser did, and nothing of what others do under the name.
            Counts::Strangers => limits.max_failures.saturating_sub(session.rejected),
            _ if self.tally.check_lock(now).is_ok() => self.attempts_left(limits),
            _ => 0,
        };
        Some(SessionView { session, standing, attempts_left })
    }

    /// How many failures are still allowed.
    pub(crate) fn attempts_left(&self, limits: &Limits) -> u32 {
        self.tally.attempts_left(limits)
    }

    /// Claims a session for one upload, and one of the failures that are left with it.
    ///
    /// # Errors
    /// Why it cannot be claimed.
    pub(crate) fn begin_upload(
        &mut self,
        host_session: &HostSession,
        upload: &Upload,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<Begun, NotBegun> {
        self.in_flight.retain(|other| now < other.until);
        let reserved = u32::try_from(self.in_flight.len()).unwrap_or(u32::MAX);
        let left = self.attempts_left(limits);
        let lock = self.tally.check_lock(now);
        let session = self.session_mut(host_session, &upload.session).ok_or(NotBegun::Unknown)?;
        lock.map_err(NotBegun::Limited)?;
        session.forget_stale_phrase(now);
        let phrase = session.claimable(now)?;
        if reserved >= left {
            return Err(NotBegun::Busy(Busy::Uploading));
        }
        self.tally.reserve_capture(limits, now).map_err(NotBegun::Limited)?;
        let session = self.session_mut(host_session, &upload.session).ok_or(NotBegun::Unknown)?;
        let until = later(now, upload.lease);
        session.phase = Phase::Uploading { claim: upload.claim.clone(), until };
        let session = session.clone();
        self.in_flight.push(InFlight {
            claim: upload.claim.clone(),
            until,
            unknown: ForwardCompat::default(),
        });
        Ok(Begun { session, phrase })
    }

    /// Gives a claim back: the upload was refused, aborted or stayed unanswered. Session and phrase are as before.
    pub(crate) fn release_upload(&mut self, host_session: &HostSession, upload: &Upload) {
        self.in_flight.retain(|other| other.claim != upload.claim);
        if let Some(session) = self.claimed_session(host_session, upload) {
            session.phase = Phase::Issued;
        }
    }

    /// Settles a claimed session. A failure counts whatever became of the session meanwhile; a pass counts only where
    /// the claim still stands.
    pub(crate) fn settle(
        &mut self,
        host_session: &HostSession,
        upload: &Upload,
        settlement: Settlement,
        limits: &Limits,
        now: SystemTime,
    ) -> Settled {
        let reserved = self.in_flight.iter().any(|other| other.claim == upload.claim && now < other.until);
        let is_void = self.claimed_session(host_session, upload).is_some_and(|session| session.is_void);
        if reserved && is_void && matches!(settlement, Settlement::Passed(_)) {
            return Settled::Void;
        }
        self.in_flight.retain(|other| other.claim != upload.claim);
        match settlement {
            Settlement::Passed(decision) if reserved => self.pass(host_session, upload, decision, limits),
            Settlement::Passed(_) => Settled::TooLate,
            Settlement::Rejected { counts, next } => {
                self.reject(host_session, upload, counts, next, limits, now)
            }
        }
    }

    fn pass(
        &mut self,
        host_session: &HostSession,
        upload: &Upload,
        decision: Decision,
        limits: &Limits,
    ) -> Settled {
        let Some(session) = self.claimed_session(host_session, upload) else { return Settled::TooLate };
        session.close(Phase::Passed);
        // From now on its owner asks how long the proof lasts.
        session.expires_at = decision.expires_at;
        session.decision = Some(decision.id.clone());
        self.tally.pass(limits);
        self.reopen_by_pass();
        let kept = Kept { decision: Arc::new(decision), consumed: false, unknown: ForwardCompat::default() };
        push_bounded(&mut self.holder_or_new(host_session).decisions, kept, MAX_DECISIONS);
        Settled::Passed
    }

    fn reject(
        &mut self,
        host_session: &HostSession,
        upload: &Upload,
        counts: bool,
        (phrase, time_to_live): (Phrase, Duration),
        limits: &Limits,
        now: SystemTime,
    ) -> Settled {
        if counts {
            self.tally.fail(limits, now);
        }
        let locked = self.tally.check_lock(now).is_err();
        let mut attempts_left = self.attempts_left(limits);
        let Some(session) = self.claimed_session(host_session, upload) else { return Settled::TooLate };
        session.rejected = session.rejected.saturating_add(1);
        let by_others = limits.counts == Counts::Strangers;
        if by_others {
            attempts_left = limits.max_failures.saturating_sub(session.rejected);
        }
        if (locked && !by_others) || session.rejected >= limits.max_failures {
            let over = session.let_go();
            session.close(Phase::Failed);
            self.keep_over(over);
            return if locked { Settled::Locked } else { Settled::Exhausted };
        }
        session.phase = Phase::Issued;
        session.phrase = Some(phrase);
        session.expires_at = later(now, time_to_live);
        Settled::Retry { attempts_left, expires_at: session.expires_at }
    }

    /// Ends a session: a pass on its way no longer becomes a decision.
    ///
    /// # Errors
    /// [`NotBegun::Unknown`] for no such session, [`NotBegun::Busy`] for one that was superseded or ended before.
    pub(crate) fn end_session(&mut self, host_session: &HostSession, id: &SessionId) -> Result<(), NotBegun> {
        let session = self.session_mut(host_session, id).ok_or(NotBegun::Unknown)?;
        if matches!(session.phase, Phase::Superseded | Phase::Ended) {
            return Err(NotBegun::Busy(session.busy()));
        }
        let over = session.let_go();
        session.close(Phase::Ended);
        self.keep_over(over);
        Ok(())
    }

    fn session_mut(&mut self, host_session: &HostSession, id: &SessionId) -> Option<&mut Session> {
        self.holder_mut(host_session)?.session_mut(id)
    }

    fn claimed_session(&mut self, host_session: &HostSession, upload: &Upload) -> Option<&mut Session> {
        self.session_mut(host_session, &upload.session).filter(|session| session.is_claimed_by(&upload.claim))
    }
}

impl Busy {
    /// The word that refusals use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Uploading => "uploading",
            Self::Settled => "settled",
            Self::Superseded => "superseded",
            Self::Ended => "ended",
        }
    }
}

impl Holder {
    pub(super) fn session_mut(&mut self, id: &SessionId) -> Option<&mut Session> {
        self.sessions.iter_mut().find(|session| session.id == *id)
    }
}

impl Session {
    fn claimable(&self, now: SystemTime) -> Result<Phrase, NotBegun> {
        match self.standing(now) {
            Standing::Issued => self.phrase.clone().ok_or(NotBegun::Expired),
            Standing::Expired => Err(NotBegun::Expired),
            Standing::Processing | Standing::Passed | Standing::Failed | Standing::Ended => {
                Err(NotBegun::Busy(self.busy()))
            }
        }
    }

    /// What keeps it from taking an upload, where something does.
    pub(super) fn busy(&self) -> Busy {
        match self.phase {
            Phase::Uploading { .. } => Busy::Uploading,
            Phase::Passed | Phase::Failed => Busy::Settled,
            Phase::Superseded => Busy::Superseded,
            Phase::Issued | Phase::Ended => Busy::Ended,
        }
    }

    /// Until when its owner may ask for it, or its upload may settle it.
    pub(super) fn matters_until(&self) -> SystemTime {
        let kept = later(self.expires_at, KEEP_CLOSED);
        match &self.phase {
            Phase::Uploading { until, .. } => kept.max(*until),
            Phase::Issued | Phase::Passed | Phase::Failed | Phase::Superseded | Phase::Ended => kept,
        }
    }
}
