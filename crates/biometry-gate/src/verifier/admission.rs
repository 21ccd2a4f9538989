//! What holds for every upload before a byte of it is read.

use std::sync::Arc;
use std::time::Duration;

use biometry_client::{CallContext, UserFullname};
use tokio::sync::OwnedSemaphorePermit;

use super::about::About;
use super::error::VerifyError;
use crate::audit::EventKind;
use crate::capture::{Head, RequestBody, drain};
use crate::engine::{BreakerTicket, Engine};
use crate::ledger::NotBegun;
use crate::principal::Principal;

/// An upload whose head has been read and found in order.
pub(crate) struct Arrival {
    pub(crate) head: Head,
    pub(crate) body: RequestBody,
}

/// Whose upload it is, and what the audit trail calls it when the platform gives no usable answer.
pub(super) struct Sender<'a> {
    pub(super) owner: &'a Principal,
    pub(super) unanswered: EventKind,
}

impl Sender<'_> {
    /// Remembers how a verification went, for those that do not take place.
    pub(super) fn learn<T>(&self, engine: &Engine, took: Duration, outcome: &Result<T, VerifyError>) {
        let Ok(project) = engine.project(self.owner) else { return };
        if self.unanswered != EventKind::VerifyError {
            return;
        }
        match outcome {
            Ok(_) => project.latency.given(took),
            Err(VerifyError::Platform(failure)) => project.latency.missed(*failure),
            Err(_) => {}
        }
    }
}

/// The room that an upload takes up, and what it shows about the platform.
pub(super) type Place<'a> = (OwnedSemaphorePermit, BreakerTicket<'a>);

/// Lets an upload in where there is room, the platform answers, `entry` lets it, and the budget allows it. One that is
/// not let in is let go of.
pub(super) async fn admit<'a, T>(
    engine: &'a Arc<Engine>,
    owner: &Principal,
    arrival: Arrival,
    entry: impl Future<Output = Result<T, VerifyError>>,
) -> Result<(Place<'a>, T, Arrival), VerifyError> {
    let entered = async {
        let slot = Arc::clone(&engine.uploads).try_acquire_owned().map_err(|_| VerifyError::Overloaded)?;
        let ticket = BreakerTicket::take(engine, engine.project(owner)?).map_err(VerifyError::Platform)?;
        let entered = entry.await?;
        if let Some(budget) = &engine.budget {
            budget.spend(engine.now()).map_err(VerifyError::OverBudget)?;
        }
        Ok(((slot, ticket), entered))
    };
    match entered.await {
        Ok((place, entered)) => Ok((place, entered, arrival)),
        Err(error) => {
            tell_of_refusal(engine, owner, &error);
            if !arrival.head.awaits_go_ahead {
                engine.tasks.spawn(drain(arrival.body));
            }
            Err(error)
        }
    }
}

/// Why an upload was not admitted, where that is more than a step on somebody's way.
fn tell_of_refusal(engine: &Arc<Engine>, owner: &Principal, error: &VerifyError) {
    let (kind, reason) = match error {
        VerifyError::Session(NotBegun::Limited(_)) => (EventKind::LimitExceeded, "failures"),
        VerifyError::OverBudget(_) => (EventKind::LimitExceeded, "budget"),
        VerifyError::Overloaded => (EventKind::LimitExceeded, "uploads"),
        VerifyError::Session(NotBegun::Expired) => (EventKind::UploadRejected, "too-late"),
        _ => return,
    };
    engine.audit.note(&engine.audit.event(kind, owner).reason(reason));
    if matches!(error, VerifyError::Session(NotBegun::Expired)) {
        // Whoever sees first that a challenge has run out tells of it, once.
        engine.look_after(owner.key());
    }
}

/// The platform's name for the caller.
pub(super) fn fullname(owner: &Principal) -> Result<UserFullname, VerifyError> {
    UserFullname::parse(owner.subject().as_str()).map_err(|_| VerifyError::Interrupted)
}

/// What every call with media tells the platform: what the host and the client say of the caller's circumstances.
pub(super) fn context(engine: &Engine, about: About) -> CallContext {
    let settings = &engine.settings;
    let at_most = settings.capture.total() + settings.platform_timeout * 2;
    let mut context = CallContext::default().tags(settings.tags.iter().cloned()).deadline(at_most);
    if let Some(device_info) = about.device_info {
        context = context.device_info(device_info);
    }
    match about.geo {
        Some(geo) => context.geo(geo),
        None => context,
    }
}
