//! One biometric session: a phrase to speak, and what became of it.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use biometry_client::PlatformSession;
use serde::{Deserialize, Serialize};

use crate::clock::later;
use crate::document::AcceptedDocument;
use crate::forward_compat::ForwardCompat;
use crate::id::{ClaimId, DecisionId, SessionId};
use crate::intent::PendingIntent;
use crate::phrase::Phrase;

/// A session as a store keeps it, 1:1 with a session of the platform.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Session {
    pub(crate) id: SessionId,
    pub(crate) policy: Arc<str>,
    pub(crate) intent: Option<PendingIntent>,
    #[serde(with = "as_text")]
    pub(crate) platform_session: PlatformSession,
    /// Present only while it may still be spoken.
    pub(crate) phrase: Option<Phrase>,
    pub(crate) phase: Phase,
    /// An upload has to begin before this moment; after a pass, the moment until which the proof lasts.
    pub(crate) expires_at: SystemTime,
    /// Whether a pass would count for nothing any more, unseen by the browser that signs in.
    #[serde(default)]
    pub(crate) is_void: bool,
    /// Verdicts that did not pass.
    pub(crate) rejected: u32,
    /// What a pass has become.
    #[serde(default)]
    pub(crate) decision: Option<DecisionId>,
    /// The document that was accepted in this session last.
    #[serde(default)]
    pub(crate) document: Option<AcceptedDocument>,
    /// Whether the face in the video was found in a picture: then nothing more is expected of the session.
    #[serde(default)]
    pub(crate) is_matched: bool,
    /// Pictures in which it was not found.
    #[serde(default)]
    pub(crate) mismatches: u32,
    /// Whether the platform's session is being ended, or has been: nothing more can be asked of it.
    #[serde(default)]
    pub(crate) is_let_go: bool,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// Where a session is in its life. Expiry is not a phase: it is read off the clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Phase {
    /// The phrase waits to be spoken.
    Issued,
    /// One upload has claimed the session, until it settles, gives up or its lease runs out.
    Uploading {
        claim: ClaimId,
        until: SystemTime,
    },
    Passed,
    Failed,
    Superseded,
    Ended,
}

/// Where a session stands, as its owner may know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The phrase waits to be spoken.
    Issued,
    /// An upload is under way or being judged.
    Processing,
    /// The verification passed.
    Passed,
    /// No attempt is left.
    Failed,
    /// The phrase's time is over.
    Expired,
    /// Ended by its owner, or superseded by a newer session.
    Ended,
}

/// A session together with what the clock and the tally say of it.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The session.
    pub session: Session,
    /// Where it stands.
    pub standing: Standing,
    /// How many failures the subject is still allowed.
    pub attempts_left: u32,
}

/// What a new session is made of.
#[doc(hidden)]
#[derive(Clone, Debug)]
pub struct NewSession {
    /// Its handle.
    pub id: SessionId,
    /// The policy that a pass will be for.
    pub policy: Arc<str>,
    /// The operation to approve, where the policy is bound to one.
    pub intent: Option<PendingIntent>,
    /// The platform's own session.
    pub platform_session: PlatformSession,
    /// What to speak.
    pub phrase: Phrase,
    /// How long until an upload has to begin.
    pub time_to_live: Duration,
}

impl Session {
    pub(crate) fn open(new: NewSession, now: SystemTime) -> Self {
        Self {
            id: new.id,
            policy: new.policy,
            intent: new.intent,
            platform_session: new.platform_session,
            phrase: Some(new.phrase),
            phase: Phase::Issued,
            expires_at: later(now, new.time_to_live),
            is_void: false,
            rejected: 0,
            decision: None,
            document: None,
            is_matched: false,
            mismatches: 0,
            is_let_go: false,
            unknown: ForwardCompat::default(),
        }
    }

    /// Where it stands at `now`.
    pub fn standing(&self, now: SystemTime) -> Standing {
        match &self.phase {
            Phase::Uploading { until, .. } if now < *until => Standing::Processing,
            Phase::Issued | Phase::Uploading { .. } if now >= self.expires_at => Standing::Expired,
            Phase::Issued | Phase::Uploading { .. } => Standing::Issued,
            Phase::Passed => Standing::Passed,
            Phase::Failed => Standing::Failed,
            Phase::Superseded | Phase::Ended => Standing::Ended,
        }
    }

    /// Its handle.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The policy that a pass is for.
    pub fn policy(&self) -> &str {
        &self.policy
    }

    /// When an upload has to have begun; after a pass, until when the proof lasts.
    pub fn expires_at(&self) -> SystemTime {
        self.expires_at
    }

    pub(crate) fn is_claimed_by(&self, wanted: &ClaimId) -> bool {
        matches!(&self.phase, Phase::Uploading { claim, .. } if claim == wanted)
    }

    /// Forgets the phrase where it can no longer be spoken.
    pub(crate) fn forget_stale_phrase(&mut self, now: SystemTime) {
        if !matches!(self.standing(now), Standing::Issued | Standing::Processing) {
            self.phrase = None;
        }
    }

    pub(crate) fn close(&mut self, phase: Phase) {
        self.phase = phase;
        self.phrase = None;
    }
}

impl Standing {
    /// The word that the status route uses.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Processing => "processing",
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Expired => "expired",
            Self::Ended => "ended",
        }
    }
}

/// The platform's session as a store keeps it.
pub(crate) mod as_text {
    use biometry_client::PlatformSession;
    use serde::de::Error as _;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(crate) fn serialize<S: Serializer>(
        session: &PlatformSession,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(session.as_str())
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<PlatformSession, D::Error> {
        let text = String::deserialize(deserializer)?;
        PlatformSession::parse(&text).map_err(|_| D::Error::custom("no session of the platform"))
    }
}
