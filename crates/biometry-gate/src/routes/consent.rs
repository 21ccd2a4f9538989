//! Consent: read, give, withdraw.

use serde::Deserialize;
use serde_json::{Value, json};

use super::answer::Answer;
use super::call::{Call, read_json, refuse_body};
use super::refusal;
use crate::capture::RequestBody;
use crate::challenge::{Code, Problem};
use crate::clock::timestamp;
use crate::consent::{Actor, Consent, Grant, Purpose, Receipt};
use crate::consents::{Change, Statement, change, known_consent};
use crate::mounted_routes::Dialect;
use crate::principal::Principal;

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

pub(super) async fn read(call: Call) -> Result<Answer, Problem> {
    let engine = call.engine();
    let owner = call.member()?;
    let consent = known_consent(engine, &owner, &[]).await?;
    match call.dialect {
        Dialect::Native => Ok(Answer::new(describe(&consent))),
        Dialect::Platform => {
            let receipts = engine.store(engine.store.receipts(owner.key())).await?;
            let record = |purpose| record(&receipts, purpose, consent.is_given(purpose));
            Ok(Answer::new(json!({ "data": {
                "user_fullname": owner.subject().as_str(),
                "consent": record(Purpose::Authorization),
                "storage_consent": record(Purpose::Storage),
            } })))
        }
    }
}

pub(super) async fn give(call: Call, purpose: Option<Purpose>, body: RequestBody) -> Result<Answer, Problem> {
    let owner = call.member()?;
    let said = match purpose {
        None => read_json::<NativeBody>(call.engine(), body).await?.said()?,
        Some(purpose) => read_json::<PlatformBody>(call.engine(), body).await?.said(purpose),
    };
    if said.named.is_some_and(|name| name != owner.subject().as_str()) {
        return Err(refusal::subject_conflict());
    }
    let consent = apply(&call, &owner, said.statements, said.text_version).await?;
    Ok(match purpose {
        None => Answer::new(describe(&consent)),
        Some(purpose) => Answer::new(platform_answer(&owner, consent.is_given(purpose))),
    })
}

/// Withdraws what the query says, and everything only where there is no query at all: what is not understood withdraws
/// nothing.
pub(super) async fn withdraw(call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let owner = call.member()?;
    call.check_parameters(&["purpose"])?;
    refuse_body(call.engine(), body).await?;
    let purposes = match call.parameter("purpose")?.as_deref() {
        None => vec![Purpose::Storage, Purpose::Authorization],
        Some("storage") => vec![Purpose::Storage],
        Some("authorization") => vec![Purpose::Authorization],
        Some(_) => return Err(Problem::new(Code::InvalidRequest, "the purpose is authorization or storage")),
    };
    let statements = purposes.into_iter().map(|purpose| Statement { purpose, given: false }).collect();
    Ok(Answer::new(describe(&apply(&call, &owner, statements, None).await?)))
}

async fn apply(
    call: &Call,
    owner: &Principal,
    statements: Vec<Statement>,
    text_version: Option<String>,
) -> Result<Consent, Problem> {
    let context = call.engine().consents.context_of(&call.head);
    let text_version = text_version.map(Into::into);
    change(call.engine(), owner, &Change { statements, text_version, actor: Actor::Subject, context }).await
}

/// What the body of a request says.
struct Said {
    statements: Vec<Statement>,
    text_version: Option<String>,
    /// Whom it says it of.
    named: Option<String>,
}

impl NativeBody {
    fn said(self) -> Result<Said, Problem> {
        let stated = [(Purpose::Authorization, self.authorization), (Purpose::Storage, self.storage)];
        let statements: Vec<_> = stated
            .into_iter()
            .filter_map(|(purpose, given)| Some(Statement { purpose, given: given? }))
            .collect();
        if statements.is_empty() {
            let detail = "say true or false for authorization, storage or both";
            return Err(Problem::new(Code::InvalidRequest, detail));
        }
        Ok(Said { statements, text_version: self.text_version, named: self.user_fullname })
    }
}

impl PlatformBody {
    fn said(self, purpose: Purpose) -> Said {
        let statements = vec![Statement { purpose, given: self.is_consent_given }];
        Said { statements, text_version: None, named: self.user_fullname }
    }
}

fn describe(consent: &Consent) -> Value {
    let grant = |grant: &Grant| {
        let mut entry = json!({
            "given": grant.is_given(),
            "since": grant.since().map(timestamp),
            "text_version": grant.text_version(),
        });
        if grant.is_stale() {
            entry["stale"] = true.into();
        }
        entry
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
fn record(receipts: &[Receipt], purpose: Purpose, is_given: bool) -> Value {
    let receipts: Vec<_> = receipts.iter().filter(|receipt| receipt.purpose() == purpose).collect();
    let (Some(first), Some(last)) = (receipts.first(), receipts.last()) else { return Value::Null };
    let entry = |receipt: &&Receipt| json!({ "is_consent_given": receipt.is_given(), "date": timestamp(receipt.at()) });
    json!({
        "is_consent_given": is_given,
        "history": receipts.iter().map(entry).collect::<Vec<_>>(),
        "created_at": timestamp(first.at()),
        "updated_at": timestamp(last.at()),
    })
}
