use std::sync::Arc;

use biometry_gate_testkit::Wire;
use bytes::Bytes;

use super::arena::{Arena, Round};
use super::case::{Connection, Outcome, VIDEO, form, replace, webm};
use super::play::{Plays, check_answer};
use crate::harness::Host;

/// A request as bytes, for what can be said in HTTP/1 only.
///
/// In its template `{head}` stands for request line, host, cookie and session, `{type}` for the form's content type
/// with its line break, `{form}` for a form that is in order, `{length}` and `{size}` for its length in decimal and
/// hexadecimal, and `{chunks}` for the same form in chunks.
#[derive(Clone, Debug)]
pub(super) struct Script {
    pub(super) name: &'static str,
    line: String,
    request: Vec<u8>,
    /// Whether the client ends its half of the connection behind the request.
    shuts: bool,
    end: End,
}

/// How a script ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Like any other upload.
    As(Outcome),
    /// The connection's server cannot read the request and answers by itself.
    ByServer { statuses: &'static [u16] },
}

impl Script {
    /// A request that is taken.
    pub(super) fn new(name: &'static str, request: impl Into<Vec<u8>>) -> Self {
        let end = End::As(Outcome::Taken { as_type: "video/webm" });
        let line = "POST /biometry/verify HTTP/1.1".to_owned();
        Self { name, line, request: request.into(), shuts: false, end }
    }

    /// The same with another request line.
    pub(super) fn request_line(mut self, line: &str) -> Self {
        self.line = line.to_owned();
        self
    }

    pub(super) fn version_1_0(self) -> Self {
        self.request_line("POST /biometry/verify HTTP/1.0")
    }

    pub(super) fn shuts(mut self) -> Self {
        self.shuts = true;
        self
    }

    pub(super) fn refused(mut self, status: u16, code: &'static str, connection: Connection) -> Self {
        self.end = End::As(Outcome::Refused { status, code, connection });
        self
    }

    /// The body's framing is broken.
    pub(super) fn broken(self) -> Self {
        self.refused(400, "invalid-upload", Connection::Closed)
    }

    /// The head leaves open where the body ends.
    pub(super) fn ambiguous(self) -> Self {
        self.refused(400, "invalid-request", Connection::Closed)
    }

    /// No request at all to the server underneath.
    pub(super) fn unreadable(mut self) -> Self {
        self.end = End::ByServer { statuses: &[400] };
        self
    }

    /// Longer than the server underneath reads.
    pub(super) fn too_long(mut self) -> Self {
        self.end = End::ByServer { statuses: &[400, 431] };
        self
    }

    async fn play(self, arena: Arc<Arena>) {
        let round = arena.begin().await;
        let mut wire = Wire::connect(arena.address()).await;
        let head = format!("{}\r\n{}", self.line, round.fields());
        wire.send(fill(&self.request, &head, &round)).await;
        if self.shuts {
            wire.shut().await;
        }
        let answer = wire.answer().await;
        match self.end {
            End::As(outcome) => {
                check_answer(&answer, outcome);
                if let Outcome::Refused { connection: Connection::Closed, .. } = outcome {
                    assert_eq!(answer.header("connection"), Some("close"));
                    assert!(wire.is_closed().await, "nothing comes behind the answer");
                }
                round.check_traces(outcome, &webm()).await;
            }
            End::ByServer { statuses } => {
                assert!(statuses.contains(&answer.status.as_u16()), "{answer:?}");
                assert!(wire.is_closed().await, "nothing comes behind the answer");
                round.check_untouched().await;
            }
        }
    }
}

/// Plays scripts one after the other.
pub(super) async fn play_scripts<H: Host>(scripts: Vec<Script>) {
    let mut plays = Plays::open::<H>().await;
    for script in scripts {
        plays.play::<H, _>(script.name.to_owned(), |arena| script.play(arena)).await;
    }
    plays.finish();
}

fn fill(template: &[u8], head: &str, round: &Round<'_>) -> Bytes {
    let filling = round.filling(&webm());
    let form = filling.fill(form([VIDEO]).as_bytes());
    let text = replace(template, b"{head}", head.as_bytes());
    let text = replace(&text, b"{type}", b"Content-Type: multipart/form-data; boundary=x\r\n");
    let text = replace(&text, b"{length}", form.len().to_string().as_bytes());
    let text = replace(&text, b"{size}", format!("{:x}", form.len()).as_bytes());
    let text = replace(&text, b"{SIZE}", format!("{:X}", form.len()).as_bytes());
    let text = replace(&text, b"{chunks}", &chunked(&form));
    replace(&text, b"{form}", &form).into()
}

/// A body in one chunk, with the last chunk behind it.
fn chunked(body: &[u8]) -> Vec<u8> {
    [format!("{:x}\r\n", body.len()).as_bytes(), body, b"\r\n0\r\n\r\n"].concat()
}
