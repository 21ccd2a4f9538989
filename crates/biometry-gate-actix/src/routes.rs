use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpRequest, HttpResponse};
use biometry_gate::challenge::Problem;
use biometry_gate::{BiometryGate, routes::Routes};
use http_body_util::BodyExt as _;
use tower_service::Service as _;

use crate::convert;
use crate::payload::pump;
use crate::permit;

/// The mounted routes, for the scope under whose prefix they are to be found.
///
/// ```
/// use actix_web::{App, web};
/// # fn mount(gate: &biometry_gate_actix::BiometryGate) {
/// let app = App::new().service(web::scope("/biometry").configure(biometry_gate_actix::routes(gate)));
/// # let _ = app; }
/// # let _ = mount;
/// ```
///
/// They carry their own limits: those of actix's extractors (`PayloadConfig` and its kin) do not apply. Do not wrap
/// them in a gate: stepping up would then take a step-up.
pub fn routes(gate: &BiometryGate) -> impl FnOnce(&mut ServiceConfig) + Clone + use<> {
    let gate = gate.clone();
    move |config| {
        let routes = gate.routes();
        config.app_data(gate);
        config.default_service(web::to(move |request, payload| respond(routes.clone(), request, payload)));
    }
}

async fn respond(mut routes: Routes, request: HttpRequest, payload: web::Payload) -> HttpResponse {
    let Some(mut head) = convert::parts_at(&request, &target(&request)) else {
        let problem = Problem::misconfigured("a request could not be converted from actix's types");
        return convert::response(problem.into_response());
    };
    if let Some(permit) = permit::of(&request) {
        permit.attach(&mut head.extensions);
    }
    let is_head = head.method == http::Method::HEAD;
    let (body, pump) = pump(payload.into_inner(), request.head().expect());
    let Ok(response) = routes.call(http::Request::from_parts(head, body)).await;
    pump.finish().await;
    let (head, body) = response.into_parts();
    let Ok(body) = body.collect().await;
    let length =
        head.headers.get(http::header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    let response = convert::response(http::Response::from_parts(head, body.to_bytes()));
    match length {
        Some(length) if is_head => response.set_body(BoxBody::new(Unsent(length))),
        _ => response,
    }
}

/// A body that stays here, of which the answer to HEAD says how long it is.
struct Unsent(u64);

impl MessageBody for Unsent {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.0)
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}

/// The path below the scope's prefix as it arrived, and the query.
fn target(request: &HttpRequest) -> String {
    let matched = request.match_info();
    let prefix = matched.as_str().strip_suffix(matched.unprocessed()).unwrap_or_default();
    let path = below(request.uri().path(), prefix);
    match request.uri().query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// What is below `prefix` in `path`. actix has decoded some escapes in what it matched, but never adds or takes away a
/// slash.
fn below<'a>(path: &'a str, prefix: &str) -> &'a str {
    let slashes = prefix.bytes().filter(|&byte| byte == b'/').count();
    path.match_indices('/').nth(slashes).map_or("/", |(start, _)| &path[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_prefix_is_taken_as_it_arrived() {
        for (path, prefix, expected) in [
            ("/biometry/session", "/biometry", "/session"),
            ("/biometry", "/biometry", "/"),
            ("/biometry/", "/biometry", "/"),
            ("/a/b/consent", "/a/b", "/consent"),
            ("/consent", "", "/consent"),
            ("/biometry/%73ession", "/biometry", "/%73ession"),
            ("/%62iometry/api-gateway/sessions/end/a%2Fb", "/biometry", "/api-gateway/sessions/end/a%2Fb"),
            ("/biometry//session", "/biometry", "//session"),
        ] {
            assert_eq!(below(path, prefix), expected, "{path}");
        }
    }
}
