//! Uploads that verify no one: enrollments, documents, and faces held against documents.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

use super::{Busy, Holder, Limits, NotBegun, SubjectRecord};
use crate::clock::later;
use crate::decision::DocumentMatch;
use crate::document::{AcceptedDocument, PictureDigest};
use crate::forward_compat::ForwardCompat;
use crate::id::{ClaimId, SessionId};
use crate::principal::HostSession;
use crate::session::{Session, Standing};

/// An upload that verifies no one, and the session it belongs to.
#[derive(Clone, Debug)]
pub struct AuxiliaryUpload {
    /// The session that is meant.
    pub session: AuxiliarySession,
    /// Marks this attempt; only it settles what comes of it.
    pub claim: ClaimId,
    /// How long the claim holds at most.
    pub lease: Duration,
}

/// Which session an auxiliary upload belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuxiliarySession {
    /// The session with this id, which has to be alive; where none is named, the live one if there is one.
    Live(Option<SessionId>),
    /// The session with this id, or the newest one, which has to have passed; its pass still stands.
    Passed(Option<SessionId>),
}

/// What came of an auxiliary upload.
#[derive(Clone, Debug)]
pub enum AuxiliaryOutcome {
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
        /// How long ago at most its document may have been accepted.
        document_max_age: Duration,
    },
    /// It is not.
    NotMatched,
}

/// What has become of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AuxiliarySettled {
    /// It is kept.
    Kept,
    /// The faces match, and the picture is one of the document that this session has accepted.
    DocumentMatched,
    /// The faces did not match; so often they may still be compared in this session.
    AttemptsLeft(u32),
    /// The session is over, or its pass is: nothing has been kept.
    TooLate,
}

