use std::future::{Ready, ready};

use actix_web::Error;
use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use biometry_gate::challenge::Problem;
use biometry_gate::cross_site::CrossSite;

use super::future::ResponseFuture;
use crate::convert::{self, Head};

/// Middleware for the host's own state-changing routes: refuses what a browser sends on another site's behalf, with 403
/// `cross-site`. Gated and mounted routes check that themselves.
///
/// ```
/// use actix_web::App;
/// # fn app(gate: &biometry_gate_actix::BiometryGate) {
/// // The rule of the gate, so that one rule holds for all.
/// let app = App::new().wrap(biometry_gate_actix::cross_site(gate.cross_site().clone()));
/// # let _ = app; }
/// # let _ = app;
/// ```
pub fn cross_site(rule: CrossSite) -> RefuseCrossSite {
    RefuseCrossSite { rule }
}

/// The cross-site check; made by [`cross_site`].
#[derive(Clone, Debug)]
pub struct RefuseCrossSite {
    rule: CrossSite,
}

/// The service that [`RefuseCrossSite`] makes.
#[derive(Debug)]
pub struct RefuseCrossSiteService<S> {
    inner: S,
    rule: CrossSite,
}

impl<S, B> Transform<S, ServiceRequest> for RefuseCrossSite
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RefuseCrossSiteService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RefuseCrossSiteService { inner, rule: self.rule.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for RefuseCrossSiteService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        match self.rule.check(&Head::of(request.request())) {
            Ok(()) => ResponseFuture::passing(self.inner.call(request)),
            Err(error) => {
                let response = convert::response(Problem::from(error).into_response());
                ResponseFuture::refused(request.into_response(response).map_into_right_body())
            }
        }
    }
}
