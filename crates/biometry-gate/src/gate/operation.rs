//! Operations as values of the host's own types: the gate parses the request once, and the handler gets that very value.

use std::any::Any;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{Extensions, StatusCode};

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
/// gate replaces an answer below 500 with a 500, and logs why, where no handler has taken the value.
#[derive(Clone)]
pub struct ApprovedValue {
    value: Arc<dyn Any + Send + Sync>,
    is_taken: Arc<AtomicBool>,
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

    pub(super) fn into_approved(self) -> Option<ApprovedValue> {
        self.value.map(|value| ApprovedValue { value, is_taken: Arc::default() })
    }
}

impl ApprovedValue {
    /// The operation of a request, where the gate has read one of this type. For extractors of adapters; it counts as
    /// taken.
    pub fn take<T: Operation>(extensions: &Extensions) -> Option<Arc<T>> {
        extensions.get::<Self>()?.downcast()
    }

    /// The operation, if it is of this type. From then on it counts as taken.
    pub fn downcast<T: Operation>(&self) -> Option<Arc<T>> {
        let value = Arc::clone(&self.value).downcast().ok()?;
        self.is_taken.store(true, Ordering::Relaxed);
        Some(value)
    }

    /// The answer in place of that of a handler which has not taken the operation: whatever it ran, nothing says that the
    /// person has approved it.
    pub fn problem(&self, answered: StatusCode) -> Option<Problem> {
        let is_missed = !self.is_taken() && !answered.is_server_error();
        is_missed.then(|| {
            Problem::misconfigured(
                "the handler behind a gate for typed operations did not take its value: add the extractor `Approved` with \
                 the gate's type to it, in front of extractors that may refuse, and put layers that answer in the \
                 handler's place outside of the gate",
            )
        })
    }

    /// Whether a handler has taken the operation.
    pub fn is_taken(&self) -> bool {
        self.is_taken.load(Ordering::Relaxed)
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
