//! One upload on its way from the client to the platform.

use std::pin::pin;
use std::time::{Duration, SystemTime};

use biometry_client::{Body, Reply, Upload};
use http::HeaderValue;
use tokio::time::Instant;
use tracing::Instrument as _;

use super::error::UploadError;
use super::flow::{Begun, UploadFlow};
use super::rules::Rules;
use super::sender::Sender;
use super::{Arrival, paced};
use crate::capture::{
    CaptureError, CaptureErrorKind, FileBody, Incoming, NextFile, Opened, OpenedFile, Progress,
};
use crate::engine::{Asking, Cadence, Engine, PlatformFailure, Tasks, note_failure};

/// The files of an upload, as they come.
pub(crate) struct Files {
    pub(super) first: OpenedFile,
    pub(super) next: Option<NextFile>,
    /// What reading takes at least, where nothing else may show.
    cadence: Option<Cadence>,
}

/// The platform's reply to an upload that arrived whole.
pub(crate) struct Relayed<T> {
    pub(super) reply: Reply<T>,
    /// When the last byte had arrived.
    pub(super) uploaded_at: SystemTime,
    /// How long after that the reply came.
    took: Duration,
}

/// Relays an upload while it arrives, in the call that its flow makes.
pub(super) async fn relay<F: UploadFlow>(
    flow: &F,
    sender: &Sender,
    begun: &Begun<F::State>,
    arrival: Arrival,
) -> Result<Relayed<F::Answer>, UploadError> {
    let rules = begun.rules.clone();
    if begun.is_withheld {
        let read = swallow(arrival, rules, begun.cadence).await;
        let _ = begun.read_at.set(Instant::now());
        return read.map_err(UploadError::Capture).and(Err(UploadError::Withheld));
    }
    let Opened { file, next, progress, recall } =
        Incoming::open(arrival.head, arrival.body, Box::new(rules)).await?;
    // Boxed, so that an upload holds the call's state once.
    let files = Files { first: file, next, cadence: begun.cadence };
    let span = tracing::info_span!("biometry_gate.platform", asking = Asking::Upload.as_str());
    let call = Box::pin(span.in_scope(|| flow.ask(sender, &begun.state, files))?);
    let supervised = supervise(&sender.engine, call, &progress).instrument(span).await;
    if F::HEARS_OUT {
        let _ = progress.settled().await;
    }
    sender.engine.meters.relayed(progress.file_bytes());
    let _ = begun.read_at.set(supervised.complete_since.unwrap_or_else(Instant::now));
    if let Ok(project) = sender.project() {
        project.latency.taken(progress.file_bytes(), progress.waited_for_taker());
    }
    let outcome = outcome(supervised, &progress);
    learn(flow, sender, &outcome);
    recall.give_up();
    outcome
}

/// Reports to the flow how long the platform took, and to the audit trail why there is no reply.
fn learn<F: UploadFlow>(flow: &F, sender: &Sender, outcome: &Result<Relayed<F::Answer>, UploadError>) {
    let took = match outcome {
        Ok(relayed) => Ok(relayed.took),
        Err(UploadError::Platform(failure)) => Err(*failure),
        Err(_) => return,
    };
    match took {
        Ok(took) => sender.engine.meters.answered(Asking::Upload, took),
        Err(failure) => sender.engine.meters.unanswered(Asking::Upload, failure),
    }
    if let Err(failure) = took {
        note_failure(&sender.engine, &sender.principal, F::UNANSWERED, failure);
    }
    if let Ok(project) = sender.project() {
        flow.observe(project, took);
    }
}

/// A file as the platform gets it: its bytes, and what they say it is.
pub(super) fn upload(file: OpenedFile) -> Upload {
    upload_as(file, Body::new)
}

/// A file as the platform gets it that is read at its own pace, and to its end whatever the platform does.
pub(crate) fn upload_paced(files: Files, tasks: &Tasks) -> Upload {
    let Files { first, cadence, .. } = files;
    let mebibyte = cadence.map_or(Duration::ZERO, |cadence| cadence.mebibyte);
    upload_as(first, |file| Body::new(paced::relay(file, mebibyte, tasks)))
}

