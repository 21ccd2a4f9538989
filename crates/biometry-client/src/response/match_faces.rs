//! The reply of `POST /api-gateway/match-faces`.

use std::fmt;

use super::Unparsable;
use super::names::{Naming, naming_of};
use super::verdict::{FLAGS, Score, Verdict, contradicts_pass, is_falsy, parse_score, parse_verdict};
use crate::UserFullname;
use crate::json::{Json, Object};

/// Whether the faces in a picture and a video are one. `Debug` shows no score.
#[derive(Clone, PartialEq)]
pub struct FaceMatch {
    outcome: FaceMatchOutcome,
    verdict: Verdict,
    score: Score,
}

/// How comparing two faces came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaceMatchOutcome {
    /// The same face.
    Matched,
    /// Not the same face, or no single face in the picture or the video.
    NotMatched,
    /// Not said, not understood, or contradicted within the reply. Not a match.
    Unknown,
}

impl FaceMatch {
    pub(crate) fn of(outcome: FaceMatchOutcome, verdict: Verdict, score: Score) -> Self {
        Self { outcome, verdict, score }
    }

    /// How it came out: a match needs a `result` of true or 1, a code of success wherever there is
    /// one, and no verdict, of the whole or of one of the project's rules, that is anything but a pass.
    pub fn outcome(&self) -> FaceMatchOutcome {
        self.outcome
    }

    /// Whether the faces match.
    pub fn is_match(&self) -> bool {
        self.outcome == FaceMatchOutcome::Matched
    }

    /// The verdict of the project's rules; [`Verdict::Unknown`] where none are set up, or where the
    /// platform lists them one by one.
    pub fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The score, 0 to 100 by the platform's documents.
    pub fn score(&self) -> Score {
        self.score
    }
}

impl fmt::Debug for FaceMatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FaceMatch")
            .field("outcome", &self.outcome)
            .field("verdict", &self.verdict)
            .finish_non_exhaustive()
    }
}

/// `{"data": {"code", "result": bool | 0 | 1, "score"?, "anchor": {"code"}, "target": {"code"}},
/// "scoring_result"?, "score"?}`, or the members of `data` at the root.
pub(crate) fn parse_match(root: &Object, user: Option<&UserFullname>) -> Result<FaceMatch, Unparsable> {
    let data = match root.get_non_null("data") {
        None => root,
        Some(data) => data.as_object().ok_or(Unparsable)?,
    };
    let verdict = parse_verdict(root);
    let outcome = match outcome_of(data) {
        _ if root.has_error() || data.has_error() => FaceMatchOutcome::Unknown,
        FaceMatchOutcome::Matched if contradicts_pass(root) || contradicts_pass(data) => {
            FaceMatchOutcome::Unknown
        }
        FaceMatchOutcome::Matched if user.is_some_and(|user| naming_of(data, user) != Naming::User) => {
            FaceMatchOutcome::Unknown
        }
        outcome => outcome,
    };
    Ok(FaceMatch::of(outcome, verdict, score_of(root, data)))
}

fn outcome_of(data: &Object) -> FaceMatchOutcome {
    let sides = ["anchor", "target"].into_iter().filter_map(|name| data.get_non_null(name));
    let mut codes = vec![code_of(data)];
    codes.extend(sides.map(|side| side.as_object().map_or(Code::Unknown, code_of)));
    if codes.contains(&Code::Failure) {
        FaceMatchOutcome::NotMatched
    } else if codes.contains(&Code::Unknown) {
        FaceMatchOutcome::Unknown
    } else if data.any_object(&is_denied) {
        FaceMatchOutcome::NotMatched
    } else {
        match data.get("result") {
            Some(Json::Bool(true) | Json::Number(1.0)) => FaceMatchOutcome::Matched,
            _ => FaceMatchOutcome::Unknown,
        }
    }
}

fn is_denied(object: &Object) -> bool {
    FLAGS.iter().filter_map(|name| object.get(name)).any(is_falsy)
}

#[derive(Clone, Copy, PartialEq)]
enum Code {
    Success,
    Failure,
    Unknown,
}

fn code_of(object: &Object) -> Code {
    match object.get("code") {
        Some(Json::Number(0.0 | 200.0)) => Code::Success,
        Some(Json::Number(_)) => Code::Failure,
        _ => Code::Unknown,
    }
}

