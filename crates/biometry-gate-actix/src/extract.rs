use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use biometry_gate::consent::Consent;
use biometry_gate::principal::Principal;
use biometry_gate::store::SessionView;
use biometry_gate::{BiometryGate, Denial, Permit};

use crate::convert::Head;
use crate::respond::Rejection;

/// Proof that a gate has let this request in. Rejects with 500 where the route has no gate: that is a mistake in the
/// app, not the caller's.
#[derive(Clone, Debug)]
pub struct Verified(pub Permit);

/// The caller's newest biometric session; [`Checked<BiometrySession>`](crate::Checked) where there may be none.
///
/// Needs to know the gate: gated routes do, others find it in the app's data: `App::app_data(gate.clone())`.
#[derive(Clone, Debug)]
pub struct BiometrySession(pub SessionView);

/// What the caller has agreed to. Needs to know the gate, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct BiometryConsent(pub Consent);

pub(crate) type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Rejection>>>>;

impl FromRequest for Verified {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(request.extensions().get::<Permit>().cloned().map(Self).ok_or(Rejection::NoGate))
    }
}

impl FromRequest for BiometrySession {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request);
        Box::pin(async move {
            let (gate, owner) = caller?;
            match gate.session_of(&owner).await {
                Ok(session) => session.map(Self).ok_or(Rejection::NoSession),
                Err(error) => Err(Rejection::refused(&gate, error.into())),
            }
        })
    }
}

impl FromRequest for BiometryConsent {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let caller = caller(request);
        Box::pin(async move {
            let (gate, owner) = caller?;
            match gate.consent_of(&owner).await {
                Ok(consent) => Ok(Self(consent)),
                Err(error) => Err(Rejection::refused(&gate, error.into())),
            }
        })
    }
}

fn caller(request: &HttpRequest) -> Result<(BiometryGate, Principal), Rejection> {
    let gate = gate(request).ok_or(Rejection::NoGate)?;
    match gate.principal(&Head::of(request)) {
        Ok(Some(owner)) => Ok((gate, owner)),
        Ok(None) => Err(Rejection::refused(&gate, Denial::AuthenticationRequired)),
        Err(denial) => Err(Rejection::refused(&gate, denial)),
    }
}

fn gate(request: &HttpRequest) -> Option<BiometryGate> {
    let around = request.extensions().get::<Permit>().map(|permit| permit.gate().clone());
    around.or_else(|| request.app_data::<BiometryGate>().cloned())
}
