use std::sync::Arc;

use biometry_client::{PhoneNumber, PlatformSession, UserFullname, Withdrawal};

use super::LATER;
use crate::audit::EventKind;
use crate::clock::later;
use crate::consent::{OwedWithdrawal, purpose_name};
use crate::engine::{Engine, PlatformFailure, ask_about};
use crate::principal::{Authentication, Principal, SubjectKey};

/// Does the subject's tasks at the platform, and notes when to look again.
pub(super) async fn flush(engine: &Arc<Engine>, subject: &SubjectKey) {
    let Ok(tasks) = engine.store(engine.store.take_due_tasks(subject)).await else {
        engine.flush_at(subject, later(engine.now(), LATER));
        return;
    };
    if let Some(next) = tasks.next {
        engine.flush_at(subject, next);
    }
    for session in &tasks.expired {
        let event = engine.audit.event(EventKind::ChallengeExpired, subject);
        engine.audit.note(&event.about(engine.audit.attempt(session)));
    }
    for withdrawal in &tasks.withdrawals {
        tell(engine, subject, withdrawal).await;
    }
    if tasks.ended.is_empty() {
        return;
    }
    let phone = phone_of(engine, subject);
    for session in &tasks.ended {
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

/// The subject's phone number; none for a name that is merely claimed.
fn phone_of(engine: &Engine, subject: &SubjectKey) -> Option<PhoneNumber> {
    let owner = Principal::in_background(subject).ok()?;
    engine.host_knowledge.phone(&owner).filter(|_| subject.authentication() == Authentication::LoggedIn)
}

/// Passes a withdrawal on to the platform. A failed attempt stays owed.
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
    // Where the store does not take this, the withdrawal is passed on once more.
    let _ = engine.store(engine.store.ack_withdrawal(subject, withdrawal)).await;
}

async fn withdraw_upstream(
    engine: &Engine,
    subject: &SubjectKey,
    withdrawal: &OwedWithdrawal,
) -> Result<Withdrawal, PlatformFailure> {
    let (user, purpose) = (user(subject)?, withdrawal.purpose);
    let reply = ask_about(engine, subject, async |client| client.withdraw_consent(&user, purpose).await);
    Ok(reply.await?.into_inner())
}

fn user(subject: &SubjectKey) -> Result<UserFullname, PlatformFailure> {
    UserFullname::parse(&subject.subject().platform_name()).map_err(|_| PlatformFailure::Nonsense)
}
