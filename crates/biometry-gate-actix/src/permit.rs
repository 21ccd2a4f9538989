//! Where a request's permit lies in actix: in the request's extensions, and nowhere else.

use actix_web::HttpMessage;
use biometry_gate::Permit;

/// The permit of a request that a gate has let in.
pub(crate) fn of(request: &impl HttpMessage) -> Option<Permit> {
    request.extensions().get::<Permit>().cloned()
}

/// Puts the permit where [`of`] finds it. It takes the place of a permit that an outer gate has left.
pub(crate) fn attach(permit: Permit, request: &impl HttpMessage) {
    request.extensions_mut().insert(permit);
}

/// Removes the permit that an outer gate has left.
pub(crate) fn detach(request: &impl HttpMessage) {
    request.extensions_mut().remove::<Permit>();
}
