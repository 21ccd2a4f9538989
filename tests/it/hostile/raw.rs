use std::sync::Arc;

use biometry_gate_testkit::Wire;
use bytes::Bytes;

use super::arena::{Arena, Round};
use super::case::{Connection, Outcome, VIDEO, form, replace, webm};
use super::play::{Plays, check_answer};
use super::server::Server;

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
    may_be_taken: bool,
    may_be_followed: bool,
    may_be_unreadable: bool,
    next: Option<u16>,
}

/// How a script ends.
#[derive(Clone, Copy, Debug)]
enum End {
    /// Like any other upload.
    As(Outcome),
    /// The connection's server cannot read the request: it says so by itself, or says nothing.
    ByServer,
}

impl Script {
    /// A request that is taken.
    pub(super) fn new(name: &'static str, request: impl Into<Vec<u8>>) -> Self {
        let end = End::As(Outcome::Taken { as_type: "video/webm" });
        let line = "POST /biometry/verify HTTP/1.1".to_owned();
        Self {
            name,
            line,
            request: request.into(),
            shuts: false,
            end,
            may_be_taken: false,
            may_be_followed: false,
            may_be_unreadable: false,
            next: None,
        }
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
        self.end = End::ByServer;
        self
    }

    /// Some servers read more than others before they have enough: it is taken or refused.
    pub(super) fn or_taken(mut self) -> Self {
        self.may_be_taken = true;
        self
    }

    /// HTTP itself ends the body in front of the next request, and some servers have read that by the time they close.
    pub(super) fn or_followed(mut self) -> Self {
        self.may_be_followed = true;
        self
    }

    /// Some servers say so themselves.
    pub(super) fn or_unreadable(mut self) -> Self {
        self.may_be_unreadable = true;
        self
    }

    /// Another request comes right behind, and is answered with this status.
    pub(super) fn followed_by(mut self, status: u16) -> Self {
        self.next = Some(status);
        self
    }

    async fn play(self, arena: Arc<Arena>, reads_on: bool) {
        let round = arena.begin().await;
        let mut wire = Wire::connect(arena.address()).await;
        let head = head(&self.line, &round);
        wire.send(fill(&self.request, &head, &round)).await;
        if self.shuts {
            wire.shut().await;
        }
        match self.end {
            End::As(outcome) if !(reads_on && self.is_up_to_the_server()) => {
                self.check_answers(&mut wire, outcome, reads_on).await;
                round.check_traces(outcome, &webm()).await;
            }
            End::As(_) | End::ByServer => {
                let said = wire.last_words().await;
                let said = String::from_utf8_lossy(&said);
                let is_taken = said.contains("\"scoring_result\":\"pass\"");
                let is_followed = said.contains("HTTP/1.1 2") && !is_taken;
                assert!(self.may_be_taken || !is_taken, "{said}");
                assert!(self.may_be_followed || !is_followed, "{said}");
                match is_taken {
                    true => round.check_passed(&webm(), "video/webm").await,
                    false => round.check_untouched().await,
                }
            }
        }
    }

    fn is_up_to_the_server(&self) -> bool {
        self.may_be_taken || self.may_be_followed || self.may_be_unreadable
    }

    async fn check_answers(&self, wire: &mut Wire, outcome: Outcome, reads_on: bool) {
        let answer = wire.answer().await;
        check_answer(&answer, outcome);
        if let Some(status) = self.next {
            let next = wire.answer().await;
            assert_eq!(next.status.as_u16(), status, "{next:?}");
        }
        if outcome.closes() {
            assert_eq!(answer.header("connection"), Some("close"));
            if reads_on {
                let said = wire.last_words().await;
                let said = String::from_utf8_lossy(&said);
                assert!(!said.contains("HTTP/1.1 2"), "what comes behind opens nothing: {said}");
            } else {
                assert!(wire.is_closed().await, "nothing comes behind the answer");
            }
        }
    }
}

/// Plays scripts one after the other.
pub(super) async fn play_scripts<H: Server>(scripts: Vec<Script>) {
    let mut plays = Plays::open::<H>().await;
    for script in scripts {
        plays.play::<H, _>(script.name.to_owned(), |arena| script.play(arena, H::READS_ON)).await;
    }
    plays.finish();
}

fn head(line: &str, round: &Round<'_>) -> String {
    let fields = round.fields().into_iter();
    let fields = fields.map(|(name, value)| format!("{name}: {}\r\n", String::from_utf8_lossy(&value)));
    format!("{line}\r\nhost: {}\r\n{}", round.arena.address(), fields.collect::<String>())
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
