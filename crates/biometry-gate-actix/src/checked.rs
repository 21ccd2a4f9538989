use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use biometry_gate::challenge::Code;

use crate::extract::Extraction;
use crate::respond::Refusal;

/// An extractor for what may be absent, which keeps an absence and an outage apart: actix's `Option` takes every error
/// for an absence.
///
/// Mistakes of the app and callers who are not logged in are still errors.
///
/// ```
/// use biometry_gate_actix::{BiometrySession, Checked};
///
/// async fn status(session: Checked<BiometrySession>) -> actix_web::Result<&'static str> {
///     match session {
///         Checked::Present(_) => Ok("go on"),
///         Checked::Absent => Ok("start"),
///         // Or whatever is safe while the store is down.
///         Checked::CannotTell(refusal) => Err(refusal.into()),
///     }
/// }
/// # let _ = status;
/// ```
#[derive(Clone, Debug)]
pub enum Checked<T> {
    /// It is there.
    Present(T),
    /// It is certainly not there.
    Absent,
    /// The store, or the host, cannot tell right now. Return the refusal, a 503, or do what is safe without the answer.
    CannotTell(Refusal),
}

impl<T> FromRequest for Checked<T>
where
    T: FromRequest<Error = Refusal> + 'static,
{
    type Error = Refusal;
    type Future = Extraction<Self>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let extraction = T::from_request(request, payload);
        Box::pin(async move {
            match extraction.await {
                Ok(found) => Ok(Self::Present(found)),
                Err(Refusal(problem)) if problem.code() == Code::SessionUnknown => Ok(Self::Absent),
                Err(refusal) if refusal.0.is_outage() => Ok(Self::CannotTell(refusal)),
                Err(refusal) => Err(refusal),
            }
        })
    }
}
