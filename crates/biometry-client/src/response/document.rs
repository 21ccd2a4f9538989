//! The reply of `POST /api-gateway/docauth/check`.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Unparsable;
use super::verdict::{Verdict, parse_texts, parse_verdict};
use crate::json::{Json, Object};

/// What the platform makes of a document. Its content comes even when the document is not accepted.
#[derive(Clone, Debug, PartialEq)]
pub struct DocumentCheck {
    verdict: Verdict,
    result: DocumentResult,
    document: Document,
    errors: Vec<String>,
    mrz: Option<MrzValidation>,
}

/// The document check's own result (`current_result`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum DocumentResult {
    /// Exactly `Passed`.
    Passed,
    /// Exactly `Failed`.
    Failed,
    /// Not in the reply.
    Absent,
    /// Anything else. Not a pass.
    Unknown,
}

impl DocumentCheck {
    pub(crate) fn of(data: &Object, verdict: Verdict) -> Result<Self, Unparsable> {
        let mrz = match data.get_non_null("mrz_validation") {
            None => None,
            Some(mrz) => Some(parse_mrz(mrz.as_object().ok_or(Unparsable)?)),
        };
        let verdict = if verdict == Verdict::Pass && data.has_error() { Verdict::Unknown } else { verdict };
        let (result, document, errors) =
            (parse_result(data), parse_document(data), parse_texts(data, "errors"));
        Ok(Self { verdict, result, document, errors, mrz })
    }

    /// A picture of which nothing could be read, for this reason.
    pub(crate) fn unread(reason: &str) -> Self {
        let (verdict, result) = (Verdict::Fail, DocumentResult::Absent);
        let document = Document(Object::default());
        Self { verdict, result, document, errors: vec![reason.to_owned()], mrz: None }
    }

    /// Whether the document is accepted: the verdict is a pass and the result, if there is one, is
    /// `Passed`.
    pub fn is_accepted(&self) -> bool {
        let is_result_good = matches!(self.result, DocumentResult::Passed | DocumentResult::Absent);
        self.verdict == Verdict::Pass && is_result_good
    }

    /// The platform's conclusion.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The document check's own result.
    pub fn result(&self) -> DocumentResult {
        self.result
    }

    /// What the document says. Personal.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// The platform's remarks, free texts.
    pub fn errors(&self) -> &[String] {
        &self.errors
    }

    /// What came of validating the machine-readable zone, where the reply speaks of it.
    pub fn mrz(&self) -> Option<&MrzValidation> {
        self.mrz.as_ref()
    }
}

/// What came of validating the machine-readable zone. What is absent counts as `false`.
#[derive(Clone, PartialEq, Eq)]
pub struct MrzValidation {
    was_performed: bool,
    has_mrz: bool,
    are_check_digits_valid: bool,
    do_fields_match: bool,
    discrepancies: Vec<String>,
}

impl MrzValidation {
    /// Whether it was done, found a zone with good check digits that agrees with the rest, and names
    /// no discrepancy.
    pub fn is_sound(&self) -> bool {
        self.was_performed
            && self.has_mrz
            && self.are_check_digits_valid
            && self.do_fields_match
            && self.discrepancies.is_empty()
    }

    /// Whether the validation was done.
    pub fn was_performed(&self) -> bool {
        self.was_performed
    }

    /// What does not agree, free texts that may quote the document.
    pub fn discrepancies(&self) -> &[String] {
        &self.discrepancies
    }
}

impl fmt::Debug for MrzValidation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MrzValidation").field("is_sound", &self.is_sound()).finish_non_exhaustive()
    }
}

/// What a document says. Personal throughout: `Debug` shows nothing of it. What is blank is absent.
#[derive(Clone, PartialEq)]
pub struct Document(Object);

impl Document {
    /// The kind of document.
    pub fn document_type(&self) -> Option<&str> {
        self.text("document_type")
    }

    /// The document's number.
    pub fn document_number(&self) -> Option<&str> {
        self.text("document_number")
    }

    /// The code of the issuing country.
    pub fn country_code(&self) -> Option<&str> {
        self.text("country_code")
    }

    /// The issuing state; `Not available` has been seen.
    pub fn issuing_state(&self) -> Option<&str> {
        self.text("issuing_state")
    }

    /// The code of the holder's nationality.
    pub fn nationality_code(&self) -> Option<&str> {
        self.text("nationality_code")
    }

    /// The holder's first name, upper-cased.
    pub fn first_name(&self) -> Option<&str> {
        self.text("first_name")
    }

    /// The name of the holder's father, upper-cased.
    pub fn father_name(&self) -> Option<&str> {
        self.text("father_name")
    }

    /// The holder's last name, upper-cased.
    pub fn last_name(&self) -> Option<&str> {
        self.text("last_name")
    }

    /// The holder's sex, `MALE` or `FEMALE`.
    pub fn sex(&self) -> Option<&str> {
        self.text("sex")
    }

    /// The holder's date of birth, `YYYY-MM-DD` by the platform's word, unchecked.
    pub fn birth_date(&self) -> Option<&str> {
        self.text("birth_date")
    }

    /// The day the document expires, `YYYY-MM-DD` by the platform's word, unchecked.
    pub fn expiry_date(&self) -> Option<&str> {
        self.text("expiry_date")
    }

    /// Another text of the document by the platform's name for it.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get_str(name).filter(|text| !text.is_empty())
    }

    /// The holder's face for a later comparison: the detected face, else the portrait. `None` when
    /// the one to be used is not strict base64.
    pub fn portrait(&self) -> Option<Vec<u8>> {
        let text = self.text("face_image_base64").or_else(|| self.text("portrait_photo"))?;
        STANDARD.decode(text).ok()
    }
}

