//! Consent: read, give, withdraw.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::{Answer, timestamp};
use super::call::{Call, read_json};
use super::operation::Dialect;
use super::refusal;
use crate::audit::EventKind;
use crate::capture::RequestBody;
use crate::challenge::{Code, Problem};
use crate::consent::{Consent, Grant, Purpose, Receipt, purpose_name};
use crate::gate::Engine;
use crate::principal::{Principal, Realm};
use crate::store::Revocation;
use crate::verifier::{PlatformFailure, ask};
use biometry_client::UserFullname;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NativeBody {
    authorization: Option<bool>,
    storage: Option<bool>,
    text_version: Option<String>,
    #[serde(alias = "userFullname")]
    user_fullname: Option<String>,
}

#[derive(Deserialize)]
struct PlatformBody {
    is_consent_given: bool,
    #[serde(alias = "userFullname")]
    user_fullname: Option<String>,
}

/// What changes, in the order in which it is done: withdrawals first.
struct Change {
    purposes: Vec<(Purpose, bool)>,
    text_version: Option<Arc<str>>,
}

pub(super) async fn read(call: Call) -> Result<Answer, Problem> {
    let engine = call.engine();
    let owner = call.member()?;
    match call.dialect {
        Dialect::Native => Ok(Answer::new(describe(&engine.store(engine.store.consent(owner.key())).await?))),
        Dialect::Platform => {
            let receipts = engine.store(engine.store.receipts(owner.key())).await?;
            Ok(Answer::new(json!({ "data": {
                "user_fullname": owner.subject().as_str(),
                "consent": record(&receipts, Purpose::Authorization),
                "storage_consent": record(&receipts, Purpose::Storage),
            } })))
        }
    }
}

pub(super) async fn give(call: Call, purpose: Option<Purpose>, body: RequestBody) -> Result<Answer, Problem> {
    let owner = call.member()?;
    let (change, named) = match purpose {
        None => native_change(read_json(call.engine(), body).await?)?,
        Some(purpose) => {
            let body: PlatformBody = read_json(call.engine(), body).await?;
            (
                Change { purposes: vec![(purpose, body.is_consent_given)], text_version: None },
                body.user_fullname,
            )
        }
    };
    if named.is_some_and(|name| name != owner.subject().as_str()) {
        return Err(refusal::subject_conflict());
    }
    let consent = apply(call.engine(), &owner, &change).await?;
    Ok(match purpose {
        None => Answer::new(describe(&consent)),
        Some(purpose) => Answer::new(platform_answer(&owner, consent.is_given(purpose))),
    })
}

pub(super) async fn withdraw(call: Call) -> Result<Answer, Problem> {
    let owner = call.member()?;
    let purposes = match call.parameter("purpose")?.as_deref() {
        None => vec![(Purpose::Storage, false), (Purpose::Authorization, false)],
        Some("storage") => vec![(Purpose::Storage, false)],
        Some("authorization") => vec![(Purpose::Authorization, false)],
        Some(_) => return Err(Problem::new(Code::InvalidRequest, "the purpose is authorization or storage")),
    };
    let consent = apply(call.engine(), &owner, &Change { purposes, text_version: None }).await?;
    Ok(Answer::new(describe(&consent)))
}

fn native_change(body: NativeBody) -> Result<(Change, Option<String>), Problem> {
    let stated = [(Purpose::Authorization, body.authorization), (Purpose::Storage, body.storage)];
    let mut purposes: Vec<_> =
        stated.into_iter().filter_map(|(purpose, given)| Some((purpose, given?))).collect();
    if purposes.is_empty() {
        return Err(Problem::new(
            Code::InvalidRequest,
            "say true or false for authorization, storage or both",
        ));
    }
    purposes.sort_by_key(|&(_, given)| given);
    let text_version = body.text_version.map(|version| parse_version(&version)).transpose()?;
    Ok((Change { purposes, text_version }, body.user_fullname))
}

fn parse_version(text: &str) -> Result<Arc<str>, Problem> {
    let fits = (1..=MAX_VERSION).contains(&text.len()) && !text.chars().any(char::is_control);
    fits.then(|| text.into())
        .ok_or_else(|| Problem::new(Code::InvalidRequest, "a text version has 1 to 128 bytes"))
}

