//! What a sandbox behind a host has seen.

use biometry_sandbox::{Entry, Operation, Sandbox};
use bytes::Bytes;

use super::person::{Challenge, Person, capture};
use crate::upload::Upload;

/// What the platform has seen of one operation.
#[must_use]
pub fn seen(sandbox: &Sandbox, operation: Operation) -> Vec<Entry> {
    sandbox.journal().into_iter().filter(|entry| entry.operation == Some(operation)).collect()
}

/// How many captures the platform has seen whole.
#[must_use]
pub fn captures(sandbox: &Sandbox) -> usize {
    seen(sandbox, Operation::ProcessVideo).iter().filter(|entry| entry.complete).count()
}

/// Begins an upload and waits until the platform sees it. The rest of the body is still to be sent.
///
/// # Panics
/// When the host does not read it, or the platform does not see it in time.
pub async fn begin_upload(sandbox: &Sandbox, person: &Person, challenge: &Challenge) -> (Upload, Bytes) {
    let before = seen(sandbox, Operation::ProcessVideo).len();
    let form = capture();
    let mut upload = person.upload(challenge).header("content-type", &form.content_type()).open();
    let mut bytes = form.bytes();
    let start = bytes.split_to(bytes.len() - 1);
    assert!(upload.send(start).await, "the host reads the upload");
    let arrives = |seen: &[Entry]| {
        let videos = seen.iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo));
        videos.skip(before).any(|entry| entry.body_bytes > 0)
    };
    sandbox.journal_when(arrives).await.expect("the platform sees the capture");
    (upload, bytes)
}
