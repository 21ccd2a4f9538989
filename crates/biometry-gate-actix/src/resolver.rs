use std::fmt;
use std::sync::Arc;

use actix_web::web::Data;
use actix_web::{HttpMessage as _, HttpRequest};
use biometry_gate::principal::{IdentifyError, Principal};

/// The host's way to tell who is calling, from an actix request: it takes the place of the gate's own
/// [`Identify`](biometry_gate::principal::Identify).
///
/// Put it into the app's data with [`App::app_data`](actix_web::App::app_data), as it is or in a
/// [`Data`](actix_web::web::Data). It runs when a gate, a mounted route or an extractor asks, so that the host's
/// session middleware has done its work by then: `wrap` that around the whole app. Without a resolver, the gate asks
/// its own with a head that is converted for it.
///
/// ```
/// use actix_web::{HttpMessage as _, HttpRequest};
/// use biometry_gate::principal::{IdentifyError, Principal};
/// use biometry_gate_actix::Resolver;
///
/// #[derive(Clone)]
/// enum Login { Of(Principal), StoreIsDown }
///
/// let resolver = Resolver::new(|request: &HttpRequest| match request.extensions().get::<Login>() {
///     Some(Login::Of(principal)) => Ok(Some(principal.clone())),
///     Some(Login::StoreIsDown) => Err(IdentifyError::new("the session store did not answer")),
///     None => Ok(None),
/// });
/// # let _ = (resolver, Login::StoreIsDown);
/// ```
#[derive(Clone)]
pub struct Resolver(Arc<Resolve>);

type Resolve = dyn Fn(&HttpRequest) -> Caller + Send + Sync;
type Caller = Result<Option<Principal>, IdentifyError>;

impl Resolver {
    /// Asks `resolve`, which reads only what the host has validated. `Ok(None)` means that the caller is not logged in;
    /// an error means that the host cannot tell, and the request is refused with 503.
    pub fn new(
        resolve: impl Fn(&HttpRequest) -> Result<Option<Principal>, IdentifyError> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(resolve))
    }

    /// Takes the [`Principal`] that the host's own middleware has left in the request's extensions; a request without
    /// one is not logged in.
    pub fn from_extensions() -> Self {
        Self::new(|request| Ok(request.extensions().get::<Principal>().cloned()))
    }

    /// What the app's resolver says, where there is one.
    pub(crate) fn resolve(request: &HttpRequest) -> Option<Caller> {
        let own = request.app_data::<Self>();
        let resolver = own.or_else(|| request.app_data::<Data<Self>>().map(|data| &***data));
        resolver.map(|resolver| (resolver.0)(request))
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Resolver")
    }
}
