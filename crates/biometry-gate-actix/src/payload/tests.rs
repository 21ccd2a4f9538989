use std::cell::Cell;
use std::rc::Rc;

use actix_web::error::PayloadError;
use actix_web::rt::System;
use futures_core::Stream;
use http_body_util::BodyExt as _;

use super::*;

/// A payload that gives chunks, always at once, and says how many were taken.
struct Source {
    chunks: Box<dyn Iterator<Item = Result<Bytes, PayloadError>>>,
    taken: Rc<Cell<usize>>,
}

impl Stream for Source {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.taken.set(self.taken.get() + 1);
        Poll::Ready(self.chunks.next())
    }
}

fn payload(
    chunks: impl IntoIterator<Item = Result<Bytes, PayloadError>, IntoIter: 'static>,
) -> (Payload, Rc<Cell<usize>>) {
    let taken = Rc::default();
    let source = Source { chunks: Box::new(chunks.into_iter()), taken: Rc::clone(&taken) };
    (Payload::Stream { payload: Box::pin(source) }, taken)
}

fn chunk() -> Result<Bytes, PayloadError> {
    Ok(Bytes::from_static(b"0123456789"))
}

#[test]
fn a_payload_arrives_whole_and_ends() {
    System::new().block_on(async {
        let (payload, _) = payload((0..100).map(|_| chunk()));
        let (body, _pump) = pump(payload, false);
        assert_eq!(body.collect().await.unwrap().to_bytes().len(), 1000);
    });
}

#[test]
fn no_payload_is_an_empty_body() {
    let (mut body, _pump) = pump(Payload::None, false);
    assert!(body.is_end_stream());
    System::new().block_on(async { assert!(body.frame().await.is_none()) });
}

#[test]
fn a_payload_that_breaks_off_never_ends() {
    System::new().block_on(async {
        let (payload, _) = payload([chunk(), Err(PayloadError::Incomplete(None))]);
        let (mut body, _pump) = pump(payload, false);
        assert!(body.frame().await.unwrap().is_ok());
        for _ in 0..3 {
            assert!(body.frame().await.unwrap().is_err() && !body.is_end_stream());
        }
    });
}

#[test]
fn a_thread_that_goes_away_breaks_the_body_off() {
    let mut body = System::new().block_on(async { pump(payload((0..100).map(|_| chunk())).0, false).0 });
    System::new().block_on(async {
        let mut last = body.frame().await.expect("no end");
        while last.is_ok() {
            last = body.frame().await.expect("no end");
        }
    });
}

#[test]
fn nothing_is_read_ahead_of_a_reader_that_does_not_read() {
    System::new().block_on(async {
        let (payload, taken) = payload((0..100).map(|_| chunk()));
        let (mut body, _pump) = pump(payload, false);
        for read in 0..50 {
            for _ in 0..10 {
                tokio::task::yield_now().await;
            }
            assert_eq!(taken.get(), if read == 0 { 0 } else { read + CHUNKS_AHEAD });
            assert!(body.frame().await.unwrap().is_ok());
        }
    });
}

#[test]
fn an_unread_body_is_dropped_up_to_a_bound() {
    for (chunks, asked) in [(1, 2), (1_000_000, MOST_DROPPED / 10 + 1)] {
        System::new().block_on(async {
            let (payload, taken) = payload((0..chunks).map(|_| chunk()));
            let (body, pump) = pump(payload, false);
            drop(body);
            pump.finish().await;
            assert_eq!(taken.get(), asked);
        });
    }
}

#[test]
fn what_is_held_back_is_not_asked_for_to_be_dropped() {
    System::new().block_on(async {
        let (payload, taken) = payload((0..100).map(|_| chunk()));
        let (body, pump) = pump(payload, true);
        drop(body);
        pump.finish().await;
        assert_eq!(taken.get(), 0);
    });
}
