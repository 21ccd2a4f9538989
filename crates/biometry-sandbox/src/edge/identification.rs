//! Who a request of version 2 is from: its body says so, or its path.

use serde_json::Value;

use super::admission::{Admitted, enter};
use super::intake::Payload;
use crate::form::Form;
use crate::journal::Record;
use crate::operation::{Operation, Version};
use crate::reply::Refusal;
use crate::state::State;

/// Completes what was admitted without being read; a request of version 1 is complete already.
pub(super) fn identify(
    state: &mut State,
    admitted: &mut Admitted,
    payload: &Payload,
    record: &Record,
) -> Result<(), Refusal> {
    match (admitted.version, payload) {
        (Version::V1, _) => Ok(()),
        (Version::V2, Payload::Form(form)) => identify_upload(state, admitted, form, record),
        (Version::V2, Payload::Json(_)) => {
            if let Some(user) = &admitted.user {
                require_user_id(user)?;
                record.named(Some(user), None);
            }
            Ok(())
        }
    }
}

fn identify_upload(
    state: &mut State,
    admitted: &mut Admitted,
    form: &Form,
    record: &Record,
) -> Result<(), Refusal> {
    let part = form.text("request").ok_or(REQUEST_REQUIRED)?;
    let part: Value = serde_json::from_str(part).ok().filter(Value::is_object).ok_or(REQUEST_NOT_JSON)?;
    let text = |name: &str| part.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let (user, session) = (text("user_id"), text("session_id"));
    record.named(user, session);
    record.json(&part);
    match user {
        Some(user) => require_user_id(user)?,
        // A document check has no place for a user.
        None if admitted.operation == Operation::CheckDocument => {}
        None => return Err(USER_REQUIRED),
    }
    let locked_to = match session {
        Some(id) => enter(state, &admitted.key, id, user)?,
        None => None,
    };
    admitted.user = user.map(str::to_owned);
    admitted.session = session.map(str::to_owned);
    admitted.acting = admitted.user.clone().or(locked_to);
    admitted.part = part;
    Ok(())
}

fn require_user_id(user: &str) -> Result<(), Refusal> {
    let is_fit = user.len() <= 128
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._:@-".contains(&byte));
    if is_fit { Ok(()) } else { Err(NOT_A_USER_ID) }
}

const REQUEST_REQUIRED: Refusal = Refusal::bad_request("'request' form value is required");
const REQUEST_NOT_JSON: Refusal = Refusal::bad_request("'request' form value must be a JSON object");
const USER_REQUIRED: Refusal = Refusal::bad_request("user_id is required");
const NOT_A_USER_ID: Refusal =
    Refusal::bad_request("user_id may have letters, digits and ._:@- and at most 128 of them");
