//! The gate itself: as a layer, as an extractor behind it, asked by a handler, and refusing.

use axum::Router;
use axum::extract::{Request, State};
use axum::response::IntoResponse as _;
use axum::routing::get;
use biometry_gate::BiometryGate;
use biometry_gate::policy::Policy;
use biometry_gate_axum::Verified;
use http::{HeaderName, HeaderValue, StatusCode};

use super::contender::{Callers, Contender, statement};
use super::decisions::{CALLER, Decisions};

/// The layer letting a request in.
pub(super) fn passes(store: &Decisions) -> Vec<Contender> {
    let live = store.live;
    let gated = || Router::new().route("/statement", get(statement)).route_layer(layer(store));
    let one = Contender::new("our layer, one caller", gated()).live(live);
    if live == 1 {
        return vec![one];
    }
    let any = Contender::new("our layer, any caller", gated()).live(live);
    vec![one, any.headers(callers(live)).callers(Callers::Any)]
}

/// Everything else that does not depend on how many decisions there are.
pub(super) fn others(store: &Decisions) -> Vec<Contender> {
    let with_extractor = Router::new().route("/statement", get(verified)).route_layer(layer(store));
    let asked =
        Router::new().route("/statement", get(ask)).with_state((store.gate.clone(), store.policy.clone()));
    let gated = || Router::new().route("/statement", get(statement)).route_layer(layer(store));
    let without_decision = vec![(CALLER, HeaderValue::from(store.live))];
    vec![
        Contender::new("our layer and the extractor `Verified`", with_extractor),
        Contender::new("`BiometryGate::check` in the handler", asked),
        Contender::new("our layer refusing: no decision", gated())
            .headers(without_decision)
            .expecting(StatusCode::UNAUTHORIZED),
        Contender::new("our layer refusing: nobody logged in", gated())
            .headers(Vec::new())
            .expecting(StatusCode::UNAUTHORIZED),
    ]
}

fn layer(store: &Decisions) -> biometry_gate::BiometryGateLayer {
    store.gate.require(store.policy.name()).expect("the policy is the gate's")
}

fn callers(live: usize) -> Vec<(HeaderName, HeaderValue)> {
    (0..live).map(|caller| (CALLER, HeaderValue::from(caller))).collect()
}

async fn verified(Verified(permit): Verified) -> &'static str {
    std::hint::black_box(&permit);
    statement().await
}

async fn ask(
    State((gate, policy)): State<(BiometryGate, Policy)>,
    request: Request,
) -> axum::response::Response {
    let (head, _) = request.into_parts();
    match gate.check(&policy, &head).await {
        Ok(permit) => {
            std::hint::black_box(&permit);
            statement().await.into_response()
        }
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}
