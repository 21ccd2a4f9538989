//! Version 2, as far as its clients show it.

mod consent;
mod deepfake;
mod document;
mod enroll;
mod match_faces;
mod session;
mod verification;

use serde_json::Value;

use super::{Call, NO_UPLOAD};
use crate::edge::Payload;
use crate::form::Form;
use crate::operation::Operation;
use crate::reply::{Refusal, Reply};

/// Does what the request asks for. What version 2 does not have never comes here.
pub(super) fn perform(call: &mut Call<'_>, payload: &Payload) -> Result<Reply, Refusal> {
    match payload {
        Payload::Form(form) => perform_upload(call, form),
        Payload::Json(body) => perform_small(call, body.as_ref()),
    }
}

fn perform_upload(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    match call.request.operation {
        Operation::Liveness | Operation::FaceVerify | Operation::VoiceVerify => {
            verification::check(call, form)
        }
        Operation::EnrollFace => enroll::face(call, form),
        Operation::EnrollVoice => enroll::voice(call, form),
        Operation::CheckDocument => document::check(call, form),
        Operation::MatchFaces => match_faces::compare(call, form),
        Operation::StartDeepfakeCheck => deepfake::start(call, form),
        _ => Err(NO_UPLOAD),
    }
}

fn perform_small(call: &mut Call<'_>, body: Option<&Value>) -> Result<Reply, Refusal> {
    match call.request.operation {
        Operation::StartSession => Ok(session::start(call)),
        Operation::EndSession => session::end(call, body),
        Operation::ApproveConsent => consent::approve(call),
        Operation::ConsentApprovals => consent::approvals(call),
        Operation::DeepfakeCheck => deepfake::look(call),
        _ => Err(NO_UPLOAD),
    }
}

impl Call<'_> {
    /// A text of the part named `request`; `None` where it is absent or blank.
    fn said(&self, name: &str) -> Option<&str> {
        let text = self.request.part.get(name).and_then(Value::as_str);
        text.filter(|text| !text.trim().is_empty())
    }

    fn user(&self) -> String {
        self.request.user.clone().unwrap_or_default()
    }
}

/// The one code of an error about media that clients are known to meet.
const NO_FACE: Refusal = Refusal::unfit("no face was detected", "face_not_detected");
