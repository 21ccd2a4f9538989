//! The verification of a claimed name, and what its browser gets to see of it.

use std::time::Duration;

use biometry_client::{Error, Reply, Verification};

use super::consent::may_sign_in;
use crate::audit::{Event, EventKind};
use crate::decision::Conclusion;
use crate::engine::{OpenProject, PlatformFailure};
use crate::store::operations::Revocation;
use crate::verifier::{
    Begun, Concluded, Files, Next, PlatformReply, Relayed, Sender, UploadError, UploadFlow, VerifyConclusion,
    VerifyFailure, VerifyFlow, VerifyOutcome, VerifyState, fail,
};

/// Verifies a caller whose name is merely claimed: a [`VerifyFlow`] that is the same for every name.
pub(crate) struct SignInFlow;

impl UploadFlow for SignInFlow {
    type State = VerifyState;
    type Answer = Verification;
    type Conclusion = VerifyConclusion;
    type Outcome = VerifyOutcome;

    const ADMITTED: Option<EventKind> = VerifyFlow::ADMITTED;
    const UNANSWERED: EventKind = VerifyFlow::UNANSWERED;

    /// A missing consent is no refusal here, because that would show which names have agreed: such a capture is read to
    /// its end, dropped, and fails like any other.
    async fn begin(&self, sender: &Sender) -> Result<Begun<VerifyState>, UploadError> {
        let session = sender.session().await?;
        let may_sign_in = may_sign_in(&sender.engine, &sender.principal).await?;
        if !may_sign_in {
            sender.engine.audit.note(&sender.event(EventKind::ConsentDenied));
        }
        let begun = VerifyState::begin(sender, session).await?;
        Ok(if may_sign_in { begun } else { begun.withheld() })
    }

    fn ask(
        &self,
        sender: &Sender,
        state: &VerifyState,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<Verification>, Error>> + Send, UploadError> {
        VerifyFlow.ask(sender, state, files)
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

    async fn settle(
        &self,
        sender: &Sender,
        begun: &mut Begun<VerifyState>,
        mut concluded: VerifyConclusion,
    ) -> Result<VerifyOutcome, UploadError> {
        if concluded.conclusion == Conclusion::EnrolledNotVerified {
            // The platform has enrolled a stranger, although it had no reason to: an operator has to look.
            let event = begun.state.event(sender, EventKind::VerifyError);
            sender.engine.audit.note(&event.reason("enrolled-while-signing-in"));
            concluded.counts = true;
        }
        VerifyFlow.settle(sender, begun, concluded).await
    }

    async fn conceal(
        &self,
        sender: &Sender,
        begun: &mut Begun<VerifyState>,
        settled: Result<PlatformReply<VerifyOutcome>, UploadError>,
    ) -> Result<PlatformReply<VerifyOutcome>, UploadError> {
        let outcome = conceal(sender, begun, settled.map(|reply| reply.outcome)).await?;
        // The platform gives ids to requests about names that it gets to see.
        Ok(PlatformReply { outcome, request_id: None })
    }

    fn event(&self, sender: &Sender, state: &VerifyState, kind: EventKind) -> Event {
        VerifyFlow.event(sender, state, kind)
    }
}

/// What a browser that merely claims a name gets to see of an upload: a pass, the one failure that is the same for every
/// name, or an error that does not depend on the name.
async fn conceal(
    sender: &Sender,
    begun: &mut Begun<VerifyState>,
    settled: Result<VerifyOutcome, UploadError>,
) -> Result<VerifyOutcome, UploadError> {
    match settled {
        Ok(VerifyOutcome::Passed(decision)) => Ok(VerifyOutcome::Passed(decision)),
        // Only names that the platform knows are referred.
        Ok(VerifyOutcome::Failed {
            failure: VerifyFailure::Failed | VerifyFailure::Referred,
            next,
            reasons,
        }) => Ok(VerifyOutcome::Failed { failure: VerifyFailure::Failed, next, reasons }),
        // A stranger was enrolled: the sessions of this browser end.
        Ok(VerifyOutcome::Failed { failure: VerifyFailure::EnrolledNotVerified, reasons, .. }) => {
            let engine = &sender.engine;
            engine.store(engine.store.revoke(Revocation::HostSession(&sender.principal))).await?;
            Ok(VerifyOutcome::Failed { failure: VerifyFailure::Failed, next: Next::Nothing, reasons })
        }
        // The name may not sign in, so the capture was not sent to the platform.
        Err(UploadError::Withheld) => answer_decoy(sender, begun).await,
        // Only captures that were sent to the platform can be unfit for it.
        Err(UploadError::Platform(PlatformFailure::Nonsense)) => failed(sender, begun).await,
        Err(error) => Err(error),
    }
}

/// Answers as if the capture had been judged, after as long as that takes.
async fn answer_decoy(sender: &Sender, begun: &mut Begun<VerifyState>) -> Result<VerifyOutcome, UploadError> {
    let decoy = sender.project()?.latency.decoy(&*sender.engine.entropy);
    tokio::time::sleep(decoy.after.min(sender.engine.settings.platform_timeout)).await;
    match decoy.failure {
        Some(failure) => Err(UploadError::Platform(failure)),
        None => failed(sender, begun).await,
    }
}

async fn failed(sender: &Sender, begun: &mut Begun<VerifyState>) -> Result<VerifyOutcome, UploadError> {
    let next = fail(sender, begun, true).await?;
    Ok(VerifyOutcome::Failed { failure: VerifyFailure::Failed, next, reasons: Vec::new() })
}
