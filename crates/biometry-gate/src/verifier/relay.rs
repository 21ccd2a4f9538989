//! One capture on its way from the caller to the platform.

use std::pin::pin;
use std::time::SystemTime;

use biometry_client::{Body, ProcessVideo, Reply, Upload, UserFullname, Verification};
use http::HeaderValue;
use http_body_util::BodyExt as _;
use tokio::time::Instant;

use super::error::{PlatformFailure, VerifyError};
use super::platform::note_failure;
use crate::capture::{
    CaptureError, CaptureErrorKind, Head, Incoming, Opened, Progress, RequestBody, TextFields,
};
use crate::gate::Engine;
use crate::ledger::Begun;
use crate::phrase::Phrase;
use crate::policy::Policy;
use crate::principal::{Principal, Subject};

/// Relays the capture while it arrives. Answers the platform's reply and when the capture was complete.
pub(super) async fn relay(
    engine: &Engine,
    owner: &Principal,
    begun: &Begun,
    policy: &Policy,
    head: Head,
    body: RequestBody,
) -> Result<(Reply<Verification>, SystemTime), VerifyError> {
    let Opened { container, body, progress, recall } =
        Incoming::open(head, body, rules(owner, begun)).await?;
    let video = Upload::new(
        HeaderValue::from_static(container.content_type()),
        container.extension(),
        Body::new(body),
    );
    // Boxed, so that an upload holds the call's state once.
    let client = &engine.project(owner)?.client;
    let call = Box::pin(client.process_video(process_video(engine, owner, begun, policy, video)?));
    let supervised = supervise(engine, call, &progress).await;
    let outcome = outcome(engine, owner, supervised, &progress);
    engine.tasks.spawn(recall.drain());
    outcome
}

/// Reads a capture to its end and lets go of it.
pub(super) async fn swallow(
    owner: &Principal,
    begun: &Begun,
    head: Head,
    body: RequestBody,
) -> Result<(), VerifyError> {
    let mut file = Incoming::open(head, body, rules(owner, begun)).await?.body;
    while let Some(frame) = file.frame().await {
        frame?;
    }
    Ok(())
}

fn rules(owner: &Principal, begun: &Begun) -> Box<Rules> {
    Box::new(Rules { phrase: begun.phrase.clone(), subject: owner.subject().clone() })
}

fn process_video(
    engine: &Engine,
    owner: &Principal,
    begun: &Begun,
    policy: &Policy,
    video: Upload,
) -> Result<ProcessVideo, VerifyError> {
    let user = UserFullname::parse(owner.subject().as_str()).map_err(|_| VerifyError::Interrupted)?;
    let settings = &engine.settings;
    let at_most = settings.capture.total() + settings.platform_timeout * 2;
    Ok(ProcessVideo::new(user, begun.phrase.as_str().to_owned(), video)
        .session(begun.session.platform_session.clone())
        .trigger(policy.purpose().trigger())
        .deadline(at_most))
}

/// What came of the call, and when the capture was complete where it was.
struct Supervised {
    reply: Result<Reply<Verification>, PlatformFailure>,
    complete_at: Option<SystemTime>,
}

/// Waits for the upload to be complete, and then for the verdict for as long as the platform may take.
///
/// Until then the upload's own limits rule: they know which side is the slow one.
async fn supervise(
    engine: &Engine,
    call: impl Future<Output = Result<Reply<Verification>, biometry_client::Error>>,
    progress: &Progress,
) -> Supervised {
    let patience = engine.settings.platform_timeout;
    let mut call = pin!(call);
    let mut settled = pin!(progress.settled());
    let mut verdict_due = pin!(tokio::time::sleep(patience));
    let mut complete_at = None;
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
                return Supervised { reply, complete_at };
            }
            outcome = &mut settled, if complete_at.is_none() => {
                if outcome.is_err() {
                    return Supervised { reply: Err(PlatformFailure::Timeout), complete_at };
                }
                complete_at = Some(engine.now());
                verdict_due.as_mut().reset(Instant::now() + patience);
            }
            () = &mut verdict_due, if complete_at.is_some() => {
                return Supervised { reply: Err(PlatformFailure::Timeout), complete_at };
            }
        }
    }
}

/// A reply counts only for a capture that arrived whole; what the caller did wrong is not the platform's fault.
fn outcome(
    engine: &Engine,
    owner: &Principal,
    supervised: Supervised,
    progress: &Progress,
) -> Result<(Reply<Verification>, SystemTime), VerifyError> {
    let failure = match (supervised.reply, supervised.complete_at, progress.failure()) {
        (_, _, Some(error)) if error.kind() == CaptureErrorKind::Stalled => PlatformFailure::Timeout,
        // The platform stopped taking the capture, which says nothing about the caller.
        (reply, _, Some(error)) if error.kind() == CaptureErrorKind::Abandoned => {
            reply.err().unwrap_or(PlatformFailure::Nonsense)
        }
        (_, _, Some(error)) => return Err(VerifyError::Capture(error)),
        (Ok(reply), Some(complete_at), None) => return Ok((reply, complete_at)),
        // An answer before the last byte can be no judgement of the whole.
        (Ok(_), None, None) => PlatformFailure::Nonsense,
        (Err(failure), _, None) => failure,
    };
    note_failure(engine, owner, failure);
    Err(VerifyError::Platform(failure))
}

/// What the text parts of an upload may say: what the server knows already.
struct Rules {
    phrase: Phrase,
    subject: Subject,
}

impl TextFields for Rules {
    fn accept(&mut self, name: &'static str, value: &str) -> Result<(), CaptureError> {
        match name {
            "phrase" if !self.phrase.is_said_by(value) => {
                Err(CaptureErrorKind::PhraseMismatch.because("the phrase is not the one that was issued"))
            }
            "userFullname" if value != self.subject.as_str() => {
                Err(CaptureErrorKind::SubjectConflict.because("the upload names another subject"))
            }
            _ => Ok(()),
        }
    }
}
