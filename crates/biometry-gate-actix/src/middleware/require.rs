use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;

use actix_web::body::EitherBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage as _};
use biometry_gate::Permit;
use biometry_gate::gate::{Entry, Guard, Render};

use super::future::ResponseFuture;
use super::refuse;
use crate::convert::{Head, keep_from_caches};

/// The gate of one policy; made by [`require`](super::require).
#[derive(Clone)]
pub struct Require {
    guard: Guard,
}

/// The service that [`Require`] makes.
pub struct RequireService<S> {
    inner: Rc<S>,
    guard: Guard,
}

impl Require {
    pub(super) fn new(guard: Guard) -> Self {
        Self { guard }
    }

    /// Renders denials here in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { guard: self.guard.render(render) }
    }
}

impl<S, B> Transform<S, ServiceRequest> for Require
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RequireService { inner: Rc::new(inner), guard: self.guard.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for RequireService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, B>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        // A permit that an outer gate has left is not this policy's.
        request.extensions_mut().remove::<Permit>();
        let caller = match self.guard.enter(&Head::of(request.request())) {
            Entry::Preflight => return ResponseFuture::passing(self.inner.call(request)),
            Entry::Refused(denial) => {
                return ResponseFuture::refused(refuse(request, &self.guard, denial, None));
            }
            Entry::Caller(caller) => caller,
        };
        let caller = match self.guard.check_at_once(caller) {
            Ok(permit) => {
                request.extensions_mut().insert(permit);
                return ResponseFuture::allowed(self.inner.call(request));
            }
            Err(caller) => caller,
        };
        let (guard, inner) = (self.guard.clone(), Rc::clone(&self.inner));
        ResponseFuture::boxed(async move {
            match guard.check(&caller).await {
                Ok(permit) => {
                    request.extensions_mut().insert(permit);
                    let mut response = inner.call(request).await?;
                    keep_from_caches(response.headers_mut());
                    Ok(response.map_into_left_body())
                }
                Err(denial) => Ok(refuse(request, &guard, denial, Some(caller.principal()))),
            }
        })
    }
}

impl fmt::Debug for Require {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Require").field("policy", &self.guard.policy().name()).finish()
    }
}

impl<S> fmt::Debug for RequireService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireService").field("policy", &self.guard.policy().name()).finish_non_exhaustive()
    }
}
