//! Verifications: a capture of a person who speaks the session's phrase, and what is decided of it.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use biometry_client::{Error, ProcessVideo, Reply, Service, Upload, Verification};

use super::claim::Claim;
use super::error::UploadError;
use super::flow::{Begun, Concluded, UploadFlow};
use super::relay::{Files, Relayed, upload};
use super::rules::Rules;
use super::sender::Sender;
use crate::audit::{Event, EventKind};
use crate::clock::later;
use crate::consent::Purpose;
use crate::consents::ensure_consent;
use crate::decision::{Conclusion, Decision, Evidence, Outcome, Shortfall, decide};
use crate::engine::{OpenProject, PlatformFailure};
use crate::forward_compat::ForwardCompat;
use crate::id::{DecisionId, SessionId};
use crate::intent::{PendingIntent, SpokenLine};
use crate::phrase::Phrase;
use crate::policy::Policy;
use crate::record::{self, NotBegun, Settled, Settlement};

/// Verifies the caller.
pub(crate) struct VerifyFlow;

/// What a verification knows from its beginning on.
pub(crate) struct VerifyState {
    claimed: record::Begun,
    policy: Arc<Policy>,
}

/// What a verification proved, and what follows from it.
pub(crate) struct VerifyConclusion {
    pub(crate) conclusion: Conclusion,
    /// Whether it counts as a failed verification, unless it passed.
    pub(crate) counts: bool,
    evidence: Evidence,
    uploaded_at: SystemTime,
}

