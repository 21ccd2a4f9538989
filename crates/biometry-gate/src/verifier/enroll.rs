//! Enrollments: a face from a picture, a voice that speaks the session's phrase.

use std::sync::Arc;

use biometry_client::{
    EnrollFace, EnrollVoice, FaceEnrollment, FaceEnrollmentOutcome, Reply, Trigger, VoiceEnrollment,
    VoiceEnrollmentOutcome,
};
use serde_json::{Map, Value};

use super::admission::{Sender, admit, context, fullname};
use super::claim::Claim;
use super::error::VerifyError;
use super::relay::{Files, relay, upload};
use super::rules::{DocumentFlag, Rules};
use super::side_claim::SideClaim;
use super::{Judged, Submission, named_or_newest};
use crate::audit::EventKind;
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::engine::Engine;
use crate::enrollment::Sample;
use crate::ledger::SideSession;
use crate::principal::Principal;

/// How an enrollment came out.
pub(crate) enum Enrollment {
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

/// Enrolls a face or a voice. The caller has been let by the host's guard.
pub(crate) async fn enroll(
    engine: &Arc<Engine>,
    sample: Sample,
    submission: Submission,
) -> Result<Judged<Enrollment>, VerifyError> {
    let engine_of_work = Arc::clone(engine);
    let work = Box::pin(async move {
        match sample {
            Sample::Face => face(engine_of_work, submission).await,
            Sample::Voice => voice(engine_of_work, submission).await,
        }
    });
    engine.tasks.spawn(work).await.unwrap_or(Err(VerifyError::Interrupted))
}

async fn face(engine: Arc<Engine>, submission: Submission) -> Result<Judged<Enrollment>, VerifyError> {
    let Submission { owner, session, about, arrival } = submission;
    let entry = async {
        ensure_consent(&engine, &owner, &BOTH).await?;
        SideClaim::begin(&engine, &owner, SideSession::Live(session)).await
    };
    let ((_slot, ticket), claim, arrival) = admit(&engine, &owner, arrival, entry).await?;
    let document = DocumentFlag::default();
    let rules = Rules::of(&owner).document_flag(&document);
    let ask = |files: Files| {
        let context = claim.join(context(&engine, about)).trigger(Trigger::Registration);
        let ask = EnrollFace::new(fullname(&owner)?, upload(files.first));
        let ask = ask.from_document_if(move || document.is_raised()).context(context);
        Ok(engine.project(&owner)?.client.enroll_face(ask))
    };
    let relayed = ticket.end(relay(&engine, &sender(&owner), arrival, rules, ask).await);
    claim.release().await;
    let (reply, _) = relayed?;
    let reply = reply.map(|enrollment| face_enrollment(&engine, &enrollment));
    tell(&engine, &owner, Sample::Face, reply)
}

/// The session is claimed for as long as its phrase is being enrolled, and is as before afterwards.
async fn voice(engine: Arc<Engine>, submission: Submission) -> Result<Judged<Enrollment>, VerifyError> {
    let Submission { owner, session, about, arrival } = submission;
    let entry = async {
        ensure_consent(&engine, &owner, &BOTH).await?;
        let id = named_or_newest(&engine, &owner, session).await?;
        Claim::begin(&engine, &owner, id).await
    };
    let ((_slot, ticket), (claim, begun), arrival) = admit(&engine, &owner, arrival, entry).await?;
    let rules = Rules::of(&owner).phrase(&begun.phrase);
    let ask = |files: Files| {
        let context = context(&engine, about)
            .trigger(Trigger::Registration)
            .session(begun.session.platform_session.clone());
        let ask = EnrollVoice::new(fullname(&owner)?, begun.phrase.as_str(), upload(files.first));
        Ok(engine.project(&owner)?.client.enroll_voice(ask.context(context)))
    };
    let relayed = ticket.end(relay(&engine, &sender(&owner), arrival, rules, ask).await);
    claim.release().await;
    let (reply, _) = relayed?;
    tell(&engine, &owner, Sample::Voice, reply.map(|enrollment| voice_enrollment(&enrollment)))
}

fn sender(owner: &Principal) -> Sender<'_> {
    Sender { owner, unanswered: EventKind::EnrollmentError }
}

fn face_enrollment(engine: &Engine, enrollment: &FaceEnrollment) -> Enrollment {
    Enrollment::Failed(match enrollment.outcome() {
        FaceEnrollmentOutcome::Enrolled => {
            let document = enrollment.document().map(|document| engine.documents.disclosed(document));
            return Enrollment::Done(document);
        }
        FaceEnrollmentOutcome::NoFace => EnrollmentFailure::NoFace,
        FaceEnrollmentOutcome::SeveralFaces => EnrollmentFailure::SeveralFaces,
        FaceEnrollmentOutcome::NotCentred => EnrollmentFailure::NotCentred,
        FaceEnrollmentOutcome::Refused => EnrollmentFailure::Refused,
        FaceEnrollmentOutcome::Unknown => EnrollmentFailure::Unreadable,
    })
}

fn voice_enrollment(enrollment: &VoiceEnrollment) -> Enrollment {
    Enrollment::Failed(match enrollment.outcome() {
        VoiceEnrollmentOutcome::Enrolled => return Enrollment::Done(None),
        VoiceEnrollmentOutcome::AlreadyEnrolled => return Enrollment::DoneBefore,
        VoiceEnrollmentOutcome::PoorQuality => EnrollmentFailure::PoorQuality,
        VoiceEnrollmentOutcome::Failed => EnrollmentFailure::Refused,
        VoiceEnrollmentOutcome::Unknown => EnrollmentFailure::Unreadable,
    })
}

/// An enrollment that the audit trail has to know and does not take is reported as none.
fn tell(
    engine: &Engine,
    owner: &Principal,
    sample: Sample,
    reply: Reply<Enrollment>,
) -> Result<Judged<Enrollment>, VerifyError> {
    let (kind, reason) = match reply.value() {
        Enrollment::Failed(failure) => {
            (EventKind::EnrollmentFailed, format!("{} {}", sample.as_str(), failure.as_str()))
        }
        Enrollment::Done(_) | Enrollment::DoneBefore => (EventKind::Enrolled, sample.as_str().to_owned()),
    };
    let judged = Judged::of(reply);
    let event = engine.audit.event(kind, owner).reason(reason);
    let event = event.platform_request(judged.platform_request_id.as_deref());
    engine.audit.try_record(&event).map_err(|_| VerifyError::Interrupted)?;
    Ok(judged)
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
