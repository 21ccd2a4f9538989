//! The gate and the cross-site check as actix middleware.

mod cross_site;
mod future;
mod require;
mod restore;

use std::sync::Arc;

use actix_web::body::{BoxBody, EitherBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
#[cfg(feature = "forms")]
use biometry_gate::gate::form;
use biometry_gate::gate::{Enforcer, IntentError, Operation, ReadIntent, json, value};
use biometry_gate::principal::Principal;
use biometry_gate::{BiometryGate, ConfigError, Denial};
use bytes::Bytes;
use http::request::Parts;
use serde::de::DeserializeOwned;

pub use self::cross_site::{RefuseCrossSite, RefuseCrossSiteService, cross_site};
pub use self::future::ResponseFuture;
use self::require::Ask;
pub use self::require::{Require, RequireService};
pub use self::restore::{RestoreOn, RestoreOnService, restore_on};
use crate::convert::{self, Head};

/// Middleware that lets a request through only with a decision that satisfies `policy`.
///
/// `wrap` a route in it, so that unknown paths and methods stay 404 and 405 instead of asking for a face. Wrapped
/// around a resource, a scope or the app it covers everything inside. Put CORS middleware outside, so that a page can
/// read a refusal.
///
/// ```
/// use actix_web::web;
/// use biometry_gate_actix::{BiometryGate, Verified, require};
///
/// # fn route(gate: &BiometryGate) -> Result<actix_web::Route, biometry_gate::ConfigError> {
/// let route = web::get()
///     .to(async |Verified(permit): Verified| format!("verified at {:?}", permit.auth_time()))
///     .wrap(require(gate, "statement")?);
/// # Ok(route) }
/// # let _ = route;
/// ```
///
/// # Errors
/// When there is no such policy, or it [approves operations](biometry_gate::policy::Policy::for_operation): see
/// [`require_for_json`].
pub fn require(gate: &BiometryGate, policy: &str) -> Result<Require, ConfigError> {
    Ok(Require::new(gate.enforcer(policy)?, Ask::Policy))
}

/// Middleware that lets a request through only with a decision for exactly the operation in it, for handlers that read
/// the request themselves. Where the operation is a type of its own, prefer [`require_for_json`] and its kin: there the
/// handler gets the very value that was approved.
///
/// The approval is for the request's method, the route that actix has matched it to, the path and query byte for byte
/// as the client sent them, and what `read` makes of the body. `read` finds the route's parameters with
/// [`PathParams::of`](biometry_gate::gate::PathParams::of). A member of the body that it does not look at may differ,
/// unless it binds the [whole body](biometry_gate::intent::Intent::whole_body).
///
/// The gate reads the request's body for that, 64 KiB and 10 s at most whatever actix's own limits are, and hands it on
/// unchanged.
///
/// # Errors
/// When there is no such policy, or it does not [approve operations](biometry_gate::policy::Policy::for_operation).
pub fn require_for(gate: &BiometryGate, policy: &str, read: impl ReadIntent) -> Result<Require, ConfigError> {
    Ok(Require::new(gate.operation_enforcer(policy)?, Ask::Operation(Arc::new(read))))
}

/// [`require_for`] for operations that are JSON objects: the gate parses the body into `T`, the person approves what `T`
/// [describes](Operation::describe), and the handler gets that very value with [`Approved<T>`](crate::Approved).
///
/// No extractor behind the approval reads the body, which is empty by then, so none can refuse it and waste the approval:
/// more than 64 KiB is 413, and what is no `T` is 422, both before the person is asked. The content type decides nothing.
/// The gate answers for a handler that does not take the value with 500.
///
/// # Errors
/// As [`require_for`].
pub fn require_for_json<T: Operation + DeserializeOwned>(
    gate: &BiometryGate,
    policy: &str,
) -> Result<Require, ConfigError> {
    require_for(gate, policy, json::<T>())
}

/// [`require_for_json`] for operations that are forms. A body that is not labelled `application/x-www-form-urlencoded` is
/// refused with 415, and one that names a field twice with 422.
///
/// # Errors
/// As [`require_for`].
#[cfg(feature = "forms")]
pub fn require_for_form<T: Operation + DeserializeOwned>(
    gate: &BiometryGate,
    policy: &str,
) -> Result<Require, ConfigError> {
    require_for(gate, policy, form::<T>())
}

/// [`require_for_json`] for operations that the host reads in its own way, from the path's
/// [parameters](biometry_gate::gate::PathParams) for example.
///
/// ```
/// use biometry_gate::Intent;
/// use biometry_gate::gate::{IntentError, Operation, PathParams};
/// use biometry_gate_actix::{BiometryGate, require_for_value};
///
/// struct Close { account: String }
///
/// impl Operation for Close {
///     fn describe(&self) -> Intent {
///         Intent::new("close account").line("Account", &self.account)
///     }
/// }
/// # fn gated(gate: &BiometryGate) -> Result<(), biometry_gate::ConfigError> {
/// let close = require_for_value(gate, "close", |head, _| {
///     let account = PathParams::of(head).get("id").ok_or(IntentError)?.to_owned();
///     Ok(Close { account })
/// })?;
/// # let _ = close; Ok(()) }
/// # let _ = gated;
/// ```
///
/// # Errors
/// As [`require_for`].
pub fn require_for_value<T: Operation>(
    gate: &BiometryGate,
    policy: &str,
    read: impl Fn(&Parts, &Bytes) -> Result<T, IntentError> + Send + Sync + 'static,
) -> Result<Require, ConfigError> {
    require_for(gate, policy, value(read))
}

fn refuse<B>(
    request: ServiceRequest,
    enforcer: &Enforcer,
    denial: Denial,
    principal: Option<&Principal>,
) -> ServiceResponse<EitherBody<B, BoxBody>> {
    let request_id = enforcer.request_id(&Head::of(request.request()));
    let answer = convert::response(enforcer.refuse(denial, principal, request_id));
    request.into_response(answer).map_into_right_body()
}
