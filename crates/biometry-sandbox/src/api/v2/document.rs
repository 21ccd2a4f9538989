//! `documents/check`.

use crate::api::Call;
use crate::api::document::DOCUMENT_REQUIRED;
use crate::api::image::require_image;
use crate::form::Form;
use crate::reply::{Refusal, Reply};
use crate::shape::{ZoneCheck, v2};

pub(super) fn check(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    require_image(form, "document", DOCUMENT_REQUIRED)?;
    call.record_transaction();
    Ok(v2::document(call.persona.document, zone_check(call), &call.request.request_id))
}

/// The zone is read where a provider for it is named, and only by the in-house one.
fn zone_check(call: &Call<'_>) -> ZoneCheck {
    let in_house = call.said("provider").unwrap_or("inhouse") == "inhouse";
    let asked_for = call.said("mrz_provider") == Some("inhouse");
    if in_house && asked_for { ZoneCheck::Done } else { ZoneCheck::Omitted }
}
