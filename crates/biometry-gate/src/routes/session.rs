//! Start, status, end.

use std::sync::Arc;

use biometry_client::Warmup;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::answer::Answer;
use super::call::{Call, parse_session, read_json};
use super::refusal;
use crate::audit::EventKind;
use crate::capture::RequestBody;
use crate::challenge::{Code, Problem};
use crate::clock::{later, timestamp};
use crate::consent::{Consent, Purpose};
use crate::consents::known_consent;
use crate::engine::{Engine, ask};
use crate::id::{IntentId, ReturnHandle, SessionId};
use crate::intent::PendingIntent;
#[cfg(feature = "login")]
use crate::login;
use crate::mounted_routes::Dialect;
use crate::phrase::Phrase;
use crate::policy::Policy;
use crate::principal::{Authentication, Principal, Subject, SubjectKey};
use crate::session::{NewSession, Standing};
use crate::store::operations::Revocation;
use crate::verifier::named_or_newest;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct StartBody {
    policy: Option<String>,
    intent: Option<String>,
    subject: Option<String>,
    #[serde(alias = "userFullname")]
    user_fullname: Option<String>,
}

/// What to start, for whom.
struct Start {
    owner: Principal,
    policy: Arc<Policy>,
    intent: Option<PendingIntent>,
    warmup: Warmup,
}

pub(super) async fn start(call: Call, body: RequestBody) -> Result<Answer, Problem> {
    let engine = Arc::clone(call.engine());
    let start = match call.principal()? {
        Some(owner) => step_up(&call, owner, body).await?,
        #[cfg(feature = "login")]
        None => sign_in(&call, body).await?,
        #[cfg(not(feature = "login"))]
        None => return Err(call.not_logged_in()),
    };
    let reserved =
        engine.store(engine.store.reserve_start(&start.owner, engine.limits(&start.owner))).await?;
    reserved.inspect_err(|_| {
        let event = engine.audit.event(EventKind::LimitExceeded, &start.owner);
        engine.audit.note(&event.policy(&start.policy).reason("starts"));
    })?;
    let warmup = start.warmup;
    let opened = ask(&engine, &start.owner, async |client| client.start_session(warmup).await).await?;
    let platform_session = opened.into_inner();
    let words = start.intent.as_ref().map(PendingIntent::spoken_words).unwrap_or_default();
    let phrase = Phrase::speaking(&words, &*engine.entropy)?;
    let new = NewSession {
        id: SessionId::random(&*engine.entropy)?,
        policy: start.policy.shared_name(),
        intent: start.intent.clone(),
        platform_session,
        phrase: phrase.clone(),
        time_to_live: engine.settings.challenge_ttl,
    };
    let (id, expires_at) = (new.id.clone(), later(engine.now(), new.time_to_live));
    if engine.store(engine.store.open_session(&start.owner, new)).await? {
        let event = engine.audit.event(EventKind::ChallengeVoided, &start.owner);
        engine.audit.note(&event.reason("superseded"));
    }
    // What it supersedes is over at the platform, too; it itself will be when its time is.
    engine.flush_soon(start.owner.key());
    let event = engine.audit.event(EventKind::ChallengeIssued, &start.owner);
    let operation = start.intent.as_ref().and_then(|intent| engine.audit.intent(&intent.digest));
    let event = event.policy(&start.policy).intended(operation);
    engine.audit.note(&event.about(engine.audit.attempt(&id)));
    let consent = told_consent(&engine, &start.owner).await?;
    let mut members = Map::new();
    members.insert("data".into(), id.as_str().into());
    members.insert("message".into(), "session started".into());
    members.insert("phrase".into(), phrase.as_str().into());
    members.insert("policy".into(), start.policy.name().into());
    members.insert("expires_at".into(), timestamp(expires_at).into());
    members.insert("consent".into(), consent);
    if let Some(intent) = &start.intent {
        members.insert("intent".into(), json!({ "id": intent.id.as_str(), "display": intent.display }));
        if !intent.spoken.is_empty() {
            members.insert("spoken".into(), json!(intent.spoken));
        }
    }
    #[cfg_attr(not(feature = "login"), expect(unused_mut, reason = "only a sign-in sets a cookie"))]
    let mut answer = Answer::new(Value::Object(members));
    #[cfg(feature = "login")]
    if start.owner.authentication() != Authentication::LoggedIn {
        end_former(&call).await?;
        login::set_cookie(&engine, answer.headers_mut(), &start.owner);
    }
    Ok(answer)
}

