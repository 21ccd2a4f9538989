//! The write path: consent, claim, relay, decide, settle.

mod about;
mod admission;
mod claim;
mod document;
mod enroll;
mod error;
mod face_match;
mod hashed;
mod relay;
mod rules;
mod side_claim;

use std::sync::Arc;
use std::time::SystemTime;

use biometry_client::{ProcessVideo, Reply, Service, Verification};

pub(crate) use self::about::About;
pub(crate) use self::admission::Arrival;
use self::admission::{Sender, admit, context, fullname};
use self::claim::Claim;
pub(crate) use self::document::{DocumentOutcome, check_document};
pub(crate) use self::enroll::{Enrollment, EnrollmentFailure, enroll};
pub(crate) use self::error::VerifyError;
pub(crate) use self::face_match::{IMAGE, MatchOutcome, Video, match_faces};
use self::relay::{Files, upload};
pub(crate) use self::rules::PROVIDED_ID;
use self::rules::Rules;
use crate::audit::{Event, EventKind};
use crate::consent::Purpose;
use crate::consents::{ensure_consent, may_sign_in};
use crate::decision::{Conclusion, Decision, Evidence, Outcome, Shortfall, decide};
use crate::engine::{Engine, PlatformFailure};
use crate::id::{DecisionId, SessionId};
use crate::ledger::{Begun, NotBegun, Settled, Settlement, Unknown};
use crate::phrase::Phrase;
use crate::policy::Policy;
use crate::principal::{Principal, Realm};
use crate::store::Revocation;

/// An upload that wants to be judged.
pub(crate) struct Submission {
    pub(crate) owner: Principal,
    /// The session that the request names.
    pub(crate) session: Option<SessionId>,
    pub(crate) about: About,
    pub(crate) arrival: Arrival,
}

/// What the platform made of an upload that is no verification.
pub(crate) struct Judged<T> {
    pub(crate) outcome: T,
    pub(crate) platform_request_id: Option<String>,
}

/// A verification that came to its end.
pub(crate) struct Verified {
    pub(crate) verdict: Verdict,
    /// What fell short; for the browser only where the host says so.
    pub(crate) reasons: Vec<String>,
    pub(crate) platform_request_id: Option<String>,
}

impl<T> Judged<T> {
    fn of(reply: Reply<T>) -> Self {
        let platform_request_id = reply.request_id().map(|id| id.as_str().to_owned());
        Self { outcome: reply.into_inner(), platform_request_id }
    }

    fn map<U>(self, map: impl FnOnce(T) -> U) -> Judged<U> {
        Judged { outcome: map(self.outcome), platform_request_id: self.platform_request_id }
    }
}

