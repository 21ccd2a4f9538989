//! Asking the platform something that is not an upload.

use biometry_client::{Client, Error, Reply};

use super::error::{PlatformFailure, VerifyError};
use crate::audit::{EventKind, Who};
use crate::gate::{Engine, Health, OpenProject};
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

/// [`ask`], about somebody who need not be there.
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
    // A tenant without a project has no platform.
    let project = engine.projects.of(subject.tenant()).map_err(|_| PlatformFailure::Unavailable)?;
    project.calls.admit(engine.now()).map_err(PlatformFailure::Resting)?;
    let outcome = match tokio::time::timeout(engine.settings.platform_timeout, call(&project.client)).await {
        Ok(answer) => answer.map_err(|error| PlatformFailure::from(&error)),
        Err(_) => Err(PlatformFailure::Timeout),
    };
    project.calls.record(health(outcome.as_ref().err()), engine.now());
    outcome
}

/// An upload as the circuit breaker sees it. Dropped before its end it has shown nothing.
pub(super) struct Trial<'a> {
    engine: &'a Engine,
    project: &'a OpenProject,
    health: Health,
}

impl<'a> Trial<'a> {
    pub(super) fn begin(engine: &'a Engine, owner: &Principal) -> Result<Self, VerifyError> {
        let project = engine.project(owner)?;
        let admitted = project.captures.admit(engine.now());
        admitted.map_err(|wait| VerifyError::Platform(PlatformFailure::Resting(wait)))?;
        Ok(Self { engine, project, health: Health::Unknown })
    }

    pub(super) fn end<T>(mut self, outcome: Result<T, VerifyError>) -> Result<T, VerifyError> {
        self.health = match &outcome {
            Ok(_) => Health::Answers,
            Err(VerifyError::Platform(failure)) => health(Some(failure)),
            Err(_) => Health::Unknown,
        };
        outcome
    }
}

impl Drop for Trial<'_> {
    fn drop(&mut self) {
        self.project.captures.record(self.health, self.engine.now());
    }
}

/// What a call shows about the platform, once it is over.
pub(super) fn health(failure: Option<&PlatformFailure>) -> Health {
    match failure {
        Some(PlatformFailure::Unavailable | PlatformFailure::Timeout) => Health::Fails,
        Some(PlatformFailure::Resting(_)) => Health::Unknown,
        Some(PlatformFailure::KeyRejected | PlatformFailure::Nonsense) | None => Health::Answers,
    }
}

/// Tells the audit trail why there is no answer, under the name that it has for this call.
pub(super) fn note_failure<'a>(
    engine: &Engine,
    who: impl Into<Who<'a>>,
    unanswered: EventKind,
    failure: PlatformFailure,
) {
    let kind = match failure {
        PlatformFailure::KeyRejected => EventKind::KeyRejected,
        _ => unanswered,
    };
    engine.audit.note(&engine.audit.event(kind, who).reason(failure.as_str()));
}
