//! What is particular to one kind of upload.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use biometry_client::{Error, Reply};
use tokio::time::{Instant, sleep_until};

use super::PlatformReply;
use super::claim::Claim;
use super::error::UploadError;
use super::relay::{Files, Relayed};
use super::rules::Rules;
use super::sender::Sender;
use crate::audit::{Event, EventKind};
use crate::engine::{Cadence, OpenProject, PlatformFailure, doubled};

/// One kind of upload, in the order of events: it begins, asks the platform, concludes from the reply and settles.
pub(crate) trait UploadFlow: Send + Sync + 'static {
    /// What it knows from its beginning on.
    type State: Send + Sync;
    /// What the platform answers.
    type Answer: Send;
    /// What follows from the answer.
    type Conclusion: Send;
    /// What the route gets to know.
    type Outcome: Send + 'static;

    /// The audit event of an upload that is admitted, where there is one.
    const ADMITTED: Option<EventKind>;
    /// The audit event of an upload to which the platform gives no usable answer.
    const UNANSWERED: EventKind;

    /// Whether an upload is read to its end even where the platform has answered before.
    const HEARS_OUT: bool = false;

    /// Makes sure of consent, and claims the upload in the store.
    fn begin(&self, sender: &Sender) -> impl Future<Output = Result<Begun<Self::State>, UploadError>> + Send;

    /// The call to the platform, with the files as they come.
    fn ask(
        &self,
        sender: &Sender,
        state: &Self::State,
        files: Files,
    ) -> Result<impl Future<Output = Result<Reply<Self::Answer>, Error>> + Send, UploadError>;

    /// Learns how long the platform took over a complete upload, or why it gave no answer.
    fn observe(&self, project: &OpenProject, took: Result<Duration, PlatformFailure>) {
        let _ = (project, took);
    }

    /// What follows from the reply. It counts only once the audit trail has taken it.
    fn conclude(
        &self,
        sender: &Sender,
        state: &Self::State,
        relayed: Relayed<Self::Answer>,
    ) -> Concluded<Self::Conclusion>;

    /// Waits until the conclusion may become known, and keeps what counts even where the audit trail does not take it;
    /// nothing by default.
    fn remember(
        &self,
        sender: &Sender,
        begun: &Begun<Self::State>,
        conclusion: &Self::Conclusion,
    ) -> impl Future<Output = Result<(), UploadError>> + Send {
        let _ = (sender, begun, conclusion);
        std::future::ready(Ok(()))
    }

    /// Keeps the conclusion in the store, in one step with giving the claim back.
    fn settle(
        &self,
        sender: &Sender,
        begun: &mut Begun<Self::State>,
        conclusion: Self::Conclusion,
    ) -> impl Future<Output = Result<Self::Outcome, UploadError>> + Send;

    /// Changes what the client gets to see of all this, failures included; nothing by default.
    fn conceal(
        &self,
        sender: &Sender,
        begun: &mut Begun<Self::State>,
        settled: Result<PlatformReply<Self::Outcome>, UploadError>,
    ) -> impl Future<Output = Result<PlatformReply<Self::Outcome>, UploadError>> + Send {
        let _ = (sender, begun);
        std::future::ready(settled)
    }

    /// An audit event of this upload.
    fn event(&self, sender: &Sender, state: &Self::State, kind: EventKind) -> Event {
        let _ = state;
        sender.event(kind)
    }
}

/// An upload that has begun.
pub(crate) struct Begun<T> {
    pub(crate) claim: Claim,
    pub(crate) state: T,
    /// What its text fields may say.
    pub(super) rules: Rules,
    /// Whether it is read to its end without being sent to the platform.
    pub(super) is_withheld: bool,
    /// What it takes at least, where nothing else may show.
    pub(super) cadence: Option<Cadence>,
    /// When it had been read to its end, or its reading had ended otherwise.
    pub(super) read_at: OnceLock<Instant>,
}

/// A conclusion on its way to the audit trail.
pub(crate) struct Concluded<T> {
    pub(crate) conclusion: T,
    pub(crate) kind: EventKind,
    pub(crate) reason: Cow<'static, str>,
    /// What of it wants an event of its own, because it may be an attack.
    pub(crate) signals: Vec<EventKind>,
}

impl<T> Begun<T> {
    pub(super) fn new(claim: Claim, rules: Rules, state: T) -> Self {
        let (cadence, read_at) = (None, OnceLock::new());
        Self { claim, state, rules, is_withheld: false, cadence, read_at }
    }

    /// Keeps the upload from the platform: it is read, dropped, and ends as [`UploadError::Withheld`].
    pub(crate) fn withheld(self) -> Self {
        Self { is_withheld: true, ..self }
    }

    /// Has everything take as long as this says.
    pub(crate) fn at(self, cadence: Cadence) -> Self {
        Self { cadence: Some(cadence), ..self }
    }

    /// Waits until the time for a verdict has come, where there is one.
    pub(crate) async fn verdict_is_due(&self) {
        if let (Some(cadence), Some(read_at)) = (self.cadence, self.read_at.get()) {
            sleep_until(*read_at + doubled(cadence.verdict, read_at.elapsed())).await;
        }
    }
}

impl<T> Concluded<T> {
    pub(super) fn new(conclusion: T, kind: EventKind, reason: impl Into<Cow<'static, str>>) -> Self {
        Self { conclusion, kind, reason: reason.into(), signals: Vec::new() }
    }
}
