use std::future::{Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest};
use biometry_gate::consent::{Consent, Purpose};
use biometry_gate::gate::{self, Inquiry};
use biometry_gate::session::SessionView;
use biometry_gate::{BiometryGate, Permit};

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

/// What the caller has agreed to, which the use of their biometrics is part of: rejects with 403 `consent-required` where
/// it is not. Needs to know the gate, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct Consented(pub Consent);

/// As [`Consented`], where the caller has agreed that their biometrics are kept, too.
#[derive(Clone, Debug)]
pub struct ConsentedToStorage(pub Consent);

pub(crate) type Extraction<T> = Pin<Box<dyn Future<Output = Result<T, Rejection>>>>;

impl FromRequest for Verified {
    type Error = Rejection;
    type Future = Ready<Result<Self, Rejection>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let permit = request.extensions().get::<Permit>().cloned();
        ready(permit.map(Self).ok_or(Rejection(gate::Rejection::NoGate)))
    }
}

impl FromRequest for BiometrySession {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let inquiry = inquire(request);
        Box::pin(async move {
            let session = inquiry?.session().await?;
            Ok(session.map(Self).ok_or(gate::Rejection::NoSession)?)
        })
    }
}

impl FromRequest for BiometryConsent {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let inquiry = inquire(request);
        Box::pin(async move { Ok(Self(inquiry?.consent().await?)) })
    }
}

impl FromRequest for Consented {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let inquiry = inquire(request);
        Box::pin(async move { Ok(Self(inquiry?.consented(&[Purpose::Authorization]).await?)) })
    }
}

impl FromRequest for ConsentedToStorage {
    type Error = Rejection;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let inquiry = inquire(request);
        Box::pin(async move {
            let purposes = [Purpose::Authorization, Purpose::Storage];
            Ok(Self(inquiry?.consented(&purposes).await?))
        })
    }
}

fn inquire(request: &HttpRequest) -> Result<Inquiry, gate::Rejection> {
    let around = request.extensions().get::<Permit>().map(|permit| permit.gate().clone());
    let gate = around.or_else(|| request.app_data::<BiometryGate>().cloned());
    Inquiry::of(gate, &Head::of(request))
}
