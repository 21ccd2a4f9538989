//! Uploads that verify nobody: enrollments, documents, and faces held against documents.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Holder, Ledger, Limits, NotBegun, Unknown};
use crate::decision::DocumentMatch;
use crate::document::PictureDigest;
use crate::id::{ClaimId, SessionId};
use crate::principal::HostSession;
use crate::session::{Session, Standing};

/// An upload that verifies nobody, and the session it belongs to.
#[derive(Clone, Debug)]
pub struct SideUpload {
    /// The session that is meant.
    pub session: SideSession,
    /// Marks this attempt; only it settles what comes of it.
    pub claim: ClaimId,
    /// How long the claim holds at most.
    pub lease: Duration,
}

/// Which session a side upload belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SideSession {
    /// The session with this id, which has to be alive; where none is named, the live one if there is one.
    Live(Option<SessionId>),
    /// The session with this id, or the newest one, which has to have passed; its pass still stands.
    Passed(Option<SessionId>),
}

/// What came of a side upload.
#[derive(Clone, Debug)]
pub enum SideOutcome {
    /// Nothing that has to be kept.
    Nothing,
    /// A document was accepted; these are the pictures that show its holder.
    DocumentAccepted(Vec<PictureDigest>),
    /// A document was not accepted: the session has none.
    DocumentRejected,
    /// The face in this picture is the one in the session's video.
    Matched {
        /// The picture.
        picture: PictureDigest,
        /// How long ago its document may have been accepted at the most.
        document_max_age: Duration,
    },
    /// It is not.
    NotMatched,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SideSettled {
    /// It is kept.
    Kept,
    /// The faces match, and the picture is one of the document that this session has accepted.
    DocumentMatched,
    /// The faces did not match; so often they may still be compared in this session.
    AttemptsLeft(u32),
    /// The session is over, or its pass is: nothing has been kept.
    TooLate,
}

/// A side upload that is under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct SideUploadUnderWay {
    claim: ClaimId,
    pub(super) until: SystemTime,
    pub(super) session: Option<SessionId>,
    #[serde(flatten)]
    unknown: Unknown,
}

