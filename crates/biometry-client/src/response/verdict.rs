//! The platform's conclusion, wherever a version of it writes it.

use std::fmt;

use crate::json::{Json, Object};

/// The platform's conclusion about a verification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Exactly `pass`.
    Pass,
    /// Exactly `fail`.
    Fail,
    /// Exactly `refer`: a human should look. Not a pass.
    Refer,
    /// Absent, in another spelling, or contradicted within the reply.
    Unknown,
}

/// The overall score as it was sent.
///
/// The platform's documents disagree on the scale (0 to 1, 0 to 100), so a score means something
/// only against a configured one. A score of zero is usually left out.
#[derive(Clone, Copy, PartialEq)]
pub enum Score {
    /// Not sent.
    Absent,
    /// A finite JSON number.
    Number(f64),
    /// Sent, but not as a number: a string, an object, `null`.
    Malformed,
}

impl Score {
    /// The number, if it is one.
    pub fn number(self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(number),
            Self::Absent | Self::Malformed => None,
        }
    }
}

impl fmt::Debug for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Absent => "Absent",
            Self::Number(_) => "Number(..)",
            Self::Malformed => "Malformed",
        })
    }
}

/// `scoring_result` as a string (SDKs) or as an object with `status` (integration guide), and the
/// `result_conditions` of earlier versions. Where both speak, both must say the same. A pass that any other
/// part of the reply contradicts is [`Verdict::Unknown`].
pub(crate) fn parse_verdict(root: &Object) -> Verdict {
    if root.has_error() {
        return Verdict::Unknown;
    }
    let current = root.get_non_null("scoring_result").map(verdict_of);
    let legacy = root.get_non_null("result_conditions").map(verdict_of);
    let verdict = match (current, legacy) {
        (Some(current), Some(legacy)) if current != legacy => Verdict::Unknown,
        (current, legacy) => current.or(legacy).unwrap_or(Verdict::Unknown),
    };
    unless_contradicted(verdict, root)
}

/// The verdict, unless it is a pass beside something in the reply that says otherwise.
pub(crate) fn unless_contradicted(verdict: Verdict, root: &Object) -> Verdict {
    if verdict == Verdict::Pass && contradicts_pass(root) { Verdict::Unknown } else { verdict }
}

/// Whether a reply says anywhere that it is no pass: by `error`, `errors` or `status` at its root, or by a
/// verdict that is not a pass throughout, in whatever object it stands.
pub(crate) fn contradicts_pass(root: &Object) -> bool {
    let status = root.get_non_null("status").is_some_and(|status| !is_success(status));
    status || root.has_error() || root.any_object(&has_contrary_verdict)
}

fn has_contrary_verdict(object: &Object) -> bool {
    VERDICTS.iter().filter_map(|name| object.get_non_null(name)).any(|verdict| !is_pass_throughout(verdict))
}

/// `pass`, or an object in which at least one `status` says so, at any depth, and nothing says anything else:
/// the verdict as a whole, or the verdicts of the project's rules one by one.
fn is_pass_throughout(verdict: &Json) -> bool {
    match verdict {
        Json::String(name) => by_name(name) == Verdict::Pass,
        Json::Object(object) => {
            object.any_object(&|inner| status_of(inner) == Verdict::Pass) && !object.any_object(&is_contrary)
        }
        _ => false,
    }
}

fn is_contrary(object: &Object) -> bool {
    let has_other_status = object.get_non_null("status").is_some() && status_of(object) != Verdict::Pass;
    let is_denied = FLAGS.iter().filter_map(|name| object.get_non_null(name)).any(is_falsy);
    has_other_status || is_denied || object.has_error() || has_failed_conditions(object)
}

/// Whether a `status` outside of a verdict speaks of success.
pub(crate) fn is_success(status: &Json) -> bool {
    matches!(status.as_str(), Some("pass" | "passed" | "success" | "ok" | "good" | "identified"))
}

