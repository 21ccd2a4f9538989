//! `face-match`.

use serde_json::Value;

use super::NO_FACE;
use crate::api::image::require_image;
use crate::api::match_faces::require_remembered_video;
use crate::api::{Call, VIDEO_REQUIRED};
use crate::form::Form;
use crate::persona::Matching;
use crate::reply::{Refusal, Reply};
use crate::shape::v2;

pub(super) fn compare(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    require_image(form, "reference_image", IMAGE_REQUIRED)?;
    if call.request.part.get("use_session_video") == Some(&Value::Bool(true)) {
        require_remembered_video(call)?;
    } else {
        form.file("video").ok_or(VIDEO_REQUIRED)?;
    }
    let matching = call.persona.matching;
    if matching == Matching::NoFaceInImage {
        return Err(NO_FACE);
    }
    call.record_transaction();
    Ok(v2::face_match(call.settings.scores_only, matching, &call.request.request_id))
}

const IMAGE_REQUIRED: Refusal = Refusal::bad_request("'reference_image' form file is required");
