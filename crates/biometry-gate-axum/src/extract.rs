use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use biometry_gate::consent::{Consent, Purpose};
use biometry_gate::gate::{self, Inquiry};
use biometry_gate::session::SessionView;
use biometry_gate::{BiometryGate, Permit};
use http::request::Parts;

use crate::respond::Rejection;

/// Proof that a gate has let this request in. Rejects with 500 where the route has no gate: that is a mistake in the
/// router, not the caller's.
#[derive(Clone, Debug)]
pub struct Verified(pub Permit);

/// The caller's newest biometric session; `Option<BiometrySession>` where there may be none.
///
/// Needs the gate in the request's extensions: gated routes have it, others add `Extension(gate.clone())` as a layer.
#[derive(Clone, Debug)]
pub struct BiometrySession(pub SessionView);

/// What the caller has agreed to. Needs the gate in the request's extensions, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct BiometryConsent(pub Consent);

/// What the caller has agreed to, which the use of their biometrics is part of: rejects with 403 `consent-required` where
/// it is not. Needs the gate in the request's extensions, as [`BiometrySession`] does.
#[derive(Clone, Debug)]
pub struct Consented(pub Consent);

/// As [`Consented`], where the caller has agreed that their biometrics are kept, too.
#[derive(Clone, Debug)]
pub struct ConsentedToStorage(pub Consent);

impl<S: Sync> FromRequestParts<S> for Verified {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Permit::of(&parts.extensions).map(Self).ok_or(gate::Rejection::NoGate)?)
    }
}

impl<S: Sync> FromRequestParts<S> for BiometrySession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let session = <Self as OptionalFromRequestParts<S>>::from_request_parts(parts, state).await?;
        Ok(session.ok_or(gate::Rejection::NoSession)?)
    }
}

/// `None` means that there is no session; an outage is still a rejection.
impl<S: Sync> OptionalFromRequestParts<S> for BiometrySession {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Rejection> {
        Ok(inquire(parts)?.session().await?.map(Self))
    }
}

impl<S: Sync> FromRequestParts<S> for BiometryConsent {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(inquire(parts)?.consent().await?))
    }
}

impl<S: Sync> FromRequestParts<S> for Consented {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        Ok(Self(inquire(parts)?.consented(&[Purpose::Authorization]).await?))
    }
}

impl<S: Sync> FromRequestParts<S> for ConsentedToStorage {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Rejection> {
        let purposes = [Purpose::Authorization, Purpose::Storage];
        Ok(Self(inquire(parts)?.consented(&purposes).await?))
    }
}

fn inquire(parts: &Parts) -> Result<Inquiry, gate::Rejection> {
    Inquiry::of(BiometryGate::of(&parts.extensions), parts)
}
