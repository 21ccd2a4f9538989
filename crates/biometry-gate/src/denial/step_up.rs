//! What a caller has to do before a route opens, and how a refusal says so.

use std::borrow::Cow;
use std::sync::Arc;

use http::HeaderValue;
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use crate::challenge::{ChallengeParams, Code, Problem};
use crate::id::ReturnHandle;
use crate::intent::{Line, PendingIntent};
use crate::policy::Policy;
use crate::record::Refused;

/// What a caller has to do before a route opens: the content of [`Denial::StepUpRequired`](super::Denial::StepUpRequired).
#[derive(Clone, Debug)]
pub struct StepUp {
    pub(crate) policy: Arc<Policy>,
    pub(crate) reason: Refused,
    pub(crate) intent: Option<PendingIntent>,
    pub(crate) consent_missing: bool,
    pub(crate) redirect: Option<ReturnHandle>,
    pub(crate) alternative: Option<String>,
    /// Whether the refused request looks like the start of a step-up.
    pub(crate) refuses_start: bool,
}

impl StepUp {
    /// Why no decision opened the route: there is none, it is too old, used up, too weak, or still on its way.
    pub fn reason(&self) -> Refused {
        self.reason
    }

    /// The policy that has to be satisfied.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The lines that the person will see before they speak, where one operation has to be approved; empty otherwise.
    pub fn display(&self) -> &[Line] {
        self.intent.as_ref().map_or(&[], |intent| &intent.display)
    }
}

impl StepUp {
    pub(super) fn problem(&self, params: &ChallengeParams, kept: Option<&KeptChallenge>) -> Problem {
        let problem = Problem::new(Code::StepUpRequired, "prove with your face and voice that it is you")
            .with_word("reason", self.reason.as_str());
        let problem = match (kept, &self.intent) {
            (Some(kept), None) => problem
                .with_kept("step_up", &kept.step_up[usize::from(self.consent_missing)])
                .challenge(kept.header.clone()),
            (_, intent) => {
                let alternative = self.alternative.as_deref();
                let step_up =
                    described(&self.policy, self.consent_missing, alternative, intent.as_ref(), params);
                problem.with_text("step_up", &step_up).challenge(params.step_up(&self.policy))
            }
        };
        if self.refuses_start { problem.with_word("hint", AROUND_START) } else { problem }
    }
}

/// The member `step_up` of a refusal.
fn described<'a>(
    policy: &'a Policy,
    consent_missing: bool,
    alternative: Option<&'a str>,
    intent: Option<&'a PendingIntent>,
    params: &ChallengeParams,
) -> Described<'a> {
    let link = |rel, method, href, needed| Step { rel, method, href, needed };
    let step = |rel, method, route, needed| link(rel, method, params.href(route), needed);
    let document = policy.needs_document_match();
    let next = [
        Some(step("consent", "POST", "consent", consent_missing)),
        Some(step("start", "POST", "session/start", true)),
        Some(step("verify", "POST", "verify", true)),
        document.then(|| step("document", "POST", "document/check", true)),
        document.then(|| step("match", "POST", "face/match", true)),
        alternative.map(|href| link("alternative", "GET", href.into(), false)),
    ];
    Described {
        policy: policy.name(),
        action: policy.purpose().as_str(),
        acr_values: [policy.acr_value()],
        max_age: policy.freshness().as_secs(),
        next: Next(next),
        intent: intent.map(|intent| Operation { id: intent.id.as_str(), display: &intent.display }),
    }
}

/// What the refusals of one policy say alike, written once. The texts are the very ones that are written without it.
#[derive(Clone)]
pub(crate) struct KeptChallenge {
    header: HeaderValue,
    /// The member `step_up` of a caller who has agreed, and of one who has not.
    step_up: [Arc<RawValue>; 2],
}

impl KeptChallenge {
    /// `None` where the texts cannot be written, which no policy makes happen.
    pub(crate) fn write(
        policy: &Policy,
        alternative: Option<&str>,
        params: &ChallengeParams,
    ) -> Option<Self> {
        let write = |consent_missing| {
            to_raw_value(&described(policy, consent_missing, alternative, None, params)).ok().map(Arc::from)
        };
        Some(Self { header: params.step_up(policy), step_up: [write(false)?, write(true)?] })
    }
}

#[derive(Serialize)]
struct Described<'a> {
    policy: &'a str,
    action: &'static str,
    acr_values: [&'a str; 1],
    max_age: u64,
    next: Next<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    intent: Option<Operation<'a>>,
}

/// The steps there are, in their order.
struct Next<'a>([Option<Step<'a>>; 6]);

#[derive(Serialize)]
struct Step<'a> {
    rel: &'static str,
    method: &'static str,
    href: Cow<'a, str>,
    needed: bool,
}

#[derive(Serialize)]
struct Operation<'a> {
    id: &'a str,
    display: &'a [Line],
}

impl Serialize for Next<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().flatten())
    }
}

/// For a developer who looks at the refusal: it may as well be a route of the host's own.
const AROUND_START: &str = "if a step-up should start here, the gate stands around its own mounted routes: mount them \
                            outside of it";

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::challenge::Scheme;
    use crate::denial::Denial;
    use crate::policy::Threshold;

    #[test]
    fn what_is_kept_is_what_is_written_anew() {
        let policy = Policy::for_session("pay \"now\"", Threshold::vendor_verdict_only());
        for mount in [None, Some("/biometry")] {
            let params = ChallengeParams::new(Scheme::parse("Bearer").unwrap(), "bank").mounted_at(mount);
            for alternative in [None, Some("/by-post".to_owned())] {
                let kept = KeptChallenge::write(&policy, alternative.as_deref(), &params).unwrap();
                for consent_missing in [false, true] {
                    let denial = Denial::StepUpRequired(Box::new(StepUp {
                        policy: Arc::new(policy.clone()),
                        reason: Refused::Stale,
                        intent: None,
                        consent_missing,
                        redirect: None,
                        alternative: alternative.clone(),
                        refuses_start: consent_missing,
                    }));
                    let answer = |kept| {
                        let problem = denial.problem_with(&params, kept).request_id("one");
                        let (head, body) = problem.into_response::<Bytes>().into_parts();
                        (head.status, head.headers, body)
                    };
                    assert_eq!(answer(Some(&kept)), answer(None));
                }
            }
        }
    }
}
