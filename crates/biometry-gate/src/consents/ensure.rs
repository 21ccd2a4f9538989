use std::borrow::Cow;

use crate::audit::EventKind;
use crate::challenge::{Code, Problem};
use crate::consent::{Purpose, purpose_name};
use crate::gate::Engine;
use crate::principal::Principal;
use crate::store::StoreError;

/// Why an operation that needs consent does not happen.
#[derive(Debug)]
pub(crate) enum NoConsent {
    /// The subject has not agreed to these.
    Missing(Vec<Purpose>),
    /// The store cannot tell.
    Store(StoreError),
}

/// Makes sure that the subject has agreed to every one of `purposes`, and tells the audit trail where not.
///
/// The answer holds for one operation: it is asked for again before each.
pub(crate) async fn ensure_consent(
    engine: &Engine,
    owner: &Principal,
    purposes: &[Purpose],
) -> Result<(), NoConsent> {
    let consent = engine.store(engine.store.consent(&owner.step_up_key())).await.map_err(NoConsent::Store)?;
    let missing: Vec<_> = purposes.iter().copied().filter(|&purpose| !consent.is_given(purpose)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<_> = missing.iter().map(|&purpose| purpose_name(purpose)).collect();
    let event = engine.audit.event(EventKind::ConsentDenied, owner);
    engine.audit.note(&event.reason(Cow::from(names.join(" "))));
    Err(NoConsent::Missing(missing))
}

fn consent_required(purposes: &[Purpose]) -> Problem {
    let purposes: Vec<_> = purposes.iter().map(|&purpose| purpose_name(purpose)).collect();
    Problem::new(Code::ConsentRequired, "agree to the use of your biometrics first")
        .with("purposes", purposes)
}

impl From<NoConsent> for Problem {
    fn from(refused: NoConsent) -> Self {
        match refused {
            NoConsent::Missing(purposes) => consent_required(&purposes),
            NoConsent::Store(error) => error.into(),
        }
    }
}
