//! Consent to a sign-in, which must not show.

use std::sync::Arc;

use super::closing::is_closing;
use crate::consent::Purpose;
use crate::consents::{NoConsent, ask_platform_anew, look_up};
use crate::engine::Engine;
use crate::principal::{Principal, SubjectKey};
use crate::store::StoreError;
use crate::store::operations::SignInStanding;

/// Whether a capture of the claimed subject may go to the platform.
///
/// A platform that cannot tell is a no: another answer than for a wrong face would show which names exist.
pub(super) async fn may_sign_in(engine: &Arc<Engine>, principal: &Principal) -> Result<bool, StoreError> {
    let subject = principal.logged_in_key();
    if is_closing(engine, &subject).await? {
        return Ok(false);
    }
    let may_be_relayed = match engine.store(engine.store.sign_in_standing(&subject)).await? {
        SignInStanding::Closed | SignInStanding::Barred => false,
        SignInStanding::Recognised => true,
        SignInStanding::NothingStored => platform_stores_nothing(engine, &subject).await,
    };
    Ok(may_be_relayed && is_authorized(engine, &subject).await?)
}

/// Whether the platform itself says that it may verify the subject and store nothing of them. It is asked each time, as it
/// may hear of consent from elsewhere.
async fn platform_stores_nothing(engine: &Engine, subject: &SubjectKey) -> bool {
    ask_platform_anew(engine, subject)
        .await
        .is_ok_and(|given| given.has(Purpose::Authorization) && !given.has(Purpose::Storage))
}

async fn is_authorized(engine: &Arc<Engine>, subject: &SubjectKey) -> Result<bool, StoreError> {
    let (kept, given) = match look_up(engine, subject, &[Purpose::Authorization]).await {
        Ok(looked_up) => looked_up,
        Err(NoConsent::Store(error)) => return Err(error),
        Err(NoConsent::Missing(_) | NoConsent::Platform(_)) => return Ok(false),
    };
    // Where the platform may store templates and the store does not know of it, a stranger might be enrolled.
    let may_enroll = |purpose| given.is_some_and(|given| given.has(purpose)) && !kept.is_given(purpose);
    if may_enroll(Purpose::Storage) {
        return Ok(false);
    }
    let consent = match given {
        Some(given) => kept.confirmed_by(|purpose| given.has(purpose)),
        None => kept,
    };
    Ok(consent.under(&engine.consents.texts).is_given(Purpose::Authorization))
}