/// The score of the data, mirrored at the root by some versions; two that differ are none.
fn score_of(root: &Object, data: &Object) -> Score {
    match (parse_score(data), parse_score(root)) {
        (Score::Absent, score) | (score, Score::Absent) => score,
        (inner, outer) if inner == outer => inner,
        _ => Score::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<FaceMatch, Unparsable> {
        parse_match(&read_object(text.as_bytes()).unwrap(), None)
    }

    #[test]
    fn a_match_is_said_in_every_place() {
        use FaceMatchOutcome::*;
        let cases = [
            (
                r#"{"data":{"anchor":{"code":0,"description":"One face"},"target":{"code":0},"code":0,"result":true,
                "percentages":[90.1],"score":93.5},"score":93.5,"scoring_result":{"rule":{"status":"pass"}},"message":"m"}"#,
                Matched,
            ),
            (r#"{"data":{"code":0,"result":1},"scoring_result":{"status":"pass"}}"#, Matched),
            (r#"{"data":{"code":0,"result":1.0,"anchor":null}}"#, Matched),
            (r#"{"code":200,"result":1,"description":"Matched"}"#, Matched),
            (r#"{"data":{"code":0,"result":false}}"#, NotMatched),
            (r#"{"data":{"code":0,"result":0}}"#, NotMatched),
            (r#"{"data":{"code":1,"result":true}}"#, NotMatched),
            (r#"{"data":{"code":0,"result":true,"anchor":{"code":1}}}"#, NotMatched),
            (r#"{"data":{"code":0,"result":true,"target":{"code":2}}}"#, NotMatched),
            (r#"{"data":{"code":0,"result":true,"target":{}}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true,"target":true}}"#, Unknown),
            (r#"{"data":{"code":0,"result":"true"}}"#, Unknown),
            (r#"{"data":{"code":0,"result":2}}"#, Unknown),
            (r#"{"data":{"code":0,"score":99}}"#, Unknown),
            (r#"{"data":{"result":true}}"#, Unknown),
            (r#"{"data":{"code":"0","result":true}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"scoring_result":{"status":"fail"}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"scoring_result":"refer"}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"scoring_result":"FAIL"}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"scoring_result":{}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"scoring_result":{"rule":{"status":"fail"}}}"#, Unknown),
            (
                r#"{"data":{"code":0,"result":true},"scoring_result":{"a":{"status":"pass"},"b":{"status":"refer"}}}"#,
                Unknown,
            ),
            (r#"{"data":{"code":0,"result":true,"scoring_result":"fail"}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"result_conditions":{"status":"fail"}}"#, Unknown),
            (r#"{"data":{"code":0,"result":true,"match":false}}"#, NotMatched),
            (r#"{"data":{"code":0,"result":true},"errors":["x"]}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"status":"error"}"#, Unknown),
            (r#"{"data":{"code":0,"result":true},"error":"x"}"#, Unknown),
            (r#"{"data":{"code":0,"result":true,"error":"x"}}"#, Unknown),
            (r#"{"message":"faces match result is here"}"#, Unknown),
        ];
        for (text, outcome) in cases {
            let faces = read(text).unwrap();
            assert_eq!(faces.outcome(), outcome, "{text}");
            assert_eq!(faces.is_match(), outcome == Matched);
        }
        assert_eq!(read(r#"{"data":true}"#).err(), Some(Unparsable));
    }

    #[test]
    fn two_scores_must_be_one() {
        let score = |text: &str| read(text).unwrap().score();
        assert_eq!(score(r#"{"data":{"score":93.5},"score":93.5}"#), Score::Number(93.5));
        assert_eq!(score(r#"{"data":{"score":93.5}}"#), Score::Number(93.5));
        assert_eq!(score(r#"{"data":{},"score":93.5}"#), Score::Number(93.5));
        assert_eq!(score(r#"{"data":{"score":10},"score":93.5}"#), Score::Malformed);
        assert_eq!(score(r#"{"data":{}}"#), Score::Absent);
        assert!(!format!("{:?}", read(r#"{"data":{"score":93.5}}"#).unwrap()).contains("93.5"));
    }

    #[test]
    fn the_verdict_stands_beside_the_match() {
        let faces = read(r#"{"data":{"code":0,"result":1},"scoring_result":{"status":"pass"}}"#).unwrap();
        assert_eq!(faces.verdict(), Verdict::Pass);
    }
}
