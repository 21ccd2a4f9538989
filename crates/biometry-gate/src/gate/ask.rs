//! What a gate asks of a request: a decision for its policy, or one for exactly the operation in the request.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http::Request;
use http::request::Parts;
use http_body::Body;

use super::authorize::Screened;
use super::enforcer::Enforcer;
use super::operation::{ApprovedValue, Reading};
use super::path_params::PathParams;
use super::permit::Permit;
use crate::denial::Denial;
use crate::intent::{Intent, Route};
use crate::request_head::RequestHead as _;

/// Any decision for the gate's policy opens it; the parameter of layers that
/// [`BiometryGate::require`](super::BiometryGate::require) makes.
#[derive(Clone, Copy, Debug)]
pub struct ForPolicy;

/// Only a decision for exactly the operation in a request opens the gate; the parameter of layers that
/// [`BiometryGate::require_for`](super::BiometryGate::require_for) and its kin make.
#[derive(Clone)]
pub struct ForOperation {
    route: Arc<dyn FindRoute>,
    read: Arc<dyn ReadIntent>,
}

/// Reads the operation that a request is about to run.
///
/// [`json`](super::json), [`form`](super::form) and [`value`](super::value) make readers whose value the handler gets:
/// use one of these. Closures `Fn(&Parts, &Bytes) -> Result<Intent, IntentError>` are readers, too; a handler behind
/// one of these reads the request a second time, and has to read it alike.
///
/// Implement the trait for a body in a form of its own, with an answer of its own to what it cannot read:
///
/// ```
/// use biometry_gate::gate::{Denial, Operation, ReadIntent, Reading};
/// use biometry_gate::Intent;
/// use bytes::Bytes;
///
/// struct Payout { account: u32, cents: u64 }
///
/// impl Operation for Payout {
///     fn describe(&self) -> Intent {
///         Intent::new("payout").line("Account", &self.account.to_string()).line("Cents", &self.cents.to_string())
///     }
/// }
///
/// /// `7:1250`
/// struct Colon;
///
/// impl ReadIntent for Colon {
///     fn read(&self, _: &http::request::Parts, body: &Bytes) -> Result<Reading, Denial> {
///         let text = std::str::from_utf8(body).map_err(|_| Denial::UnsupportedMedia)?;
///         let parts = text.split_once(':').and_then(|(a, c)| Some((a.parse().ok()?, c.parse().ok()?)));
///         let (account, cents) = parts.ok_or(Denial::IntentUnreadable)?;
///         Ok(Reading::typed(Payout { account, cents }))
///     }
/// }
/// ```
pub trait ReadIntent: Send + Sync + 'static {
    /// Builds the operation from the request's head and whole body, which is 64 KiB at most. It is called once for each
    /// request, before the store is asked, and must not block.
    ///
    /// # Errors
    /// When the request does not hold an operation that can be run. The gate refuses it before the caller is asked to
    /// step up.
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Reading, Denial>;
}

/// The request holds no operation that could be run: what closures that read one answer. The gate refuses the request
/// with 422 `invalid-request`.
#[derive(Clone, Copy, Debug, Default)]
pub struct IntentError;

/// Finds the host's route that a request was matched to: an approval for one route opens no other.
///
/// Adapters of frameworks with a router bring one that asks the router. Where there is none the route is named in code:
/// `"/transfer"` is a `FindRoute`. The path and query tell the requests to one route apart. Behind a router that strips
/// prefixes off the request's own URI, such a name sees what is left of the path: there the host puts a
/// [`RequestTarget`](super::RequestTarget) into the request's extensions in front of that router.
pub trait FindRoute: Send + Sync + 'static {
    /// The route's template, `/accounts/{id}/transfer` for example: what the router calls it, not what the client asked
    /// for. Without one the gate refuses the request with 500, because it stands where no route is known.
    fn find<'a>(&'a self, head: &'a Parts) -> Option<&'a str>;

    /// The template, where it is the same for every request: [`register_intent`](super::BiometryGate::register_intent)
    /// refuses other templates.
    fn name(&self) -> Option<&str> {
        None
    }

    /// The path and query, byte for byte as the client sent them.
    fn target<'a>(&'a self, head: &'a Parts) -> Option<&'a str> {
        head.target()
    }

    /// The parameters that the router has found in the path: by default those that are in the extensions.
    ///
    /// # Errors
    /// When the path holds one that no handler could take: the request is refused with 422.
    fn parameters(&self, head: &mut Parts) -> Result<PathParams, IntentError> {
        Ok(PathParams::of(head).clone())
    }
}

