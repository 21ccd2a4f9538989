use std::convert::Infallible;
use std::future::{Ready, ready};

use actix_session::Session;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::middleware::Next;
use actix_web::web::Data;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, ResponseError as _};
use bank::{Bank, Caller};
use biometry_gate_actix::{Head, Refusal, Resolver};

use crate::host;

/// Finds out who is calling, and leaves it for gates, mounted routes and handlers: it stands around all of them.
pub(crate) async fn recognise(
    bank: Data<Bank>,
    session: Session,
    request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody>>, actix_web::Error> {
    match bank.caller(host::login(&session)).await {
        Ok(caller) => {
            request.extensions_mut().insert(Known(caller));
            Ok(next.call(request).await?.map_into_left_body())
        }
        Err(denial) => {
            let refusal = Refusal(bank.gate.refuse_request(&Head::of(request.request()), denial));
            Ok(request.into_response(refusal.error_response()).map_into_right_body())
        }
    }
}

/// Tells the gate who is calling.
pub(crate) fn resolver() -> Resolver {
    Resolver::new(|request: &HttpRequest| Known::of(request).0.principal())
}

/// Who is calling, for handlers.
#[derive(Clone)]
pub(crate) struct Known(pub(crate) Caller);

impl Known {
    fn of(request: &HttpRequest) -> Self {
        request.extensions().get().cloned().unwrap_or_else(|| Self(Caller::default()))
    }
}

impl FromRequest for Known {
    type Error = Infallible;
    type Future = Ready<Result<Self, Infallible>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::of(request)))
    }
}