/// A document that was accepted in a session: no word of what it says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AcceptedDocument {
    pictures: Vec<PictureDigest>,
    at: SystemTime,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Ledger {
    /// Claims a side upload: a subject has one at a time. Answers the session it belongs to, where it belongs to one.
    ///
    /// # Errors
    /// Why it cannot begin.
    pub fn begin_side_upload(
        &mut self,
        host_session: &HostSession,
        upload: &SideUpload,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<Option<Session>, NotBegun> {
        self.side_uploads.retain(|other| now < other.until);
        let session = match &upload.session {
            SideSession::Live(named) => self.live_session(host_session, named.as_ref(), now)?,
            SideSession::Passed(named) => {
                Some(self.passed_session(host_session, named.as_ref(), limits, now)?)
            }
        };
        let session = session.cloned();
        if !self.side_uploads.is_empty() {
            return Err(NotBegun::Busy);
        }
        self.tally.reserve_capture(limits, now).map_err(NotBegun::Limited)?;
        self.side_uploads.push(SideUploadUnderWay {
            claim: upload.claim.clone(),
            until: now + upload.lease,
            session: session.as_ref().map(|session| session.id.clone()),
            unknown: Unknown::default(),
        });
        Ok(session)
    }

    /// Settles a side upload whose claim still holds.
    pub fn settle_side_upload(
        &mut self,
        host_session: &HostSession,
        claim: &ClaimId,
        outcome: SideOutcome,
        limits: &Limits,
        now: SystemTime,
    ) -> SideSettled {
        let Some(place) = self.side_uploads.iter().position(|upload| upload.claim == *claim) else {
            return SideSettled::TooLate;
        };
        let upload = self.side_uploads.remove(place);
        if now >= upload.until {
            return SideSettled::TooLate;
        }
        let Some(id) = upload.session else { return SideSettled::Kept };
        let settled = match (outcome, self.holder_mut(host_session)) {
            (SideOutcome::Nothing, _) => SideSettled::Kept,
            (_, None) => SideSettled::TooLate,
            (SideOutcome::DocumentAccepted(pictures), Some(holder)) => {
                let document = AcceptedDocument { pictures, at: now, unknown: Unknown::default() };
                holder.keep_document(&id, Some(document), now)
            }
            (SideOutcome::DocumentRejected, Some(holder)) => holder.keep_document(&id, None, now),
            (SideOutcome::NotMatched, Some(holder)) => holder.count_mismatch(&id, limits),
            (SideOutcome::Matched { picture, document_max_age }, Some(holder)) => {
                holder.keep_match(&id, &picture, document_max_age, now)
            }
        };
        if settled == SideSettled::DocumentMatched {
            self.let_go_of(host_session, &id);
        }
        settled
    }

    fn live_session(
        &self,
        host_session: &HostSession,
        named: Option<&SessionId>,
        now: SystemTime,
    ) -> Result<Option<&Session>, NotBegun> {
        let session = self.session(host_session, named);
        let Some(id) = named else { return Ok(session.filter(|session| session.is_alive(now))) };
        let session = session.filter(|session| session.id == *id).ok_or(NotBegun::Unknown)?;
        match session.standing(now) {
            Standing::Passed if !self.is_newest(host_session, id) => Err(NotBegun::Busy),
            _ if session.is_alive(now) => Ok(Some(session)),
            Standing::Expired | Standing::Passed => Err(NotBegun::Expired),
            Standing::Issued | Standing::Processing | Standing::Failed | Standing::Ended => {
                Err(NotBegun::Busy)
            }
        }
    }

    /// Whether no newer session has taken this one's place, in which the platform's session ends with it.
    fn is_newest(&self, host_session: &HostSession, id: &SessionId) -> bool {
        self.holder(host_session).is_some_and(|holder| holder.is_newest(id))
    }

    /// The session whose pass still stands: it was neither revoked, superseded nor outlived.
    fn passed_session(
        &self,
        host_session: &HostSession,
        named: Option<&SessionId>,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<&Session, NotBegun> {
        let session = self.session(host_session, named).ok_or(NotBegun::Unknown)?;
        let stands = self.holder(host_session).is_some_and(|holder| holder.pass_stands(session, now));
        match session.standing(now) {
            Standing::Passed if now >= session.expires_at => Err(NotBegun::Expired),
            Standing::Passed if !self.is_newest(host_session, &session.id) => Err(NotBegun::Busy),
            Standing::Passed if stands && session.is_let_go => Err(NotBegun::Busy),
            Standing::Passed if session.mismatches >= limits.max_failures => Err(NotBegun::Busy),
            Standing::Passed if stands => Ok(session),
            Standing::Expired => Err(NotBegun::Expired),
            Standing::Issued | Standing::Processing | Standing::Passed => Err(NotBegun::NotPassed),
            Standing::Failed | Standing::Ended => Err(NotBegun::Busy),
        }
    }
}

impl Holder {
    fn is_newest(&self, id: &SessionId) -> bool {
        self.sessions.last().is_some_and(|session| session.id == *id)
    }

    fn pass_stands(&self, session: &Session, now: SystemTime) -> bool {
        let id = session.decision.as_ref();
        let decision = self.decisions.iter().find(|kept| Some(&kept.decision.id) == id);
        decision.is_some_and(|kept| now < kept.decision.expires_at)
    }

    fn keep_document(
        &mut self,
        id: &SessionId,
        document: Option<AcceptedDocument>,
        now: SystemTime,
    ) -> SideSettled {
        let is_newest = self.is_newest(id);
        match self.session_mut(id).filter(|session| is_newest && session.is_alive(now)) {
            Some(session) => {
                session.document = document;
                SideSettled::Kept
            }
            None => SideSettled::TooLate,
        }
    }

    fn count_mismatch(&mut self, id: &SessionId, limits: &Limits) -> SideSettled {
        let Some(session) = self.session_mut(id) else { return SideSettled::TooLate };
        session.mismatches = session.mismatches.saturating_add(1);
        SideSettled::AttemptsLeft(limits.max_failures.saturating_sub(session.mismatches))
    }

    /// A match counts for the decision that this very session has brought, and as one of a document only where the
    /// picture is the accepted document's.
    fn keep_match(
        &mut self,
        id: &SessionId,
        picture: &PictureDigest,
        document_max_age: Duration,
        now: SystemTime,
    ) -> SideSettled {
        let newest = self.sessions.last().filter(|session| session.id == *id);
        let stands = newest.is_some_and(|session| {
            session.standing(now) == Standing::Passed && self.pass_stands(session, now)
        });
        let Some(session) = self.session_mut(id).filter(|_| stands) else { return SideSettled::TooLate };
        session.is_matched = true;
        let decision = session.decision.clone();
        let document = session.document.as_ref();
        let Some(document) = document.filter(|document| document.shows(picture, document_max_age, now))
        else {
            return SideSettled::Kept;
        };
        let matched = DocumentMatch { accepted_at: document.at, matched_at: now };
        let kept = self.decisions.iter_mut().find(|kept| Some(&kept.decision.id) == decision.as_ref());
        let Some(kept) = kept else { return SideSettled::TooLate };
        Arc::make_mut(&mut kept.decision).document = Some(Box::new(matched));
        SideSettled::DocumentMatched
    }
}

impl AcceptedDocument {
    /// Whether it was accepted recently enough and this is a picture of it. A document of the future is not trusted.
    fn shows(&self, picture: &PictureDigest, max_age: Duration, now: SystemTime) -> bool {
        let is_fresh = now.duration_since(self.at).is_ok_and(|age| age <= max_age);
        is_fresh && self.pictures.contains(picture)
    }
}

impl Session {
    /// Whether the platform's session may still take uploads: it waits for a capture, is judged, or its pass lasts.
    pub(crate) fn is_alive(&self, now: SystemTime) -> bool {
        match self.standing(now) {
            _ if self.is_let_go => false,
            Standing::Issued | Standing::Processing => true,
            Standing::Passed => now < self.expires_at,
            Standing::Failed | Standing::Expired | Standing::Ended => false,
        }
    }
}
