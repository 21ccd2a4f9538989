//! Version 2: `{"data"?, "decision"?, "meta"}`, services under other names, scores from 0 to 1.
//!
//! What a service's object holds is not documented. Beside the score that its clients' tests know, it has the members of
//! version 1 here, unless it shows [scores only](crate::SandboxBuilder::v2_scores_only).

use serde_json::{Map, Value, json};

use super::video::{reasons, without, word};
use super::{ScoreScale, Shape, ZoneCheck, document as documents, service, video};
use crate::persona::{Document, Envelope, Matching, Verdict};
use crate::reply::Reply;
use crate::service::Service;
use crate::verification::{Finding, Verification};

/// One of the calls that a verification consists of; as text, since one persona asks for keys twice.
pub(crate) fn check(scores_only: bool, verification: &Verification, request_id: &str) -> String {
    let full = envelope(Some(data(scores_only, verification)), decision(verification), request_id);
    match verification.envelope {
        Envelope::Usual => full.to_string(),
        Envelope::Minimal => without(without(full, "data"), "decision").to_string(),
        Envelope::WithoutData => without(full, "data").to_string(),
        Envelope::DuplicateKeys => {
            let failed = decision(&Verification { verdict: Verdict::Fail, ..verification.clone() });
            let failed = envelope(None, failed, request_id).to_string();
            let passed = without(full, "meta").to_string();
            // Two objects in one pair of braces.
            format!("{},{}", &failed[..failed.len() - 1], &passed[1..])
        }
    }
}

pub(crate) fn enrolled(enrolled: bool, user: &str, request_id: &str) -> Reply {
    plain(Some(json!({ "enrolled": enrolled, "user_id": user })), request_id)
}

pub(crate) fn document(document: Document, zone: ZoneCheck, request_id: &str) -> Reply {
    let status = if documents::passes(document, zone) { "pass" } else { "fail" };
    let decision = json!({ "status": status, "score": unit(status == "pass"), "reasons": [] });
    Reply::json(&envelope(Some(documents::info(document, zone)), Some(decision), request_id))
}

pub(crate) fn face_match(scores_only: bool, matching: Matching, request_id: &str) -> Reply {
    let same = matches!(matching, Matching::Same | Matching::Contradictory);
    let mut face = json!({ "score": unit(same) });
    if !scores_only || matching == Matching::Contradictory {
        face["code"] = i32::from(matching != Matching::Same).into();
    }
    let (status, reasons) = if same { ("pass", json!([])) } else { ("fail", json!(["face_match_failed"])) };
    let decision = json!({ "status": status, "score": unit(same), "reasons": reasons });
    Reply::json(&envelope(Some(json!({ "face_recognition": face })), Some(decision), request_id))
}

/// A reply without a decision.
pub(crate) fn plain(data: Option<Value>, request_id: &str) -> Reply {
    Reply::json(&envelope(data, None, request_id))
}

fn envelope(data: Option<Value>, decision: Option<Value>, request_id: &str) -> Value {
    let mut body = Map::new();
    body.extend(data.map(|data| ("data".to_owned(), data)));
    body.extend(decision.map(|decision| ("decision".to_owned(), decision)));
    body.insert("meta".to_owned(), json!({ "request_id": request_id }));
    body.into()
}

/// `None` where no scoring is configured.
fn decision(verification: &Verification) -> Option<Value> {
    let mut decision = json!({ "status": word(verification.verdict)? });
    if let Some(score) = video::score(ScoreScale::Unit, verification) {
        decision["score"] = score;
    }
    decision["reasons"] = reasons(Shape::Sdk, verification).into();
    Some(decision)
}

fn data(scores_only: bool, verification: &Verification) -> Value {
    let services = verification.findings.iter().map(|(service, finding)| {
        (service.key().to_owned(), object(scores_only, *service, *finding, verification))
    });
    services.collect::<Map<_, _>>().into()
}

fn object(scores_only: bool, service: Service, finding: Finding, whole: &Verification) -> Value {
    let mut full = service::render(Shape::Sdk, service, finding, whole);
    if finding == Finding::Errored {
        return full;
    }
    // Whom a face belongs to is said even where nothing else is.
    let keeps_all = !scores_only || (whole.contested && service == Service::Face);
    if !keeps_all {
        full = json!({});
    }
    full["score"] = unit(finding == Finding::Passed).into();
    full
}

fn unit(is_good: bool) -> f64 {
    if is_good { 0.905 } else { 0.1225 }
}

#[cfg(test)]
mod tests;
