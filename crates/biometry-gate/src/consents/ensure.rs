use std::sync::Arc;

use biometry_client::UserFullname;
use tokio::time::Instant;

use crate::audit::EventKind;
use crate::challenge::Problem;
use crate::consent::{Actor, Consent, ConsentSource, PURPOSES, Purpose, Receipt, purpose_name};
use crate::denial::consent_required;
use crate::engine::{Engine, Given, PlatformFailure, ask_about};
use crate::principal::{Authentication, Principal, SubjectKey};
use crate::store::StoreError;

/// Why an operation that needs consent does not happen.
#[derive(Debug)]
pub(crate) enum NoConsent {
    /// The subject has not agreed to these.
    Missing(Vec<Purpose>),
    /// The store cannot tell.
    Store(StoreError),
    /// The platform cannot tell, where it is one to ask.
    Platform(PlatformFailure),
}

/// Makes sure that the subject has agreed to every one of `purposes`, and records in the audit trail where not. Answers what
/// they have agreed to.
///
/// The answer holds for one operation: it is asked for again before each.
pub(crate) async fn ensure_consent(
    engine: &Arc<Engine>,
    owner: &Principal,
    purposes: &[Purpose],
) -> Result<Consent, NoConsent> {
    let consent = known_consent(engine, owner, purposes).await?;
    let lacks = |purpose: &Purpose| !consent.is_given(*purpose);
    let missing: Vec<_> = purposes.iter().copied().filter(lacks).collect();
    if missing.is_empty() {
        return Ok(consent);
    }
    let is_stale = |purpose: &Purpose| consent.grant(*purpose).is_stale();
    let (stale, absent): (Vec<_>, Vec<_>) = missing.iter().copied().partition(is_stale);
    for (kind, purposes) in [(EventKind::ConsentStale, stale), (EventKind::ConsentDenied, absent)] {
        if !purposes.is_empty() {
            engine.audit.note(&engine.audit.event(kind, owner).reason(names(&purposes).join(" ")));
        }
    }
    Err(NoConsent::Missing(missing))
}

/// What the subject has agreed to, as it counts: by the store, by the host's texts, and by the platform
/// where it is asked. The gate asks the platform again after a minute, or at once where it said no to any of
/// `wanted`.
pub(crate) async fn known_consent(
    engine: &Arc<Engine>,
    owner: &Principal,
    wanted: &[Purpose],
) -> Result<Consent, NoConsent> {
    let subject = owner.logged_in_key();
    let (mut consent, given) = look_up(engine, &subject, wanted).await?;
    if let Some(given) = given {
        // Nothing is written on behalf of a caller who merely claims to be the subject.
        if owner.authentication() == Authentication::LoggedIn {
            consent = take_over(engine, &subject, consent, given).await.map_err(NoConsent::Store)?;
        }
        consent = consent.confirmed_by(|purpose| given.has(purpose));
    }
    Ok(consent.under(&engine.consents.texts))
}

/// What the store knows of the subject's consent, and the platform where it is asked.
pub(crate) async fn look_up(
    engine: &Arc<Engine>,
    subject: &SubjectKey,
    wanted: &[Purpose],
) -> Result<(Consent, Option<Given>), NoConsent> {
    let consent = engine.store(engine.store.consent(subject)).await.map_err(NoConsent::Store)?;
    if consent.next_try().is_some_and(|due| due <= engine.now()) {
        engine.flush_soon(subject);
    }
    let given = match engine.consents.source {
        ConsentSource::Store => None,
        ConsentSource::Platform => {
            Some(ask_platform(engine, subject, wanted).await.map_err(NoConsent::Platform)?)
        }
    };
    Ok((consent, given))
}

async fn ask_platform(
    engine: &Engine,
    subject: &SubjectKey,
    wanted: &[Purpose],
) -> Result<Given, PlatformFailure> {
    let histories = &engine.consents.histories;
    match histories.find(subject, wanted, engine.now()) {
        Some(given) => Ok(given),
        None => ask_platform_anew(engine, subject).await,
    }
}

/// Asks the platform, whatever it said a moment ago.
pub(crate) async fn ask_platform_anew(
    engine: &Engine,
    subject: &SubjectKey,
) -> Result<Given, PlatformFailure> {
    let histories = &engine.consents.histories;
    let asked = histories.ask();
    let user =
        UserFullname::parse(&subject.subject().platform_name()).map_err(|_| PlatformFailure::Nonsense)?;
    let began = Instant::now();
    let reply = ask_about(engine, subject, async |client| client.consent_history(&user).await).await?;
    if let Ok(project) = engine.projects.of(subject.tenant()) {
        project.latency.note_history(began.elapsed());
    }
    let given = Given::of(reply.value());
    histories.keep(asked, subject, given, engine.now());
    Ok(given)
}

/// Takes a consent into the store that the platform has on record and the store does not know.
async fn take_over(
    engine: &Engine,
    subject: &SubjectKey,
    consent: Consent,
    given: Given,
) -> Result<Consent, StoreError> {
    let is_news = |purpose: &Purpose| given.has(*purpose) && consent.grant(*purpose).since().is_none();
    let receipts: Vec<_> = PURPOSES
        .into_iter()
        .filter(is_news)
        .map(|purpose| Receipt::new(purpose, true, engine.now()).by(Actor::Platform))
        .collect();
    if receipts.is_empty() {
        return Ok(consent);
    }
    engine.store(engine.store.record_consent(subject, receipts)).await
}

fn names(purposes: &[Purpose]) -> Vec<&'static str> {
    purposes.iter().map(|&purpose| purpose_name(purpose)).collect()
}

impl From<NoConsent> for Problem {
    fn from(refused: NoConsent) -> Self {
        match refused {
            NoConsent::Missing(purposes) => consent_required(&purposes),
            NoConsent::Store(error) => error.into(),
            NoConsent::Platform(failure) => failure.into(),
        }
    }
}
