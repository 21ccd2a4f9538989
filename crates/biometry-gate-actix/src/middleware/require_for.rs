use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::EitherBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage as _};
use biometry_gate::gate::{Caller, Entry, Guard, ReadIntent, Render};
use biometry_gate::{Denial, Permit};

use super::future::ResponseFuture;
use super::refuse;
use crate::convert::{self, Head, keep_from_caches};
use crate::payload::LocalBody;

/// The gate of one policy that is bound to an intent; made by [`require_for`](super::require_for).
pub struct RequireFor<I> {
    guard: Guard,
    read: Arc<I>,
}

/// The service that [`RequireFor`] makes.
pub struct RequireForService<S, I> {
    inner: Rc<S>,
    guard: Guard,
    read: Arc<I>,
}

impl<I> RequireFor<I> {
    pub(super) fn new(guard: Guard, read: I) -> Self {
        Self { guard, read: Arc::new(read) }
    }

    /// Renders denials here in another way than the gate does elsewhere.
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { guard: self.guard.render(render), ..self }
    }
}

impl<S, I, B> Transform<S, ServiceRequest> for RequireFor<I>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    I: ReadIntent,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Transform = RequireForService<S, I>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        let (guard, read) = (self.guard.clone(), Arc::clone(&self.read));
        ready(Ok(RequireForService { inner: Rc::new(inner), guard, read }))
    }
}

impl<S, I, B> Service<ServiceRequest> for RequireForService<S, I>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error> + 'static,
    S::Future: 'static,
    I: ReadIntent,
    B: 'static,
{
    type Response = ServiceResponse<EitherBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future, B>;

    forward_ready!(inner);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        request.extensions_mut().remove::<Permit>();
        let caller = match self.guard.enter(&Head::of(request.request())) {
            Entry::Preflight => return ResponseFuture::passing(self.inner.call(request)),
            Entry::Refused(denial) => {
                return ResponseFuture::refused(refuse(request, &self.guard, denial, None));
            }
            Entry::Caller(caller) => caller,
        };
        let (guard, read, inner) = (self.guard.clone(), Arc::clone(&self.read), Rc::clone(&self.inner));
        ResponseFuture::boxed(async move {
            match check(&guard, &caller, &*read, &mut request).await {
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

/// Reads the body for the check, and puts it back for the handler.
async fn check(
    guard: &Guard,
    caller: &Caller,
    read: &impl ReadIntent,
    request: &mut ServiceRequest,
) -> Result<Permit, Denial> {
    let head = convert::parts(request.request()).ok_or(Denial::IntentUnreadable)?;
    let body = LocalBody(request.parts_mut().1.take());
    let template = request.match_pattern();
    let (permit, body) = guard.check_intent(caller, read, template.as_deref(), &head, body).await?;
    request.set_payload(Payload::from(body));
    Ok(permit)
}

// A derived clone would ask `I` to be cloneable.
impl<I> Clone for RequireFor<I> {
    fn clone(&self) -> Self {
        Self { guard: self.guard.clone(), read: Arc::clone(&self.read) }
    }
}

impl<I> fmt::Debug for RequireFor<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireFor").field("policy", &self.guard.policy().name()).finish_non_exhaustive()
    }
}

impl<S, I> fmt::Debug for RequireForService<S, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireForService")
            .field("policy", &self.guard.policy().name())
            .finish_non_exhaustive()
    }
}
