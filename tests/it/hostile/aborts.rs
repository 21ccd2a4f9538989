//! Clients that are gone before they have sent everything, or just after.

use std::sync::Arc;

use biometry_sandbox::{Fault, Operation};
use bytes::Bytes;

use super::arena::{Arena, Round};
use super::case::{FORM_DATA, VIDEO, form, webm};
use super::play::Plays;
use super::sending::{Fields, Framing, Sending, pieces};
use crate::harness::Host;

/// How far a client comes.
#[derive(Clone, Copy, Debug)]
enum Stage {
    Head,
    Boundary,
    PartHead,
    FirstByte,
    Inside,
    FileEnd,
    ClosingDelimiter,
    LastByte,
    /// Everything but the framing's own end, where it has one.
    End,
}

/// How it goes.
#[derive(Clone, Copy, Debug)]
enum Way {
    HangsUp,
    Resets,
}

impl Stage {
    const ALL: [Self; 9] = [
        Self::Head,
        Self::Boundary,
        Self::PartHead,
        Self::FirstByte,
        Self::Inside,
        Self::FileEnd,
        Self::ClosingDelimiter,
        Self::LastByte,
        Self::End,
    ];

    /// How many bytes of the body are sent.
    fn bytes(self, body: &[u8]) -> usize {
        let file = body.len() - webm().len() - "\r\n--x--\r\n".len();
        match self {
            Self::Head => 0,
            Self::Boundary => 2,
            Self::PartHead => 20,
            Self::FirstByte => file + 1,
            Self::Inside => file + 1_500,
            Self::FileEnd => file + webm().len(),
            Self::ClosingDelimiter => body.len() - 4,
            Self::LastByte => body.len() - 1,
            Self::End => body.len(),
        }
    }

    fn is_relayed(self) -> bool {
        matches!(self, Self::Inside | Self::FileEnd | Self::ClosingDelimiter | Self::LastByte | Self::End)
    }

    /// A body of known length is whole with its last byte: a client cannot break off behind it.
    fn exists(self, framing: Framing) -> bool {
        !matches!((self, framing), (Self::End, Framing::Length))
    }
}

/// How many cases there are, each on every framing.
pub(super) const COUNT: usize = 2 * Stage::ALL.len() + 2;

pub(super) async fn play_all<H: Host>() {
    let mut plays = Plays::open::<H>().await;
    for framing in Framing::ALL {
        for stage in Stage::ALL.into_iter().filter(|stage| stage.exists(framing)) {
            for way in [Way::HangsUp, Way::Resets] {
                let name = format!("{way:?} at {stage:?} ({framing:?})");
                plays.play::<H, _>(name, |arena| break_off(arena, framing, stage, way)).await;
            }
        }
    }
    plays.finish();
}

async fn break_off(arena: Arc<Arena>, framing: Framing, stage: Stage, way: Way) {
    let round = arena.begin().await;
    let body = body(&round);
    let mut sending = framing.open(arena.address(), &fields(&round), body.len()).await;
    sending.send_all(pieces(&body.slice(..stage.bytes(&body)), 500)).await;
    round.until_claimed().await;
    if stage.is_relayed() {
        round.until_relayed().await;
    }
    go(sending, way);
    round.check_untouched().await;
}

/// A verdict that was asked for is settled, whether or not the caller waits for it.
pub(super) async fn play_late<H: Host>() {
    let mut plays = Plays::open::<H>().await;
    for framing in Framing::ALL {
        for way in [Way::HangsUp, Way::Resets] {
            let name = format!("{way:?} while the capture is judged ({framing:?})");
            plays.play::<H, _>(name, |arena| leave(arena, framing, way)).await;
        }
    }
    plays.finish();
}

async fn leave(arena: Arc<Arena>, framing: Framing, way: Way) {
    let round = arena.begin().await;
    let sandbox = &arena.world.sandbox;
    sandbox.fault(Fault::on(Operation::ProcessVideo).times(1).delay(std::time::Duration::from_millis(200)));
    let body = body(&round);
    let mut sending = framing.open(arena.address(), &fields(&round), body.len()).await;
    sending.send_all([body]).await;
    sending.finish().await;
    round.until_delivered().await;
    go(sending, way);
    round.check_passed(&webm(), "video/webm").await;
}

fn go(sending: Sending, way: Way) {
    match way {
        Way::HangsUp => sending.hang_up(),
        Way::Resets => sending.reset(),
    }
}

fn body(round: &Round<'_>) -> Bytes {
    round.filling(&webm()).fill(form([VIDEO]).as_bytes())
}

fn fields(round: &Round<'_>) -> Fields {
    let mut fields = round.fields();
    fields.push(("content-type".to_owned(), FORM_DATA.into()));
    fields
}
