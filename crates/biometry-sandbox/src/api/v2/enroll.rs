//! `enrollments/face` and `enrollments/voice`.

use super::NO_FACE;
use crate::api::enroll::{FACE_REQUIRED, VOICE_REQUIRED, consenting_user, only};
use crate::api::image::require_image;
use crate::api::{Call, PHRASE_REQUIRED};
use crate::form::Form;
use crate::persona::{Framing, VoiceSample};
use crate::reply::{Refusal, Reply};
use crate::service::Service;
use crate::shape::v2;

pub(super) fn face(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let user = consenting_user(call)?;
    require_image(form, "face", FACE_REQUIRED)?;
    let framing = call.persona.framing;
    if framing == Framing::NoFace {
        return Err(NO_FACE);
    }
    Ok(answer(call, &user, Service::Face, framing == Framing::Good))
}

pub(super) fn voice(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let user = consenting_user(call)?;
    call.said("phrase").ok_or(PHRASE_REQUIRED)?;
    form.file("voice").ok_or(VOICE_REQUIRED)?;
    let is_good = matches!(call.persona.voice, VoiceSample::Good | VoiceSample::AlreadyEnrolled);
    Ok(answer(call, &user, Service::Voice, is_good))
}

fn answer(call: &mut Call<'_>, user: &str, service: Service, enrolled: bool) -> Reply {
    if enrolled {
        call.project().person(user).enroll(only(service));
    }
    call.record_transaction();
    v2::enrolled(enrolled, user, &call.request.request_id)
}