/// How a gate finds out whether a request may go on. [`ForPolicy`] and [`ForOperation`] implement it; hosts only name
/// it in bounds.
pub trait Ask<B>: Clone {
    /// Answers the request with its permit in it.
    type Check: Future<Output = Result<Request<B>, Denial>>;

    /// The permit, where the store can answer without waiting and the caller may pass; otherwise the caller, unchanged.
    fn check_at_once(&self, enforcer: &Enforcer, caller: Screened) -> Result<Permit, Screened>;

    /// The whole check, which may wait for the store and read the request's body.
    fn check(&self, enforcer: &Enforcer, caller: Screened, request: Request<B>) -> Self::Check;
}

/// The future of [`ForPolicy`]'s check.
pub struct PolicyCheck<B> {
    check: Pin<Box<dyn Future<Output = Result<Permit, Denial>> + Send>>,
    // It never moves through a pin.
    request: Option<Request<B>>,
}

impl<B> Ask<B> for ForPolicy {
    type Check = PolicyCheck<B>;

    fn check_at_once(&self, enforcer: &Enforcer, caller: Screened) -> Result<Permit, Screened> {
        enforcer.check_at_once(caller)
    }

    fn check(&self, enforcer: &Enforcer, caller: Screened, request: Request<B>) -> PolicyCheck<B> {
        let enforcer = enforcer.clone();
        PolicyCheck { check: Box::pin(async move { enforcer.check(&caller).await }), request: Some(request) }
    }
}

impl<B> Ask<B> for ForOperation
where
    B: Body<Data = Bytes> + From<Bytes> + Send + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    type Check = Pin<Box<dyn Future<Output = Result<Request<B>, Denial>> + Send>>;

    fn check_at_once(&self, _: &Enforcer, caller: Screened) -> Result<Permit, Screened> {
        Err(caller)
    }

    fn check(&self, enforcer: &Enforcer, caller: Screened, request: Request<B>) -> Self::Check {
        let (enforcer, ask) = (enforcer.clone(), self.clone());
        Box::pin(async move {
            let (mut head, body) = request.into_parts();
            // An outer gate's permit is not this policy's.
            Permit::detach(&mut head.extensions);
            let parameters = ask.route.parameters(&mut head).map_err(|_| Denial::IntentUnreadable)?;
            head.extensions.insert(parameters);
            let target = ask.route.target(&head).unwrap_or_default();
            let route =
                ask.route.find(&head).map(|template| Route::new(head.method.as_str(), template).at(target));
            let (permit, approved, body) =
                enforcer.check_intent(&caller, &*ask.read, route, &head, body).await?;
            permit.attach(&mut head.extensions);
            head.extensions.remove::<ApprovedValue>();
            if let Some(approved) = approved {
                head.extensions.insert(approved);
            }
            Ok(Request::from_parts(head, B::from(body)))
        })
    }
}

impl<B> Unpin for PolicyCheck<B> {}

impl<B> Future for PolicyCheck<B> {
    type Output = Result<Request<B>, Denial>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let permit = ready!(self.check.as_mut().poll(cx))?;
        let mut request = self.request.take().expect("polled after completion");
        permit.attach(request.extensions_mut());
        Poll::Ready(Ok(request))
    }
}

impl ForOperation {
    pub(super) fn new(route: impl FindRoute, read: impl ReadIntent) -> Self {
        Self { route: Arc::new(route), read: Arc::new(read) }
    }
}

impl<F> ReadIntent for F
where
    F: Fn(&Parts, &Bytes) -> Result<Intent, IntentError> + Send + Sync + 'static,
{
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Reading, Denial> {
        self(head, body).map(Reading::of).map_err(|_| Denial::IntentUnreadable)
    }
}

impl FindRoute for &'static str {
    fn find<'a>(&'a self, _: &'a Parts) -> Option<&'a str> {
        Some(self)
    }

    fn name(&self) -> Option<&str> {
        Some(self)
    }
}

impl FindRoute for String {
    fn find<'a>(&'a self, _: &'a Parts) -> Option<&'a str> {
        Some(self)
    }

    fn name(&self) -> Option<&str> {
        Some(self)
    }
}

impl fmt::Debug for ForOperation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForOperation")
    }
}

impl<B> fmt::Debug for PolicyCheck<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyCheck")
    }
}

impl fmt::Display for IntentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the request holds no operation that could be run")
    }
}

impl std::error::Error for IntentError {}
