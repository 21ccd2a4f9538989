//! Enrollments, and what the browser gets to see of their outcome.

use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::upload::{answer, parse, run};
use crate::audit::EventKind;
use crate::capture::{Form, Medium, RequestBody};
use crate::challenge::{Code, Problem};
use crate::denial::Denial;
use crate::enrollment::{Asked, Sample};
use crate::mounted_routes::Dialect;
use crate::principal::Principal;
use crate::verifier::{EnrollmentFailure, EnrollmentOutcome, FaceFlow, VoiceFlow};

pub(super) async fn enroll(mut call: Call, sample: Sample, body: RequestBody) -> Result<Answer, Problem> {
    // INVARIANT: a name that is merely claimed enrolls nothing.
    let caller = call.member();
    if let Ok(principal) = &caller {
        ask_guard(&call, principal, sample).await?;
    }
    let reply = match sample {
        Sample::Face => run(FaceFlow, parse(&mut call, caller, &FACE, body)?).await?,
        Sample::Voice => run(VoiceFlow, parse(&mut call, caller, &VOICE, body)?).await?,
    };
    answer(reply.request_id.as_deref(), render(call.dialect, sample, reply.outcome))
}

/// Asks the host's other factor.
async fn ask_guard(call: &Call, principal: &Principal, sample: Sample) -> Result<(), Problem> {
    let engine = call.engine();
    let refused = |reason| {
        let event = engine.audit.event(EventKind::EnrollmentRefused, principal);
        engine.audit.note(&event.reason(format!("{} {reason}", sample.as_str())));
    };
    let Some(guard) = &engine.enrollment_guard else {
        refused("no-guard");
        return Err(Problem::new(Code::EnrollmentClosed, "enrollment is closed here"));
    };
    let asked = Asked { caller: principal, head: &call.head, sample, now: engine.now() };
    match tokio::time::timeout(GUARDS_TIME, guard.allows(&asked)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => {
            refused("guard");
            Err(Problem::new(Code::EnrollmentClosed, "prove first, in another way, that it is you"))
        }
        Ok(Err(error)) => {
            tracing::warn!(%error, "the enrollment guard cannot tell");
            refused("guard-unavailable");
            Err(Denial::IdentityUnavailable.problem(&engine.challenge_params))
        }
        Err(_) => {
            tracing::warn!("the enrollment guard did not answer in time");
            refused("guard-unavailable");
            Err(Denial::IdentityUnavailable.problem(&engine.challenge_params))
        }
    }
}

fn render(dialect: Dialect, sample: Sample, outcome: EnrollmentOutcome) -> Result<Value, Problem> {
    Ok(match (dialect, outcome) {
        (Dialect::Native, EnrollmentOutcome::Failed(failure)) => {
            let problem = Problem::new(Code::EnrollmentFailed, failure.detail(sample));
            return Err(problem.with("reason", failure.as_str()));
        }
        (Dialect::Native, EnrollmentOutcome::Done(document)) => native(sample, document.map(Value::Object)),
        (Dialect::Native, EnrollmentOutcome::DoneBefore) => native(sample, None),
        (Dialect::Platform, outcome) => match sample {
            Sample::Face => face(outcome),
            Sample::Voice => voice(&outcome),
        },
    })
}

fn native(sample: Sample, document: Option<Value>) -> Value {
    let mut body = json!({ "enrolled": sample.as_str(), "message": done(sample) });
    if let Some(document) = document {
        body["document"] = document;
    }
    body
}

/// The platform's own members, and those that its older web component reads beside them.
fn face(outcome: EnrollmentOutcome) -> Value {
    let (code, description, message, document) = match outcome {
        EnrollmentOutcome::Done(document) => (0, "Successful check", done(Sample::Face), document),
        EnrollmentOutcome::DoneBefore => (0, "Successful check", done(Sample::Face), None),
        EnrollmentOutcome::Failed(failure) => {
            (failure.face_code(), failure.detail(Sample::Face), "face was not enrolled", None)
        }
    };
    json!({
        "data": {
            "enrollment_result": { "code": code, "description": description },
            "document_auth": document,
        },
        "message": message,
        "code": code,
        "description": description,
    })
}

fn voice(outcome: &EnrollmentOutcome) -> Value {
    let (status, message) = match outcome {
        EnrollmentOutcome::Done(_) => ("good", done(Sample::Voice)),
        EnrollmentOutcome::DoneBefore => ("enrolled", done(Sample::Voice)),
        EnrollmentOutcome::Failed(EnrollmentFailure::PoorQuality) => ("qafailed", "voice was not registered"),
        EnrollmentOutcome::Failed(_) => ("error", "voice was not registered"),
    };
    json!({ "data": { "status": status, "qa_combined": null, "qa_list": [] }, "message": message })
}

fn done(sample: Sample) -> &'static str {
    match sample {
        Sample::Face => "face enrolled successfully",
        Sample::Voice => "voice registered successfully",
    }
}

impl EnrollmentFailure {
    /// What a person can do about it.
    fn detail(self, sample: Sample) -> &'static str {
        match (self, sample) {
            (Self::NoFace, _) => "no face was found in the picture, or it is too small or blurred",
            (Self::SeveralFaces, _) => "there is more than one face in the picture",
            (Self::NotCentred, _) => "the face is not in the middle of the picture",
            (Self::PoorQuality, _) => "the recording is not good enough",
            (Self::Refused | Self::Unreadable, Sample::Face) => "the face was not enrolled",
            (Self::Refused | Self::Unreadable, Sample::Voice) => "the voice was not enrolled",
        }
    }

    /// The platform's code for it; 4 is none that it documents.
    fn face_code(self) -> u8 {
        match self {
            Self::NoFace => 1,
            Self::SeveralFaces => 2,
            Self::NotCentred => 3,
            Self::PoorQuality | Self::Refused | Self::Unreadable => 4,
        }
    }
}

/// How long the host's guard may take.
const GUARDS_TIME: Duration = Duration::from_secs(5);

/// The older web components call the picture `photo` and say `userFullname`.
static FACE: Form =
    Form::new("face", Medium::Picture).or_named("photo").with_texts(&["is_document", "userFullname"]);

/// Older official clients say `unique_id`.
static VOICE: Form =
    Form::new("voice", Medium::Voice).with_texts(&["phrase", "unique_id", "vocabulary", "userFullname"]);
