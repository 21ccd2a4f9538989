//! What holds for every upload before a byte of it is read.

use std::sync::Arc;

use tokio::sync::OwnedSemaphorePermit;

use super::error::UploadError;
use super::flow::{Begun, UploadFlow};
use super::sender::Sender;
use crate::audit::EventKind;
use crate::capture::{Head, RequestBody};
use crate::engine::{Asking, BreakerTicket};
use crate::metrics::GaugeUnit;
use crate::record::NotBegun;

/// An upload whose head has been read and found in order.
pub(crate) struct Arrival {
    pub(crate) head: Head,
    pub(crate) body: RequestBody,
}

/// What an upload holds while it is under way.
pub(super) struct Admitted<'a> {
    /// One of the process's places for uploads, until the platform has replied.
    pub(super) place: Place,
    /// What it shows of the platform.
    pub(super) ticket: BreakerTicket<'a>,
}

/// A place for an upload, and the count of those that are taken.
pub(super) struct Place {
    _place: OwnedSemaphorePermit,
    _counted: GaugeUnit,
}

/// Lets an upload in where there is a place for it, the platform answers, its flow begins, and the budget allows it.
/// The body of one that is refused is read on and dropped.
pub(super) async fn admit<'a, F: UploadFlow>(
    flow: &F,
    sender: &'a Sender,
    arrival: Arrival,
) -> Result<(Admitted<'a>, Begun<F::State>, Arrival), UploadError> {
    match enter(flow, sender).await {
        Ok((admitted, begun)) => {
            if let Some(kind) = F::ADMITTED {
                sender.engine.audit.note(&flow.event(sender, &begun.state, kind));
            }
            Ok((admitted, begun, arrival))
        }
        Err(error) => {
            note_refusal(sender, &error);
            Err(error)
        }
    }
}

async fn enter<'a, F: UploadFlow>(
    flow: &F,
    sender: &'a Sender,
) -> Result<(Admitted<'a>, Begun<F::State>), UploadError> {
    let engine = &sender.engine;
    let place = Arc::clone(engine.places(&sender.principal))
        .try_acquire_owned()
        .map_err(|_| UploadError::Overloaded)?;
    let place = Place { _place: place, _counted: engine.meters.upload() };
    let ticket = BreakerTicket::take(engine, sender.project()?);
    let ticket = ticket.inspect_err(|failure| engine.meters.unanswered(Asking::Upload, *failure));
    let ticket = ticket.map_err(UploadError::Platform)?;
    let begun = flow.begin(sender).await?;
    if let Some(budget) = engine.budget(&sender.principal)
        && !begun.is_withheld
    {
        budget.spend(engine.now()).map_err(UploadError::OverBudget)?;
    }
    Ok((Admitted { place, ticket }, begun))
}

/// Why an upload was not admitted, where that is more than a step on a person's way.
fn note_refusal(sender: &Sender, error: &UploadError) {
    let (kind, reason) = match error {
        UploadError::Session(NotBegun::Limited(_)) => (EventKind::LimitExceeded, "failures"),
        UploadError::OverBudget(_) => (EventKind::LimitExceeded, "budget"),
        UploadError::Overloaded => (EventKind::LimitExceeded, "uploads"),
        UploadError::Session(NotBegun::Expired) => (EventKind::UploadRejected, "too-late"),
        _ => return,
    };
    sender.engine.audit.note(&sender.event(kind).reason(reason));
    if matches!(error, UploadError::Session(NotBegun::Expired)) {
        // The expiry of a challenge is recorded once, by the first request that finds it.
        sender.engine.flush_soon(sender.principal.key());
    }
}
