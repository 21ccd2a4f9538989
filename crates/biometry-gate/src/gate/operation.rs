//! Operations as values of the host's own types: the gate parses the request once, and the handler gets that very value.

use std::any::Any;
use std::fmt;
use std::sync::Arc;

use http::{Extensions, StatusCode};

use super::handover::Handover;
use super::permit::Permit;
use crate::challenge::Problem;
use crate::intent::Intent;

/// An operation of the host: a value that can say what a person has to approve.
///
/// The gate parses it from the request once. The person sees its lines, the approval is for exactly that value, and the
/// handler gets the value itself by the extractor `Approved` of its adapter: nothing is read a second time, so nothing
/// else can run.
///
/// ```
/// use biometry_gate::gate::Operation;
/// use biometry_gate::intent::Intent;
///
/// #[derive(serde::Deserialize)]
/// struct Transfer {
///     to: String,
///     amount: String,
/// }
///
/// impl Operation for Transfer {
///     fn describe(&self) -> Intent {
///         Intent::new("transfer").line("Payee", &self.to).line("Amount", &self.amount)
///     }
/// }
///
/// let transfer: Transfer = serde_json::from_str(r#"{"to":"zoe","amount":"12.50"}"#)?;
/// assert_eq!(transfer.describe().display()[1].value(), "12.50");
/// # Ok::<(), serde_json::Error>(())
/// ```
pub trait Operation: Send + Sync + 'static {
    /// What the person is shown, and what their approval is for. Every member of the value belongs in it: shown with
    /// [`Intent::line`], or bound unseen with [`Intent::bind`]. A member that is in neither may differ between what was
    /// approved and what runs.
    fn describe(&self) -> Intent;
}

/// What a reader has found in a request: the operation, and the value for the handler where there is one.
pub struct Reading {
    intent: Intent,
    value: Option<Arc<dyn Any + Send + Sync>>,
}

/// The operation of a request that was let in, on its way to the handler. Adapters put it into the request's extensions;
/// the extractor `Approved` of an adapter takes it from there.
///
/// A gate for typed operations hands the request on with an empty body: the handler has nothing but this value to run. The
/// approval is spent with the taking of it. So a handler takes it when nothing can refuse the request any more, and begins:
///
/// | the value | the answer | the approval | what goes out |
/// |---|---|---|---|
/// | is taken | any | is spent | the answer |
/// | stays | 400 or above: something in front of the handler has refused | stands, and the value can no longer be taken | the answer |
/// | stays | below 400: a handler ran that was not given the operation | is spent | 500, and the log says why |
/// | stays | none: the client has gone, or a time limit of the host was reached | stands, a moment later | nothing |
///
/// Where the store cannot give the approval back, it is spent.
#[derive(Clone)]
pub struct ApprovedValue {
    value: Arc<dyn Any + Send + Sync>,
    handover: Arc<Handover>,
}

impl Reading {
    /// An operation that the handler reads by itself, from the same request, whose body the gate hands on as it came.
    pub fn of(intent: Intent) -> Self {
        Self { intent, value: None }
    }

    /// An operation whose value the handler gets; the gate hands the request on with an empty body.
    pub fn typed(value: impl Operation) -> Self {
        Self { intent: value.describe(), value: Some(Arc::new(value)) }
    }

    pub(super) fn intent(&self) -> &Intent {
        &self.intent
    }

    pub(super) fn into_value(self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.value
    }
}

impl ApprovedValue {
    pub(super) fn new(value: Arc<dyn Any + Send + Sync>, permit: Permit) -> Self {
        Self { value, handover: Arc::new(Handover::new(permit)) }
    }

    /// The operation of a request, where the gate has read one of this type. For extractors of adapters; from
    /// then on its approval is spent.
    pub fn take<T: Operation>(extensions: &Extensions) -> Option<Arc<T>> {
        extensions.get::<Self>()?.downcast()
    }

    /// The operation, if it is of this type, and its approval was not given back. From then on the approval is spent.
    pub fn downcast<T: Operation>(&self) -> Option<Arc<T>> {
        let value = Arc::clone(&self.value).downcast().ok()?;
        self.handover.take().then_some(value)
    }

    /// Settles what becomes of an approval that no handler has taken, once the request is answered. Answers what goes out
    /// instead of that answer, if anything. Adapters call it before they answer.
    pub async fn settle(&self, answered: StatusCode) -> Option<Problem> {
        if answered.is_client_error() || answered.is_server_error() {
            self.handover.give_back().await;
            return None;
        }
        self.handover.forfeit()
    }

    /// Whether a handler has taken the operation.
    pub fn is_taken(&self) -> bool {
        self.handover.is_taken()
    }
}

impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("intent", &self.intent).finish_non_exhaustive()
    }
}

impl fmt::Debug for ApprovedValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApprovedValue").field("is_taken", &self.is_taken()).finish_non_exhaustive()
    }
}
