use std::fmt;
use std::future::{Ready, ready};
use std::pin::Pin;
use std::rc::Rc;

use actix_web::Error;
use actix_web::dev::{ResponseHead, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};

use crate::permit;

/// Middleware, to be wrapped inside a gate, that gives a single-use decision back on responses of which `when` says that
/// nothing was done. Only for handlers of which that is certain: by default a decision is spent whatever happens.
///
/// ```
/// use actix_web::web;
/// use biometry_gate_actix::{BiometryGate, require, restore_on};
///
/// # fn route(gate: &BiometryGate) -> Result<actix_web::Route, biometry_gate::ConfigError> {
/// // What was wrapped last runs first: the gate is outside.
/// let route = web::post()
///     .to(|| async { "…" })
///     .wrap(restore_on(|answer| answer.status == actix_web::http::StatusCode::CONFLICT))
///     .wrap(require(gate, "transfer")?);
/// # Ok(route) }
/// ```
pub fn restore_on(when: impl Fn(&ResponseHead) -> bool + 'static) -> RestoreOn {
    RestoreOn { when: Rc::new(when) }
}

/// Restores a used decision on some responses; made by [`restore_on`].
#[derive(Clone)]
pub struct RestoreOn {
    when: Rc<dyn Fn(&ResponseHead) -> bool>,
}

/// The service that [`RestoreOn`] makes.
pub struct RestoreOnService<S> {
    inner: S,
    rule: RestoreOn,
}

impl<S, B> Transform<S, ServiceRequest> for RestoreOn
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Transform = RestoreOnService<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, inner: S) -> Self::Future {
        ready(Ok(RestoreOnService { inner, rule: self.clone() }))
    }
}

impl<S, B> Service<ServiceRequest> for RestoreOnService<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    S::Future: 'static,
{
    type Response = ServiceResponse<B>;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ServiceResponse<B>, Error>>>>;

    forward_ready!(inner);

    fn call(&self, request: ServiceRequest) -> Self::Future {
        let permit = permit::of(&request);
        let answer = self.inner.call(request);
        let rule = self.rule.clone();
        Box::pin(async move {
            let answer = answer.await?;
            if let Some(permit) = permit.filter(|_| (rule.when)(answer.response().head())) {
                // A decision that cannot be given back stays used: the caller verifies once more.
                let _ = permit.gate().restore(&permit).await;
            }
            Ok(answer)
        })
    }
}

impl fmt::Debug for RestoreOn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestoreOn")
    }
}

impl<S> fmt::Debug for RestoreOnService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RestoreOnService")
    }
}