impl fmt::Debug for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Document(..)")
    }
}

/// `{"data": {…, "current_result", "errors", "mrz_validation"}, "scoring_result", "message"}`.
pub(crate) fn parse_check(root: &Object) -> Result<DocumentCheck, Unparsable> {
    let data = root.get("data").and_then(Json::as_object).ok_or(Unparsable)?;
    DocumentCheck::of(data, parse_verdict(root))
}

pub(crate) fn parse_document(data: &Object) -> Document {
    Document(data.clone())
}

fn parse_result(data: &Object) -> DocumentResult {
    match data.get("current_result") {
        None | Some(Json::Null) => DocumentResult::Absent,
        Some(result) => match result.as_str() {
            Some("Passed") => DocumentResult::Passed,
            Some("Failed") => DocumentResult::Failed,
            _ => DocumentResult::Unknown,
        },
    }
}

fn parse_mrz(mrz: &Object) -> MrzValidation {
    let is_true = |name| mrz.get(name) == Some(&Json::Bool(true));
    MrzValidation {
        was_performed: is_true("validation_performed"),
        has_mrz: is_true("has_mrz"),
        are_check_digits_valid: is_true("check_digits_valid"),
        do_fields_match: is_true("fields_match"),
        discrepancies: parse_texts(mrz, "discrepancies"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<DocumentCheck, Unparsable> {
        parse_check(&read_object(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_the_specimen() {
        let check = read(
            r#"{"data":{"document_type":"passport","country_code":"UTO","nationality_code":"UTO","sex":"FEMALE",
            "first_name":"ANNA","father_name":"ERIK","last_name":"ERIKSSON","expiry_date":"2032-04-15",
            "birth_date":"1974-08-12","document_number":"D23145890","portrait_photo":"AQID","signature":"",
            "issuing_state":"Not available","contains_rfid":false,"current_result":"Passed","errors":[],
            "mrz_validation":{"has_mrz":true,"check_digits_valid":true,"fields_match":true,"validation_performed":true}},
            "scoring_result":"pass","message":"m"}"#,
        )
        .unwrap();
        assert!(check.is_accepted() && check.mrz().unwrap().is_sound() && check.errors().is_empty());
        let document = check.document();
        let read = [
            document.document_type(),
            document.document_number(),
            document.country_code(),
            document.nationality_code(),
            document.issuing_state(),
            document.first_name(),
            document.father_name(),
            document.last_name(),
            document.sex(),
            document.birth_date(),
            document.expiry_date(),
        ];
        let expected = [
            "passport",
            "D23145890",
            "UTO",
            "UTO",
            "Not available",
            "ANNA",
            "ERIK",
            "ERIKSSON",
            "FEMALE",
            "1974-08-12",
            "2032-04-15",
        ];
        assert_eq!(read, expected.map(Some));
        assert_eq!(document.portrait(), Some(vec![1, 2, 3]));
        assert_eq!(document.text("signature"), None);
        let shown = format!("{check:?}");
        assert!(!shown.contains("ERIK") && !shown.contains("D23145890"), "{shown}");
    }

    #[test]
    fn is_accepted_by_verdict_and_result_together() {
        let cases = [
            (r#""Passed""#, r#""pass""#, true),
            ("null", r#""pass""#, true),
            (r#""Failed""#, r#""pass""#, false),
            (r#""passed""#, r#""pass""#, false),
            ("true", r#""pass""#, false),
            (r#""Passed""#, r#""fail""#, false),
            (r#""Passed""#, r#""refer""#, false),
            (r#""Passed""#, "null", false),
        ];
        for (result, verdict, is_accepted) in cases {
            let check =
                read(&format!(r#"{{"data":{{"current_result":{result}}},"scoring_result":{verdict}}}"#))
                    .unwrap();
            assert_eq!(check.is_accepted(), is_accepted, "{result} {verdict}");
        }
        for text in ["{}", r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":{"mrz_validation":true}}"#] {
            assert_eq!(read(text).err(), Some(Unparsable), "{text}");
        }
    }

    #[test]
    fn a_zone_is_sound_only_in_every_respect() {
        let good =
            r#""has_mrz":true,"check_digits_valid":true,"fields_match":true,"validation_performed":true"#;
        let is_sound = |mrz: &str| {
            let check = read(&format!(r#"{{"data":{{"mrz_validation":{{{mrz}}}}}}}"#)).unwrap();
            check.mrz().unwrap().is_sound()
        };
        assert!(is_sound(good));
        for part in good.split(',') {
            assert!(!is_sound(&good.replace(part, &part.replace("true", "false"))), "{part}");
            assert!(!is_sound(&good.replace(part, &part.replace("true", "\"true\""))), "{part}");
        }
        assert!(!is_sound(&format!(r#"{good},"discrepancies":["birth_date"]"#)));
    }

    #[test]
    fn the_detected_face_comes_before_the_portrait() {
        let portrait = |data: &str| read(&format!(r#"{{"data":{{{data}}}}}"#)).unwrap().document().portrait();
        assert_eq!(portrait(r#""face_image_base64":"AQ==","portrait_photo":"Ag==""#), Some(vec![1]));
        assert_eq!(portrait(r#""face_image_base64":"","portrait_photo":"Ag==""#), Some(vec![2]));
        assert_eq!(portrait(r#""portrait_photo":"Ag""#), None);
        assert_eq!(portrait(r#""portrait_photo":"Ag==\n""#), None);
        assert_eq!(portrait(r#""face_image_base64":"?","portrait_photo":"Ag==""#), None);
        assert_eq!(portrait(r#""portrait_photo":"""#), None);
    }
}