pub(crate) enum Verdict {
    Passed(Decision),
    Rejected { why: Rejection, next: Next },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejection {
    Failed,
    Referred,
    EnrolledNotVerified,
}

/// What the person may do after a rejection.
pub(crate) enum Next {
    Retry { phrase: Phrase, attempts_left: u32, expires_at: SystemTime },
    Nothing,
}

/// Judges an upload. The work goes on when the caller is gone: a verdict that was asked for is settled.
pub(crate) async fn verify(engine: &Arc<Engine>, submission: Submission) -> Result<Verified, VerifyError> {
    // Thousands of these wait at a time: one that is handed on by value is held once more by each who takes it.
    let work = Box::pin(judge(Arc::clone(engine), submission));
    engine.tasks.spawn(work).await.unwrap_or(Err(VerifyError::Interrupted))
}

async fn judge(engine: Arc<Engine>, submission: Submission) -> Result<Verified, VerifyError> {
    let Submission { owner, session, about, arrival } = submission;
    let entry = async {
        let id = named_or_newest(&engine, &owner, session).await?;
        let may_relay = may_relay(&engine, &owner).await?;
        let (claim, begun) = Claim::begin(&engine, &owner, id).await?;
        Ok((claim, begun, may_relay))
    };
    let ((_slot, ticket), (claim, begun, may_relay), arrival) =
        admit(&engine, &owner, arrival, entry).await?;
    let policy = policy_of(&engine, &owner, &begun)?;
    let rules = Rules::of(&owner).phrase(&begun.phrase);
    let trail = Trail { engine: &engine, owner: &owner, policy: &policy, session: begun.session.id() };
    engine.audit.note(&trail.event(EventKind::UploadAccepted));
    let judged = if may_relay {
        let sender = Sender { owner: &owner, unanswered: EventKind::VerifyError };
        let ask = |files: Files| {
            let user = fullname(&owner)?;
            let context = context(&engine, about)
                .session(begun.session.platform_session.clone())
                .trigger(policy.purpose().trigger());
            let ask = ProcessVideo::new(user, begun.phrase.as_str().to_owned(), upload(files.first));
            Ok(engine.project(&owner)?.client.process_video(ask.context(context)))
        };
        ticket.end(relay::relay(&engine, &sender, arrival, rules, ask).await).map(Some)
    } else {
        relay::swallow(arrival, rules).await.map(|()| None)
    };
    match judged {
        Ok(Some((reply, accepted_at))) => settle(&trail, claim, &begun, &reply, accepted_at).await,
        Ok(None) => feign(&trail, claim).await,
        // What the platform makes of a bad video would tell which names are sent to it.
        Err(VerifyError::Platform(PlatformFailure::Nonsense)) if owner.realm() == Realm::Login => {
            fail(&trail, claim).await
        }
        Err(error) => {
            claim.release().await;
            Err(error)
        }
    }
}

/// The session the request names, or the caller's newest one.
async fn named_or_newest(
    engine: &Engine,
    owner: &Principal,
    named: Option<SessionId>,
) -> Result<SessionId, VerifyError> {
    if let Some(id) = named {
        return Ok(id);
    }
    let newest = engine.store(engine.store.session(owner, None, &engine.settings.limits)).await?;
    newest.map(|view| view.session.id).ok_or(VerifyError::Session(NotBegun::Unknown))
}

/// Whether the capture may go to the platform.
///
/// Who is logged in is told that consent is missing. Who merely claims a name is not told anything: that would tell which
/// names exist. Such a capture is read to its end, goes nowhere, and fails like any other.
async fn may_relay(engine: &Arc<Engine>, owner: &Principal) -> Result<bool, VerifyError> {
    if owner.realm() == Realm::StepUp {
        ensure_consent(engine, owner, &[Purpose::Authorization]).await?;
        return Ok(true);
    }
    let may = may_sign_in(engine, owner).await?;
    if !may {
        engine.audit.note(&engine.audit.event(EventKind::ConsentDenied, owner));
    }
    Ok(may)
}

/// Answers as if the capture had been judged, and takes its time for it.
async fn feign(trail: &Trail<'_>, claim: Claim) -> Result<Verified, VerifyError> {
    let Trail { engine, owner, .. } = *trail;
    let feint = engine.project(owner)?.latency.decoy(&*engine.entropy);
    tokio::time::sleep(feint.after.min(engine.settings.platform_timeout)).await;
    if let Some(failure) = feint.failure {
        claim.release().await;
        return Err(VerifyError::Platform(failure));
    }
    fail(trail, claim).await
}

async fn fail(trail: &Trail<'_>, claim: Claim) -> Result<Verified, VerifyError> {
    let verdict = reject(trail, claim, Rejection::Failed, true).await?;
    Ok(Verified { verdict, reasons: Vec::new(), platform_request_id: None })
}

async fn settle(
    trail: &Trail<'_>,
    claim: Claim,
    begun: &Begun,
    reply: &Reply<Verification>,
    accepted_at: SystemTime,
) -> Result<Verified, VerifyError> {
    let Trail { engine, owner, policy, .. } = *trail;
    let evidence = Evidence::gather(reply, &begun.phrase, owner.subject(), engine.settings.scale);
    if evidence.removed_services() {
        engine.consents.doubt(&owner.step_up_key());
    }
    let conclusion = decide(&evidence, policy);
    let platform_request_id = reply.request_id().map(|id| id.as_str().to_owned());
    trail.tell(&conclusion, platform_request_id.as_deref())?;
    let reasons = conclusion.reasons();
    // Who merely claims a name gets to see no id that the platform gives to those whom it knows.
    let platform_request_id = platform_request_id.filter(|_| owner.realm() == Realm::StepUp);
    let verdict = match conclusion {
        Conclusion::Pass => pass(trail, claim, begun, evidence, accepted_at).await?,
        Conclusion::EnrolledNotVerified if owner.realm() == Realm::Login => {
            enrolled_a_stranger(trail, claim).await?
        }
        Conclusion::EnrolledNotVerified => {
            let counts = evidence.verdict() != Outcome::Pass;
            reject(trail, claim, Rejection::EnrolledNotVerified, counts).await?
        }
        // Only who is judged is referred, and only who exists is judged.
        Conclusion::Refer if owner.realm() == Realm::Login => {
            reject(trail, claim, Rejection::Failed, true).await?
        }
        Conclusion::Refer => reject(trail, claim, Rejection::Referred, true).await?,
        Conclusion::Fail(_) => reject(trail, claim, Rejection::Failed, true).await?,
    };
    Ok(Verified { verdict, reasons, platform_request_id })
}

/// The platform has enrolled somebody who was merely claiming a name, although it had no reason to: the browser's
/// sessions end, and an operator has to look.
async fn enrolled_a_stranger(trail: &Trail<'_>, claim: Claim) -> Result<Verdict, VerifyError> {
    let Trail { engine, owner, .. } = *trail;
    engine.audit.note(&trail.event(EventKind::VerifyError).reason("enrolled-while-signing-in"));
    reject(trail, claim, Rejection::Failed, true).await?;
    engine.store(engine.store.revoke(Revocation::HostSession(owner))).await?;
    Ok(Verdict::Rejected { why: Rejection::Failed, next: Next::Nothing })
}

/// The session's policy. A session of a policy that this process does not have is nobody's to judge.
fn policy_of(engine: &Engine, owner: &Principal, begun: &Begun) -> Result<Arc<Policy>, VerifyError> {
    let policy = engine.project(owner)?.policy(begun.session.policy());
    policy.cloned().ok_or(VerifyError::Interrupted)
}

async fn pass(
    trail: &Trail<'_>,
    claim: Claim,
    begun: &Begun,
    evidence: Evidence,
    accepted_at: SystemTime,
) -> Result<Verdict, VerifyError> {
    let Trail { engine, policy, .. } = *trail;
    let decision = Decision {
        id: DecisionId::random(&*engine.entropy).map_err(|_| VerifyError::Interrupted)?,
        policy: policy.shared_name(),
        policy_version: policy.version_number(),
        action: policy.purpose(),
        intent: begun.session.intent.as_ref().map(|intent| intent.digest),
        evidence,
        auth_time: accepted_at,
        expires_at: accepted_at + policy.freshness(),
        single_use: policy.is_single_use(),
        document: None,
        unknown: Unknown::default(),
    };
    match claim.settle(Settlement::Passed(decision.clone())).await? {
        Settled::Passed => {
            let event = trail.event(EventKind::DecisionCreated);
            let operation = decision.intent.as_ref().and_then(|digest| engine.audit.intent(digest));
            let event = event.intended(operation);
            engine.audit.note(&event.decided(engine.audit.decision(decision.id())));
            Ok(Verdict::Passed(decision))
        }
        Settled::Retry { .. } | Settled::Exhausted | Settled::Locked | Settled::TooLate => {
            engine.audit.note(&trail.event(EventKind::VerifyTooLate));
            Err(VerifyError::TooLate)
        }
    }
}

async fn reject(
    trail: &Trail<'_>,
    claim: Claim,
    why: Rejection,
    counts: bool,
) -> Result<Verdict, VerifyError> {
    let engine = trail.engine;
    let phrase = Phrase::random(&*engine.entropy).map_err(|_| VerifyError::Interrupted)?;
    let next = (phrase.clone(), engine.settings.challenge_ttl);
    let next = match claim.settle(Settlement::Rejected { counts, next }).await? {
        Settled::Retry { attempts_left, expires_at } => {
            if attempts_left == 1 {
                engine.audit.note(&trail.event(EventKind::LockImminent));
            }
            Next::Retry { phrase, attempts_left, expires_at }
        }
        Settled::Locked => {
            engine.audit.note(&trail.event(EventKind::LockEntered));
            Next::Nothing
        }
        Settled::Exhausted => Next::Nothing,
        Settled::Passed | Settled::TooLate => {
            engine.audit.note(&trail.event(EventKind::VerifyTooLate));
            return Err(VerifyError::TooLate);
        }
    };
    Ok(Verdict::Rejected { why, next })
}

/// What all events of one upload are about.
#[derive(Clone, Copy)]
struct Trail<'a> {
    engine: &'a Engine,
    owner: &'a Principal,
    policy: &'a Policy,
    session: &'a SessionId,
}

