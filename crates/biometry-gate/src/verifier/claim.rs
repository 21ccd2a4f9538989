use std::sync::Arc;

use super::error::UploadError;
use super::sender::Sender;
use crate::engine::Engine;
use crate::id::{ClaimId, SessionId};
use crate::principal::Principal;
use crate::record::{
    AuxiliaryOutcome, AuxiliarySession, AuxiliarySettled, AuxiliaryUpload, Begun, NotBegun, Settled,
    Settlement, Upload,
};
use crate::session::Session;
use crate::store::StoreError;

/// An upload's claim in the store. It is given back when it is dropped, whatever happened.
pub(crate) struct Claim {
    engine: Arc<Engine>,
    principal: Principal,
    /// `None` once it is settled or given back.
    held: Option<Held>,
    /// Where what a pass brings is to be found instead.
    successor: Option<Principal>,
}

enum Held {
    /// A session, whose phrase the upload speaks.
    Session(Upload),
    /// The one upload at a time that is no verification.
    Auxiliary(ClaimId),
}

impl Claim {
    /// Claims a session and its phrase.
    pub(super) async fn session(sender: &Sender, session: SessionId) -> Result<(Self, Begun), UploadError> {
        let (engine, principal) = (&sender.engine, &sender.principal);
        let upload = Upload { session, claim: random_id(engine)?, lease: engine.settings.lease() };
        let mut claim = Self::hold(sender, Held::Session(upload.clone()));
        let begun = engine.store.begin_upload(principal, &upload, engine.limits(principal));
        let begun = claim.granted(engine.store(begun).await?)?;
        Ok((claim, begun))
    }

    /// Has what a pass brings moved to this successor of the caller, in one step with the pass.
    pub(crate) fn pass_on_to(&mut self, successor: Principal) {
        self.successor = Some(successor);
    }

    /// Who holds what a pass has brought.
    pub(crate) fn successor(&self) -> Option<&Principal> {
        self.successor.as_ref()
    }

    /// Claims an upload that is no verification; answers the session that it belongs to, where it belongs to one.
    pub(super) async fn auxiliary(
        sender: &Sender,
        session: AuxiliarySession,
    ) -> Result<(Self, Option<Session>), UploadError> {
        let (engine, principal) = (&sender.engine, &sender.principal);
        let upload = AuxiliaryUpload { session, claim: random_id(engine)?, lease: engine.settings.lease() };
        let mut claim = Self::hold(sender, Held::Auxiliary(upload.claim.clone()));
        let begun = engine.store.begin_auxiliary_upload(principal, &upload, engine.limits(principal));
        let session = claim.granted(engine.store(begun).await?)?;
        Ok((claim, session))
    }

    // INVARIANT: a claim is held from before the store is asked for it, so that it is given back even where it is not
    // known whether it was granted.
    fn hold(sender: &Sender, held: Held) -> Self {
        Self {
            engine: Arc::clone(&sender.engine),
            principal: sender.principal.clone(),
            held: Some(held),
            successor: None,
        }
    }

    fn granted<T>(&mut self, begun: Result<T, NotBegun>) -> Result<T, UploadError> {
        begun.map_err(|refused| {
            self.held = None;
            UploadError::Session(refused)
        })
    }

    /// Settles a claimed session. A settlement that the store does not take has not happened: the lease runs out, and a
    /// pass is none.
    pub(super) async fn settle(&mut self, settlement: Settlement) -> Result<Settled, UploadError> {
        let Some(Held::Session(upload)) = self.held.take() else { return Ok(Settled::TooLate) };
        let engine = &self.engine;
        let (owner, limits) = (&self.principal, engine.limits(&self.principal));
        let settled = match &self.successor {
            Some(next) => {
                let next = next.host_session();
                engine.store(engine.store.settle_for(owner, next, &upload, settlement, limits)).await?
            }
            None => engine.store(engine.store.settle(owner, &upload, settlement, limits)).await?,
        };
        if matches!(settled, Settled::Void) {
            self.held = Some(Held::Session(upload));
            return Ok(settled);
        }
        if matches!(settled, Settled::Exhausted | Settled::Locked | Settled::TooLate) {
            engine.flush_soon(self.principal.key());
        }
        Ok(settled)
    }

    /// Settles an upload that is no verification.
    pub(super) async fn settle_auxiliary(
        &mut self,
        outcome: AuxiliaryOutcome,
    ) -> Result<AuxiliarySettled, UploadError> {
        let Some(Held::Auxiliary(claim)) = self.held.take() else { return Ok(AuxiliarySettled::TooLate) };
        Ok(settle_auxiliary(&self.engine, &self.principal, &claim, outcome).await?)
    }

    /// Gives the claim back, unless it is settled.
    pub(crate) async fn release(&mut self) {
        if let Some(held) = self.held.take() {
            give_back(&self.engine, &self.principal, &held).await;
        }
    }
}

/// What cannot be given back runs out with its lease.
async fn give_back(engine: &Arc<Engine>, principal: &Principal, held: &Held) {
    match held {
        Held::Session(upload) => {
            let _ = engine.store(engine.store.release_upload(principal, upload)).await;
            // The session may have been superseded or ended meanwhile.
            engine.flush_soon(principal.key());
        }
        Held::Auxiliary(claim) => {
            let _ = settle_auxiliary(engine, principal, claim, AuxiliaryOutcome::Nothing).await;
        }
    }
}

async fn settle_auxiliary(
    engine: &Arc<Engine>,
    principal: &Principal,
    claim: &ClaimId,
    outcome: AuxiliaryOutcome,
) -> Result<AuxiliarySettled, StoreError> {
    let settle = engine.store.settle_auxiliary_upload(principal, claim, outcome, engine.limits(principal));
    let settled = engine.store(settle).await?;
    // Its session may have been superseded or ended meanwhile, or was kept for this match only.
    if matches!(settled, AuxiliarySettled::DocumentMatched | AuxiliarySettled::TooLate) {
        engine.flush_soon(principal.key());
    }
    Ok(settled)
}

fn random_id(engine: &Engine) -> Result<ClaimId, UploadError> {
    ClaimId::random(&*engine.entropy).map_err(|_| UploadError::Interrupted)
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Some(held) = self.held.take() else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (engine, principal) = (Arc::clone(&self.engine), self.principal.clone());
        self.engine.tasks.spawn(async move { give_back(&engine, &principal, &held).await });
    }
}