/// [`upload`], with a say in what its bytes go through.
pub(super) fn upload_as(file: OpenedFile, wrap: impl FnOnce(FileBody) -> Body) -> Upload {
    Upload::new(HeaderValue::from_static(file.content_type), file.extension, wrap(file.body))
}

/// Reads an upload to its end and drops it.
async fn swallow(arrival: Arrival, rules: Rules, cadence: Option<Cadence>) -> Result<(), CaptureError> {
    let file = Incoming::open(arrival.head, arrival.body, Box::new(rules)).await?.file.body;
    match cadence {
        Some(cadence) => paced::read(file, cadence.mebibyte, None).await,
        None => paced::read(file, Duration::ZERO, None).await,
    }
}

/// What came of the call, and when the upload was complete where it was.
struct Supervised<T> {
    reply: Result<Reply<T>, PlatformFailure>,
    complete_at: Option<SystemTime>,
    complete_since: Option<Instant>,
    /// How long after the last byte the reply came; `None` where it came before.
    took: Option<Duration>,
}

/// Waits for the upload to be complete, and then for the verdict for as long as the platform may take.
///
/// Until then the upload's own limits rule: they know which side is the slow one.
async fn supervise<T>(
    engine: &Engine,
    call: impl Future<Output = Result<Reply<T>, biometry_client::Error>>,
    progress: &Progress,
) -> Supervised<T> {
    let patience = engine.settings.platform_timeout;
    let mut call = pin!(call);
    let mut settled = pin!(progress.settled());
    let mut verdict_due = pin!(tokio::time::sleep(patience));
    let mut complete_at = None;
    let mut complete_since: Option<Instant> = None;
    let took = |since: Option<Instant>| since.map(|since| since.elapsed());
    loop {
        tokio::select! {
            biased;
            reply = &mut call => {
                // The last byte and the reply may come in one turn.
                let complete_at = complete_at.or_else(|| progress.is_complete().then(|| engine.now()));
                let reply = reply.map_err(|error| {
                    tracing::debug!(kind = ?error.kind(), "the platform did not judge");
                    PlatformFailure::from(&error)
                });
                return Supervised { reply, complete_at, complete_since, took: took(complete_since) };
            }
            outcome = &mut settled, if complete_at.is_none() => {
                if outcome.is_err() {
                    return Supervised { reply: Err(PlatformFailure::Timeout), complete_at, complete_since, took: None };
                }
                complete_since = Some(Instant::now());
                complete_at = Some(engine.now());
                verdict_due.as_mut().reset(Instant::now() + patience);
            }
            () = &mut verdict_due, if complete_at.is_some() => {
                return Supervised { reply: Err(PlatformFailure::Timeout), complete_at, complete_since, took: None };
            }
        }
    }
}

/// A reply counts only for an upload that arrived whole; what the client did wrong is not the platform's fault.
fn outcome<T>(supervised: Supervised<T>, progress: &Progress) -> Result<Relayed<T>, UploadError> {
    let Supervised { reply, complete_at, took, .. } = supervised;
    let failure = match (reply, complete_at, progress.failure()) {
        (_, _, Some(error)) if error.kind() == CaptureErrorKind::Stalled => PlatformFailure::Timeout,
        // The platform stopped taking the upload, which says nothing about the client.
        (reply, _, Some(error)) if error.kind() == CaptureErrorKind::Abandoned => {
            reply.err().unwrap_or(PlatformFailure::Nonsense)
        }
        (_, _, Some(error)) => return Err(UploadError::Capture(error)),
        (Ok(reply), Some(uploaded_at), None) => {
            return Ok(Relayed { reply, uploaded_at, took: took.unwrap_or_default() });
        }
        // An answer before the last byte can be no judgement of the whole.
        (Ok(_), None, None) => PlatformFailure::Nonsense,
        (Err(failure), _, None) => failure,
    };
    Err(UploadError::Platform(failure))
}