/// Whether a value says no: `false`, a number that is not above zero, or a text or an empty list that means it.
pub(crate) fn is_falsy(value: &Json) -> bool {
    match value {
        Json::Bool(value) => !value,
        Json::Number(number) => *number <= 0.0,
        Json::String(text) => {
            let text = text.trim().to_ascii_lowercase();
            matches!(
                &*text,
                "" | "0" | "0.0" | "false" | "no" | "none" | "null" | "fail" | "failed" | "bad" | "error"
            )
        }
        Json::Array(items) => items.is_empty() || items.iter().any(is_falsy),
        Json::Null => true,
        Json::Object(_) => false,
    }
}

pub(crate) fn parse_score(root: &Object) -> Score {
    match root.get("score") {
        None => Score::Absent,
        Some(Json::Number(number)) => Score::Number(*number),
        Some(_) => Score::Malformed,
    }
}

/// Free texts for people and logs of record; never a ground for a decision.
pub(crate) fn parse_reasons(root: &Object) -> Vec<String> {
    parse_texts(root, "decision_reasons")
}

/// The strings of a list; empty where there is none.
pub(crate) fn parse_texts(object: &Object, name: &str) -> Vec<String> {
    let texts = object.get(name).and_then(Json::as_array).unwrap_or_default();
    texts.iter().filter_map(Json::as_str).map(str::to_owned).collect()
}

fn verdict_of(place: &Json) -> Verdict {
    match place {
        Json::String(name) => by_name(name),
        Json::Object(object) if has_failed_conditions(object) => match status_of(object) {
            Verdict::Pass => Verdict::Unknown,
            verdict => verdict,
        },
        Json::Object(object) => status_of(object),
        _ => Verdict::Unknown,
    }
}

/// The verdict in an object's `status`.
pub(crate) fn status_of(object: &Object) -> Verdict {
    object.get_str("status").map_or(Verdict::Unknown, by_name)
}

fn by_name(name: &str) -> Verdict {
    match name {
        "pass" => Verdict::Pass,
        "fail" => Verdict::Fail,
        "refer" => Verdict::Refer,
        _ => Verdict::Unknown,
    }
}

fn has_failed_conditions(object: &Object) -> bool {
    ["failed_conditions", "failed_refer_conditions"]
        .into_iter()
        .any(|name| object.get(name).is_some_and(|conditions| !conditions.is_blank()))
}

/// The names under which the platform's versions write their conclusion.
const VERDICTS: [&str; 4] = ["scoring_result", "result_conditions", "decision", "verdict"];

