//! The verification of a claimed name, and what its browser gets to see of it.

use std::time::Duration;

use biometry_client::{Error, Reply, Verification};
use tokio::time::{Instant, sleep_until};

use super::closing::close;
use super::consent::may_sign_in;
use super::cookie::device;
use super::{Passed, claim};
use crate::audit::{Event, EventKind};
use crate::decision::Conclusion;
use crate::engine::{OpenProject, PlatformFailure, doubled};
use crate::id::DeviceKey;
use crate::principal::Principal;
use crate::request_head::RequestHead;
use crate::verifier::{
    Begun, Concluded, Files, Next, PlatformReply, Relayed, Sender, UploadError, UploadFlow, VerifyConclusion,
    VerifyFailure, VerifyFlow, VerifyOutcome, VerifyState, fail, upload_paced,
};

/// Verifies a caller whose name is merely claimed: a [`VerifyFlow`] that is the same for every name.
pub(crate) struct SignInFlow {
    /// The key by which the browser is known, where it has one.
    device: Option<DeviceKey>,
}

/// How a sign-in came out.
pub(crate) struct SignInOutcome {
    /// What the browser gets to see.
    pub(crate) shown: VerifyOutcome,
    /// What it gets besides, where it passed.
    pub(crate) passed: Option<Passed>,
}

impl SignInFlow {
    /// The flow of this request.
    pub(crate) fn of(head: &impl RequestHead) -> Self {
        Self { device: device(head) }
    }
}

impl UploadFlow for SignInFlow {
    type State = VerifyState;
    type Answer = Verification;
    type Conclusion = VerifyConclusion;
    type Outcome = SignInOutcome;

    const ADMITTED: Option<EventKind> = VerifyFlow::ADMITTED;
    const UNANSWERED: EventKind = VerifyFlow::UNANSWERED;
    const HEARS_OUT: bool = true;

