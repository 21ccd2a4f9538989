//! Both consents and their history.

use serde_json::{Value, json};

use super::Call;
use crate::query;
use crate::reply::{Refusal, Reply};
use crate::shape::Shape;
use crate::state::{ConsentRecord, Person, Purpose};

pub(super) fn give(call: &mut Call<'_>, purpose: Purpose, body: Option<&Value>) -> Result<Reply, Refusal> {
    let body = body.ok_or(BODY_REQUIRED)?;
    let given = body.get("is_consent_given").and_then(Value::as_bool).ok_or(GIVEN_REQUIRED)?;
    let name = body.get("user_fullname").and_then(Value::as_str).unwrap_or_default().trim();
    if name.is_empty() {
        return Err(NAME_REQUIRED);
    }
    if !given && call.settings.revocation_refused {
        return Err(MUST_BE_TRUE);
    }
    let now = call.now;
    call.project().person(name).record_consent(purpose, given, now);
    let consent = json!({ "is_consent_given": given, "user_fullname": name });
    let message = if given { "consent given" } else { "consent revoked" };
    Ok(Reply::json(&match call.settings.shape {
        Shape::Legacy => consent,
        Shape::Sdk | Shape::Guide => json!({ "data": consent, "message": message }),
    }))
}

pub(super) fn history(call: &mut Call<'_>) -> Result<Reply, Refusal> {
    let name = query::value(&call.request.query, "user_fullname").unwrap_or_default().to_owned();
    if name.is_empty() {
        return Err(NAME_REQUIRED);
    }
    let project = call.project();
    let record = |purpose| project.known_person(&name).and_then(|person: &Person| person.consent(purpose));
    let (authorization, storage) = (record(Purpose::Authorization), record(Purpose::Storage));
    if authorization.is_none() && storage.is_none() {
        return Err(Refusal::not_found("consent not found"));
    }
    let side = |record: Option<&ConsentRecord>| record.map_or(Value::Null, ConsentRecord::to_json);
    let data =
        json!({ "user_fullname": name, "consent": side(authorization), "storage_consent": side(storage) });
    Ok(Reply::json(&json!({ "data": data })))
}

const BODY_REQUIRED: Refusal = Refusal::bad_request("request body is required");
const GIVEN_REQUIRED: Refusal = Refusal::bad_request("is_consent_given is required");
const NAME_REQUIRED: Refusal = Refusal::bad_request("user_fullname is required");
const MUST_BE_TRUE: Refusal = Refusal::bad_request("is_consent_given must be true");
