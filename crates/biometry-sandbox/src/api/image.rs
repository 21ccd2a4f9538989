//! Pictures: recognised by their first bytes, because clients label them as they like.

use crate::form::Form;
use crate::reply::Refusal;

/// A picture in this field: JPEG or PNG, and not empty.
pub(super) fn require_image(form: &Form, field: &str, missing: Refusal) -> Result<(), Refusal> {
    let file = form.file(field).ok_or(missing)?;
    let known = [JPEG, PNG].iter().any(|magic| file.head.starts_with(magic));
    if known { Ok(()) } else { Err(UNSUPPORTED) }
}

const JPEG: &[u8] = b"\xff\xd8\xff";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n";
const UNSUPPORTED: Refusal =
    Refusal::bad_request("unsupported file type: only jpg, jpeg and png are allowed");