    /// A missing consent is no refusal here, because that would show which names have agreed: such a capture is read to
    /// its end, dropped, and fails like any other.
    async fn begin(&self, sender: &Sender) -> Result<Begun<VerifyState>, UploadError> {
        let (began, cadence) = (Instant::now(), sender.project()?.latency.cadence());
        let begun = begin(sender).await;
        sleep_until(began + doubled(cadence.admission, began.elapsed())).await;
        Ok(begun?.at(cadence))
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &VerifyState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<Verification>, Error>> + Send, UploadError> {
        state.ask(sender, upload_paced(files, &sender.engine.tasks))
    }

    fn observe(&self, project: &OpenProject, took: Result<Duration, PlatformFailure>) {
        VerifyFlow.observe(project, took);
    }

    fn conclude(
        &self,
        sender: &Sender,
        state: &VerifyState,
        relayed: Relayed<Verification>,
    ) -> Concluded<VerifyConclusion> {
        VerifyFlow.conclude(sender, state, relayed)
    }

    /// A verdict other than a pass becomes known when the time for that has come.
    ///
    /// Where the platform has enrolled a stranger, their next capture would pass: the subject is closed to sign-ins, what
    /// is on its way counts for nothing, and an operator has to look.
    async fn remember(
        &self,
        sender: &Sender,
        begun: &Begun<VerifyState>,
        concluded: &VerifyConclusion,
    ) -> Result<(), UploadError> {
        let state = &begun.state;
        if concluded.conclusion != Conclusion::Pass {
            begun.verdict_is_due().await;
        }
        if concluded.conclusion != Conclusion::EnrolledNotVerified {
            return Ok(());
        }
        let (engine, subject) = (&sender.engine, sender.principal.logged_in_key());
        let event = state.event(sender, EventKind::LoginClosed);
        engine.audit.note(&event.reason("enrolled-while-signing-in"));
        close(engine, &subject).await?;
        Ok(())
    }

    async fn settle(
        &self,
        sender: &Sender,
        begun: &mut Begun<VerifyState>,
        mut concluded: VerifyConclusion,
    ) -> Result<SignInOutcome, UploadError> {
        concluded.counts |= concluded.conclusion == Conclusion::EnrolledNotVerified;
        let shown = VerifyFlow.settle(sender, begun, concluded).await?;
        let passed = match (&shown, begun.claim.successor()) {
            (VerifyOutcome::Passed(_), Some(successor)) => {
                Some(Passed::keep(&sender.engine, successor.clone(), self.device.as_ref()).await)
            }
            _ => None,
        };
        Ok(SignInOutcome { shown, passed })
    }

    async fn conceal(
        &self,
        sender: &Sender,
        begun: &mut Begun<VerifyState>,
        settled: Result<PlatformReply<SignInOutcome>, UploadError>,
    ) -> Result<PlatformReply<SignInOutcome>, UploadError> {
        let outcome = conceal(sender, begun, settled.map(|reply| reply.outcome)).await?;
        // The platform gives ids to requests about names that it gets to see.
        Ok(PlatformReply { outcome, request_id: None })
    }

    fn event(&self, sender: &Sender, state: &VerifyState, kind: EventKind) -> Event {
        VerifyFlow.event(sender, state, kind)
    }
}

async fn begin(sender: &Sender) -> Result<Begun<VerifyState>, UploadError> {
    let session = sender.session().await?;
    // The session is seen to be uploading before the platform is asked, which it is for some names only.
    let mut begun = VerifyState::begin(sender, session).await?;
    begun.claim.pass_on_to(successor(sender)?);
    let may_sign_in = may_sign_in(&sender.engine, &sender.principal).await?;
    if !may_sign_in {
        sender.engine.audit.note(&sender.event(EventKind::ConsentDenied));
    }
    Ok(if may_sign_in { begun } else { begun.withheld() })
}

/// The same claim, under a fresh key.
fn successor(sender: &Sender) -> Result<Principal, UploadError> {
    let own = &sender.principal;
    let (tenant, subject) = (own.tenant().clone(), own.subject().clone());
    claim(&sender.engine, tenant, own.authentication(), subject).map_err(|_| UploadError::Interrupted)
}

/// What a browser that merely claims a name gets to see of an upload: a pass, the one failure that is the same for every
/// name, or an error that does not depend on the name.
async fn conceal(
    sender: &Sender,
    begun: &mut Begun<VerifyState>,
    settled: Result<SignInOutcome, UploadError>,
) -> Result<SignInOutcome, UploadError> {
    match settled {
        Ok(SignInOutcome { shown: VerifyOutcome::Failed { next, .. }, .. }) => {
            Ok(SignInOutcome::failed(next))
        }
        Ok(passed) => Ok(passed),
        // The name may not sign in, so the capture was not sent to the platform.
        Err(UploadError::Withheld) => {
            begun.verdict_is_due().await;
            match sender.project()?.latency.failure() {
                Some(failure) => Err(UploadError::Platform(failure)),
                None => failed(sender, begun).await,
            }
        }
        // Only captures that were sent to the platform can be unfit for it.
        // A pass is void where consent was withdrawn meanwhile.
        Err(UploadError::Platform(PlatformFailure::Nonsense) | UploadError::Void) => {
            begun.verdict_is_due().await;
            failed(sender, begun).await
        }
        Err(UploadError::Platform(failure)) => {
            begun.verdict_is_due().await;
            Err(UploadError::Platform(failure))
        }
        Err(error) => Err(error),
    }
}

async fn failed(sender: &Sender, begun: &mut Begun<VerifyState>) -> Result<SignInOutcome, UploadError> {
    Ok(SignInOutcome::failed(fail(sender, begun, true).await?))
}

impl SignInOutcome {
    fn failed(next: Next) -> Self {
        let shown = VerifyOutcome::Failed { failure: VerifyFailure::Failed, next, reasons: Vec::new() };
        Self { shown, passed: None }
    }
}
