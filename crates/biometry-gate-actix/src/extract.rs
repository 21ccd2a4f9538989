use std::future::{Ready, ready};
use std::pin::Pin;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use biometry_gate::challenge::Problem;
use biometry_gate::consent::{Consent, Purpose};
use biometry_gate::gate::{ApprovedValue, Operation};
use biometry_gate::principal::Principal;
use biometry_gate::session::SessionView;
use biometry_gate::{BiometryGate, Permit};

use crate::convert::Head;
use crate::permit;
use crate::respond::Refusal;

/// Proof that a gate has let this request in: the first argument of a handler that must never run without one. Rejects
/// with 500 where the route has no gate: that is a mistake in the app, not the caller's.
///
/// ```
/// use biometry_gate_actix::{Refusal, Verified};
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
/// [`require_for_json`](crate::require_for_json) and its like. The request is refused with 500 where the gate reads none of
/// this type: that is a mistake in the app, not the caller's.
///
/// It is the last argument of a handler, which is made with [`approved`](crate::approved).
///
/// ```
/// use actix_web::web;
/// use biometry_gate::gate::Operation;
/// use biometry_gate::intent::Intent;
/// use biometry_gate_actix::{Approved, BiometryGate, approved, require_for_json};
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
/// fn transfers(gate: &BiometryGate) -> Result<actix_web::Route, biometry_gate::ConfigError> {
///     Ok(web::post().to(approved(transfer)).wrap(require_for_json::<Transfer>(gate, "transfer")?))
/// }
///
/// async fn transfer(Approved(transfer): Approved<Transfer>) -> String {
///     format!("{} for {}", transfer.amount, transfer.to)
/// }
/// # let _ = transfers;
/// ```
#[derive(Clone, Debug)]
pub struct Approved<T>(pub Arc<T>);

/// The caller's newest biometric session; [`Checked<BiometrySession>`](crate::Checked) where there may be none. Rejects
/// with 404 `session-unknown` where there is none, 401 where the caller is not logged in, 503 where the store cannot
/// answer.
///
/// It needs to know the gate: gated routes do, others find it in the app's data: `App::app_data(gate.clone())`.
#[derive(Clone, Debug)]
pub struct BiometrySession(pub SessionView);

/// What the caller has agreed to, whatever that is. Needs to know the gate, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct BiometryConsent(pub Consent);

/// What the caller has agreed to, if the use of their biometrics is among it; rejects with 403 `consent-required`
/// otherwise. Needs to know the gate, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct Consented(pub Consent);

/// As [`Consented`], where the caller has agreed that their biometrics are kept, too.
#[derive(Clone, Debug)]
pub struct ConsentedToStorage(pub Consent);

pub(crate) type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Refusal>>>>;

impl FromRequest for Verified {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(permit::of(request).map(Self).ok_or_else(|| Problem::no_gate().into()))
    }
}

impl<T: Operation> Approved<T> {
    /// Spends the approval.
    pub(crate) fn take(request: &HttpRequest) -> Result<Self, Refusal> {
        let value = request.extensions().get::<ApprovedValue>().and_then(ApprovedValue::downcast);
        value.map(Self).ok_or_else(|| named(request, Problem::no_operation()).into())
    }
}

impl FromRequest for BiometrySession {
    type Error = Refusal;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let (caller, request) = (caller(request), request.clone());
        Box::pin(async move {
            let (gate, principal) = caller?;
            let session = gate.session_of(&principal).await;
            let session = session.map_err(|error| gate.refuse_request(&Head::of(&request), error.into()))?;
            Ok(session.map(Self).ok_or_else(|| named(&request, Problem::no_session()))?)
        })
    }
}

impl FromRequest for BiometryConsent {
    type Error = Refusal;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let consent = consent(request, &[]);
        Box::pin(async move { consent.await.map(Self) })
    }
}

impl FromRequest for Consented {
    type Error = Refusal;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let consent = consent(request, &[Purpose::Authorization]);
        Box::pin(async move { consent.await.map(Self) })
    }
}

impl FromRequest for ConsentedToStorage {
    type Error = Refusal;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let consent = consent(request, &[Purpose::Authorization, Purpose::Storage]);
        Box::pin(async move { consent.await.map(Self) })
    }
}

/// What the caller has agreed to, if all of `purposes` are among it.
fn consent(
    request: &HttpRequest,
    purposes: &'static [Purpose],
) -> impl Future<Output = Result<Consent, Refusal>> + use<> {
    let (caller, request) = (caller(request), request.clone());
    async move {
        let (gate, principal) = caller?;
        let consent = gate.ensure_consent(&principal, purposes).await;
        Ok(consent.map_err(|denial| gate.refuse_request(&Head::of(&request), denial))?)
    }
}

/// Who is calling, and the gate that knows more about them.
fn caller(request: &HttpRequest) -> Result<(BiometryGate, Principal), Refusal> {
    let (gate, head) = (gate(request).ok_or_else(Problem::no_gate)?, Head::of(request));
    let principal = gate.logged_in(&head).map_err(|denial| gate.refuse_request(&head, denial))?;
    Ok((gate, principal))
}

fn gate(request: &HttpRequest) -> Option<BiometryGate> {
    let around = permit::of(request).map(|permit| permit.gate().clone());
    let of_app = || request.app_data::<BiometryGate>().or_else(|| Some(&***request.app_data::<Data<_>>()?));
    around.or_else(|| of_app().cloned())
}

/// The problem with the request's id, where there is a gate that knows it.
fn named(request: &HttpRequest, problem: Problem) -> Problem {
    match gate(request) {
        Some(gate) => gate.name_request(&Head::of(request), problem),
        None => problem,
    }
}