/// Ends the sign-in that the browser began before: it has another key now.
#[cfg(feature = "login")]
async fn end_former(call: &Call) -> Result<(), Problem> {
    let engine = call.engine();
    if let Some(former) = login::caller(engine, &call.head) {
        engine.store(engine.store.revoke(Revocation::HostSession(&former))).await?;
        engine.flush_soon(former.key());
    }
    Ok(())
}

/// A start by a caller who is logged in.
async fn step_up(call: &Call, owner: Principal, body: RequestBody) -> Result<Start, Problem> {
    let engine = call.engine();
    let body = start_body(call, body).await?;
    let named = [&body.subject, &body.user_fullname].into_iter().flatten();
    if named.into_iter().any(|name| name != owner.subject().as_str()) {
        return Err(refusal::subject_conflict());
    }
    let project = call.project(&owner)?;
    let policy = match &body.policy {
        None => Arc::clone(&project.default_policy),
        Some(name) => project.policy(name).cloned().ok_or_else(|| invalid("there is no such policy"))?,
    };
    if project.login.as_ref().is_some_and(|login| login.policy().name() == policy.name()) {
        return Err(invalid("this policy is for signing in"));
    }
    let intent = intent(engine, &owner, &policy, body.intent.as_deref()).await?;
    Ok(Start { owner, policy, intent, warmup: warmup(call)? })
}

/// A start by a browser that claims a subject.
#[cfg(feature = "login")]
async fn sign_in(call: &Call, body: RequestBody) -> Result<Start, Problem> {
    let engine = call.engine();
    let tenant = login::tenant(engine, &call.head).map_err(|_| call.unplaced())?;
    let project = engine.projects.of(&tenant).map_err(|_| call.unplaced())?;
    let mode = project.login.as_ref().ok_or_else(|| call.not_logged_in())?;
    let body = start_body(call, body).await?;
    let (Some(policy), Some(subject)) = (&body.policy, &body.subject) else {
        return Err(call.not_logged_in());
    };
    if policy != mode.policy().name() {
        return Err(call.not_logged_in());
    }
    if body.intent.is_some() || body.user_fullname.is_some() {
        return Err(invalid("signing in takes a policy and a subject"));
    }
    let subject = Subject::parse(subject).map_err(|_| invalid("the subject cannot be one"))?;
    let of_members = SubjectKey::of_member(tenant.clone(), subject.clone());
    let authentication = login::standing(engine, &call.head, &of_members).await?;
    if authentication == Authentication::Claimed {
        engine.sign_ins.start(engine.now()).map_err(refusal::too_many_sign_ins)?;
    }
    let owner = login::claim(engine, tenant, authentication, subject)?;
    Ok(Start { owner, policy: Arc::clone(mode.policy()), intent: None, warmup: warmup(call)? })
}

async fn start_body(call: &Call, body: RequestBody) -> Result<StartBody, Problem> {
    let mut read: StartBody = match call.dialect {
        Dialect::Native => read_json(call.engine(), body).await?,
        // The platform's start has no body.
        Dialect::Platform => StartBody::default(),
    };
    for (name, field) in [("policy", &mut read.policy), ("intent", &mut read.intent)] {
        if let Some(value) = call.parameter(name)?
            && field.replace(value).is_some()
        {
            return Err(invalid("the policy and the intent are named once"));
        }
    }
    Ok(read)
}

