use std::sync::Arc;

use super::error::VerifyError;
use crate::engine::Engine;
use crate::id::{ClaimId, SessionId};
use crate::ledger::{Begun, Settled, Settlement, Upload};
use crate::principal::Principal;

/// A session claimed for one upload. It is given back when it is dropped, whatever happened.
pub(super) struct Claim {
    engine: Arc<Engine>,
    owner: Principal,
    upload: Option<Upload>,
}

impl Claim {
    pub(super) async fn begin(
        engine: &Arc<Engine>,
        owner: &Principal,
        session: SessionId,
    ) -> Result<(Self, Begun), VerifyError> {
        let claim = ClaimId::random(&*engine.entropy).map_err(|_| VerifyError::Interrupted)?;
        let settings = &engine.settings;
        let upload = Upload { session, claim, lease: settings.lease() };
        // INVARIANT: from here on the claim is given back even where it is not known whether it was granted.
        let mut claim =
            Self { engine: Arc::clone(engine), owner: owner.clone(), upload: Some(upload.clone()) };
        match engine.store(engine.store.begin_upload(owner, &upload, &settings.limits)).await? {
            Ok(begun) => Ok((claim, begun)),
            Err(refused) => {
                claim.upload = None;
                Err(VerifyError::Session(refused))
            }
        }
    }

    pub(super) async fn settle(mut self, settlement: Settlement) -> Result<Settled, VerifyError> {
        let Some(upload) = self.upload.take() else { return Ok(Settled::TooLate) };
        let engine = &self.engine;
        let settle = engine.store.settle(&self.owner, &upload, settlement, &engine.settings.limits);
        // A verdict that could not be kept has not been given: the lease runs out, and a pass is none.
        let settled = engine.store(settle).await?;
        if matches!(settled, Settled::Exhausted | Settled::Locked | Settled::TooLate) {
            engine.look_after(self.owner.key());
        }
        Ok(settled)
    }

    pub(super) async fn release(mut self) {
        if let Some(upload) = self.upload.take() {
            // What cannot be given back runs out with its lease.
            let _ = self.engine.store(self.engine.store.release_upload(&self.owner, &upload)).await;
            // It may have been superseded or ended meanwhile.
            self.engine.look_after(self.owner.key());
        }
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let Some(upload) = self.upload.take() else { return };
        if tokio::runtime::Handle::try_current().is_err() {
            return;
        }
        let (engine, owner) = (Arc::clone(&self.engine), self.owner.clone());
        self.engine.tasks.spawn(async move {
            let _ = engine.store(engine.store.release_upload(&owner, &upload)).await;
            engine.look_after(owner.key());
        });
    }
}
