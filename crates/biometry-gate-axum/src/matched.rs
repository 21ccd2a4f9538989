use std::pin::pin;
use std::task::{Context, Poll, Waker};

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, MatchedPath, OriginalUri, RawPathParams};
use biometry_gate::gate::{FindRoute, IntentError, PathParams, RequestHead as _, RequestTarget};
use http::request::Parts;
use http::uri::PathAndQuery;

/// Asks axum's router which route a request was matched to, for
/// [`require_for`](biometry_gate::BiometryGate::require_for) and its kin: what was approved for one route, and for one
/// path and query of it, opens no other. Readers find the route's parameters with [`PathParams::of`].
///
/// The router knows in `route_layer` and `layer`, on routers and on single routes, nested ones included. It does not
/// know of fallbacks and nested services: a gate there refuses with 500, and is given a [`Named`] route instead.
///
/// ```
/// use axum::Router;
/// use axum::routing::post;
/// use biometry_gate::BiometryGate;
/// use biometry_gate::gate::{IntentError, PathParams};
/// use biometry_gate::intent::Intent;
/// use biometry_gate_axum::Matched;
/// # fn payouts(gate: &BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
/// let read = |head: &http::request::Parts, body: &axum::body::Bytes| {
///     let account = PathParams::of(head).get("id").ok_or(IntentError)?;
///     let amount = std::str::from_utf8(body).map_err(|_| IntentError)?;
///     Ok(Intent::new("payout").line("Account", account).line("Amount", amount))
/// };
/// let payouts = Router::new()
///     .route("/accounts/{id}/payout", post(async || "paid"))
///     .route_layer(gate.require_for("payout", Matched, read)?);
/// # Ok(payouts) }
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct Matched;

/// A route that has a name of the host's own, where axum's router has no template for it: fallbacks, and services that are
/// nested. Unlike a bare `"/name"` it sees the path and query as the client sent them, prefixes of nested routers included.
///
/// ```
/// use axum::Router;
/// use biometry_gate::BiometryGate;
/// use biometry_gate::intent::Intent;
/// use biometry_gate_axum::Named;
/// # fn archive(gate: &BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
/// let read = |_: &http::request::Parts, _: &axum::body::Bytes| Ok(Intent::new("open the archive"));
/// let archive = Router::new()
///     .fallback(async || "a document")
///     .layer(gate.require_for("archive", Named("archive"), read)?);
/// # Ok(archive) }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Named(pub &'static str);

impl FindRoute for Matched {
    fn find<'a>(&'a self, head: &'a Parts) -> Option<&'a str> {
        head.extensions.get::<MatchedPath>().map(MatchedPath::as_str)
    }

    fn target<'a>(&'a self, head: &'a Parts) -> Option<&'a str> {
        original_target(head)
    }

    fn parameters(&self, head: &mut Parts) -> Result<PathParams, IntentError> {
        path_params(head)
    }
}

impl FindRoute for Named {
    fn find<'a>(&'a self, _: &'a Parts) -> Option<&'a str> {
        Some(self.0)
    }

    fn name(&self) -> Option<&str> {
        Some(self.0)
    }

    fn target<'a>(&'a self, head: &'a Parts) -> Option<&'a str> {
        original_target(head)
    }

    fn parameters(&self, head: &mut Parts) -> Result<PathParams, IntentError> {
        path_params(head)
    }
}

/// What the client asked for. A host that rewrites paths in front of axum's router may have kept it.
fn original_target(head: &Parts) -> Option<&str> {
    match head.extensions.get::<OriginalUri>() {
        Some(OriginalUri(uri)) if head.extensions.get::<RequestTarget>().is_none() => {
            uri.path_and_query().map(PathAndQuery::as_str)
        }
        Some(_) | None => head.target(),
    }
}

/// The parameters as axum's own extractors see them.
fn path_params(head: &mut Parts) -> Result<PathParams, IntentError> {
    // It has nothing to wait for: the router has put the parameters there.
    let extraction = pin!(RawPathParams::from_request_parts(head, &()));
    match extraction.poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(Ok(params)) => Ok(params.iter().collect()),
        Poll::Ready(Err(RawPathParamsRejection::MissingPathParams(_))) => Ok(PathParams::default()),
        Poll::Ready(Err(_)) | Poll::Pending => Err(IntentError),
    }
}
