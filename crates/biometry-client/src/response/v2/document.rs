//! The reply of `POST /api-gateway/v2/documents/check`: the document's fields as `data`, and the decision.

use super::Envelope;
use crate::DocumentCheck;
use crate::response::Unparsable;

pub(crate) fn parse_check(envelope: &Envelope<'_>) -> Result<DocumentCheck, Unparsable> {
    let data = envelope.object()?.ok_or(Unparsable)?;
    DocumentCheck::of(data, envelope.verdict)
}

/// The picture does not do, so that nothing could be read.
pub(crate) fn unfit(code: &str) -> DocumentCheck {
    DocumentCheck::unread(code)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;
    use crate::{DocumentResult, Verdict};

    fn read(text: &str) -> Result<DocumentCheck, Unparsable> {
        let root = read_object(text.as_bytes()).unwrap();
        parse_check(&Envelope::open(&root).unwrap())
    }

    #[test]
    fn a_document_is_accepted_by_the_decision() {
        let data = r#""data":{"first_name":"ANNA","last_name":"ERIKSSON","portrait_photo":"AQID"}"#;
        let check =
            read(&format!(r#"{{{data},"decision":{{"status":"pass","score":0.9,"reasons":[]}}}}"#)).unwrap();
        assert!(check.is_accepted());
        assert_eq!(check.document().last_name(), Some("ERIKSSON"));
        assert_eq!(check.document().portrait(), Some(vec![1, 2, 3]));
        for decision in [r#"{"status":"fail"}"#, r#"{"status":"refer"}"#, "null", "\"pass\""] {
            let check = read(&format!(r#"{{{data},"decision":{decision}}}"#)).unwrap();
            assert!(!check.is_accepted(), "{decision}");
        }
        assert!(!read(&format!("{{{data}}}")).unwrap().is_accepted());
        assert_eq!(read(r#"{"decision":{"status":"pass"}}"#).err(), Some(Unparsable));
    }

    #[test]
    fn a_result_in_the_words_of_version_1_has_to_agree() {
        let with = |result: &str| {
            read(&format!(r#"{{"data":{{"current_result":{result}}},"decision":{{"status":"pass"}}}}"#))
                .unwrap()
        };
        assert!(with("\"Passed\"").is_accepted());
        assert!(!with("\"Failed\"").is_accepted() && !with("true").is_accepted());
    }

    #[test]
    fn a_picture_that_does_not_do_is_no_document() {
        let check = unfit("document_not_detected");
        assert!(!check.is_accepted());
        assert_eq!((check.verdict(), check.result()), (Verdict::Fail, DocumentResult::Absent));
        assert_eq!(check.errors(), ["document_not_detected"]);
    }
}
