//! `liveness`, `face-verify` and `voice-verify`: a verification in parts. None of them enrolls a user.

use serde_json::Value;

use super::NO_FACE;
use crate::api::{Call, PHRASE_REQUIRED, VIDEO_REQUIRED, process_video};
use crate::form::Form;
use crate::operation::Operation;
use crate::persona::Framing;
use crate::reply::{Refusal, Reply};
use crate::service::{Service, ServiceSet};
use crate::shape::v2;
use crate::verification::{Capture, verify};

pub(super) fn check(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let phrase = call.said("phrase").ok_or(PHRASE_REQUIRED)?.to_owned();
    let (file, missing) = match call.request.operation {
        Operation::VoiceVerify => ("voice", VOICE_REQUIRED),
        _ => ("video", VIDEO_REQUIRED),
    };
    form.file(file).ok_or(missing)?;
    let selected = selected(call)?;
    if call.persona.framing == Framing::NoFace && call.request.operation != Operation::VoiceVerify {
        return Err(NO_FACE);
    }
    let mut standing = process_video::standing(call);
    // A verification enrolls no user.
    standing.storage = false;
    let says = process_video::says(call);
    let verification = verify(&Capture {
        subject: call.request.user.as_deref(),
        persona: call.persona,
        phrase: &phrase,
        says: says.as_deref(),
        selected,
        standing,
        first_run: call.settings.first_run,
    });
    remember(call);
    let body = v2::check(call.settings.scores_only, &verification, &call.request.request_id);
    Ok(Reply::json_text(body).flag("x-removed-services", verification.removed))
}

/// What the call is about, of what the key selects, without what the caller excludes.
fn selected(call: &Call<'_>) -> Result<ServiceSet, Refusal> {
    let about: &[Service] = match call.request.operation {
        Operation::FaceVerify => &[Service::Face],
        Operation::VoiceVerify => &[Service::Voice],
        _ => &[Service::Liveness, Service::Speaker, Service::Speech],
    };
    let selected = call.request.key.services.and(about.iter().copied().collect());
    if selected.is_empty() {
        return Err(NOT_SELECTED);
    }
    Ok(selected.without(excluded(call)))
}

fn excluded(call: &Call<'_>) -> ServiceSet {
    let names = call.request.part.pointer("/services/exclude").and_then(Value::as_array);
    let names: Vec<&str> = names.into_iter().flatten().filter_map(Value::as_str).collect();
    Service::ALL.into_iter().filter(|service| names.contains(&service.key())).collect()
}

fn remember(call: &mut Call<'_>) {
    let has_video = call.request.operation != Operation::VoiceVerify;
    if let Some(id) = call.request.session.as_deref().filter(|_| has_video) {
        process_video::remember_video(call, id);
    }
    call.record_transaction();
}

const VOICE_REQUIRED: Refusal = Refusal::bad_request("'voice' form file is required");
const NOT_SELECTED: Refusal = Refusal::forbidden("the service is not enabled for this project");
