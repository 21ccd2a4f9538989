//! Uploads in pieces of every size, and files of every size up to the limit.

use std::sync::Arc;

use biometry_gate_testkit::media;

use super::arena::Arena;
use super::case::{Case, Connection, VIDEO, form, text};
use super::play::{Plays, play_in_pieces};
use super::sending::Framing;
use crate::harness::{Host, Setup};

pub(super) async fn play_all<H: Host>() {
    let mut plays = Plays::open::<H>().await;
    for framing in Framing::ALL {
        // Servers of HTTP/2 end a connection on which too many tiny frames wait to be read.
        let smallest = if framing == Framing::Http2 { 64 } else { 1 };
        for size in SIZES.into_iter().filter(|size| *size >= smallest) {
            let case =
                Case::new("", form([&text("phrase", "{phrase}"), VIDEO, &text("vocabulary", "digits")]));
            let name = format!("pieces of {size} ({framing:?})");
            plays.play::<H, _>(name, |arena| play_in_pieces(arena, case, framing, size)).await;
        }
    }
    plays.finish();
    at_the_limit::<H>().await;
}

/// What the sniffer looks at, what a boundary takes, and sizes that have nothing to do with either.
const SIZES: [usize; 8] = [1, 2, 3, 7, 64, 1_024, 1_500, usize::MAX];

/// How many cases there are, nearly all on every framing.
pub(super) const COUNT: usize = SIZES.len() + LENGTHS.len();

async fn at_the_limit<H: Host>() {
    let mut plays = Plays::open_with::<H>(narrow).await;
    for framing in Framing::ALL {
        for length in LENGTHS {
            let case = Case::with_file("", media::webm(length).bytes);
            let case = match length {
                ..=LIMIT => case,
                _ => case.refused(413, "upload-too-large", Connection::Closed),
            };
            let name = format!("{length} bytes ({framing:?})");
            plays.play::<H, _>(name, |arena: Arc<Arena>| play_in_pieces(arena, case, framing, 1_000)).await;
        }
    }
    plays.finish();
}

/// A bank that takes small files only.
fn narrow() -> Setup {
    let limits = biometry_gate::CaptureLimits::default().with_file(LIMIT as u64);
    Setup::new().gate(move |gate| gate.capture_limits(limits))
}

const LIMIT: usize = 10_000;
const LENGTHS: [usize; 5] = [LIMIT - 1, LIMIT, LIMIT + 1, 2 * LIMIT, 20 * LIMIT];
