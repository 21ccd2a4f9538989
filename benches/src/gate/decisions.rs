//! A gate whose store is full of decisions, each of them made as any other: consent, start, upload, pass.

use std::sync::Arc;

use axum::body::Body;
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::BiometryGate;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::store::{DecisionStore, MemoryStore};
use futures_util::stream::{self, StreamExt as _};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Request, Response, StatusCode};
use http_body_util::{BodyExt as _, Full};
use tower::Service as _;

use crate::allocations;
use crate::platform::{API_KEY, Agreeable};

/// A gate and those who have decisions there.
#[derive(Clone, Debug)]
pub struct Decisions {
    /// The gate.
    pub gate: BiometryGate,
    /// The policy of the decisions.
    pub policy: Policy,
    /// How many callers have one. The caller after the last of them has none.
    pub live: usize,
    /// What one decision, and all that is kept of its subject, takes in memory.
    pub bytes_each: usize,
}

/// The header that names the caller: a stand-in for the host's session cookie.
pub(super) const CALLER: HeaderName = HeaderName::from_static("x-caller");

impl Decisions {
    /// Verifies `live` callers at the mounted routes, for a store in this process. Needs a runtime.
    pub async fn fill(live: usize) -> Self {
        let policy = Policy::for_session("statement", Threshold::percent(70.0).unwrap()).max_age(AN_HOUR);
        Self::fill_with(live, policy, MemoryStore::new().capacity(live * 2 + 6_400)).await
    }

    /// Verifies `live` callers for this policy, at the mounted routes of a gate on this store. Needs a runtime.
    pub async fn fill_with(live: usize, policy: Policy, store: impl Into<DecisionStore>) -> Self {
        let mark = allocations::live_bytes();
        let callers: Arc<[Principal]> = (0..=live).map(caller).collect();
        let identify = move |head: &Parts| Ok::<_, IdentifyError>(identify(&callers, head));
        let client = Client::new(BaseUrl::production(), ApiKey::parse(API_KEY).unwrap(), Agreeable);
        let gate = BiometryGate::builder(client, identify)
            .policy(policy.clone())
            .shared_store(store)
            .store_timeout(A_WHILE)
            .build()
            .unwrap();
        let verified = stream::iter(0..live).map(|caller| verify(&gate, caller));
        verified.buffer_unordered(AT_ONCE).collect::<()>().await;
        let held = allocations::live_bytes() - mark;
        let bytes_each = usize::try_from(held).unwrap_or_default() / live.max(1);
        Self { gate, policy, live, bytes_each }
    }
}

pub(crate) fn caller(number: usize) -> Principal {
    Principal::new(
        &format!("caller-{number}@example.com"),
        HostSession::parse(&format!("host-session-{number}")).unwrap(),
    )
    .unwrap()
}

/// What a host does: its middleware has left the caller in the request, or its cookie names a session.
fn identify(callers: &[Principal], head: &Parts) -> Option<Principal> {
    if let Some(known) = head.extensions.get::<Principal>() {
        return Some(known.clone());
    }
    let number = head.headers.get(CALLER)?.to_str().ok()?.parse::<usize>().ok()?;
    callers.get(number).cloned()
}

async fn verify(gate: &BiometryGate, caller: usize) {
    send(gate, caller, "/consent", "application/json", br#"{"authorization":true}"#.to_vec()).await;
    send(gate, caller, "/session/start", "application/json", Vec::new()).await;
    let form = "multipart/form-data; boundary=bench";
    send(gate, caller, "/verify", form, UPLOAD.to_vec()).await;
}

async fn send(gate: &BiometryGate, caller: usize, path: &str, content_type: &str, body: Vec<u8>) {
    let request = Request::post(path)
        .header(CALLER, HeaderValue::from(caller))
        .header("content-type", content_type)
        .body(Body::from(body))
        .unwrap();
    let response: Response<Full<_>> =
        gate.routes().call(request).await.unwrap_or_else(|never| match never {});
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap_or_else(|never| match never {}).to_bytes();
    assert_eq!(head.status, StatusCode::OK, "{path}: {}", String::from_utf8_lossy(&body));
}

/// A database confirms writes that come together faster.
const AT_ONCE: usize = 32;
/// For a machine that is busy measuring.
const A_WHILE: std::time::Duration = std::time::Duration::from_secs(10);
const AN_HOUR: std::time::Duration = std::time::Duration::from_secs(3600);
const UPLOAD: &[u8] = b"--bench\r\nContent-Disposition: form-data; name=\"video\"; filename=\"a.webm\"\r\n\
    Content-Type: video/webm\r\n\r\n\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\xf7\x81\x01\x42\xf2\x81\x04\x42\xf3\x81\
    \x08\x42\x82\x84webm\x42\x87\x81\x04\x42\x85\x81\x02\r\n--bench--\r\n";
