//! How the host says who the caller is.

use std::borrow::Cow;
use std::fmt;

use super::{Principal, PrincipalError};

/// Turns the head of a request into the caller, from what the host has already validated: the trait by which a gate
/// learns who is calling.
///
/// `Ok(None)` means that the caller is not logged in, 401. An error means that the host cannot know, 503. The gate asks
/// once for each request, on the request's path and without waiting: [`identify`](Self::identify) must not block. Hosts
/// that wait for their session store do so in a middleware of their own, which puts the [`Principal`] into the
/// request's extensions, and use [`FromExtensions`]; with [`Identified`] such a middleware also reports a store that is
/// down.
///
/// Read only what the host has validated. A header that a client may set, such as `X-User`, lets the client choose the
/// subject unless a proxy in front replaces it.
///
/// Closures of the same shape implement it:
///
/// ```
/// use biometry_gate::principal::{HostSession, IdentifyError, Principal};
///
/// /// What the host's own middleware has put into the extensions.
/// #[derive(Clone)]
/// struct User { id: String, session: String }
///
/// let identify = |head: &http::request::Parts| {
///     let Some(user) = head.extensions.get::<User>() else { return Ok(None) };
///     let unfit = |_| IdentifyError::new("the session holds no principal");
///     let session = HostSession::parse(&user.session).map_err(unfit)?;
///     Principal::new(&user.id, session).map(Some).map_err(unfit)
/// };
/// # fn build(client: biometry_client::Client, identify: impl biometry_gate::Identify) {
/// let builder = biometry_gate::BiometryGate::builder(client, identify);
/// # let _ = builder; }
/// # let _ = |client| build(client, identify);
/// ```
pub trait Identify: Send + Sync + 'static {
    /// Reads the caller from the request's head; `None` where they are not logged in.
    ///
    /// # Errors
    /// When the host cannot tell who the caller is. The gate logs the reason and refuses with 503
    /// `identity-unavailable`.
    fn identify(&self, head: &http::request::Parts) -> Result<Option<Principal>, IdentifyError>;
}

/// The resolver for hosts whose middleware leaves a [`Principal`] in the request's extensions. A request without one is
/// taken for a caller who is not logged in.
///
/// Where the first ten requests come without a principal, the gate logs a warning: the middleware may stand on the
/// wrong side of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct FromExtensions;

/// What the host has found out about the caller before the gate is asked. In a request's extensions it takes the place
/// of the gate's [`Identify`].
///
/// It is for middleware that waits for its session store and may get no answer, and for adapters of frameworks whose
/// resolvers read other types than `http`'s.
///
/// ```
/// use biometry_gate::principal::{Identified, IdentifyError};
///
/// let mut request = http::Request::new(());
/// // The session store is down: the request is refused with 503, and the user is not sent to the login page.
/// let outage = IdentifyError::new("the session store did not answer");
/// request.extensions_mut().insert(Identified(Err(outage)));
/// ```
#[derive(Clone, Debug)]
pub struct Identified(pub Result<Option<Principal>, IdentifyError>);

/// The host cannot tell who the caller is: its session store is down, for example. The gate refuses the request with
/// 503 `identity-unavailable`, and the reason goes to the log; it must name no person.
///
/// ```
/// use biometry_gate::principal::IdentifyError;
///
/// let error = IdentifyError::new("the session store did not answer");
/// assert_eq!(error.to_string(), "the host cannot tell who the caller is: the session store did not answer");
/// ```
#[derive(Clone)]
pub struct IdentifyError {
    reason: Cow<'static, str>,
}

impl Identify for FromExtensions {
    fn identify(&self, head: &http::request::Parts) -> Result<Option<Principal>, IdentifyError> {
        Ok(head.extensions.get::<Principal>().cloned())
    }
}

impl<F> Identify for F
where
    F: Fn(&http::request::Parts) -> Result<Option<Principal>, IdentifyError> + Send + Sync + 'static,
{
    fn identify(&self, head: &http::request::Parts) -> Result<Option<Principal>, IdentifyError> {
        self(head)
    }
}

impl IdentifyError {
    /// For this reason. It is logged: no names of people, no keys of sessions.
    pub fn new(reason: impl Into<Cow<'static, str>>) -> Self {
        Self { reason: reason.into() }
    }
}

impl From<PrincipalError> for IdentifyError {
    fn from(error: PrincipalError) -> Self {
        Self::new(error.to_string())
    }
}

impl fmt::Display for IdentifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host cannot tell who the caller is: {}", self.reason)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for IdentifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for IdentifyError {}
