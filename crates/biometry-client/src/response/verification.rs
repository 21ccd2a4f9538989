//! The reply of `POST /api-gateway/process-video`.

use std::fmt;

use super::Unparsable;
use super::service_report::{ServiceReport, parse_report};
use super::verdict::{Score, Verdict, parse_reasons, parse_score, parse_verdict};
use crate::json::{Json, Object};
use crate::{Service, UserFullname};

/// What the platform makes of a video. A failing one is a value, not an error.
///
/// Personal throughout: `Debug` shows the verdict and the services' states.
#[derive(Clone, PartialEq)]
pub struct Verification(Findings);

/// What a verification consists of.
#[derive(Clone, PartialEq)]
pub(crate) struct Findings {
    pub(crate) verdict: Verdict,
    pub(crate) score: Score,
    /// In the order of [`Service::ALL`].
    pub(crate) reports: [ServiceReport; 5],
    pub(crate) reasons: Vec<String>,
}

impl Verification {
    pub(crate) fn of(findings: Findings) -> Self {
        Self(findings)
    }

    pub(crate) fn into_findings(self) -> Findings {
        self.0
    }

    /// The platform's conclusion. Only [`Verdict::Pass`] is a pass, and what else you require of the
    /// services is yours to check: the platform leaves out what it has no consent for.
    pub fn verdict(&self) -> Verdict {
        self.0.verdict
    }

    /// The overall score.
    pub fn score(&self) -> Score {
        self.0.score
    }

    /// What this service found.
    pub fn service(&self, service: Service) -> &ServiceReport {
        &self.0.reports[service as usize]
    }

    /// The platform's reasons, free texts that come with a pass as well as with a failure.
    pub fn reasons(&self) -> &[String] {
        &self.0.reasons
    }
}

impl fmt::Debug for Verification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let states = Service::ALL.map(|service| (service, self.service(service).state()));
        f.debug_struct("Verification")
            .field("verdict", &self.verdict())
            .field("services", &states)
            .finish_non_exhaustive()
    }
}

/// `{"data": {<service>: …}, "scoring_result", "score"?, "decision_reasons"?, "message"}`, every
/// member optional.
pub(crate) fn parse_verification(root: &Object, user: &UserFullname) -> Result<Verification, Unparsable> {
    let data = match root.get_non_null("data") {
        None => None,
        Some(Json::Object(data)) => Some(data),
        Some(_) => return Err(Unparsable),
    };
    let report =
        |service: Service| parse_report(service, data.and_then(|data| data.get(service.as_str())), user);
    Ok(Verification::of(Findings {
        verdict: parse_verdict(root),
        score: parse_score(root),
        reports: Service::ALL.map(report),
        reasons: parse_reasons(root),
    }))
}

#[cfg(test)]
mod tests;
