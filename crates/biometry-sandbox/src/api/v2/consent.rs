//! `consents`: approvals of templates. An approval of any template counts as both consents here, since what templates
//! say is the dashboard's.

use serde_json::{Value, json};

use crate::api::Call;
use crate::clock::rfc3339;
use crate::query::percent_decode;
use crate::reply::{Refusal, Reply};
use crate::shape::v2;
use crate::state::Purpose;

pub(super) fn approve(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let template = percent_decode(call.request.id.as_deref().unwrap_or_default());
    let (user, now) = (call.user(), call.now);
    let person = call.project().person(&user);
    person.approve(template, now);
    person.record_consent(Purpose::Authorization, true, now);
    person.record_consent(Purpose::Storage, true, now);
    Ok(v2::plain(None, &call.request.request_id))
}

pub(super) fn approvals(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let user = call.user();
    let project = call.project();
    let approvals: Vec<Value> = project.known_person(&user).map_or_else(Vec::new, |person| {
        let approval = |(template, at): &(String, _)| {
            json!({ "consent_id": template, "user_id": user, "approved_at": rfc3339(*at) })
        };
        person.approvals().iter().map(approval).collect()
    });
    if approvals.is_empty() {
        return Err(Refusal::not_found("consent not found"));
    }
    Ok(v2::plain(Some(approvals.into()), &call.request.request_id))
}
