use crate::json::{Json, Object};
use crate::response::Unparsable;
use crate::response::verdict::{parse_score, parse_texts, status_of, unless_contradicted};
use crate::{Score, Verdict};

/// `{"data"?, "decision"?: {"status", "score", "reasons"}, "meta"}`, which objects to nothing.
pub(crate) struct Envelope<'a> {
    data: Option<&'a Json>,
    pub(crate) verdict: Verdict,
    pub(crate) score: Score,
    pub(crate) reasons: Vec<String>,
}

impl<'a> Envelope<'a> {
    pub(crate) fn open(root: &'a Object) -> Result<Self, Unparsable> {
        if root.has_error() {
            return Err(Unparsable);
        }
        let (verdict, score, reasons) = read_decision(root.get_non_null("decision"));
        let verdict = unless_contradicted(verdict, root);
        Ok(Self { data: root.get_non_null("data"), verdict, score, reasons })
    }

    /// `data` as an object; `None` where there is none.
    pub(crate) fn object(&self) -> Result<Option<&'a Object>, Unparsable> {
        self.data.map(|data| data.as_object().ok_or(Unparsable)).transpose()
    }

    /// `data` as a list; empty where there is none.
    pub(crate) fn list(&self) -> Result<&'a [Json], Unparsable> {
        self.data.map_or(Ok(&[]), |data| data.as_array().ok_or(Unparsable))
    }
}

/// Absent where no scoring applies to the key: then there is no verdict.
fn read_decision(decision: Option<&Json>) -> (Verdict, Score, Vec<String>) {
    match decision {
        None => (Verdict::Unknown, Score::Absent, Vec::new()),
        Some(Json::Object(decision)) if !decision.has_error() => {
            (status_of(decision), parse_score(decision), parse_texts(decision, "reasons"))
        }
        Some(_) => (Verdict::Unknown, Score::Malformed, Vec::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn only_a_plain_decision_is_a_verdict() {
        use Verdict::*;
        let cases = [
            (
                r#"{"decision":{"status":"pass","score":0.95,"reasons":[]},"meta":{}}"#,
                Pass,
                Score::Number(0.95),
            ),
            (r#"{"decision":{"status":"fail","score":0.2,"reasons":["x"]}}"#, Fail, Score::Number(0.2)),
            (r#"{"decision":{"status":"refer"}}"#, Refer, Score::Absent),
            (r#"{"meta":{"request_id":"r"}}"#, Unknown, Score::Absent),
            (r#"{"decision":null}"#, Unknown, Score::Absent),
            (r#"{"decision":{"status":"PASS","score":"0.9"}}"#, Unknown, Score::Malformed),
            (r#"{"decision":{"status":["pass"]}}"#, Unknown, Score::Absent),
            (r#"{"decision":{"status":"pass","error":"x"}}"#, Unknown, Score::Malformed),
            (r#"{"decision":"pass"}"#, Unknown, Score::Malformed),
            (r#"{"decision":["pass"]}"#, Unknown, Score::Malformed),
            // What says it in the words of version 1 says nothing here.
            (r#"{"scoring_result":"pass","score":0.9}"#, Unknown, Score::Absent),
            (r#"{"data":{"decision":{"status":"pass"}}}"#, Unknown, Score::Absent),
            (r#"{"status":"pass"}"#, Unknown, Score::Absent),
        ];
        for (text, verdict, score) in cases {
            let root = read_object(text.as_bytes()).unwrap();
            let envelope = Envelope::open(&root).unwrap();
            assert_eq!((envelope.verdict, envelope.score), (verdict, score), "{text}");
        }
    }

    #[test]
    fn an_envelope_with_an_error_is_none() {
        for error in [r#"{"code":"x","message":"m"}"#, r#""x""#, "true"] {
            let text = format!(r#"{{"decision":{{"status":"pass"}},"error":{error}}}"#);
            assert!(Envelope::open(&read_object(text.as_bytes()).unwrap()).is_err(), "{text}");
        }
    }

    #[test]
    fn data_are_what_the_call_expects_or_nothing_at_all() {
        let read = |text: &str| {
            let root = read_object(text.as_bytes()).unwrap();
            let envelope = Envelope::open(&root).unwrap();
            (envelope.object().map(|object| object.is_some()), envelope.list().map(<[_]>::len))
        };
        assert_eq!(read("{}"), (Ok(false), Ok(0)));
        assert_eq!(read(r#"{"data":null}"#), (Ok(false), Ok(0)));
        assert_eq!(read(r#"{"data":{}}"#), (Ok(true), Err(Unparsable)));
        assert_eq!(read(r#"{"data":[1,2]}"#), (Err(Unparsable), Ok(2)));
        assert_eq!(read(r#"{"data":"x"}"#), (Err(Unparsable), Err(Unparsable)));
    }
}
