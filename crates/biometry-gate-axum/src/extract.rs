//! Extractors: the permit, the approved operation, and what the gate knows of the caller.

use std::sync::Arc;

use axum_core::extract::{FromRequest, FromRequestParts, OptionalFromRequestParts, Request};
use biometry_gate::challenge::Problem;
use biometry_gate::consent::{Consent, Purpose};
use biometry_gate::gate::{ApprovedValue, Operation};
use biometry_gate::principal::Principal;
use biometry_gate::session::SessionView;
use biometry_gate::{BiometryGate, Permit};
use http::request::Parts;

use crate::respond::Refusal;

/// Proof that a gate has let this request in: the first argument of a handler that must never run without one.
///
/// Rejects with 500 where the route has no gate: that is a mistake in the router, not the caller's. `Option<Verified>`
/// is `None` there, and for CORS preflights of `any` routes.
///
/// ```
/// use biometry_gate_axum::{Refusal, Verified};
///
/// async fn export(Verified(permit): Verified) -> Result<String, Refusal> {
///     // A second line of defence, where routes move: the gate must be that of this policy.
///     permit.expect_policy("export")?;
///     Ok(format!("verified at {:?}", permit.auth_time()))
/// }
/// # let _ = export;
/// ```
#[derive(Clone, Debug)]
pub struct Verified(pub Permit);

/// The operation that the person has approved: the very value that the gate has read, on routes gated with
/// [`require_for_json`](BiometryGate::require_for_json) and its kin. Rejects with 500 where the gate reads none of this
/// type: that is a mistake in the router, not the caller's.
///
/// The approval is spent when the handler gets the value. It is the last argument of a handler, for otherwise the handler
/// does not compile: so every other extractor has let the request pass by then, and one that refuses it leaves the approval
/// as it was. So does a layer between the gate and the handler that answers with 400 or above.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use biometry_gate::gate::Operation;
/// use biometry_gate::intent::Intent;
/// use biometry_gate_axum::{Approved, BiometryGate, Matched};
///
/// #[derive(serde::Deserialize)]
/// struct Transfer {
///     to: String,
///     amount: String,
/// }
///
/// impl Operation for Transfer {
///     fn describe(&self) -> Intent {
///         Intent::new("transfer").line("Payee", &self.to).line("Amount", &self.amount)
///     }
/// }
///
/// fn transfers(gate: &BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
///     let gate = gate.require_for_json::<Transfer>("transfer", Matched)?;
///     Ok(Router::new().route("/transfer", post(transfer).route_layer(gate)))
/// }
///
/// async fn transfer(Approved(transfer): Approved<Transfer>) -> String {
///     format!("{} for {}", transfer.amount, transfer.to)
/// }
/// # let _ = transfers;
/// ```
///
/// An answer below 400 of a handler that did not take the value is replaced with 500: nothing says that what it ran is
/// what the person approved.
#[derive(Clone, Debug)]
pub struct Approved<T>(pub Arc<T>);

/// The caller's newest biometric session; `Option<BiometrySession>` where there may be none. Rejects with 404
/// `session-unknown` where there is none, 401 where the caller is not logged in, 503 where the store cannot answer.
///
/// It needs the gate in the request's extensions: gated routes have it, others add `Extension(gate.clone())` as a
/// layer.
///
/// ```
/// use biometry_gate_axum::BiometrySession;
///
/// async fn status(session: Option<BiometrySession>) -> &'static str {
///     session.map_or("none", |BiometrySession(view)| view.standing.as_str())
/// }
/// # let _ = status;
/// ```
#[derive(Clone, Debug)]
pub struct BiometrySession(pub SessionView);

/// What the caller has agreed to, whatever that is. Needs the gate in the request's extensions, as [`BiometrySession`]
/// does, and rejects as it does.
#[derive(Clone, Debug)]
pub struct BiometryConsent(pub Consent);

/// What the caller has agreed to, if the use of their biometrics is among it; rejects with 403 `consent-required`
/// otherwise. Needs the gate in the request's extensions, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct Consented(pub Consent);

/// As [`Consented`], where the caller has agreed that their biometrics are kept, too.
#[derive(Clone, Debug)]
pub struct ConsentedToStorage(pub Consent);

impl<S: Sync> FromRequestParts<S> for Verified {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        Ok(Permit::of(&parts.extensions).map(Self).ok_or_else(Problem::no_gate)?)
    }
}

/// `None` means that no gate has let this request in: for handlers that stand behind one on some of their routes.
impl<S: Sync> OptionalFromRequestParts<S> for Verified {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        Ok(Permit::of(&parts.extensions).map(Self))
    }
}

/// Not from parts of a request: axum extracts what is taken from the whole of it after everything else.
impl<T: Operation, S: Sync> FromRequest<S> for Approved<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &S) -> Result<Self, Refusal> {
        match ApprovedValue::take(request.extensions()) {
            Some(value) => Ok(Self(value)),
            None => Err(named(&request.into_parts().0, Problem::no_operation()).into()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for BiometrySession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refusal> {
        let session = <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(session.ok_or_else(|| named(parts, Problem::no_session()))?)
    }
}

/// `None` means that there is no session; an outage is still a rejection.
impl<S: Sync> OptionalFromRequestParts<S> for BiometrySession {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Refusal> {
        let (gate, principal) = caller(parts)?;
        let session = gate.session_of(&principal).await;
        Ok(session.map_err(|error| gate.refuse_request(parts, error.into()))?.map(Self))
    }
}

impl<S: Sync> FromRequestParts<S> for BiometryConsent {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        consent(parts, &[]).await.map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for Consented {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        consent(parts, &[Purpose::Authorization]).await.map(Self)
    }
}

impl<S: Sync> FromRequestParts<S> for ConsentedToStorage {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Refusal> {
        consent(parts, &[Purpose::Authorization, Purpose::Storage]).await.map(Self)
    }
}

/// What the caller has agreed to, if all of `purposes` are among it.
async fn consent(parts: &Parts, purposes: &[Purpose]) -> Result<Consent, Refusal> {
    let (gate, principal) = caller(parts)?;
    let consent = gate.ensure_consent(&principal, purposes).await;
    Ok(consent.map_err(|denial| gate.refuse_request(parts, denial))?)
}

/// Who is calling, and the gate that knows more about them.
fn caller(parts: &Parts) -> Result<(BiometryGate, Principal), Refusal> {
    let gate = BiometryGate::of(&parts.extensions).ok_or_else(Problem::no_gate)?;
    let principal = gate.logged_in(parts).map_err(|denial| gate.refuse_request(parts, denial))?;
    Ok((gate, principal))
}

/// The problem with the request's id, where there is a gate that knows it.
fn named(parts: &Parts, problem: Problem) -> Problem {
    match BiometryGate::of(&parts.extensions) {
        Some(gate) => gate.name_request(parts, problem),
        None => problem,
    }
}