/// The names of members that say yes or no.
pub(crate) const FLAGS: [&str; 6] = ["result", "match", "matched", "is_match", "passed", "success"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    #[test]
    fn only_a_plain_uncontradicted_pass_passes() {
        use Verdict::*;
        let cases = [
            (r#"{"scoring_result":"pass"}"#, Pass),
            (r#"{"scoring_result":{"status":"pass","rules":[]}}"#, Pass),
            (
                r#"{"result_conditions":{"failed_conditions":[],"failed_refer_conditions":[],"status":"pass"}}"#,
                Pass,
            ),
            (r#"{"scoring_result":"pass","result_conditions":{"status":"pass"}}"#, Pass),
            (r#"{"scoring_result":"pass","error":""}"#, Pass),
            (r#"{"scoring_result":"fail"}"#, Fail),
            (r#"{"scoring_result":{"status":"fail"}}"#, Fail),
            (r#"{"scoring_result":"refer"}"#, Refer),
            (r#"{"result_conditions":{"failed_refer_conditions":["x"],"status":"refer"}}"#, Refer),
            ("{}", Unknown),
            (r#"{"scoring_result":null}"#, Unknown),
            (r#"{"scoring_result":"PASS"}"#, Unknown),
            (r#"{"scoring_result":" pass"}"#, Unknown),
            (r#"{"scoring_result":"passed"}"#, Unknown),
            (r#"{"scoring_result":true}"#, Unknown),
            (r#"{"scoring_result":1}"#, Unknown),
            (r#"{"scoring_result":["pass"]}"#, Unknown),
            (r#"{"scoring_result":{"status":["pass"]}}"#, Unknown),
            (r#"{"scoring_result":{"Status":"pass"}}"#, Unknown),
            (r#"{"scoring_result":{"result":"pass"}}"#, Unknown),
            (r#"{"scoring_result":{}}"#, Unknown),
            (r#"{"data":{"scoring_result":"pass"}}"#, Unknown),
            (r#"{"Scoring_Result":"pass"}"#, Unknown),
            (r#"{"status":"pass"}"#, Unknown),
            (r#"{"status":"success"}"#, Unknown),
            (r#"{"message":"pass","decision_reasons":["pass"]}"#, Unknown),
            (r#"{"scoring_result":"pass","result_conditions":{"status":"fail"}}"#, Unknown),
            (r#"{"scoring_result":"pass","result_conditions":{}}"#, Unknown),
            (r#"{"scoring_result":"fail","result_conditions":{"status":"pass"}}"#, Unknown),
            (r#"{"result_conditions":{"failed_conditions":["liveness"],"status":"pass"}}"#, Unknown),
            (r#"{"scoring_result":{"failed_refer_conditions":{},"status":"pass"}}"#, Unknown),
            (r#"{"scoring_result":"pass","error":"scoring failed"}"#, Unknown),
            (r#"{"scoring_result":"pass","error":{"code":"x"}}"#, Unknown),
            (r#"{"scoring_result":"pass","errors":["x"]}"#, Unknown),
            (r#"{"scoring_result":"pass","errors":[]}"#, Pass),
            (r#"{"scoring_result":"pass","status":"error"}"#, Unknown),
            (r#"{"scoring_result":"pass","status":"success"}"#, Pass),
            (r#"{"scoring_result":"pass","decision":{"status":"fail"}}"#, Unknown),
            (r#"{"scoring_result":"pass","data":{"scoring_result":"fail"}}"#, Unknown),
            (r#"{"scoring_result":"pass","data":{"scoring_result":{"status":"pass"}}}"#, Pass),
            (r#"{"scoring_result":{"status":"pass","rules":[{"name":"x","status":"fail"}]}}"#, Unknown),
            (r#"{"scoring_result":{"status":"pass","rules":[{"name":"x","passed":false}]}}"#, Unknown),
            (r#"{"scoring_result":{"status":"pass","rules":[{"name":"x","status":"pass"}]}}"#, Pass),
        ];
        for (text, expected) in cases {
            assert_eq!(parse_verdict(&read_object(text.as_bytes()).unwrap()), expected, "{text}");
        }
    }

    #[test]
    fn only_a_number_is_a_score() {
        let cases = [
            ("{}", Score::Absent),
            (r#"{"score":92.5}"#, Score::Number(92.5)),
            (r#"{"score":0}"#, Score::Number(0.0)),
            (r#"{"score":-1}"#, Score::Number(-1.0)),
            (r#"{"score":"92.5"}"#, Score::Malformed),
            (r#"{"score":null}"#, Score::Malformed),
            (r#"{"score":true}"#, Score::Malformed),
            (r#"{"score":[92.5]}"#, Score::Malformed),
            (r#"{"score":{"value":92.5}}"#, Score::Malformed),
        ];
        for (text, expected) in cases {
            let score = parse_score(&read_object(text.as_bytes()).unwrap());
            assert_eq!(score, expected, "{text}");
            assert_eq!(score.number().is_some(), matches!(expected, Score::Number(_)));
        }
        assert_eq!(format!("{:?}", Score::Number(92.5)), "Number(..)");
    }

    #[test]
    fn reasons_are_the_strings_among_them() {
        let read = |text: &str| parse_reasons(&read_object(text.as_bytes()).unwrap());
        assert_eq!(read(r#"{"decision_reasons":["liveness_failed",7,null,"x"]}"#), ["liveness_failed", "x"]);
        assert!(read(r#"{"decision_reasons":"liveness_failed"}"#).is_empty());
        assert!(read("{}").is_empty());
    }
}
