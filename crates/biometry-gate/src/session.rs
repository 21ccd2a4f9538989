//! One biometric session: a phrase to speak, and what became of it.
//!
//! A session begins with `POST /session/start` below the mount, which hands out a phrase, and ends with a verdict, by
//! its owner's word, or by its time. A principal has one live session; a new start supersedes it. Hosts look at the
//! caller's newest one with [`BiometryGate::session_of`](crate::BiometryGate::session_of):
//!
//! ```
//! use biometry_gate::session::Standing;
//! # use biometry_gate::{BiometryGate, Principal};
//!
//! # async fn hint(gate: BiometryGate, ana: Principal) -> Result<&'static str, Box<dyn std::error::Error>> {
//! let hint = match gate.session_of(&ana).await? {
//!     Some(view) if view.standing == Standing::Processing => "your video is being checked",
//!     Some(view) if view.standing == Standing::Failed => "no attempt is left",
//!     Some(_) | None => "step up to go on",
//! };
//! # Ok(hint) }
//! ```

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

/// A session as a store keeps it, 1:1 with a session of the platform. Its phrase leaves it with the answer to the start
/// and with that to a failed attempt alone.
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
    /// The verification passed.
    Passed,
    /// No attempt is left.
    Failed,
    Superseded,
    /// Its owner ended it.
    Ended,
}

/// Where a session stands, as its owner may know it: the member `state` of `GET /session`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The phrase waits to be spoken; an upload has to begin before the session expires.
    Issued,
    /// An upload is under way or being judged.
    Processing,
    /// The verification passed, and became a decision.
    Passed,
    /// The verification did not pass, and no attempt is left.
    Failed,
    /// The phrase's time is over. Start anew.
    Expired,
    /// Ended by its owner, or superseded by a newer session.
    Ended,
}

/// A session together with what the clock and the limits say of it.
#[derive(Clone, Debug)]
pub struct SessionView {
    /// The session, as it was when the store was asked.
    pub session: Session,
    /// Where it stood then.
    pub standing: Standing,
    /// How many failed verifications the subject is still allowed before a lock-out.
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

    /// The id that `X-Session-ID` names it by.
    pub fn id(&self) -> &SessionId {
        &self.id
    }

    /// The name of the policy that a pass is for.
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
    /// The word that the status route uses, `processing` for example.
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
