//! Enrollments: a face from a picture, a voice that speaks the session's phrase.

use biometry_client::{
    EnrollFace, EnrollVoice, Error, FaceEnrollment, FaceEnrollmentOutcome, Reply, Trigger, VoiceEnrollment,
    VoiceEnrollmentOutcome,
};
use serde_json::{Map, Value};

use super::claim::Claim;
use super::error::UploadError;
use super::flow::{Begun, Concluded, UploadFlow};
use super::relay::{Files, Relayed, upload};
use super::rules::{DocumentFlag, Rules};
use super::sender::Sender;
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::engine::Engine;
use crate::enrollment::Sample;
use crate::record::{self, AuxiliarySession};
use crate::session::Session;

/// Enrolls the caller's face. The host's guard has let them.
pub(crate) struct FaceFlow;

/// Enrolls the caller's voice. The host's guard has let them.
///
/// The session is claimed for as long as its phrase is being enrolled, and is as before afterwards.
pub(crate) struct VoiceFlow;

/// What a face enrollment knows from its beginning on.
pub(crate) struct FaceState {
    session: Option<Session>,
    document: DocumentFlag,
}

/// How an enrollment came out.
pub(crate) enum EnrollmentOutcome {
    /// It is done; what the browser may know of the document that was enrolled from, where there was one.
    Done(Option<Map<String, Value>>),
    /// It had been done before.
    DoneBefore,
    Failed(EnrollmentFailure),
}

/// What was wrong with a picture or a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum EnrollmentFailure {
    NoFace,
    SeveralFaces,
    NotCentred,
    PoorQuality,
    Refused,
    /// The platform does not say, or contradicts itself.
    Unreadable,
}

impl UploadFlow for FaceFlow {
    type State = FaceState;
    type Answer = FaceEnrollment;
    type Conclusion = EnrollmentOutcome;
    type Outcome = EnrollmentOutcome;

    const ADMITTED: Option<EventKind> = None;
    const UNANSWERED: EventKind = EventKind::EnrollmentError;

    async fn begin(&self, sender: &Sender) -> Result<Begun<FaceState>, UploadError> {
        ensure_consent(&sender.engine, &sender.principal, &BOTH).await?;
        let session = AuxiliarySession::Live(sender.session.clone());
        let (claim, session) = Claim::auxiliary(sender, session).await?;
        let document = DocumentFlag::default();
        let rules = Rules::of(&sender.principal).document_flag(&document);
        Ok(Begun::new(claim, rules, FaceState { session, document }))
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &FaceState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<FaceEnrollment>, Error>> + Send, UploadError> {
        let document = state.document.clone();
        let context = sender.context_in(state.session.as_ref()).trigger(Trigger::Registration);
        let ask = EnrollFace::new(sender.fullname()?, upload(files.first));
        let ask = ask.from_document_if(move || document.is_raised()).context(context);
        let client = sender.client()?;
        Ok(async move { client.enroll_face(ask).await })
    }

    fn conclude(
        &self,
        sender: &Sender,
        _: &FaceState,
        relayed: Relayed<FaceEnrollment>,
    ) -> Concluded<EnrollmentOutcome> {
        concluded(Sample::Face, face_enrollment(&sender.engine, relayed.reply.value()))
    }

    async fn settle(
        &self,
        _: &Sender,
        begun: &mut Begun<FaceState>,
        outcome: EnrollmentOutcome,
    ) -> Result<EnrollmentOutcome, UploadError> {
        begun.claim.release().await;
        Ok(outcome)
    }
}

impl UploadFlow for VoiceFlow {
    type State = record::Begun;
    type Answer = VoiceEnrollment;
    type Conclusion = EnrollmentOutcome;
    type Outcome = EnrollmentOutcome;

    const ADMITTED: Option<EventKind> = None;
    const UNANSWERED: EventKind = EventKind::EnrollmentError;

