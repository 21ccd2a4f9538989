//! `match-faces`.

use super::Call;
use super::image::require_image;
use crate::form::Form;
use crate::reply::{Refusal, Reply};
use crate::shape;

pub(super) fn compare(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    require_image(form, "image", IMAGE_REQUIRED)?;
    if call.request.asks_for("x-use-prefilled-video") {
        require_remembered_video(call)?;
    } else {
        form.file("video").ok_or(super::VIDEO_REQUIRED)?;
    }
    call.record_transaction();
    Ok(Reply::json(&shape::face_match(call.settings.shape, call.settings.scale, call.persona.matching)))
}

/// The video of an earlier verification in the same session.
pub(super) fn require_remembered_video(call: &mut Call<'_>) -> Result<(), Refusal> {
    let id = call.request.session.as_deref().ok_or(SESSION_REQUIRED)?;
    let session = call.state.project(&call.request.key.project_id).sessions.find(id);
    if session.is_some_and(|session| session.has_video) { Ok(()) } else { Err(NO_VIDEO) }
}

const IMAGE_REQUIRED: Refusal = Refusal::bad_request("'image' form file is required");
const SESSION_REQUIRED: Refusal =
    Refusal::bad_request("X-Session-ID header is required to use a prefilled video");
const NO_VIDEO: Refusal = Refusal::bad_request("no video was processed in this session");
