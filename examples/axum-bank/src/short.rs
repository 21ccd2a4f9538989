use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::response::Response;
use tokio::time::timeout;

use crate::problem::{too_large, too_slow};

/// The body of one of the bank's own routes: short, and there within ten seconds.
pub(crate) struct Short(pub(crate) Bytes);

impl<S: Send + Sync> FromRequest<S> for Short {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        match timeout(LONGEST, Bytes::from_request(request, state)).await {
            Ok(Ok(body)) => Ok(Self(body)),
            Ok(Err(_)) => Err(too_large()),
            Err(_) => Err(too_slow()),
        }
    }
}

const LONGEST: Duration = Duration::from_secs(10);
