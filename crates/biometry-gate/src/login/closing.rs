//! Names under which the platform has enrolled a stranger: they are closed to sign-ins, also where the store cannot be told.

use crate::engine::Engine;
use crate::principal::SubjectKey;
use crate::store::StoreError;
use crate::store::operations::Revocation;

/// Closes a subject to sign-ins, and voids those on their way. This process remembers what the store did not take.
pub(super) async fn close(engine: &Engine, subject: &SubjectKey) -> Result<(), StoreError> {
    engine.sign_ins.closing.put(subject);
    record(engine, subject).await
}

/// Whether a subject was closed to sign-ins without the store knowing it. The store is told now.
pub(super) async fn is_closing(engine: &Engine, subject: &SubjectKey) -> Result<bool, StoreError> {
    if !engine.sign_ins.closing.may_hold(subject) {
        return Ok(false);
    }
    record(engine, subject).await?;
    Ok(true)
}

async fn record(engine: &Engine, subject: &SubjectKey) -> Result<(), StoreError> {
    engine.store(engine.store.close_to_sign_ins(subject)).await?;
    for claims in subject.signing_in() {
        engine.store(engine.store.revoke(Revocation::Subject(&claims))).await?;
    }
    engine.sign_ins.closing.remove(subject);
    Ok(())
}
