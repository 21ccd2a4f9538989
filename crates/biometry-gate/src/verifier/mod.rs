//! The write path. Every upload goes the same way: admitted, relayed, concluded, settled.
//!
//! An [`UploadFlow`] says what is particular to a verification, an enrollment, a document check or a face match;
//! [`run_upload`] has what they share. Whatever goes wrong on the way is a [`UploadError`], and gives the claim back.

mod admission;
mod claim;
#[cfg(feature = "documents")]
mod document;
mod enroll;
mod error;
#[cfg(feature = "documents")]
mod face_match;
mod flow;
#[cfg(feature = "documents")]
mod hashed;
mod paced;
mod relay;
mod rules;
mod sender;
mod verify;

use biometry_client::Reply;

pub(crate) use self::admission::Arrival;
use self::admission::{Admitted, admit};
#[cfg(feature = "documents")]
pub(crate) use self::document::{DocumentFlow, DocumentOutcome};
pub(crate) use self::enroll::{EnrollmentFailure, EnrollmentOutcome, FaceFlow, VoiceFlow};
pub(crate) use self::error::UploadError;
#[cfg(feature = "documents")]
pub(crate) use self::face_match::{IMAGE, MatchFlow, MatchOutcome, Video};
pub(crate) use self::flow::{Begun, Concluded, UploadFlow};
use self::relay::relay;
pub(crate) use self::relay::{Files, Relayed, upload_paced};
pub(crate) use self::rules::PROVIDED_ID;
pub(crate) use self::sender::{ClientHints, Sender, named_or_newest};
pub(crate) use self::verify::{
    Next, VerifyConclusion, VerifyFailure, VerifyFlow, VerifyOutcome, VerifyState, fail,
};

/// An upload as a route hands it over: its head has been read and found in order, its body has not.
pub(crate) struct Submission {
    pub(crate) sender: Sender,
    pub(crate) arrival: Arrival,
}

/// What came of an upload, and the platform's own id of the request where it gave one.
pub(crate) struct PlatformReply<T> {
    pub(crate) outcome: T,
    pub(crate) request_id: Option<String>,
}

/// Takes an upload from its admission to its settlement. The work goes on when the client is gone: what the platform
/// was asked to judge is settled.
pub(crate) async fn run_upload<F: UploadFlow>(
    flow: F,
    submission: Submission,
) -> Result<PlatformReply<F::Outcome>, UploadError> {
    let tasks = submission.sender.engine.tasks.clone();
    // Boxed, because thousands of these wait at a time, and a future that is passed on by value is held once more by
    // each function that takes it.
    let work = Box::pin(run(flow, submission));
    tasks.spawn(work).await.unwrap_or(Err(UploadError::Interrupted))
}

async fn run<F: UploadFlow>(
    flow: F,
    submission: Submission,
) -> Result<PlatformReply<F::Outcome>, UploadError> {
    let Submission { sender, arrival } = submission;
    let (admitted, mut begun, arrival) = admit(&flow, &sender, arrival).await?;
    let settled = relay_and_settle(&flow, &sender, &mut begun, admitted, arrival).await;
    let shown = flow.conceal(&sender, &mut begun, settled).await;
    if shown.is_err() {
        begun.claim.release().await;
    }
    shown
}

async fn relay_and_settle<F: UploadFlow>(
    flow: &F,
    sender: &Sender,
    begun: &mut Begun<F::State>,
    admitted: Admitted<'_>,
    arrival: Arrival,
) -> Result<PlatformReply<F::Outcome>, UploadError> {
    let Admitted { place, ticket } = admitted;
    let relayed = ticket.end(relay(flow, sender, begun, arrival).await);
    // What an outcome may have to wait for takes no place.
    drop(place);
    let relayed = relayed?;
    let request_id = request_id(&relayed.reply);
    let concluded = flow.conclude(sender, &begun.state, relayed);
    flow.remember(sender, begun, &concluded.conclusion).await?;
    let conclusion = record(flow, sender, &begun.state, concluded, request_id.as_deref())?;
    let outcome = flow.settle(sender, begun, conclusion).await?;
    Ok(PlatformReply { outcome, request_id })
}

/// Writes a conclusion to the audit trail. Where the trail is required and does not take it, there is no conclusion.
fn record<F: UploadFlow>(
    flow: &F,
    sender: &Sender,
    state: &F::State,
    concluded: Concluded<F::Conclusion>,
    request_id: Option<&str>,
) -> Result<F::Conclusion, UploadError> {
    let audit = &sender.engine.audit;
    let event = |kind| flow.event(sender, state, kind).platform_request(request_id);
    for signal in concluded.signals {
        audit.note(&event(signal));
    }
    let recorded = audit.try_record(&event(concluded.kind).reason(concluded.reason));
    recorded.map(|()| concluded.conclusion).map_err(|_| UploadError::Interrupted)
}

fn request_id<T>(reply: &Reply<T>) -> Option<String> {
    reply.request_id().map(|id| id.as_str().to_owned())
}
