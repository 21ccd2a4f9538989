use std::sync::Arc;

use biometry_gate_testkit::Answer;

use super::arena::{Arena, Round};
use super::case::{Case, Outcome};
use super::sending::{Fields, Framing, pieces};
use crate::harness::Host;

/// Plays every case on every framing, one after the other.
pub(super) async fn play_all<H: Host>(cases: Vec<Case>) {
    let mut plays = Plays::open::<H>().await;
    for framing in Framing::ALL {
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
        Self::in_arena(Arena::open::<H>().await)
    }

    pub(super) fn in_arena(arena: Arena) -> Self {
        Self { arena: Arc::new(arena), failed: Vec::new() }
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
    play_in_pieces(arena, case, framing, PIECE).await;
}

pub(super) async fn play_in_pieces(arena: Arc<Arena>, case: Case, framing: Framing, size: usize) {
    let round = arena.begin().await;
    let body = round.filling(&case.file).fill(&case.body);
    let mut sending = framing.open(arena.address(), &fields(&round, &case), body.len()).await;
    if sending.send_all(pieces(&body, size)).await {
        sending.finish().await;
    }
    let answer = sending.answer().await;
    check_answer(&answer, case.outcome);
    sending.check_connection(&answer, case.outcome).await;
    round.check_traces(case.outcome, &case.file).await;
}

pub(super) fn check_answer(answer: &Answer, outcome: Outcome) {
    match outcome {
        Outcome::Taken { .. } => assert_eq!(answer.granted()["scoring_result"], "pass"),
        Outcome::Refused { status, code, .. } => drop(answer.problem_as(status, code)),
    }
}

fn fields(round: &Round<'_>, case: &Case) -> Fields {
    let fill = |value: &str| {
        let value = value.replace("{host}", &round.arena.address().to_string());
        let value = value.replace("{session}", &round.challenge.session);
        value.replace("{subject}", &round.arena.member.email).into_bytes()
    };
    let types = case.content_types.iter().map(|value| ("content-type".to_owned(), value.clone()));
    let further = case.headers.iter().map(|(name, value)| (name.to_lowercase(), fill(value)));
    round.fields().into_iter().chain(types).chain(further).collect()
}

const PIECE: usize = 97;