impl Trail<'_> {
    fn event(&self, kind: EventKind) -> Event {
        let audit = &self.engine.audit;
        audit.event(kind, self.owner).policy(self.policy).about(audit.attempt(self.session))
    }

    /// A verdict that the audit trail has to know and does not take is none: the claim is given back, nothing is settled.
    fn tell(&self, conclusion: &Conclusion, platform_request: Option<&str>) -> Result<(), VerifyError> {
        let (kind, reason) = match conclusion {
            Conclusion::Pass => (EventKind::VerifyPassed, String::new()),
            Conclusion::EnrolledNotVerified => (EventKind::VerifyFailed, "enrolled-not-verified".to_owned()),
            Conclusion::Refer => (EventKind::VerifyFailed, "referred".to_owned()),
            Conclusion::Fail(_) => (EventKind::VerifyFailed, conclusion.reasons().join(" ")),
        };
        for kind in signals(conclusion) {
            self.engine.audit.note(&self.event(kind).platform_request(platform_request));
        }
        let event = self.event(kind).reason(reason).platform_request(platform_request);
        self.engine.audit.try_record(&event).map_err(|_| VerifyError::Interrupted)
    }
}

/// What of a verdict wants a look of its own: it may be an attack.
fn signals(conclusion: &Conclusion) -> impl Iterator<Item = EventKind> + '_ {
    let (enrolled, shortfalls) = match conclusion {
        Conclusion::EnrolledNotVerified => (true, &[][..]),
        Conclusion::Fail(shortfalls) => (false, shortfalls.as_slice()),
        Conclusion::Pass | Conclusion::Refer => (false, &[][..]),
    };
    // A face that nobody looked at is nobody else's.
    let saw_a_face = !shortfalls.contains(&Shortfall::Absent(Service::FaceRecognition));
    let signals = shortfalls.iter().filter_map(move |shortfall| match shortfall {
        Shortfall::OtherPerson if saw_a_face => Some(EventKind::VerifySubjectMismatch),
        Shortfall::ServicesRemoved => Some(EventKind::VerifyServicesRemoved),
        _ => None,
    });
    enrolled.then_some(EventKind::VerifyAutoEnrolled).into_iter().chain(signals)
}
