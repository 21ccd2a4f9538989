//! The envelope of a processed video.

use serde_json::{Map, Value, json};

use super::{ScoreScale, Shape, service};
use crate::persona::{Envelope, Score, Verdict};
use crate::service::Service;
use crate::verification::{Finding, Verification};

/// The body of a processed video's reply, as text: one persona asks for keys twice, which no JSON value can hold.
pub(crate) fn video(shape: Shape, scale: ScoreScale, verification: &Verification) -> String {
    let full = envelope(shape, scale, verification);
    match verification.envelope {
        Envelope::Usual => full.to_string(),
        Envelope::Minimal => json!({ "message": MESSAGE }).to_string(),
        Envelope::WithoutData => without(full, "data").to_string(),
        Envelope::DuplicateKeys => duplicate_keys(shape, scale, verification),
    }
}

fn envelope(shape: Shape, scale: ScoreScale, verification: &Verification) -> Value {
    let mut body = Map::new();
    let services = verification.findings.iter().map(|(service, finding)| {
        (service.display_name().to_owned(), service::render(shape, *service, *finding, verification))
    });
    body.insert("data".to_owned(), services.collect::<Map<_, _>>().into());
    body.extend(verdict(shape, verification));
    body.extend(score(scale, verification).map(|score| ("score".to_owned(), score)));
    let reasons = reasons(shape, verification);
    if !reasons.is_empty() && shape != Shape::Legacy {
        body.insert("decision_reasons".to_owned(), reasons.into());
    }
    body.insert("message".to_owned(), MESSAGE.into());
    body.into()
}

fn verdict(shape: Shape, verification: &Verification) -> Option<(String, Value)> {
    let word = word(verification.verdict)?;
    Some(match shape {
        Shape::Sdk => ("scoring_result".to_owned(), word.into()),
        Shape::Guide => ("scoring_result".to_owned(), json!({ "status": word })),
        Shape::Legacy => ("result_conditions".to_owned(), conditions(word, verification)),
    })
}

fn conditions(word: &str, verification: &Verification) -> Value {
    let reasons = reasons(Shape::Legacy, verification);
    let (failed, referred) = match verification.verdict {
        Verdict::Refer => (Vec::new(), reasons),
        Verdict::Pass | Verdict::Fail | Verdict::Unheard | Verdict::Absent => (reasons, Vec::new()),
    };
    json!({ "failed_conditions": failed, "failed_refer_conditions": referred, "status": word })
}

pub(super) fn word(verdict: Verdict) -> Option<&'static str> {
    match verdict {
        Verdict::Pass => Some("pass"),
        Verdict::Fail => Some("fail"),
        Verdict::Refer => Some("refer"),
        Verdict::Unheard => Some("passed"),
        Verdict::Absent => None,
    }
}

/// `None` where the field is left out, which the platform also does with a zero.
pub(super) fn score(scale: ScoreScale, verification: &Verification) -> Option<Value> {
    let usual = scale.of_percent(usual_percent(verification.verdict));
    match verification.score {
        Score::Absent => None,
        Score::Exactly(0.0) => None,
        Score::Exactly(score) => Some(score.into()),
        Score::Text => Some(usual.to_string().into()),
        Score::ByVerdict => Some(usual.into()),
    }
}

fn usual_percent(verdict: Verdict) -> f64 {
    match verdict {
        Verdict::Pass | Verdict::Unheard | Verdict::Absent => 92.5,
        Verdict::Refer => 58.0,
        Verdict::Fail => 31.25,
    }
}

pub(super) fn reasons(shape: Shape, verification: &Verification) -> Vec<String> {
    match verification.verdict {
        Verdict::Fail => failures(verification),
        Verdict::Refer => vec!["manual_review_required".to_owned()],
        Verdict::Pass if shape == Shape::Guide => matches(verification),
        Verdict::Pass | Verdict::Unheard | Verdict::Absent => Vec::new(),
    }
}

fn failures(verification: &Verification) -> Vec<String> {
    let failed = verification.findings.iter().filter(|(_, finding)| *finding != Finding::Passed);
    let reasons: Vec<_> = failed.map(|(service, _)| format!("{}_failed", service.reason_stem())).collect();
    if reasons.is_empty() { vec!["score_below_threshold".to_owned()] } else { reasons }
}

fn matches(verification: &Verification) -> Vec<String> {
    let recognising = [Service::Face, Service::Voice].into_iter();
    let passed = recognising.filter(|service| verification.findings.contains(&(*service, Finding::Passed)));
    passed.map(|service| format!("{}_passed", service.reason_stem())).collect()
}

pub(super) fn without(body: Value, member: &str) -> Value {
    let Value::Object(mut body) = body else { return body };
    body.remove(member);
    body.into()
}

/// The envelope of a failure and that of a pass in one object.
fn duplicate_keys(shape: Shape, scale: ScoreScale, verification: &Verification) -> String {
    let render = |verdict| envelope(shape, scale, &Verification { verdict, ..verification.clone() });
    let failed = without(render(Verdict::Fail), "data").to_string();
    let passed = render(Verdict::Pass).to_string();
    // Two objects in one pair of braces.
    let (failed, passed) = (&failed[..failed.len() - 1], &passed[1..]);
    format!("{failed},{passed}")
}

const MESSAGE: &str = "video processed successfully";
