//! Asking the platform something that is not an upload.

use biometry_client::{Client, Error, Reply};
use tracing::Instrument as _;

use super::Engine;
use super::breaker::Health;
use super::meters::Asking;
use super::platform_failure::PlatformFailure;
use super::project::OpenProject;
use crate::audit::{EventKind, Who};
use crate::metrics::Stopwatch;
use crate::principal::{Principal, SubjectKey};

/// Makes one call for a caller, in the time that the platform has for an answer, unless its circuit is open. Why there
/// is no answer goes to the audit trail.
pub(crate) async fn ask<T>(
    engine: &Engine,
    owner: &Principal,
    call: impl AsyncFnOnce(&Client) -> Result<Reply<T>, Error>,
) -> Result<Reply<T>, PlatformFailure> {
    let outcome = attempt(engine, owner.key(), call).await;
    if let Err(failure) = &outcome {
        note_failure(engine, owner, EventKind::VerifyError, *failure);
    }
    outcome
}

/// [`ask`] about a subject, whose caller may be gone.
pub(crate) async fn ask_about<T>(
    engine: &Engine,
    subject: &SubjectKey,
    call: impl AsyncFnOnce(&Client) -> Result<Reply<T>, Error>,
) -> Result<Reply<T>, PlatformFailure> {
    let outcome = attempt(engine, subject, call).await;
    if let Err(failure) = &outcome {
        note_failure(engine, subject, EventKind::VerifyError, *failure);
    }
    outcome
}

async fn attempt<T>(
    engine: &Engine,
    subject: &SubjectKey,
    call: impl AsyncFnOnce(&Client) -> Result<Reply<T>, Error>,
) -> Result<Reply<T>, PlatformFailure> {
    let (span, began) =
        (tracing::info_span!("biometry_gate.platform", asking = Asking::Call.as_str()), Stopwatch::start());
    let outcome = attempt_in_span(engine, subject, call).instrument(span).await;
    match &outcome {
        Ok(_) => engine.meters.answered(Asking::Call, began.elapsed()),
        Err(failure) => engine.meters.unanswered(Asking::Call, *failure),
    }
    outcome
}

async fn attempt_in_span<T>(
    engine: &Engine,
    subject: &SubjectKey,
    call: impl AsyncFnOnce(&Client) -> Result<Reply<T>, Error>,
) -> Result<Reply<T>, PlatformFailure> {
    // A tenant without a project has no platform.
    let project = engine.projects.of(subject.tenant()).map_err(|_| PlatformFailure::Unavailable)?;
    project.calls.admit(engine.now()).map_err(PlatformFailure::Resting)?;
    let client = engine.client_of(project);
    let outcome = match tokio::time::timeout(engine.settings.platform_timeout, call(&client)).await {
        Ok(answer) => answer.map_err(|error| PlatformFailure::from(&error)),
        Err(_) => Err(PlatformFailure::Timeout),
    };
    project.calls.record(outcome.as_ref().map_or_else(Health::from, |_| Health::Answers), engine.now());
    outcome
}

/// An upload as the circuit breaker counts it. Dropped before its end it has shown nothing.
pub(crate) struct BreakerTicket<'a> {
    engine: &'a Engine,
    project: &'a OpenProject,
    health: Health,
}

impl<'a> BreakerTicket<'a> {
    /// # Errors
    /// While the circuit is open.
    pub(crate) fn take(engine: &'a Engine, project: &'a OpenProject) -> Result<Self, PlatformFailure> {
        project.captures.admit(engine.now()).map_err(PlatformFailure::Resting)?;
        Ok(Self { engine, project, health: Health::Unknown })
    }

    /// The upload is over.
    pub(crate) fn end<T, E>(mut self, outcome: Result<T, E>) -> Result<T, E>
    where
        for<'e> Health: From<&'e E>,
    {
        self.health = outcome.as_ref().map_or_else(Health::from, |_| Health::Answers);
        outcome
    }
}

impl Drop for BreakerTicket<'_> {
    fn drop(&mut self) {
        self.project.captures.record(self.health, self.engine.now());
    }
}

/// What a call that failed shows about the platform.
impl From<&PlatformFailure> for Health {
    fn from(failure: &PlatformFailure) -> Self {
        match failure {
            PlatformFailure::Unavailable | PlatformFailure::Timeout => Self::Fails,
            PlatformFailure::Resting(_) => Self::Unknown,
            PlatformFailure::KeyRejected | PlatformFailure::Nonsense => Self::Answers,
        }
    }
}

/// Records in the audit trail why there is no answer, under the name that it has for this call.
pub(crate) fn note_failure<'a>(
    engine: &Engine,
    who: impl Into<Who<'a>>,
    unanswered: EventKind,
    failure: PlatformFailure,
) {
    let kind = match failure {
        PlatformFailure::KeyRejected => {
            engine.readiness.doubt_keys();
            EventKind::KeyRejected
        }
        _ => unanswered,
    };
    engine.audit.note(&engine.audit.event(kind, who).reason(failure.as_str()));
}
