use std::sync::Arc;

use biometry_client::CallContext;

use super::error::VerifyError;
use crate::engine::Engine;
use crate::id::ClaimId;
use crate::ledger::{SideOutcome, SideSession, SideSettled, SideUpload};
use crate::principal::Principal;
use crate::session::Session;

/// An upload that verifies nobody, claimed. The claim is given back when it is dropped, whatever happened.
pub(super) struct SideClaim {
    engine: Arc<Engine>,
    owner: Principal,
    claim: Option<ClaimId>,
    session: Option<Session>,
}

impl SideClaim {
    pub(super) async fn begin(
        engine: &Arc<Engine>,
        owner: &Principal,
        session: SideSession,
    ) -> Result<Self, VerifyError> {
        let claim = ClaimId::random(&*engine.entropy).map_err(|_| VerifyError::Interrupted)?;
        let upload = SideUpload { session, claim: claim.clone(), lease: engine.settings.lease() };
        // INVARIANT: from here on the claim is given back even where it is not known whether it was granted.
        let (engine, owner) = (Arc::clone(engine), owner.clone());
        let mut held = Self { engine, owner, claim: Some(claim), session: None };
        let engine = &held.engine;
        let begun = engine.store.begin_side_upload(&held.owner, &upload, &engine.settings.limits);
        match engine.store(begun).await? {
            Ok(session) => {
                held.session = session;
                Ok(held)
            }
            Err(refused) => {
                held.claim = None;
                Err(VerifyError::Session(refused))
            }
        }
    }

    /// The session it belongs to, where it belongs to one.
    pub(super) fn session(&self) -> Option<&Session> {
        self.session.as_ref()
    }

    /// Has a call join the session and say what the session is for.
    pub(super) fn join(&self, context: CallContext) -> CallContext {
        let Some(session) = &self.session else { return context };
        let context = context.session(session.platform_session.clone());
        match self.engine.project(&self.owner).ok().and_then(|project| project.policy(session.policy())) {
            Some(policy) => context.trigger(policy.purpose().trigger()),
            None => context,
        }
    }

    pub(super) async fn settle(mut self, outcome: SideOutcome) -> Result<SideSettled, VerifyError> {
        let Some(claim) = self.claim.take() else { return Ok(SideSettled::TooLate) };
        Ok(settle(&self.engine, &self.owner, &claim, outcome).await?)
    }

    pub(super) async fn release(self) {
        // What cannot be given back runs out with its lease.
        let _ = self.settle(SideOutcome::Nothing).await;
    }
}

async fn settle(
    engine: &Arc<Engine>,
    owner: &Principal,
    claim: &ClaimId,
    outcome: SideOutcome,
) -> Result<SideSettled, crate::store::StoreError> {
    let settle = engine.store.settle_side_upload(owner, claim, outcome, &engine.settings.limits);
    let settled = engine.store(settle).await?;
    // Its session may have been superseded or ended meanwhile, or was kept for this match only.
    if matches!(settled, SideSettled::DocumentMatched | SideSettled::TooLate) {
        engine.look_after(owner.key());
    }
    Ok(settled)
}

impl Drop for SideClaim {
    fn drop(&mut self) {
        let Some(claim) = self.claim.take() else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (engine, owner) = (Arc::clone(&self.engine), self.owner.clone());
        self.engine.tasks.spawn(async move {
            let _ = settle(&engine, &owner, &claim, SideOutcome::Nothing).await;
        });
    }
}