/// An auxiliary upload that is under way.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct AuxiliaryUploadUnderWay {
    claim: ClaimId,
    pub(super) until: SystemTime,
    pub(super) session: Option<SessionId>,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Claims an auxiliary upload: a subject has one at a time. Answers the session it belongs to, where it belongs to one.
    ///
    /// # Errors
    /// Why it cannot begin.
    pub(crate) fn begin_auxiliary_upload(
        &mut self,
        host_session: &HostSession,
        upload: &AuxiliaryUpload,
        limits: &Limits,
        now: SystemTime,
    ) -> Result<Option<Session>, NotBegun> {
        self.auxiliary_uploads.retain(|other| now < other.until);
        let session = match &upload.session {
            AuxiliarySession::Live(named) => self.live_session(host_session, named.as_ref(), now)?,
            AuxiliarySession::Passed(named) => {
                Some(self.passed_session(host_session, named.as_ref(), limits, now)?)
            }
        };
        let session = session.cloned();
        if !self.auxiliary_uploads.is_empty() {
            return Err(NotBegun::Busy(Busy::Uploading));
        }
        self.tally.reserve_capture(limits, now).map_err(NotBegun::Limited)?;
        self.auxiliary_uploads.push(AuxiliaryUploadUnderWay {
            claim: upload.claim.clone(),
            until: later(now, upload.lease),
            session: session.as_ref().map(|session| session.id.clone()),
            unknown: ForwardCompat::default(),
        });
        Ok(session)
    }

    /// Settles an auxiliary upload whose claim still holds.
    pub(crate) fn settle_auxiliary_upload(
        &mut self,
        host_session: &HostSession,
        claim: &ClaimId,
        outcome: AuxiliaryOutcome,
        limits: &Limits,
        now: SystemTime,
    ) -> AuxiliarySettled {
        let Some(place) = self.auxiliary_uploads.iter().position(|upload| upload.claim == *claim) else {
            return AuxiliarySettled::TooLate;
        };
        let upload = self.auxiliary_uploads.remove(place);
        if now >= upload.until {
            return AuxiliarySettled::TooLate;
        }
        let Some(id) = upload.session else { return AuxiliarySettled::Kept };
        let settled = match (outcome, self.holder_mut(host_session)) {
            (AuxiliaryOutcome::Nothing, _) => AuxiliarySettled::Kept,
            (_, None) => AuxiliarySettled::TooLate,
            (AuxiliaryOutcome::DocumentAccepted(pictures), Some(holder)) => {
                let document = AcceptedDocument { pictures, at: now, unknown: ForwardCompat::default() };
                holder.keep_document(&id, Some(document), now)
            }
            (AuxiliaryOutcome::DocumentRejected, Some(holder)) => holder.keep_document(&id, None, now),
            (AuxiliaryOutcome::NotMatched, Some(holder)) => holder.count_mismatch(&id, limits),
            (AuxiliaryOutcome::Matched { picture, document_max_age }, Some(holder)) => {
                holder.keep_match(&id, &picture, document_max_age, now)
            }
        };
        if settled == AuxiliarySettled::DocumentMatched {
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
            Standing::Passed if !self.is_newest(host_session, id) => Err(NotBegun::Busy(Busy::Superseded)),
            _ if session.is_alive(now) => Ok(Some(session)),
            Standing::Expired | Standing::Passed => Err(NotBegun::Expired),
            Standing::Issued | Standing::Processing | Standing::Failed | Standing::Ended => {
                Err(NotBegun::Busy(session.busy()))
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
        let stands = self.holder(host_session).is_some_and(|holder| holder.pass_is_valid(session, now));
        match session.standing(now) {
            Standing::Passed if now >= session.expires_at => Err(NotBegun::Expired),
            Standing::Passed if !self.is_newest(host_session, &session.id) => {
                Err(NotBegun::Busy(Busy::Superseded))
            }
            Standing::Passed if stands && session.is_let_go => Err(NotBegun::Busy(Busy::Ended)),
            Standing::Passed if session.mismatches >= limits.max_failures => {
                Err(NotBegun::Busy(Busy::Settled))
            }
            Standing::Passed if stands => Ok(session),
            Standing::Expired => Err(NotBegun::Expired),
            Standing::Issued | Standing::Processing | Standing::Passed => Err(NotBegun::NotPassed),
            Standing::Failed | Standing::Ended => Err(NotBegun::Busy(session.busy())),
        }
    }
}

impl Holder {
    fn is_newest(&self, id: &SessionId) -> bool {
        self.sessions.last().is_some_and(|session| session.id == *id)
    }

    fn pass_is_valid(&self, session: &Session, now: SystemTime) -> bool {
        let id = session.decision.as_ref();
        let decision = self.decisions.iter().find(|kept| Some(&kept.decision.id) == id);
        decision.is_some_and(|kept| now < kept.decision.expires_at)
    }

    fn keep_document(
        &mut self,
        id: &SessionId,
        document: Option<AcceptedDocument>,
        now: SystemTime,
    ) -> AuxiliarySettled {
        let is_newest = self.is_newest(id);
        match self.session_mut(id).filter(|session| is_newest && session.is_alive(now)) {
            Some(session) => {
                session.document = document;
                AuxiliarySettled::Kept
            }
            None => AuxiliarySettled::TooLate,
        }
    }

    fn count_mismatch(&mut self, id: &SessionId, limits: &Limits) -> AuxiliarySettled {
        let Some(session) = self.session_mut(id) else { return AuxiliarySettled::TooLate };
        session.mismatches = session.mismatches.saturating_add(1);
        AuxiliarySettled::AttemptsLeft(limits.max_failures.saturating_sub(session.mismatches))
    }

    /// A match counts for the decision that this very session has brought, and as one of a document only where the
    /// picture is the accepted document's.
    fn keep_match(
        &mut self,
        id: &SessionId,
        picture: &PictureDigest,
        document_max_age: Duration,
        now: SystemTime,
    ) -> AuxiliarySettled {
        let newest = self.sessions.last().filter(|session| session.id == *id);
        let stands = newest.is_some_and(|session| {
            session.standing(now) == Standing::Passed && self.pass_is_valid(session, now)
        });
        let Some(session) = self.session_mut(id).filter(|_| stands) else { return AuxiliarySettled::TooLate };
        session.is_matched = true;
        let decision = session.decision.clone();
        let document = session.document.as_ref();
        let Some(document) = document.filter(|document| document.shows(picture, document_max_age, now))
        else {
            return AuxiliarySettled::Kept;
        };
        let matched = DocumentMatch { accepted_at: document.at, matched_at: now };
        let kept = self.decisions.iter_mut().find(|kept| Some(&kept.decision.id) == decision.as_ref());
        let Some(kept) = kept else { return AuxiliarySettled::TooLate };
        Arc::make_mut(&mut kept.decision).document = Some(Box::new(matched));
        AuxiliarySettled::DocumentMatched
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
