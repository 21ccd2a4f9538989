use std::time::Duration;

use bytes::{Buf, Bytes};
use http_body::Body;
use http_body_util::BodyExt;
use tokio::time::timeout;

/// Reads and drops what is left of a refused request's body, within bounds.
///
/// A server that answers and closes while the client is still sending makes the network drop the answer; a client that
/// has little left to send gets to see it this way. Ends at 256 KiB, after 2 s, or at the body's end or error.
pub(crate) async fn drain<B>(body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    let _ = timeout(LONGEST, drop_bytes(body)).await;
}

async fn drop_bytes<B>(mut body: B)
where
    B: Body<Data = Bytes> + Unpin,
{
    let mut left = MOST_BYTES;
    for _ in 0..MOST_FRAMES {
        let Some(Ok(frame)) = body.frame().await else { return };
        let taken = frame.data_ref().map_or(0, Buf::remaining);
        let Some(rest) = left.checked_sub(taken) else { return };
        left = rest;
    }
}

const MOST_BYTES: usize = 256 * 1_024;
/// A source that is always ready would not let the timer have its turn.
const MOST_FRAMES: usize = 4_096;
const LONGEST: Duration = Duration::from_secs(2);
