//! Refusals that do not wait for the body: what a head can tell, its refusal costs no more than the head.

use std::sync::Arc;

use bytes::Bytes;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::arena::{Arena, Round};
use super::case::FORM_DATA;
use super::play::Plays;
use super::sending::{Fields, Framing, Sending};
use super::server::Server;

/// A head with which there is something wrong.
#[derive(Clone, Copy, Debug)]
struct Early {
    name: &'static str,
    change: Change,
    status: u16,
    code: &'static str,
}

#[derive(Clone, Copy, Debug)]
enum Change {
    /// The caller is not logged in.
    NoCookie,
    Set(&'static str, &'static str),
    /// The session is another user's.
    ForeignSession,
    /// The user has not agreed.
    NoConsent,
    /// The one upload that the bank takes is under way.
    Full,
    /// The session is over.
    Ended,
}

const EARLY: &[Early] = &[
    Early { name: "without a login", change: Change::NoCookie, status: 401, code: "authentication-required" },
    Early {
        name: "a forged cookie",
        change: Change::Set("cookie", "bank-session=eyJlbWFpbCI6ImFuYUBleGFtcGxlLmNvbSJ9; id=1"),
        status: 401,
        code: "authentication-required",
    },
    Early {
        name: "another site",
        change: Change::Set("sec-fetch-site", "cross-site"),
        status: 403,
        code: "cross-site",
    },
    Early {
        name: "another name",
        change: Change::Set("x-user-fullname", "zoe@example.com"),
        status: 403,
        code: "subject-conflict",
    },
    Early {
        name: "another type",
        change: Change::Set("content-type", "video/webm"),
        status: 415,
        code: "unsupported-media",
    },
    Early {
        name: "an encoding",
        change: Change::Set("content-encoding", "br"),
        status: 415,
        code: "unsupported-media",
    },
    Early {
        name: "no boundary",
        change: Change::Set("content-type", "multipart/form-data"),
        status: 400,
        code: "invalid-upload",
    },
    Early {
        name: "a session that there is not",
        change: Change::Set("x-session-id", "ses_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        status: 404,
        code: "session-unknown",
    },
    Early { name: "a foreign session", change: Change::ForeignSession, status: 404, code: "session-unknown" },
    Early { name: "a session that is over", change: Change::Ended, status: 409, code: "session-busy" },
    Early { name: "no consent", change: Change::NoConsent, status: 403, code: "consent-required" },
    Early { name: "a bank that is full", change: Change::Full, status: 503, code: "overloaded" },
];

pub(super) const COUNT: usize = EARLY.len();

pub(super) async fn play_all<H: Server>() {
    let mut plays = Plays::open::<H>().await;
    for early in EARLY {
        for framing in Framing::ALL {
            let name = format!("{} ({framing:?})", early.name);
            plays.play::<H, _>(name, |arena| async move { early.play(&arena, framing).await }).await;
        }
        let name = format!("{} (looking late, HTTP/2)", early.name);
        plays.play::<H, _>(name, |arena| async move { early.play_late(&arena).await }).await;
        for announced in ["content-length: 1000000", "transfer-encoding: chunked"] {
            let name = format!("{} (waiting for a go-ahead, {announced})", early.name);
            plays
                .play::<H, _>(name, |arena| async move { early.play_waiting(&arena, announced).await })
                .await;
        }
    }
    plays.finish();
}

impl Early {
    /// The body is announced and never comes.
    async fn play(&self, arena: &Arc<Arena>, framing: Framing) {
        let round = arena.begin().await;
        let (fields, guest) = self.fields(&round).await;
        let mut sending = framing.open(arena.address(), &fields, 1_000_000).await;
        sending.answer().await.problem_as(self.status, self.code);
        sending.reset();
        self.clean_up(&round, guest).await;
    }

    /// The body is sent to its end before the client looks: the stream is not reset in between.
    async fn play_late(&self, arena: &Arc<Arena>) {
        let round = arena.begin().await;
        let (fields, guest) = self.fields(&round).await;
        let mut sending = Framing::Http2.open(arena.address(), &fields, 1_000_000).await;
        for _ in 0..20 {
            assert!(sending.send(vec![0; 50_000].into()).await, "the host goes on to read");
        }
        sending.finish().await;
        sending.answer().await.problem_as(self.status, self.code);
        self.clean_up(&round, guest).await;
    }

    /// A client that is refused in any case gets no sign to go on, and is not left waiting for one.
    async fn play_waiting(&self, arena: &Arc<Arena>, announced: &str) {
        let round = arena.begin().await;
        let (fields, guest) = self.fields(&round).await;
        let lines: String = fields
            .iter()
            .map(|(name, value)| format!("{name}: {}\r\n", String::from_utf8_lossy(value)))
            .collect();
        let head = format!(
            "POST /biometry/verify HTTP/1.1\r\nhost: {}\r\n{lines}expect: 100-continue\r\n{announced}\r\n\r\n",
            arena.address(),
        );
        let mut stream = TcpStream::connect(arena.address()).await.expect("the host listens");
        stream.write_all(head.as_bytes()).await.expect("the host reads");
        let mut answer = String::new();
        let read = tokio::time::timeout(biometry_gate_testkit::PATIENCE, stream.read_to_string(&mut answer));
        read.await.expect("an answer, and the end of the connection").expect("text");
        assert!(answer.starts_with(&format!("HTTP/1.1 {} ", self.status)), "{answer}");
        assert!(answer.contains(self.code) && answer.contains("connection: close"), "{answer}");
        self.clean_up(&round, guest).await;
    }

    /// The head's fields, and what has to stay open while they are answered.
    async fn fields(&self, round: &Round<'_>) -> (Fields, Option<Sending>) {
        let mut fields = round.fields();
        fields.push(("content-type".to_owned(), FORM_DATA.into()));
        let mut set = |name: &str, value: Vec<u8>| {
            fields.retain(|(field, _)| field != name);
            fields.push((name.to_owned(), value));
        };
        let mut guest = None;
        match self.change {
            Change::NoCookie => fields.retain(|(field, _)| field != "cookie"),
            Change::Set(name, value) => set(name, value.into()),
            Change::ForeignSession => {
                let zoe = round.arena.world.consented("zoe@example.com").await;
                set("x-session-id", zoe.start("statement").await.session.into());
            }
            Change::NoConsent => {
                let zoe = round.arena.world.log_in("yann@example.com").await;
                set("x-session-id", zoe.start("statement").await.session.into());
                set("cookie", zoe.browser.cookie_header().expect("logged in").into());
            }
            Change::Ended => {
                let zoe = round.arena.world.consented("zoe@example.com").await;
                let over = zoe.start("statement").await;
                zoe.browser.post("/biometry/session/end").send().await.granted();
                set("x-session-id", over.session.into());
                set("cookie", zoe.browser.cookie_header().expect("logged in").into());
            }
            Change::Full => {
                let mut sending = Framing::Chunked.open(round.arena.address(), &fields, 0).await;
                sending.send(Bytes::from_static(b"--x\r\n")).await;
                round.until_claimed().await;
                guest = Some(sending);
            }
        }
        (fields, guest)
    }

    async fn clean_up(&self, round: &Round<'_>, guest: Option<Sending>) {
        if let Some(guest) = guest {
            guest.hang_up();
        }
        round.check_untouched().await;
    }
}
