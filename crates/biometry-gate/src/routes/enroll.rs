//! Enrollments, and what the browser is told of their outcome.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use super::answer::Answer;
use super::call::Call;
use super::operation::Dialect;
use super::upload::take;
use crate::audit::EventKind;
use crate::capture::{Container, Form, RequestBody};
use crate::challenge::{Code, Problem};
use crate::denial::Denial;
use crate::engine::Engine;
use crate::enrollment::{Asked, Sample};
use crate::principal::Principal;
use crate::verifier::{Enrollment, EnrollmentFailure, Judged, enroll as judge};

pub(super) async fn enroll(mut call: Call, sample: Sample, body: RequestBody) -> Result<Answer, Problem> {
    // INVARIANT: who merely claims a name is nobody here.
    let owner = call.member();
    if let Ok(owner) = &owner
        && let Err(problem) = ask_guard(&call, owner, sample).await
    {
        return Err(call.let_go(problem, body));
    }
    let form = match sample {
        Sample::Face => &FACE,
        Sample::Voice => &VOICE,
    };
    let work = async |engine: &Arc<Engine>, upload| judge(engine, sample, upload).await;
    let judged = take(&mut call, owner, form, body, work).await?;
    render(call.dialect, sample, judged)
}

/// Asks the host's other factor.
async fn ask_guard(call: &Call, owner: &Principal, sample: Sample) -> Result<(), Problem> {
    let engine = call.engine();
    let refused = |reason| {
        let event = engine.audit.event(EventKind::EnrollmentRefused, owner);
        engine.audit.note(&event.reason(format!("{} {reason}", sample.as_str())));
    };
    let Some(guard) = &engine.enrollment_guard else {
        refused("no-guard");
        return Err(Problem::new(Code::EnrollmentClosed, "nobody can enroll here"));
    };
    let asked = Asked { caller: owner, head: &call.head, sample, now: engine.now() };
    match tokio::time::timeout(GUARDS_TIME, guard.allows(&asked)).await {
        Ok(Ok(true)) => Ok(()),
        Ok(Ok(false)) => {
            refused("guard");
            Err(Problem::new(Code::EnrollmentClosed, "prove first, in another way, that it is you"))
        }
        Ok(Err(_)) | Err(_) => {
            refused("guard-unavailable");
            Err(Denial::IdentityUnavailable.problem(&engine.words))
        }
    }
}

fn render(dialect: Dialect, sample: Sample, judged: Judged<Enrollment>) -> Result<Answer, Problem> {
    let Judged { outcome, platform_request_id } = judged;
    let request_id = platform_request_id.as_deref();
    let body = match (dialect, outcome) {
        (Dialect::Native, Enrollment::Failed(failure)) => {
            let problem = Problem::new(Code::EnrollmentFailed, failure.detail(sample));
            let problem = problem.with("reason", failure.as_str());
            return Err(request_id.into_iter().fold(problem, Problem::request_id));
        }
        (Dialect::Native, Enrollment::Done(document)) => native(sample, document.map(Value::Object)),
        (Dialect::Native, Enrollment::DoneBefore) => native(sample, None),
        (Dialect::Platform, outcome) => match sample {
            Sample::Face => face(outcome),
            Sample::Voice => voice(&outcome),
        },
    };
    Ok(Answer::new(body).request_id(request_id))
}

fn native(sample: Sample, document: Option<Value>) -> Value {
    let mut body = json!({ "enrolled": sample.as_str(), "message": done(sample) });
    if let Some(document) = document {
        body["document"] = document;
    }
    body
}

/// The platform's own members, and those that its older web component reads beside them.
fn face(outcome: Enrollment) -> Value {
    let (code, description, message, document) = match outcome {
        Enrollment::Done(document) => (0, "Successful check", done(Sample::Face), document),
        Enrollment::DoneBefore => (0, "Successful check", done(Sample::Face), None),
        Enrollment::Failed(failure) => {
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

fn voice(outcome: &Enrollment) -> Value {
    let (status, message) = match outcome {
        Enrollment::Done(_) => ("good", done(Sample::Voice)),
        Enrollment::DoneBefore => ("enrolled", done(Sample::Voice)),
        Enrollment::Failed(EnrollmentFailure::PoorQuality) => ("qafailed", "voice was not registered"),
        Enrollment::Failed(_) => ("error", "voice was not registered"),
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
    Form::new("face", Container::PICTURE).or_named("photo").with_texts(&["is_document", "userFullname"]);

/// Older official clients say `unique_id`.
static VOICE: Form =
    Form::new("voice", Container::VOICE).with_texts(&["phrase", "unique_id", "vocabulary", "userFullname"]);
