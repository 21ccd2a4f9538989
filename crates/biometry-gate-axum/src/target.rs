use axum::extract::OriginalUri;
use axum_core::extract::Request;
use biometry_gate::gate::RequestTarget;

/// Keeps the path that a request came with for gates inside nested routers, so that a browser is brought back there
/// after stepping up; axum strips the prefix of a nested router off the request's own URI.
///
/// It goes around the gate with [`map_request`](axum::middleware::map_request), and is needed only where the gate has a
/// [step-up page](biometry_gate::gate::Refusing::step_up_page) and its routes are nested.
///
/// ```
/// use axum::Router;
/// use axum::middleware::map_request;
/// use axum::routing::get;
/// # fn nested(gate: &biometry_gate::BiometryGate) -> Result<Router, biometry_gate::ConfigError> {
/// let account = Router::new()
///     .route("/statement", get(async || "a statement"))
///     .route_layer(gate.require("statement")?)
///     .route_layer(map_request(biometry_gate_axum::keep_target));
/// Ok(Router::new().nest("/account", account))
/// # }
/// ```
pub async fn keep_target(mut request: Request) -> Request {
    if let Some(OriginalUri(uri)) = request.extensions().get::<OriginalUri>().cloned() {
        request.extensions_mut().insert(RequestTarget(uri));
    }
    request
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::Router;
    use axum::body::Body;
    use axum::middleware::map_request;
    use axum::routing::get;
    use biometry_gate::gate::RequestHead as _;
    use tower::ServiceExt as _;

    #[tokio::test]
    async fn a_nested_gate_sees_where_the_browser_went() {
        async fn seen(request: Request) -> String {
            request.into_parts().0.target().unwrap_or_default().to_owned()
        }
        let inner = Router::new().route("/statement", get(seen)).route_layer(map_request(keep_target));
        let app = Router::new().nest("/account", inner);
        let request = Request::get("/account/statement?page=2").body(Body::empty()).unwrap();
        let body = app.oneshot(request).await.unwrap().into_body();
        let seen = axum::body::to_bytes(body, 100).await.unwrap();
        assert_eq!(seen, "/account/statement?page=2");
    }
}