/// How a verification came out.
pub(crate) enum VerifyOutcome {
    Passed(Decision),
    Failed {
        failure: VerifyFailure,
        next: Next,
        /// What fell short; for the browser only where the host says so.
        reasons: Vec<String>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VerifyFailure {
    Failed,
    Referred,
    EnrolledNotVerified,
}

/// What the person may do after a failure.
pub(crate) enum Next {
    Retry { phrase: Phrase, spoken: Vec<SpokenLine>, attempts_left: u32, expires_at: SystemTime },
    Nothing,
}

impl UploadFlow for VerifyFlow {
    type State = VerifyState;
    type Answer = Verification;
    type Conclusion = VerifyConclusion;
    type Outcome = VerifyOutcome;

    const ADMITTED: Option<EventKind> = Some(EventKind::UploadAccepted);
    const UNANSWERED: EventKind = EventKind::VerifyError;

    async fn begin(&self, sender: &Sender) -> Result<Begun<VerifyState>, UploadError> {
        let session = sender.session().await?;
        ensure_consent(&sender.engine, &sender.principal, &[Purpose::Authorization]).await?;
        VerifyState::begin(sender, session).await
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &VerifyState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<Verification>, Error>> + Send, UploadError> {
        state.ask(sender, upload(files.first))
    }

    fn observe(&self, project: &OpenProject, took: Result<Duration, PlatformFailure>) {
        match took {
            Ok(took) => project.latency.given(took),
            Err(failure) => project.latency.missed(failure),
        }
    }

    fn conclude(
        &self,
        sender: &Sender,
        state: &VerifyState,
        relayed: Relayed<Verification>,
    ) -> Concluded<VerifyConclusion> {
        let (engine, principal) = (&sender.engine, &sender.principal);
        let (phrase, scale) = (&state.claimed.phrase, engine.settings.scale);
        let evidence = Evidence::gather(&relayed.reply, phrase, principal.subject(), scale);
        let evidence = evidence.of_operation(phrase, state.claimed.session.intent.as_ref());
        if evidence.removed_services() {
            engine.consents.doubt(&principal.logged_in_key());
        }
        let conclusion = decide(&evidence, &state.policy);
        engine.meters.verdict(&state.policy, &conclusion);
        let (kind, reason) = audited(&conclusion);
        let signals = signals(&conclusion).collect();
        // A pass of the stranger whom the platform has enrolled is no failure of the subject's.
        let counts = conclusion != Conclusion::EnrolledNotVerified || evidence.verdict() != Outcome::Pass;
        let conclusion = VerifyConclusion { conclusion, counts, evidence, uploaded_at: relayed.uploaded_at };
        Concluded { signals, ..Concluded::new(conclusion, kind, reason) }
    }

    async fn settle(
        &self,
        sender: &Sender,
        begun: &mut Begun<VerifyState>,
        concluded: VerifyConclusion,
    ) -> Result<VerifyOutcome, UploadError> {
        let reasons = concluded.conclusion.reasons();
        let failure = match concluded.conclusion {
            Conclusion::Pass => return pass(sender, begun, concluded).await,
            Conclusion::EnrolledNotVerified => VerifyFailure::EnrolledNotVerified,
            Conclusion::Refer => VerifyFailure::Referred,
            Conclusion::Fail(_) => VerifyFailure::Failed,
        };
        let next = fail(sender, begun, concluded.counts).await?;
        Ok(VerifyOutcome::Failed { failure, next, reasons })
    }

    fn event(&self, sender: &Sender, state: &VerifyState, kind: EventKind) -> Event {
        state.event(sender, kind)
    }
}

impl VerifyState {
    /// Claims the session, and looks up the policy that it was started for.
    pub(crate) async fn begin(sender: &Sender, session: SessionId) -> Result<Begun<Self>, UploadError> {
        let (claim, claimed) = Claim::session(sender, session).await?;
        // A session of a policy that this process does not have cannot be judged here.
        let policy = sender.project()?.policy(claimed.session.policy()).cloned();
        let policy = policy.ok_or(UploadError::Interrupted)?;
        let (phrase, intent) = (&claimed.phrase, claimed.session.intent.as_ref());
        // It began before the policy spoke, or on a replica where it does not yet: no capture of its phrase could pass.
        if policy.speaks_operation() && !intent.is_some_and(|intent| intent.is_spoken_by(phrase)) {
            return Err(UploadError::Session(NotBegun::Expired));
        }
        let rules = Rules::of(&sender.principal).phrase(&claimed.phrase);
        Ok(Begun::new(claim, rules, Self { claimed, policy }))
    }

    /// The call that has the platform judge a capture.
    pub(crate) fn ask(
        &self,
        sender: &Sender,
        capture: Upload,
    ) -> Result<impl Future<Output = Result<Reply<Verification>, Error>> + Send + use<>, UploadError> {
        let context = sender
            .context()
            .session(self.claimed.session.platform_session.clone())
            .trigger(self.policy.purpose().trigger());
        let phrase = self.claimed.phrase.as_str().to_owned();
        let ask = ProcessVideo::new(sender.fullname()?, phrase, capture).context(context);
        let client = sender.client()?;
        Ok(async move { client.process_video(ask).await })
    }

    /// An audit event of the verification: it names the policy and stands for the session.
    pub(crate) fn event(&self, sender: &Sender, kind: EventKind) -> Event {
        let attempt = sender.engine.audit.attempt(self.claimed.session.id());
        sender.event(kind).policy(&self.policy).about(attempt)
    }
}

async fn pass(
    sender: &Sender,
    begun: &mut Begun<VerifyState>,
    concluded: VerifyConclusion,
) -> Result<VerifyOutcome, UploadError> {
    let (engine, policy) = (&sender.engine, &begun.state.policy);
    let decision = Decision {
        id: DecisionId::random(&*engine.entropy).map_err(|_| UploadError::Interrupted)?,
        policy: policy.shared_name(),
        policy_version: policy.version_number(),
        action: policy.purpose(),
        intent: begun.state.claimed.session.intent.as_ref().map(|intent| intent.digest),
        evidence: concluded.evidence,
        auth_time: concluded.uploaded_at,
        expires_at: later(concluded.uploaded_at, policy.freshness()),
        single_use: policy.is_single_use(),
        given_back: 0,
        document: None,
        unknown: ForwardCompat::default(),
    };
    match begun.claim.settle(Settlement::Passed(decision.clone())).await? {
        Settled::Passed => {
            let operation = decision.intent.as_ref().and_then(|digest| engine.audit.intent(digest));
            let event = begun.state.event(sender, EventKind::DecisionCreated).intended(operation);
            let event = event.spoken(decision.is_operation_spoken());
            engine.audit.note(&event.decided(engine.audit.decision(decision.id())));
            Ok(VerifyOutcome::Passed(decision))
        }
        Settled::Void => Err(UploadError::Void),
        Settled::Retry { .. } | Settled::Exhausted | Settled::Locked | Settled::TooLate => {
            Err(too_late(sender, &begun.state))
        }
    }
}

/// Settles a verification that did not pass; answers what the person may do next.
pub(crate) async fn fail(
    sender: &Sender,
    begun: &mut Begun<VerifyState>,
    counts: bool,
) -> Result<Next, UploadError> {
    let (engine, state) = (&sender.engine, &begun.state);
    let intent = state.claimed.session.intent.as_ref();
    let words = intent.map(PendingIntent::spoken_words).unwrap_or_default();
    let phrase = Phrase::speaking(&words, &*engine.entropy).map_err(|_| UploadError::Interrupted)?;
    let next = (phrase.clone(), engine.settings.challenge_ttl);
    match begun.claim.settle(Settlement::Rejected { counts, next }).await? {
        Settled::Retry { attempts_left, expires_at } => {
            if attempts_left == 1 {
                engine.audit.note(&state.event(sender, EventKind::LockImminent));
            }
            let spoken = intent.map(|intent| intent.spoken.clone()).unwrap_or_default();
            Ok(Next::Retry { phrase, spoken, attempts_left, expires_at })
        }
        Settled::Locked => {
            engine.audit.note(&state.event(sender, EventKind::LockEntered));
            Ok(Next::Nothing)
        }
        Settled::Exhausted => Ok(Next::Nothing),
        Settled::Passed | Settled::TooLate | Settled::Void => Err(too_late(sender, state)),
    }
}

fn too_late(sender: &Sender, state: &VerifyState) -> UploadError {
    sender.engine.audit.note(&state.event(sender, EventKind::VerifyTooLate));
    UploadError::TooLate
}

/// The audit event of a conclusion, and its reason.
fn audited(conclusion: &Conclusion) -> (EventKind, String) {
    match conclusion {
        Conclusion::Pass => (EventKind::VerifyPassed, String::new()),
        Conclusion::EnrolledNotVerified => (EventKind::VerifyFailed, "enrolled-not-verified".to_owned()),
        Conclusion::Refer => (EventKind::VerifyFailed, "referred".to_owned()),
        Conclusion::Fail(_) => (EventKind::VerifyFailed, conclusion.reasons().join(" ")),
    }
}

/// What of a conclusion wants an event of its own, because it may be an attack.
fn signals(conclusion: &Conclusion) -> impl Iterator<Item = EventKind> + '_ {
    let (enrolled, shortfalls) = match conclusion {
        Conclusion::EnrolledNotVerified => (true, &[][..]),
        Conclusion::Fail(shortfalls) => (false, shortfalls.as_slice()),
        Conclusion::Pass | Conclusion::Refer => (false, &[][..]),
    };
    // Where Face Recognition did not run, no other person was seen.
    let saw_a_face = !shortfalls.contains(&Shortfall::Absent(Service::FaceRecognition));
    let signals = shortfalls.iter().filter_map(move |shortfall| match shortfall {
        Shortfall::OtherPerson if saw_a_face => Some(EventKind::VerifySubjectMismatch),
        Shortfall::ServicesRemoved => Some(EventKind::VerifyServicesRemoved),
        _ => None,
    });
    enrolled.then_some(EventKind::VerifyAutoEnrolled).into_iter().chain(signals)
}
