//! Clients that send too slowly, or not at all.

use std::time::Duration;

use biometry_gate::CaptureLimits;
use bytes::Bytes;
use tokio::task::JoinSet;

use super::arena::{Arena, Round};
use super::case::{Connection, FORM_DATA, Outcome, VIDEO, form, webm};
use super::play::check_answer;
use super::sending::{Framing, Sending};
use crate::harness::{Host, Setup};

/// A slow client, and the limit that ends it.
#[derive(Clone, Copy, Debug)]
struct Slow {
    name: &'static str,
    /// How far it comes, in bytes of the body counted from its end.
    left: Left,
    /// Whether it goes on, a byte now and then, or is silent.
    dribbles: bool,
    limit: Limit,
}

#[derive(Clone, Copy, Debug)]
enum Left {
    Everything,
    /// All but the first bytes.
    AllBut(usize),
    Bytes(usize),
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    FirstByte,
    Idle,
    Total,
    Rate,
}

const SLOW: &[Slow] = &[
    Slow {
        name: "nothing behind the head",
        left: Left::Everything,
        dribbles: false,
        limit: Limit::FirstByte,
    },
    Slow {
        name: "nothing behind the head at all",
        left: Left::Everything,
        dribbles: false,
        limit: Limit::Idle,
    },
    Slow { name: "silence in the first line", left: Left::AllBut(2), dribbles: false, limit: Limit::Idle },
    Slow { name: "silence in a part's head", left: Left::AllBut(20), dribbles: false, limit: Limit::Idle },
    Slow { name: "silence in the file", left: Left::Bytes(1_000), dribbles: false, limit: Limit::Idle },
    Slow { name: "silence in front of the end", left: Left::Bytes(4), dribbles: false, limit: Limit::Idle },
    Slow { name: "a drop at a time", left: Left::Bytes(2_500), dribbles: true, limit: Limit::Total },
    Slow {
        name: "drops from the first byte on",
        left: Left::Everything,
        dribbles: true,
        limit: Limit::Total,
    },
    Slow { name: "drops below the least rate", left: Left::Bytes(2_500), dribbles: true, limit: Limit::Rate },
];

/// Plays all at once, each in an arena of its own: they do little but wait.
pub(super) async fn play_all<H: Host>() {
    let mut plays = JoinSet::new();
    let mut failed = Vec::new();
    for framing in Framing::ALL {
        for slow in SLOW {
            let arena = Arena::furnish::<H>(slow.limit.setup()).await;
            plays.spawn(async move {
                let played = tokio::spawn(async move { slow.play(arena, framing).await }).await;
                played.map_err(|_| format!("{} ({framing:?})", slow.name))
            });
        }
    }
    while let Some(played) = plays.join_next().await {
        failed.extend(played.expect("only the play itself fails").err());
    }
    assert!(failed.is_empty(), "{} cases failed: {failed:#?}", failed.len());
}

/// How many cases there are, each on every framing.
pub(super) const COUNT: usize = SLOW.len();

impl Limit {
    fn setup(self) -> Setup {
        let setup = Setup::new();
        match self {
            Self::Idle => setup.var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 30),
            Self::Total => setup.var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 1),
            Self::FirstByte => {
                let limits = CaptureLimits::default().with_first_byte(Duration::from_millis(300));
                setup.gate(move |gate| gate.capture_limits(limits))
            }
            Self::Rate => {
                let soon = Duration::from_millis(300);
                let limits = CaptureLimits::default().with_first_byte(soon).with_idle(soon);
                let limits = limits.with_least_rate(1_000_000).with_rate_window(soon);
                setup.gate(move |gate| gate.capture_limits(limits))
            }
        }
    }
}

impl Slow {
    async fn play(&self, arena: Arena, framing: Framing) {
        let round = arena.begin().await;
        let body = round.filling(&webm()).fill(form([VIDEO]).as_bytes());
        let mut fields = round.fields();
        fields.push(("content-type".to_owned(), FORM_DATA.into()));
        let mut sending = framing.open(arena.address(), &fields, body.len()).await;
        let sent = match self.left {
            Left::Everything => 0,
            Left::AllBut(first) => first,
            Left::Bytes(left) => body.len() - left,
        };
        sending.send(body.slice(..sent)).await;
        if self.dribbles {
            dribble(&round, &mut sending, body.slice(sent..)).await;
        }
        let outcome =
            Outcome::Refused { status: 400, code: "upload-timeout", connection: Connection::Closed };
        let answer = sending.answer().await;
        check_answer(&answer, outcome);
        sending.check_connection(&answer, outcome).await;
        round.check_untouched().await;
    }
}

/// Sends a byte now and then until the bank has had enough.
async fn dribble(round: &Round<'_>, sending: &mut Sending, rest: Bytes) {
    for at in 0..rest.len() {
        if !sending.send(rest.slice(at..=at)).await || !round.is_claimed().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("the host takes drops without an end");
}
