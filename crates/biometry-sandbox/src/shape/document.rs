//! Document checks. The data come along whether or not the document is valid.

use serde_json::{Value, json};

use crate::persona::Document;

/// Whether the machine-readable zone is validated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ZoneCheck {
    Done,
    Omitted,
}

pub(crate) fn document_check(document: Document, zone: ZoneCheck) -> Value {
    let (verdict, message) = if passes(document, zone) {
        ("pass", "Document uploaded successfully, looks like it's authentic")
    } else {
        ("fail", "Document uploaded successfully, but it does not look authentic")
    };
    json!({ "data": info(document, zone), "scoring_result": verdict, "message": message })
}

/// Whether the verdict is a pass, whatever the data say.
pub(super) fn passes(document: Document, zone: ZoneCheck) -> bool {
    document == Document::Contradictory || is_valid(document, zone)
}

/// The data of the specimen of ICAO Doc 9303, as the platform's samples show it.
pub(super) fn info(document: Document, zone: ZoneCheck) -> Value {
    let valid = is_valid(document, zone);
    let picture = if document == Document::WithoutPortrait { "" } else { PICTURE };
    let mut info = json!({
        "document_type": "P",
        "document_category": "Passport",
        "country_code": "UTO",
        "nationality_code": "UTO",
        "nationality_name": "Utopia",
        "issuing_state": "Not available",
        "sex": "FEMALE",
        "first_name": "ANNA",
        "father_name": "ERIK",
        "last_name": "ERIKSSON",
        "birth_date": "1974-08-12",
        "expiry_date": "2032-04-15",
        "document_number": "D23145890",
        "front_document_type_id": "",
        "contains_rfid": false,
        "portrait_photo": picture,
        "signature": "",
        "current_result": if valid { "Passed" } else { "Failed" },
        "errors": if valid { json!([]) } else { json!(["document is not authentic"]) },
    });
    if !picture.is_empty() {
        info["face_image_base64"] = picture.into();
    }
    if zone == ZoneCheck::Done {
        info["mrz_validation"] = zone_validation(document);
    }
    info
}

fn is_valid(document: Document, zone: ZoneCheck) -> bool {
    match document {
        Document::Good | Document::WithoutPortrait => true,
        Document::ZoneDiffers => zone == ZoneCheck::Omitted,
        Document::Failed | Document::Contradictory => false,
    }
}

fn zone_validation(document: Document) -> Value {
    let differs = document == Document::ZoneDiffers;
    let mut validation = json!({
        "has_mrz": true,
        "raw_mrz": ZONE,
        "check_digits_valid": true,
        "fields_match": !differs,
        "validation_performed": true,
    });
    if differs {
        validation["discrepancies"] = json!(["birth_date"]);
    }
    validation
}

const ZONE: &str =
    "P<UTOERIKSSON<<ANNA<<<<<<<<<<<<<<<<<<<<<<<<<\nD231458907UTO7408122F3204153<<<<<<<<<<<<<<02";

/// A PNG of one pixel.
const PICTURE: &str =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";