/// Withdrawal takes effect here before the platform hears of it; what is given counts here only after the platform
/// has taken it.
async fn apply(engine: &Arc<Engine>, owner: &Principal, change: &Change) -> Result<Consent, Problem> {
    for &(purpose, given) in &change.purposes {
        if given {
            give_upstream(engine, owner, purpose).await?;
            record_receipt(engine, owner, purpose, true, change).await?;
        } else {
            record_receipt(engine, owner, purpose, false, change).await?;
            let signing_in = owner.key().in_realm(Realm::Login);
            engine.store(engine.store.revoke(Revocation::Subject(&signing_in))).await?;
            withdraw_upstream(engine, owner, purpose).await?;
        }
    }
    Ok(engine.store(engine.store.consent(owner.key())).await?)
}

async fn record_receipt(
    engine: &Engine,
    owner: &Principal,
    purpose: Purpose,
    given: bool,
    change: &Change,
) -> Result<(), Problem> {
    let receipt = Receipt::new(purpose, given, engine.now(), change.text_version.clone());
    engine.store(engine.store.record_consent(owner.key(), vec![receipt])).await?;
    let kind = if given { EventKind::ConsentGiven } else { EventKind::ConsentWithdrawn };
    engine.audit.note(&engine.audit.event(kind, owner).reason(purpose_name(purpose)));
    Ok(())
}

async fn give_upstream(engine: &Engine, owner: &Principal, purpose: Purpose) -> Result<(), Problem> {
    let user = fullname(owner)?;
    let given = ask(engine, owner, async |client| client.give_consent(&user, purpose).await).await?;
    // The platform answered, and did not say that consent is given now.
    if given.value().is_given() { Ok(()) } else { Err(PlatformFailure::Nonsense.into()) }
}

/// Tells the platform, in the background after a short while: its answer changes nothing here.
async fn withdraw_upstream(engine: &Arc<Engine>, owner: &Principal, purpose: Purpose) -> Result<(), Problem> {
    let user = fullname(owner)?;
    let (asking, owner) = (Arc::clone(engine), owner.clone());
    let told = engine.tasks.spawn(async move {
        if ask(&asking, &owner, async |client| client.withdraw_consent(&user, purpose).await).await.is_err() {
            tracing::warn!("the platform has not taken a withdrawal of consent");
        }
    });
    let _ = tokio::time::timeout(TELLING, told).await;
    Ok(())
}

fn fullname(owner: &Principal) -> Result<UserFullname, Problem> {
    UserFullname::parse(owner.subject().as_str())
        .map_err(|_| Problem::new(Code::InvalidRequest, "the subject cannot be told to the platform"))
}

fn describe(consent: &Consent) -> Value {
    let grant = |grant: &Grant| {
        json!({
            "given": grant.is_given(),
            "since": grant.since().map(timestamp),
            "text_version": grant.text_version(),
        })
    };
    json!({
        "authorization": grant(consent.grant(Purpose::Authorization)),
        "storage": grant(consent.grant(Purpose::Storage)),
    })
}

/// Both forms that official clients read: wrapped in `data`, and flat.
fn platform_answer(owner: &Principal, given: bool) -> Value {
    let name = owner.subject().as_str();
    json!({
        "data": { "is_consent_given": given, "user_fullname": name },
        "is_consent_given": given,
        "user_fullname": name,
        "message": if given { "consent given" } else { "consent withdrawn" },
    })
}

/// One purpose's history as the platform gives it; null where there is none.
fn record(receipts: &[Receipt], purpose: Purpose) -> Value {
    let receipts: Vec<_> = receipts.iter().filter(|receipt| receipt.purpose() == purpose).collect();
    let (Some(first), Some(last)) = (receipts.first(), receipts.last()) else { return Value::Null };
    let entry = |receipt: &&Receipt| json!({ "is_consent_given": receipt.is_given(), "date": timestamp(receipt.at()) });
    json!({
        "is_consent_given": last.is_given(),
        "history": receipts.iter().map(entry).collect::<Vec<_>>(),
        "created_at": timestamp(first.at()),
        "updated_at": timestamp(last.at()),
    })
}

const MAX_VERSION: usize = 128;
const TELLING: Duration = Duration::from_secs(2);
