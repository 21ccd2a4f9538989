use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};

use actix_http::error::PayloadError;
use actix_http::{Payload, Request, h1};
use actix_web::body::{BodySize, MessageBody};
use bytes::Bytes;
use futures_core::Stream;
use pin_project_lite::pin_project;

use super::go_ahead::GoAhead;

/// A request's body, or what is left of it. Clones are the same.
///
/// actix reads an abandoned body to its end, however far away that is. One that is still there ends the
/// connection behind the answer instead, as it should.
#[derive(Clone)]
pub(super) struct Rest(Rc<Shared>);

struct Shared {
    payload: RefCell<h1::Payload>,
    is_over: Cell<bool>,
    /// Where the client holds the body back until it is asked for.
    go_ahead: Option<GoAhead>,
}

impl Rest {
    /// Takes the place of a request's body, where it has one and comes over HTTP/1.
    pub(super) fn of(request: &mut Request, go_ahead: Option<GoAhead>) -> Option<Self> {
        match request.take_payload() {
            Payload::H1 { payload } => {
                let (payload, is_over) = (RefCell::new(payload), Cell::new(false));
                let rest = Self(Rc::new(Shared { payload, is_over, go_ahead }));
                *request.payload() = Payload::Stream { payload: Box::pin(rest.clone()) };
                Some(rest)
            }
            other => {
                *request.payload() = other;
                None
            }
        }
    }

    pub(super) fn is_over(&self) -> bool {
        self.0.is_over.get()
    }
}

impl Stream for Rest {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over() {
            return Poll::Ready(None);
        }
        if let Some(go_ahead) = &self.0.go_ahead {
            go_ahead.ask();
        }
        let item = ready!(Pin::new(&mut *self.0.payload.borrow_mut()).poll_next(cx));
        self.0.is_over.set(!matches!(item, Some(Ok(_))));
        Poll::Ready(item)
    }
}

pin_project! {
    /// An answer's body, which keeps the rest of its request until it is sent.
    pub(super) struct WithRest<B> {
        #[pin]
        body: B,
        rest: Option<Rest>,
    }
}

impl<B> WithRest<B> {
    pub(super) fn new(body: B, rest: Option<Rest>) -> Self {
        Self { body, rest: rest.filter(|rest| !rest.is_over()) }
    }
}

impl<B: MessageBody> MessageBody for WithRest<B> {
    type Error = B::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Bytes, Self::Error>>> {
        self.project().body.poll_next(cx)
    }
}
