//! `enroll/face` and `enroll/voice`.

use http::StatusCode;

use super::Call;
use super::image::require_image;
use crate::form::Form;
use crate::persona::{Framing, VoiceSample};
use crate::reply::{Refusal, Reply};
use crate::service::{Service, ServiceSet};
use crate::shape;
use crate::state::Purpose;

pub(super) fn face(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let user = consenting_user(call)?;
    require_image(form, "face", FACE_REQUIRED)?;
    let framing = call.persona.framing;
    if framing == Framing::Good {
        call.project().person(&user).enroll(only(Service::Face));
    }
    call.record_transaction();
    let document = (form.text("is_document") == Some("true")).then_some(call.persona.document);
    Ok(Reply::json(&shape::face_enrollment(call.settings.shape, framing, document)))
}

pub(super) fn voice(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    let user = consenting_user(call)?;
    form.text("phrase").ok_or(super::PHRASE_REQUIRED)?;
    form.file("voice").ok_or(VOICE_REQUIRED)?;
    let person = call.project().person(&user);
    let already = person.voice_enrolled;
    let sample = match call.persona.voice {
        VoiceSample::Good if already => VoiceSample::AlreadyEnrolled,
        sample => sample,
    };
    if sample == VoiceSample::Good {
        call.project().person(&user).enroll(only(Service::Voice));
    }
    call.record_transaction();
    Ok(Reply::json(&shape::voice_enrollment(call.settings.shape, sample)))
}

/// Enrollment asks for both consents, and says so where one is missing.
pub(super) fn consenting_user(call: &mut Call<'_>) -> Result<String, Refusal> {
    let user = call.request.user.clone().ok_or(Refusal::NAME_REQUIRED)?;
    let person = call.project().person(&user);
    if !person.consents_to(Purpose::Authorization) {
        return Err(AUTHORIZATION_REQUIRED);
    }
    if !person.consents_to(Purpose::Storage) {
        return Err(STORAGE_REQUIRED);
    }
    Ok(user)
}

pub(super) fn only(service: Service) -> ServiceSet {
    [service].into_iter().collect()
}

pub(super) const FACE_REQUIRED: Refusal = Refusal::bad_request("'face' form file is required");
pub(super) const VOICE_REQUIRED: Refusal = Refusal::bad_request("'voice' form file is required");
const AUTHORIZATION_REQUIRED: Refusal =
    Refusal::new(StatusCode::FORBIDDEN, "authorization consent is not given");
const STORAGE_REQUIRED: Refusal = Refusal::new(StatusCode::FORBIDDEN, "storage consent is not given");
