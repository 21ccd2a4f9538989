use biometry_gate::Denial;
use serde_json::{Value, json};

use crate::accounts::Accounts;
use crate::transfer::Transfer;

/// Whether a refused transfer could not be made anyway, so that the user need not verify for it.
pub fn is_beyond_funds(accounts: &Accounts, email: &str, denial: &Denial) -> bool {
    Transfer::refused(denial).is_some_and(|transfer| !accounts.covers(email, &transfer))
}

/// The problem document of 422 `insufficient-funds`.
pub fn insufficient_funds(request_id: Option<&str>) -> Value {
    let detail = "the account does not hold that much";
    json!({
        "type": "urn:biometry-gate:problem:insufficient-funds",
        "title": "Insufficient funds",
        "status": 422,
        "detail": detail,
        "code": "insufficient-funds",
        "error": detail,
        "request_id": request_id,
    })
}
