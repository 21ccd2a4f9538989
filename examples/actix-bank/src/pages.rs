//! The page and its files.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpRequest, HttpResponse};
use bank::{SECURITY_HEADERS, asset};

/// A file of the page, or 404.
pub(crate) async fn file(request: HttpRequest) -> HttpResponse {
    let Some(asset) = asset(request.uri().path()) else { return HttpResponse::NotFound().finish() };
    let mut response = HttpResponse::Ok();
    response.insert_header((CONTENT_TYPE, asset.content_type));
    for header in SECURITY_HEADERS {
        response.insert_header(header);
    }
    response.body(asset.bytes)
}
