use std::sync::Arc;

use biometry_client::{PhoneNumber, PlatformSession, UserFullname, Withdrawal};

use super::LATER;
use crate::audit::EventKind;
use crate::consent::{OwedWithdrawal, purpose_name};
use crate::engine::{Engine, PlatformFailure, ask_about};
use crate::principal::{Principal, Realm, SubjectKey};

/// Does at the platform what there is to do for the subject, and notes when to look again.
pub(super) async fn run(engine: &Arc<Engine>, subject: &SubjectKey) {
    let Ok(errands) = engine.store(engine.store.take_errands(subject)).await else {
        engine.look_after_at(subject, engine.now() + LATER);
        return;
    };
    if let Some(next) = errands.next {
        engine.look_after_at(subject, next);
    }
    for session in &errands.expired {
        let event = engine.audit.event(EventKind::ChallengeExpired, subject);
        engine.audit.note(&event.about(engine.audit.attempt(session)));
    }
    for withdrawal in &errands.withdrawals {
        tell(engine, subject, withdrawal).await;
    }
    if errands.ended.is_empty() {
        return;
    }
    let phone = phone_of(engine, subject);
    for session in &errands.ended {
        if end(engine, subject, session, phone.as_ref()).await.is_err() {
            tracing::debug!("a session of the platform was not ended");
        }
    }
}

async fn end(
    engine: &Engine,
    subject: &SubjectKey,
    session: &PlatformSession,
    phone: Option<&PhoneNumber>,
) -> Result<(), PlatformFailure> {
    let user = user(subject)?;
    ask_about(engine, subject, async |client| client.end_session_of(&user, session, phone).await).await?;
    Ok(())
}

/// Nobody's number is looked at for a name that somebody merely claims.
fn phone_of(engine: &Engine, subject: &SubjectKey) -> Option<PhoneNumber> {
    let owner = Principal::in_background(subject).ok()?;
    engine.caller_facts.phone(&owner).filter(|_| subject.realm() == Realm::StepUp)
}

/// Tells the platform of a withdrawal. What is not told now stays owed.
async fn tell(engine: &Engine, subject: &SubjectKey, withdrawal: &OwedWithdrawal) {
    let outcome = withdraw_upstream(engine, subject, withdrawal).await;
    let event = |kind| engine.audit.event(kind, subject).reason(purpose_name(withdrawal.purpose));
    match outcome {
        Ok(Withdrawal::Accepted) => {}
        Ok(Withdrawal::RefusedByPlatform) => engine.audit.note(&event(EventKind::WithdrawalRefused)),
        Err(_) => {
            if withdrawal.is_last {
                engine.audit.note(&event(EventKind::WithdrawalUntold));
            }
            return;
        }
    }
    // Where the store does not take this, the platform is told once more.
    let _ = engine.store(engine.store.ack_withdrawal(subject, withdrawal)).await;
}

async fn withdraw_upstream(
    engine: &Engine,
    subject: &SubjectKey,
    withdrawal: &OwedWithdrawal,
) -> Result<Withdrawal, PlatformFailure> {
    let (user, purpose) = (user(subject)?, withdrawal.purpose);
    let told = ask_about(engine, subject, async |client| client.withdraw_consent(&user, purpose).await);
    Ok(told.await?.into_inner())
}

fn user(subject: &SubjectKey) -> Result<UserFullname, PlatformFailure> {
    UserFullname::parse(subject.subject().as_str()).map_err(|_| PlatformFailure::Nonsense)
}
