//! `docauth/check`.

use super::image::require_image;
use super::{Call, webhooks};
use crate::form::Form;
use crate::reply::{Refusal, Reply};
use crate::shape::{self, ZoneCheck};
use crate::text;

pub(super) fn check(call: &mut Call<'_>, form: &Form) -> Result<Reply, Refusal> {
    require_image(form, "document", DOCUMENT_REQUIRED)?;
    call.record_transaction();
    webhooks::announce(call, webhooks::DOCUMENT_CHECKED);
    Ok(Reply::json(&shape::document_check(call.persona.document, zone_check(call))))
}

/// The zone is read where the caller asks for it, and only by the in-house provider, which is the default one.
fn zone_check(call: &Call<'_>) -> ZoneCheck {
    let provider = text::header(&call.request.headers, "x-inhouse-docauth");
    let in_house = !provider.is_some_and(|value| value.eq_ignore_ascii_case("false"));
    if in_house && call.request.asks_for("x-inhouse-mrz") { ZoneCheck::Done } else { ZoneCheck::Omitted }
}

pub(super) const DOCUMENT_REQUIRED: Refusal = Refusal::bad_request("'document' form file is required");
