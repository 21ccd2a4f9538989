//! What stores warn of while they are opened.

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

/// Warnings of the gate's crates, to be listed among the findings.
#[derive(Clone, Debug, Default)]
pub(crate) struct Warnings(Arc<Mutex<Vec<String>>>);

impl Warnings {
    /// Listens from now on, for the whole process.
    pub(crate) fn listen() -> Self {
        let warnings = Self::default();
        // Another subscriber, in a test, means that there is nothing to hear.
        let _ = tracing_subscriber::registry().with(warnings.clone()).try_init();
        warnings
    }

    /// What was warned of so far.
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let metadata = event.metadata();
        let is_ours =
            metadata.target().starts_with("biometry_gate") && metadata.target() != "biometry_gate::audit";
        if is_ours && *metadata.level() <= Level::WARN {
            let mut text = Text::default();
            event.record(&mut text);
            self.0.lock().unwrap_or_else(PoisonError::into_inner).push(text.0);
        }
    }
}

/// The message alone: the finding says what it is about.
#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}