async fn intent(
    engine: &Engine,
    owner: &Principal,
    policy: &Policy,
    id: Option<&str>,
) -> Result<Option<PendingIntent>, Problem> {
    match (policy.is_bound_to_intent(), id) {
        (false, None) => Ok(None),
        (false, Some(_)) => Err(invalid("this policy is not bound to an intent")),
        (true, None) => Err(invalid("this policy needs the intent that its refusal handed out")),
        (true, Some(id)) => {
            let id = IntentId::parse(id).ok_or_else(|| invalid("there is no such intent"))?;
            let intent = engine.store(engine.store.intent(owner, policy.name(), &id)).await?;
            // One that was kept before the policy began to speak, or after it ceased to, is made anew.
            let intent = intent.filter(|intent| policy.speaks_operation() != intent.spoken.is_empty());
            intent.map(Some).ok_or_else(|| invalid("there is no such intent"))
        }
    }
}

fn warmup(call: &Call) -> Result<Warmup, Problem> {
    match call.parameter("warmup")?.as_deref() {
        None | Some("false") => Ok(Warmup::No),
        Some("true") => Ok(Warmup::Yes),
        Some(_) => Err(invalid("warmup is true or false")),
    }
}

pub(super) async fn status(call: Call) -> Result<Answer, Problem> {
    let engine = call.engine();
    let owner = call.member_or_claimed()?;
    let named = call.named_session()?;
    let view = engine.store(engine.store.session(&owner, named.as_ref(), engine.limits(&owner))).await?;
    let consent = told_consent(engine, &owner).await?;
    let Some(view) = view else {
        if named.is_some() {
            return Err(refusal::unknown_session());
        }
        return Ok(Answer::new(json!({
            "data": null, "state": "none", "policy": null, "expires_at": null, "attempts_left": null, "consent": consent,
        })));
    };
    if view.standing == Standing::Expired {
        engine.flush_soon(owner.key());
    }
    let mut status = json!({
        "data": view.session.id().as_str(),
        "state": view.standing.as_str(),
        "policy": view.session.policy(),
        "expires_at": timestamp(view.session.expires_at()),
        "attempts_left": view.attempts_left,
        "consent": consent,
    });
    if view.standing == Standing::Passed
        && let Some(target) = return_target(&call, &owner).await?
    {
        status["return_to"] = target.into();
    }
    Ok(Answer::new(status))
}

/// Where the browser was going when a gate sent it to step up: answered once, to its owner, after a pass.
async fn return_target(call: &Call, owner: &Principal) -> Result<Option<String>, Problem> {
    let named = call.parameter("return")?;
    let Some(handle) = named.as_deref().and_then(ReturnHandle::parse) else { return Ok(None) };
    Ok(call.gate.take_return(owner, &handle).await?)
}

pub(super) async fn end(call: Call, in_path: Option<&str>) -> Result<Answer, Problem> {
    let engine = call.engine();
    let owner = call.member_or_claimed()?;
    let named = match in_path {
        Some(id) => Some(parse_session(id)?),
        None => call.named_session()?,
    };
    let id = named_or_newest(engine, &owner, named).await?;
    engine.store(engine.store.end_session(&owner, &id)).await??;
    engine.flush_soon(owner.key());
    let event = engine.audit.event(EventKind::ChallengeEnded, &owner);
    engine.audit.note(&event.about(engine.audit.attempt(&id)));
    Ok(Answer::new(json!({ "message": "session ended" })))
}

/// What the caller has agreed to. A caller who only claims a name learns nothing about it (user enumeration).
async fn told_consent(engine: &Arc<Engine>, owner: &Principal) -> Result<Value, Problem> {
    match owner.authentication() {
        Authentication::LoggedIn => Ok(brief(&known_consent(engine, owner, &[]).await?)),
        Authentication::Claimed | Authentication::KnownBrowser => {
            Ok(json!({ "authorization": true, "storage": false }))
        }
    }
}

fn brief(consent: &Consent) -> Value {
    json!({
        "authorization": consent.is_given(Purpose::Authorization),
        "storage": consent.is_given(Purpose::Storage),
    })
}

fn invalid(detail: &'static str) -> Problem {
    Problem::new(Code::InvalidRequest, detail)
}