    async fn begin(&self, sender: &Sender) -> Result<Begun<record::Begun>, UploadError> {
        ensure_consent(&sender.engine, &sender.principal, &BOTH).await?;
        let (claim, claimed) = Claim::session(sender, sender.session().await?).await?;
        let rules = Rules::of(&sender.principal).phrase(&claimed.phrase);
        Ok(Begun::new(claim, rules, claimed))
    }

    fn ask(
        &self,
        sender: &Sender,
        claimed: &record::Begun,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<VoiceEnrollment>, Error>> + Send, UploadError> {
        let session = claimed.session.platform_session.clone();
        let context = sender.context().trigger(Trigger::Registration).session(session);
        let ask = EnrollVoice::new(sender.fullname()?, claimed.phrase.as_str(), upload(files.first));
        let (ask, client) = (ask.context(context), sender.client()?);
        Ok(async move { client.enroll_voice(ask).await })
    }

    fn conclude(
        &self,
        _: &Sender,
        _: &record::Begun,
        relayed: Relayed<VoiceEnrollment>,
    ) -> Concluded<EnrollmentOutcome> {
        concluded(Sample::Voice, voice_enrollment(relayed.reply.value()))
    }

    async fn settle(
        &self,
        _: &Sender,
        begun: &mut Begun<record::Begun>,
        outcome: EnrollmentOutcome,
    ) -> Result<EnrollmentOutcome, UploadError> {
        begun.claim.release().await;
        Ok(outcome)
    }
}

fn concluded(sample: Sample, outcome: EnrollmentOutcome) -> Concluded<EnrollmentOutcome> {
    match &outcome {
        EnrollmentOutcome::Failed(failure) => {
            let reason = format!("{} {}", sample.as_str(), failure.as_str());
            Concluded::new(outcome, EventKind::EnrollmentFailed, reason)
        }
        EnrollmentOutcome::Done(_) | EnrollmentOutcome::DoneBefore => {
            Concluded::new(outcome, EventKind::Enrolled, sample.as_str())
        }
    }
}

fn face_enrollment(engine: &Engine, enrollment: &FaceEnrollment) -> EnrollmentOutcome {
    EnrollmentOutcome::Failed(match enrollment.outcome() {
        FaceEnrollmentOutcome::Enrolled => {
            let document = enrollment.document().map(|document| engine.documents.disclosed(document));
            return EnrollmentOutcome::Done(document);
        }
        FaceEnrollmentOutcome::NoFace => EnrollmentFailure::NoFace,
        FaceEnrollmentOutcome::SeveralFaces => EnrollmentFailure::SeveralFaces,
        FaceEnrollmentOutcome::NotCentred => EnrollmentFailure::NotCentred,
        FaceEnrollmentOutcome::Refused => EnrollmentFailure::Refused,
        FaceEnrollmentOutcome::Unknown => EnrollmentFailure::Unreadable,
    })
}

fn voice_enrollment(enrollment: &VoiceEnrollment) -> EnrollmentOutcome {
    EnrollmentOutcome::Failed(match enrollment.outcome() {
        VoiceEnrollmentOutcome::Enrolled => return EnrollmentOutcome::Done(None),
        VoiceEnrollmentOutcome::AlreadyEnrolled => return EnrollmentOutcome::DoneBefore,
        VoiceEnrollmentOutcome::PoorQuality => EnrollmentFailure::PoorQuality,
        VoiceEnrollmentOutcome::Failed => EnrollmentFailure::Refused,
        VoiceEnrollmentOutcome::Unknown => EnrollmentFailure::Unreadable,
    })
}

impl EnrollmentFailure {
    /// The word that answers and audit events use.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::NoFace => "no-face",
            Self::SeveralFaces => "several-faces",
            Self::NotCentred => "not-centred",
            Self::PoorQuality => "poor-quality",
            Self::Refused => "refused",
            Self::Unreadable => "unreadable",
        }
    }
}

const BOTH: [Purpose; 2] = [Purpose::Authorization, Purpose::Storage];
