//! Two live keys, so that one can be revoked while calls go on.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Request, Response};
use http_body_util::BodyExt as _;

use super::{Transport, TransportError};
use crate::response::failure;
use crate::{ApiKey, Body, ErrorKind};

/// A transport that knows several keys of one project and turns to the next when the platform does not accept one.
///
/// For rotating keys without an interruption: run with the new key and the old one, revoke the old one, and drop it at
/// the next occasion. The platform's keys never expire by themselves (integration guide, "Authentication").
///
/// A call whose body is in memory is made again with the next key at once: a key that is not accepted kept the platform
/// from doing anything. An upload is not, since its stream is consumed; when the caller sends it again, the other key is used.
/// Where no key is accepted, the platform's answer is handed on, and every key gets its turn again.
#[derive(Debug)]
pub(crate) struct KeyRing<T> {
    inner: T,
    keys: Vec<ApiKey>,
    turns: Arc<Turns>,
}

/// Whose turn it is, for those who want to know which key is meant.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    /// Counts up: which key is in use, and how often one was given up.
    turn: AtomicUsize,
    /// The turn after the one that was given up last; 0 where none was.
    after_given_up: AtomicUsize,
}

impl Turns {
    /// The place of the key in use, of so many.
    pub(crate) fn in_use(&self, keys: usize) -> usize {
        self.turn.load(Relaxed) % keys
    }

    /// The place of the key that was given up last.
    pub(crate) fn given_up(&self, keys: usize) -> Option<usize> {
        self.after_given_up.load(Relaxed).checked_sub(1).map(|turn| turn % keys)
    }
}

impl<T: Transport> KeyRing<T> {
    /// Calls with `keys` in this order. There has to be one.
    pub(crate) fn new(inner: T, keys: Vec<ApiKey>, turns: Arc<Turns>) -> Self {
        Self { inner, keys, turns }
    }

    fn key(&self, turn: usize) -> &ApiKey {
        &self.keys[turn % self.keys.len()]
    }

    /// Gives the key of this turn up, unless another call just did.
    fn give_up(&self, turn: usize) {
        let id = self.key(turn).claims().id();
        tracing::error!(key_id = id, "the platform does not accept an api key: it may have been revoked");
        let next = turn.wrapping_add(1);
        self.turns.after_given_up.store(next, Relaxed);
        let _ = self.turns.turn.compare_exchange(turn, next, Relaxed, Relaxed);
    }

    async fn send_with(&self, turn: usize, mut request: Request<Body>) -> Result<Outcome, TransportError> {
        request.headers_mut().insert(AUTHORIZATION, self.key(turn).authorization());
        let outcome = judge(self.inner.send(request).await?).await;
        if matches!(outcome, Outcome::KeyRejected(_)) {
            self.give_up(turn);
        }
        Ok(outcome)
    }
}

#[async_trait]
impl<T: Transport> Transport for KeyRing<T> {
    async fn send(&self, request: Request<Body>) -> Result<Response<Body>, TransportError> {
        let turn = self.turns.turn.load(Relaxed);
        let (head, body) = request.into_parts();
        let bytes = match body.into_bytes() {
            Ok(bytes) => bytes,
            Err(upload) => {
                return Ok(self.send_with(turn, Request::from_parts(head, upload)).await?.into_answer());
            }
        };
        let mut last = None;
        for turn in (0..self.keys.len()).map(|n| turn.wrapping_add(n)) {
            let request = Request::from_parts(head.clone(), Body::from_bytes(bytes.clone()));
            match self.send_with(turn, request).await? {
                Outcome::Answered(answer) => return Ok(answer),
                Outcome::KeyRejected(answer) => last = Some(answer),
            }
        }
        last.ok_or_else(|| TransportError::not_sent(super::TransportErrorKind::Setup))
    }
}

enum Outcome {
    Answered(Response<Body>),
    KeyRejected(Response<Body>),
}

impl Outcome {
    fn into_answer(self) -> Response<Body> {
        match self {
            Self::Answered(answer) | Self::KeyRejected(answer) => answer,
        }
    }
}

/// Whether a failing answer is about the key, which only its text may say. A text that breaks off or is too long for one
/// says nothing.
async fn judge(answer: Response<Body>) -> Outcome {
    if !answer.status().is_client_error() && !answer.status().is_server_error() {
        return Outcome::Answered(answer);
    }
    let (mut head, body) = answer.into_parts();
    let text = read_text(body).await;
    let kind = failure::classify(head.status, &failure::read_texts(&text), false);
    // The body is whole now, however it was framed.
    head.headers.remove(CONTENT_LENGTH);
    head.headers.remove(TRANSFER_ENCODING);
    let answer = Response::from_parts(head, Body::from_bytes(text));
    if kind == ErrorKind::KeyRejected { Outcome::KeyRejected(answer) } else { Outcome::Answered(answer) }
}

async fn read_text(mut body: Body) -> Bytes {
    let mut text = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let Ok(frame) = frame else { return Bytes::new() };
        let Ok(data) = frame.into_data() else { continue };
        if text.len() + data.len() > LONGEST_TEXT {
            return Bytes::new();
        }
        text.extend_from_slice(&data);
    }
    text.freeze()
}

const LONGEST_TEXT: usize = 64 * 1024;
