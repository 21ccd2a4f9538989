use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::Payload;
use actix_web::rt::time::timeout;
use actix_web::web::Bytes;
use actix_web::{Error, FromRequest, HttpRequest};

use crate::problem::{too_large, too_slow};

/// The body of one of the bank's own routes: short, and there within ten seconds.
pub(crate) struct Short(pub(crate) Bytes);

impl FromRequest for Short {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Error>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = timeout(LONGEST, Bytes::from_request(request, payload));
        Box::pin(async move {
            match body.await {
                Ok(Ok(body)) => Ok(Self(body)),
                Ok(Err(_)) => Err(too_large().into()),
                Err(_) => Err(too_slow().into()),
            }
        })
    }
}

const LONGEST: Duration = Duration::from_secs(10);
