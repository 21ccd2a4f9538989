//! What goes into a store, for tests of one's own as well. Some of it can only be made by the gate, and is read back as a store would read it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use biometry_client::PlatformSession;
use biometry_gate::Limits;
use biometry_gate::clock::{Clock as _, ManualClock};
use biometry_gate::consent::Receipt;
use biometry_gate::decision::Decision;
use biometry_gate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use biometry_gate::intent::PendingIntent;
use biometry_gate::phrase::Phrase;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::session::NewSession;
use biometry_gate::store::operations::{AuxiliarySession, AuxiliaryUpload, ReturnTarget, Settlement, Upload};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// How long a session, an operation or a place to return to lasts.
pub const TTL: Duration = Duration::from_secs(180);
/// How long an upload's claim lasts.
pub const LEASE: Duration = Duration::from_secs(300);
/// How long a decision lasts.
pub const MAX_AGE: Duration = Duration::from_secs(120);

/// A user in her browser.
pub fn ana() -> Principal {
    principal("ana", "ana's browser")
}

/// The same person in another host session.
pub fn anas_phone() -> Principal {
    principal("ana", "ana's phone")
}

/// Another user.
pub fn ben() -> Principal {
    principal("ben", "ben's browser")
}

fn principal(subject: &str, host_session: &str) -> Principal {
    Principal::new(subject, HostSession::parse(&host_session.replace([' ', '\''], "-")).expect("a key"))
        .expect("a principal")
}

/// A policy whose decisions open again and again.
pub fn reusable() -> Policy {
    Policy::for_session("statement", threshold(70.0)).max_age(MAX_AGE)
}

/// A policy whose decisions open once.
pub fn single_use() -> Policy {
    Policy::for_session("payout", threshold(70.0)).max_age(MAX_AGE).single_use()
}

/// A threshold.
pub fn threshold(percent: f64) -> Threshold {
    Threshold::percent(percent).expect("a percentage")
}

/// The limits by default.
pub fn limits() -> Limits {
    Limits::default()
}

/// A session that has not been started yet.
pub fn new_session() -> NewSession {
    let number = unique();
    NewSession {
        id: SessionId::parse(&format!("sess_{number:032}")).expect("a handle"),
        policy: "statement".into(),
        intent: None,
        platform_session: PlatformSession::parse(&format!("platform-{number}")).expect("a session"),
        phrase: phrase(),
        time_to_live: TTL,
    }
}

/// Something to speak.
pub fn phrase() -> Phrase {
    read(json!("one two three"))
}

/// An upload that claims this session.
pub fn claim_of(session: &SessionId) -> Upload {
    Upload { session: session.clone(), claim: claim_id(), lease: LEASE }
}

/// A handle that no other claim has.
pub fn claim_id() -> ClaimId {
    ClaimId::parse(&format!("clm_{:032}", unique())).expect("a handle")
}

/// A fresh auxiliary upload.
pub fn auxiliary_upload(session: AuxiliarySession) -> AuxiliaryUpload {
    let claim = ClaimId::parse(&format!("clm_{:032}", unique())).expect("a handle");
    AuxiliaryUpload { session, claim, lease: LEASE }
}

/// A handle that no other decision has.
pub fn decision_id() -> DecisionId {
    DecisionId::parse(&format!("dec_{:032}", unique())).expect("a handle")
}

/// A decision that satisfies this policy, accepted now.
pub fn decision(policy: &Policy, clock: &ManualClock) -> Decision {
    let finding = json!({ "Passed": 92.5 });
    read(json!({
        "id": decision_id(),
        "policy": policy.name(),
        "policy_version": policy.version_number(),
        "action": policy.purpose(),
        "intent": null,
        "evidence": {
            "verdict": "Pass", "score": 92.5, "score_is_sound": true,
            "findings": [finding, finding, finding, finding, finding],
            "identity": "Named", "removed_services": false, "auto_enrolled": false,
        },
        "auth_time": clock.now(),
        "expires_at": clock.now() + policy.freshness(),
        "single_use": policy.is_single_use(),
    }))
}

/// A pass for this policy, accepted now.
pub fn passed(policy: &Policy, clock: &ManualClock) -> Settlement {
    Settlement::Passed(decision(policy, clock))
}

/// A failure that counts.
pub fn rejected() -> Settlement {
    Settlement::Rejected { counts: true, next: (phrase(), TTL) }
}

/// A consent given or withdrawn.
pub fn receipt(storage: bool, given: bool, at: SystemTime) -> Receipt {
    read(json!({ "storage": storage, "given": given, "at": at, "text_version": "2027-01" }))
}

/// An operation that waits for approval.
pub fn pending_intent(digest: u8, clock: &ManualClock) -> PendingIntent {
    read(json!({
        "id": IntentId::parse(&format!("int_{:032}", unique())),
        "policy": "transfer",
        "digest": vec![digest; 32],
        "display": [{ "label": "Payee", "value": "Zoe" }],
        "expires_at": clock.now() + TTL,
    }))
}

/// A place to return to, and its handle.
pub fn return_target(clock: &ManualClock) -> (ReturnHandle, ReturnTarget) {
    let handle = ReturnHandle::parse(&format!("ret_{:032}", unique())).expect("a handle");
    let target = json!({ "handle": handle, "target": "/statement?month=1", "expires_at": clock.now() + TTL });
    (handle, read(target))
}

/// The stored form is the only way in for what the gate alone can make.
fn read<T: DeserializeOwned>(stored: Value) -> T {
    serde_json::from_value(stored).expect("the stored form")
}

fn unique() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}
