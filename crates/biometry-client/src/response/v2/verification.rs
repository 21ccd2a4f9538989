//! What the calls that make up a verification say together.

use super::Envelope;
use super::report::parse_report;
use crate::request::v2::verification::Check;
use crate::response::Unparsable;
use crate::response::reply::Reply;
use crate::response::service_report::{ServiceReport, ServiceState};
use crate::response::verification::Findings;
use crate::{Score, Service, UserFullname, Verdict, Verification};

/// What one call says.
pub(crate) fn parse_check(envelope: &Envelope<'_>, user: &UserFullname) -> Result<Verification, Unparsable> {
    let data = envelope.object()?;
    let report = |service| parse_report(service, data, envelope.verdict, user);
    Ok(Verification::of(Findings {
        verdict: envelope.verdict,
        score: envelope.score,
        reports: Service::ALL.map(report),
        reasons: envelope.reasons.clone(),
    }))
}

/// What a call says whose media do not do.
pub(crate) fn unfit(check: Check, code: &str) -> Verification {
    let report = |service| match service == check.service() {
        true => ServiceReport::ABSENT.with_state(ServiceState::Failed),
        false => ServiceReport::ABSENT,
    };
    Verification::of(Findings {
        verdict: Verdict::Fail,
        score: Score::Absent,
        reports: Service::ALL.map(report),
        reasons: vec![code.to_owned()],
    })
}

/// One verification of two: whatever both speak of is as bad as the worse of them says.
pub(crate) fn join(one: Reply<Verification>, other: Reply<Verification>) -> Reply<Verification> {
    one.join(other, |one, other| {
        let (one, other) = (one.into_findings(), other.into_findings());
        let mut others = other.reports.into_iter();
        Verification::of(Findings {
            verdict: worse_verdict(one.verdict, other.verdict),
            score: lower_score(one.score, other.score),
            reports: one.reports.map(|report| match others.next() {
                Some(other) => report.worse(other),
                None => report,
            }),
            reasons: [one.reasons, other.reasons].concat(),
        })
    })
}

fn worse_verdict(one: Verdict, other: Verdict) -> Verdict {
    let badness = |verdict| match verdict {
        Verdict::Pass => 0,
        Verdict::Refer => 1,
        Verdict::Unknown => 2,
        Verdict::Fail => 3,
    };
    if badness(one) > badness(other) { one } else { other }
}

/// The lower number; none where one call has none.
fn lower_score(one: Score, other: Score) -> Score {
    match (one, other) {
        (Score::Malformed, _) | (_, Score::Malformed) => Score::Malformed,
        (Score::Absent, _) | (_, Score::Absent) => Score::Absent,
        (Score::Number(one), Score::Number(other)) => Score::Number(one.min(other)),
    }
}

#[cfg(test)]
mod tests;
