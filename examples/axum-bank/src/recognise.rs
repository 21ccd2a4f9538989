use axum::extract::{FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use bank::Caller;
use biometry_gate::principal::Identified;
use biometry_gate_axum::Refusal;

use crate::routes::App;

/// Finds out who is calling, and leaves it for gates, mounted routes and handlers: it stands around all of them.
pub(crate) async fn recognise(State(app): State<App>, mut request: Request, next: Next) -> Response {
    match app.bank.caller(app.host.login(request.headers())).await {
        Ok(caller) => {
            request.extensions_mut().insert(Identified(caller.principal()));
            request.extensions_mut().insert(Known(caller));
            next.run(request).await
        }
        Err(denial) => {
            let (head, _) = request.into_parts();
            Refusal(app.bank.gate.refuse_request(&head, denial)).into_response()
        }
    }
}

/// Who is calling, for handlers.
#[derive(Clone)]
pub(crate) struct Known(pub(crate) Caller);

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        Ok(parts.extensions.get().cloned().unwrap_or_else(|| Self(Caller::default())))
    }
}
