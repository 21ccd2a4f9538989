//! Faults: ways to make the platform misbehave on demand.

mod book;

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::Value;

use crate::operation::Operation;

pub(crate) use book::FaultBook;

/// Something that goes wrong with the requests it applies to, until [cleared](crate::Sandbox::clear_faults) or used up.
///
/// By default it applies every time and does nothing; the last of the effects wins, a [`delay`](Self::delay) comes on
/// top. Faults apply in the order in which they were added: a request takes the first that fits. They do not apply to
/// requests that are refused for their key, name or session, except for effects before the body is read.
#[derive(Debug, Clone)]
#[must_use = "a fault does nothing until it is given to a sandbox"]
pub struct Fault {
    operation: Option<Operation>,
    user: Option<String>,
    skip: u32,
    times: Option<u32>,
    incident: Incident,
}

/// What happens to one request.
#[derive(Debug, Clone)]
pub(crate) struct Incident {
    pub(crate) delay: Duration,
    pub(crate) effect: Effect,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    Nothing,
    Status(StatusCode, Value),
    Body(Bytes),
    CutBeforeReply,
    CutAfterHeaders,
    CutWhileReading(u64),
    Hang,
    EarlyReply(StatusCode),
    StopReading,
}

impl Incident {
    pub(crate) const NONE: Self = Self { delay: Duration::ZERO, effect: Effect::Nothing };
}

impl Fault {
    /// A fault of one operation.
    pub fn on(operation: Operation) -> Self {
        Self { operation: Some(operation), ..Self::anywhere() }
    }

    /// A fault of every operation.
    pub fn anywhere() -> Self {
        Self { operation: None, user: None, skip: 0, times: None, incident: Incident::NONE }
    }

    /// Only for requests with this full name in `X-User-Fullname` or the query. In version 2, where the name comes
    /// with the body, that is none.
    pub fn for_user(mut self, user: impl Into<String>) -> Self {
        self.user = Some(user.into());
        self
    }

    /// Applies this many times, then never again.
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Lets this many requests that would fit go by first.
    pub fn after(mut self, requests: u32) -> Self {
        self.skip = requests;
        self
    }

    /// Waits this long, after the body was read and before anything is answered.
    pub fn delay(mut self, delay: Duration) -> Self {
        self.incident.delay = delay;
        self
    }

    /// Reads the body, does nothing with it and answers this.
    ///
    /// # Panics
    /// If `status` is no HTTP status (100 to 999).
    pub fn status(self, status: u16, body: Value) -> Self {
        self.effect(Effect::Status(parse_status(status), body))
    }

    /// Does what was asked and answers 200 with these bytes as JSON, whatever they are.
    pub fn malformed_body(self, body: impl Into<Bytes>) -> Self {
        self.effect(Effect::Body(body.into()))
    }

    /// Does what was asked and cuts the connection instead of answering.
    pub fn cut_before_reply(self) -> Self {
        self.effect(Effect::CutBeforeReply)
    }

    /// Does what was asked and cuts the connection in the middle of the reply's body.
    pub fn cut_after_headers(self) -> Self {
        self.effect(Effect::CutAfterHeaders)
    }

    /// Cuts the connection once more than this many bytes of an upload's body were read.
    pub fn cut_while_reading(self, after_bytes: u64) -> Self {
        self.effect(Effect::CutWhileReading(after_bytes))
    }

    /// Does what was asked and never answers.
    pub fn hang(self) -> Self {
        self.effect(Effect::Hang)
    }

    /// Answers this before the body was read, and before key, name and session are looked at.
    ///
    /// # Panics
    /// If `status` is no HTTP status (100 to 999).
    pub fn early_reply(self, status: u16) -> Self {
        self.effect(Effect::EarlyReply(parse_status(status)))
    }

    /// Reads nothing of the body and never answers.
    pub fn stop_reading(self) -> Self {
        self.effect(Effect::StopReading)
    }

    fn effect(mut self, effect: Effect) -> Self {
        self.incident.effect = effect;
        self
    }
}

fn parse_status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("an HTTP status has three digits")
}
