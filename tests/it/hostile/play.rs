use std::net::SocketAddr;
use std::sync::Arc;

use biometry_gate_testkit::{Answer, Wire};
use bytes::Bytes;

use super::arena::{Arena, Round};
use super::case::{Case, Connection, Outcome};
use super::http2;
use crate::harness::Host;

/// How a body is put on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// HTTP/1.1 with `Content-Length`.
    Length,
    /// HTTP/1.1 in chunks.
    Chunked,
    /// HTTP/2 in data frames.
    Http2,
}

/// Plays every case on every framing, one after the other.
pub(super) async fn play_all<H: Host>(cases: Vec<Case>) {
    let mut plays = Plays::open::<H>().await;
    for framing in [Framing::Length, Framing::Chunked, Framing::Http2] {
        for case in cases.clone() {
            let name = format!("{} ({framing:?})", case.name);
            plays.play::<H, _>(name, |arena| play(arena, case, framing)).await;
        }
    }
    plays.finish();
}

/// Cases that are played one after the other in the same arena.
pub(super) struct Plays {
    arena: Arc<Arena>,
    failed: Vec<String>,
}

impl Plays {
    pub(super) async fn open<H: Host>() -> Self {
        Self { arena: Arc::new(Arena::open::<H>().await), failed: Vec::new() }
    }

    /// Plays one case. Where it fails, what it leaves behind is not the next one's concern.
    pub(super) async fn play<H: Host, F>(&mut self, name: String, play: impl FnOnce(Arc<Arena>) -> F)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        if tokio::spawn(play(Arc::clone(&self.arena))).await.is_err() {
            self.failed.push(name);
            self.arena = Arc::new(Arena::open::<H>().await);
        }
    }

    /// Names all that did not end as they had to.
    pub(super) fn finish(self) {
        assert!(self.failed.is_empty(), "{} cases failed: {:#?}", self.failed.len(), self.failed);
    }
}

async fn play(arena: Arc<Arena>, case: Case, framing: Framing) {
    let round = arena.begin().await;
    let body = round.filling(&case.file).fill(&case.body);
    let fields = fields(&round, &case);
    match framing {
        Framing::Length | Framing::Chunked => over_http1(&round, &case, &fields, &body, framing).await,
        Framing::Http2 => {
            let answer = http2::exchange(arena.address(), &fields, pieces(&body)).await;
            check_answer(&answer, case.outcome);
        }
    }
    round.check_traces(case.outcome, &case.file).await;
}

async fn over_http1(
    round: &Round<'_>,
    case: &Case,
    fields: &[(String, Vec<u8>)],
    body: &Bytes,
    framing: Framing,
) {
    let mut wire = Wire::connect(round.arena.address()).await;
    wire.send(serialize(round.arena.address(), fields, body, framing)).await;
    let answer = wire.answer().await;
    check_answer(&answer, case.outcome);
    match case.outcome {
        Outcome::Refused { connection: Connection::Closed, .. } => {
            assert_eq!(answer.header("connection"), Some("close"));
            assert!(wire.is_closed().await, "nothing comes behind the answer");
        }
        _ => {
            round.state_over(&mut wire).await.granted();
        }
    }
}

pub(super) fn check_answer(answer: &Answer, outcome: Outcome) {
    match outcome {
        Outcome::Taken { .. } => assert_eq!(answer.granted()["scoring_result"], "pass"),
        Outcome::Refused { status, code, .. } => drop(answer.problem_as(status, code)),
    }
}

/// The fields of the head that are not about the body's length.
fn fields(round: &Round<'_>, case: &Case) -> Vec<(String, Vec<u8>)> {
    let fill = |value: &str| {
        let value = value.replace("{host}", &round.arena.address().to_string());
        let value = value.replace("{session}", &round.challenge.session);
        value.replace("{subject}", &round.arena.member.email).into_bytes()
    };
    let own = [("cookie", round.arena.cookie()), ("x-session-id", round.challenge.session.clone())];
    let own = own.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
    let types = case.content_types.iter().map(|value| ("content-type".to_owned(), value.clone()));
    let further = case.headers.iter().map(|(name, value)| (name.to_lowercase(), fill(value)));
    own.chain(types).chain(further).collect()
}

fn serialize(host: SocketAddr, fields: &[(String, Vec<u8>)], body: &Bytes, framing: Framing) -> Vec<u8> {
    let mut request = format!("POST /biometry/verify HTTP/1.1\r\nHost: {host}\r\n").into_bytes();
    for (name, value) in fields {
        request.extend_from_slice(&[name.as_bytes(), b": ", value, b"\r\n"].concat());
    }
    match framing {
        Framing::Chunked => {
            request.extend_from_slice(b"Transfer-Encoding: chunked\r\n\r\n");
            for piece in pieces(body) {
                request.extend_from_slice(
                    &[format!("{:x}\r\n", piece.len()).as_bytes(), &piece, b"\r\n"].concat(),
                );
            }
            request.extend_from_slice(b"0\r\n\r\n");
        }
        Framing::Length | Framing::Http2 => {
            request.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
            request.extend_from_slice(body);
        }
    }
    request
}

/// The body in pieces that have nothing to do with its lines.
fn pieces(body: &Bytes) -> Vec<Bytes> {
    (0..body.len()).step_by(PIECE).map(|at| body.slice(at..body.len().min(at + PIECE))).collect()
}

const PIECE: usize = 97;
