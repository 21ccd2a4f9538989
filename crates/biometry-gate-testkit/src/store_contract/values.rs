//! What goes into a store. Some of it can only be made by the gate, and is read back as a store would read it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use biometry_client::PlatformSession;
use biometry_gate::clock::{Clock as _, ManualClock};
use biometry_gate::consent::Receipt;
use biometry_gate::decision::Decision;
use biometry_gate::id::{ClaimId, DecisionId, IntentId, ReturnHandle, SessionId};
use biometry_gate::intent::PendingIntent;
use biometry_gate::ledger::{Limits, ReturnTarget, Settlement, Upload};
use biometry_gate::phrase::Phrase;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::Principal;
use biometry_gate::session::NewSession;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

pub(super) const TTL: Duration = Duration::from_secs(180);
pub(super) const LEASE: Duration = Duration::from_secs(300);
pub(super) const MAX_AGE: Duration = Duration::from_secs(120);

pub(super) fn ana() -> Principal {
    principal("ana", "ana's browser")
}

pub(super) fn anas_phone() -> Principal {
    principal("ana", "ana's phone")
}

pub(super) fn ben() -> Principal {
    principal("ben", "ben's browser")
}

fn principal(subject: &str, host_session: &str) -> Principal {
    Principal::new(subject, &host_session.replace([' ', '\''], "-")).expect("a principal")
}

pub(super) fn reusable() -> Policy {
    Policy::face_live("statement", threshold(70.0)).max_age(MAX_AGE)
}

pub(super) fn single_use() -> Policy {
    Policy::face_live("payout", threshold(70.0)).max_age(MAX_AGE).single_use()
}

pub(super) fn threshold(percent: f64) -> Threshold {
    Threshold::percent(percent).expect("a percentage")
}

pub(super) fn limits() -> Limits {
    Limits::default()
}

pub(super) fn new_session() -> NewSession {
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

pub(super) fn phrase() -> Phrase {
    read(json!("one two three"))
}

pub(super) fn claim_of(session: &SessionId) -> Upload {
    let claim = ClaimId::parse(&format!("clm_{:032}", unique())).expect("a handle");
    Upload { session: session.clone(), claim, lease: LEASE }
}

pub(super) fn decision_id() -> DecisionId {
    DecisionId::parse(&format!("dec_{:032}", unique())).expect("a handle")
}

/// A decision that satisfies this policy, accepted now.
pub(super) fn decision(policy: &Policy, clock: &ManualClock) -> Decision {
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

pub(super) fn passed(policy: &Policy, clock: &ManualClock) -> Settlement {
    Settlement::Passed(decision(policy, clock))
}

pub(super) fn rejected() -> Settlement {
    Settlement::Rejected { counts: true, next: (phrase(), TTL) }
}

pub(super) fn receipt(storage: bool, given: bool, at: SystemTime) -> Receipt {
    read(json!({ "storage": storage, "given": given, "at": at, "text_version": "2027-01" }))
}

pub(super) fn pending_intent(digest: u8, clock: &ManualClock) -> PendingIntent {
    read(json!({
        "id": IntentId::parse(&format!("int_{:032}", unique())),
        "policy": "transfer",
        "digest": vec![digest; 32],
        "display": [{ "label": "Payee", "value": "Zoe" }],
        "expires_at": clock.now() + TTL,
    }))
}

pub(super) fn return_target(clock: &ManualClock) -> (ReturnHandle, ReturnTarget) {
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
