//! The gate itself: as a layer, as an extractor behind it, asked by a handler, and refusing.

use std::sync::Arc;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::routing::get;
use biometry_gate::policy::Policy;
use biometry_gate::principal::Principal;
use biometry_gate::{BiometryGate, Permit};
use biometry_gate_axum::Verified;
use http::StatusCode;
use http::request::Parts;

use super::contender::{Callers, Contender, statement};
use super::decisions::{Decisions, caller};

/// The layer letting a request in.
pub(super) fn passes(store: &Decisions) -> Vec<Contender> {
    let live = store.live;
    let gated = || Router::new().route("/statement", get(statement)).route_layer(layer(store));
    let known: Arc<[Principal]> = (0..live).map(caller).collect();
    let contender = |name: &str| Contender::new(name, gated()).known(&known).live(live);
    let one = contender("our layer, one caller");
    if live == 1 { vec![one] } else { vec![one, contender("our layer, any caller").callers(Callers::Any)] }
}

/// Everything else that does not depend on how many decisions there are.
pub(super) fn others(store: &Decisions) -> Vec<Contender> {
    let with_extractor = Router::new().route("/statement", get(verified)).route_layer(layer(store));
    let state = Asked { gate: store.gate.clone(), policy: Arc::new(store.policy.clone()) };
    let asked = Router::new().route("/statement", get(checked)).with_state(Arc::new(state));
    let gated = || Router::new().route("/statement", get(statement)).route_layer(layer(store));
    let known: Arc<[Principal]> = Arc::from([caller(0)]);
    let stranger: Arc<[Principal]> = Arc::from([caller(store.live)]);
    vec![
        Contender::new("our layer, `identify` reads a header", gated()),
        Contender::new("our layer and the extractor `Verified`", with_extractor).known(&known),
        Contender::new("an extractor that asks `BiometryGate::check`", asked).known(&known),
        Contender::new("our layer refusing: no decision", gated())
            .known(&stranger)
            .expecting(StatusCode::UNAUTHORIZED),
        Contender::new("our layer refusing: nobody logged in", gated())
            .headers(Vec::new())
            .expecting(StatusCode::UNAUTHORIZED),
    ]
}

fn layer(store: &Decisions) -> biometry_gate::BiometryGateLayer {
    store.gate.require(store.policy.name()).expect("the policy is the gate's")
}

async fn verified(Verified(permit): Verified) -> &'static str {
    std::hint::black_box(&permit);
    statement().await
}

struct Asked {
    gate: BiometryGate,
    policy: Arc<Policy>,
}

/// A host's own extractor: nothing around the route, the gate is asked for this handler.
struct Checked(Permit);

impl FromRequestParts<Arc<Asked>> for Checked {
    type Rejection = StatusCode;

    async fn from_request_parts(head: &mut Parts, asked: &Arc<Asked>) -> Result<Self, StatusCode> {
        let permit = asked.gate.check(&asked.policy, head).await;
        permit.map(Self).map_err(|_| StatusCode::UNAUTHORIZED)
    }
}

async fn checked(Checked(permit): Checked) -> &'static str {
    std::hint::black_box(&permit);
    statement().await
}
