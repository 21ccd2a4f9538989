//! The extractor's side of actix-web.

use std::future::Future;
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, HeaderValue, WWW_AUTHENTICATE};
use actix_web::web::Data;
use actix_web::{FromRequest, HttpRequest, HttpResponse, ResponseError};

use crate::error::ReceiptError;
use crate::extract::VerifiedReceipt;
use crate::guard::ReceiptGuard;

impl FromRequest for VerifiedReceipt {
    type Error = ReceiptError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ReceiptError>>>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let guard = guard_of(&request).ok_or_else(|| {
                let error = ReceiptError::settings("no `ReceiptGuard` is in the app's data");
                error.log();
                error
            })?;
            let values = request.headers().get_all(guard.header_name()).map(HeaderValue::as_bytes);
            guard.check(values).await.map(Self)
        })
    }
}

fn guard_of(request: &HttpRequest) -> Option<&ReceiptGuard> {
    let shared = request.app_data::<Data<ReceiptGuard>>().map(|guard| &***guard);
    shared.or_else(|| request.app_data::<ReceiptGuard>())
}

impl ResponseError for ReceiptError {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::UNAUTHORIZED)
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status_code());
        response.content_type("application/problem+json").insert_header((CACHE_CONTROL, "no-store"));
        if self.status() == 401 {
            response.insert_header((WWW_AUTHENTICATE, "Bearer error=\"invalid_token\""));
        }
        response.body(self.problem())
    }
}
