//! Consent to a sign-in, which must not show.

use std::sync::Arc;

use crate::consent::Purpose;
use crate::consents::{NoConsent, look_up};
use crate::engine::Engine;
use crate::principal::Principal;
use crate::store::StoreError;

/// Whether a capture of the claimed subject may go to the platform.
///
/// A platform that cannot tell is a no: another answer than for a wrong face would show which names exist.
pub(super) async fn may_sign_in(engine: &Arc<Engine>, principal: &Principal) -> Result<bool, StoreError> {
    let subject = principal.logged_in_key();
    if !engine.store(engine.store.may_sign_in(&subject)).await? {
        return Ok(false);
    }
    let (kept, given) = match look_up(engine, &subject, &[Purpose::Authorization]).await {
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
