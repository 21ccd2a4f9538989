use std::fmt;
use std::future::{Ready, ready};
use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::EitherBody;
use actix_web::dev::{Payload, Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::http::uri::PathAndQuery;
use actix_web::{Error, HttpMessage as _, HttpRequest};
use biometry_gate::challenge::Problem;
use biometry_gate::gate::{ApprovedValue, Enforcer, PathParams, ReadIntent, Render, Screened, Screening};
use biometry_gate::intent::Route;
use biometry_gate::{Denial, Permit};
use percent_encoding::percent_decode_str;

use super::future::ResponseFuture;
use super::refuse;
use crate::convert::{self, Head, forbid_storing};
use crate::payload::LocalBody;
use crate::permit;

/// The gate of one policy as actix middleware; made by [`require`](super::require), [`require_for`](super::require_for)
/// and their kin. Cheap to clone: make it once and clone it into each worker's app.
#[derive(Clone)]
pub struct Require {
    enforcer: Enforcer,
    ask: Ask,
}

/// What a request has to have a decision for.
#[derive(Clone)]
pub(super) enum Ask {
    /// The gate's policy.
    Policy,
    /// The policy, and exactly the operation in the request.
    Operation(Arc<dyn ReadIntent>),
}

/// The service that [`Require`] makes.
pub struct RequireService<S> {
    inner: Rc<S>,
    gate: Require,
}

impl Require {
    pub(super) fn new(enforcer: Enforcer, ask: Ask) -> Self {
        Self { enforcer, ask }
    }

    /// Renders denials here in another way than the gate does elsewhere; see [`Render`].
    #[must_use]
    pub fn render(self, render: impl Render) -> Self {
        Self { enforcer: self.enforcer.render(render), ..self }
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
        ready(Ok(RequireService { inner: Rc::new(inner), gate: self.clone() }))
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

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        // An outer gate's permit is not this policy's.
        permit::detach(&request);
        let enforcer = &self.gate.enforcer;
        let caller = match enforcer.screen(&Head::of(request.request())) {
            Screening::Preflight => return ResponseFuture::passing(self.inner.call(request)),
            Screening::Refused(denial) => {
                return ResponseFuture::refused(refuse(request, enforcer, denial, None));
            }
            Screening::Caller(caller) => caller,
        };
        let caller = match self.gate.check_at_once(caller) {
            Ok(permit) => {
                permit::attach(permit, &request);
                return ResponseFuture::allowed(self.inner.call(request));
            }
            Err(caller) => caller,
        };
        let (gate, inner) = (self.gate.clone(), Rc::clone(&self.inner));
        ResponseFuture::boxed(async move {
            match gate.check(&caller, &mut request).await {
                Ok(permit) => {
                    permit::attach(permit, &request);
                    let approved = request.extensions().get::<ApprovedValue>().cloned();
                    let mut response = inner.call(request).await?;
                    if let Some(problem) = settle(approved, &response).await {
                        let answer = convert::response(problem.into_response());
                        return Ok(response.into_response(answer).map_into_right_body());
                    }
                    forbid_storing(response.headers_mut());
                    Ok(response.map_into_left_body())
                }
                Err(denial) => Ok(refuse(request, &gate.enforcer, denial, Some(caller.principal()))),
            }
        })
    }
}

/// What goes out instead of the answer, where no handler has taken the approved value.
async fn settle<B>(approved: Option<ApprovedValue>, answer: &ServiceResponse<B>) -> Option<Problem> {
    let status = http::StatusCode::from_u16(answer.status().as_u16()).ok()?;
    approved.filter(|value| !value.is_taken())?.settle(status).await
}

impl Require {
    fn check_at_once(&self, caller: Screened) -> Result<Permit, Screened> {
        match self.ask {
            Ask::Policy => self.enforcer.check_at_once(caller),
            Ask::Operation(_) => Err(caller),
        }
    }

    async fn check(&self, caller: &Screened, request: &mut ServiceRequest) -> Result<Permit, Denial> {
        match &self.ask {
            Ask::Policy => self.enforcer.check(caller).await,
            Ask::Operation(read) => check_operation(&self.enforcer, caller, &**read, request).await,
        }
    }
}

/// Reads the body for the check, and puts it back for the handler.
async fn check_operation(
    enforcer: &Enforcer,
    caller: &Screened,
    read: &dyn ReadIntent,
    request: &mut ServiceRequest,
) -> Result<Permit, Denial> {
    let mut head = convert::parts(request.request()).ok_or(Denial::IntentUnreadable)?;
    head.extensions.insert(path_params(request.request())?);
    let body = LocalBody(request.parts_mut().1.take());
    let template = request.match_pattern();
    let target = request.uri().path_and_query().map_or("", PathAndQuery::as_str);
    let route = template.as_deref().map(|template| Route::new(head.method.as_str(), template).at(target));
    let (permit, approved, body) = enforcer.check_intent(caller, read, route, &head, body).await?;
    request.set_payload(Payload::from(body));
    request.extensions_mut().remove::<ApprovedValue>();
    if let Some(approved) = approved {
        request.extensions_mut().insert(approved);
    }
    Ok(permit)
}

/// The parameters as actix's own extractor sees them: the router has left some characters encoded so far.
fn path_params(request: &HttpRequest) -> Result<PathParams, Denial> {
    let decode = |(name, value)| match percent_decode_str(value).decode_utf8() {
        Ok(value) => Ok((name, value.into_owned())),
        Err(_) => Err(Denial::IntentUnreadable),
    };
    request.match_info().iter().map(decode).collect()
}

impl fmt::Debug for Require {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Require").field("policy", &self.enforcer.policy().name()).finish()
    }
}

impl<S> fmt::Debug for RequireService<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireService")
            .field("policy", &self.gate.enforcer.policy().name())
            .finish_non_exhaustive()
    }
}
