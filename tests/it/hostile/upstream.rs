//! A platform that misbehaves while it gets an upload: one outcome each, whatever the client does meanwhile.

use std::sync::Arc;

use biometry_gate_testkit::media;
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use super::arena::Arena;
use super::case::{FORM_DATA, VIDEO, form};
use super::play::Plays;
use super::sending::{Framing, pieces};
use crate::harness::{Host, Setup};

/// A misbehaviour of the platform.
struct Trouble {
    name: &'static str,
    fault: fn(Fault) -> Fault,
    client: Client,
    codes: &'static [&'static str],
    /// Whether the platform has the whole upload all the same.
    is_swallowed: bool,
}

/// What the client does meanwhile.
#[derive(Clone, Copy, Debug)]
enum Client {
    /// It has sent everything.
    Done,
    /// It holds the last bytes back until it has an answer.
    Holding,
    /// It has more to send than fits between it and the platform.
    Sending,
}

const UNAVAILABLE: &[&str] = &["platform-unavailable"];
const NONSENSE: &[&str] = &["platform-error"];
const TIMEOUT: &[&str] = &["platform-timeout"];
/// Where the connection is reset, its last words may be lost with it.
const NONSENSE_OR_GONE: &[&str] = &["platform-error", "platform-unavailable"];

const TROUBLES: &[Trouble] = &[
    trouble("no answer", Fault::hang, Client::Done, TIMEOUT).swallowed(),
    trouble("a cut before the answer", Fault::cut_before_reply, Client::Done, UNAVAILABLE).swallowed(),
    trouble("half an answer", Fault::cut_after_headers, Client::Done, UNAVAILABLE).swallowed(),
    trouble("an empty answer", |fault| fault.malformed_body(""), Client::Done, NONSENSE).swallowed(),
    trouble(
        "an answer cut short",
        |fault| fault.malformed_body(r#"{"scoring_result":"pa"#),
        Client::Done,
        NONSENSE,
    )
    .swallowed(),
    trouble(
        "an answer that is a page",
        |fault| fault.malformed_body("<html>pass</html>"),
        Client::Done,
        NONSENSE,
    )
    .swallowed(),
    trouble("an answer that is a list", |fault| fault.malformed_body(r#"["pass"]"#), Client::Done, NONSENSE)
        .swallowed(),
    trouble("an answer of no text", |fault| fault.malformed_body(&b"\xff\xfe{}"[..]), Client::Done, NONSENSE)
        .swallowed(),
    trouble(
        "an answer nested deeply",
        |fault| fault.malformed_body("[".repeat(100_000)),
        Client::Done,
        NONSENSE,
    )
    .swallowed(),
    trouble(
        "an answer too long",
        |fault| fault.malformed_body(format!("{}{{}}", " ".repeat(20_000_000))),
        Client::Done,
        NONSENSE,
    )
    .swallowed(),
    trouble("a 500", |fault| fault.status(500, json!({ "error": "x" })), Client::Done, NONSENSE).swallowed(),
    trouble("a 503", |fault| fault.status(503, json!({ "error": "x" })), Client::Done, UNAVAILABLE)
        .swallowed(),
    trouble("a 429", |fault| fault.status(429, json!({ "error": "x" })), Client::Done, UNAVAILABLE)
        .swallowed(),
    trouble("a 302", |fault| fault.status(302, json!({})), Client::Done, NONSENSE).swallowed(),
    trouble("an early 200", |fault| fault.early_reply(200), Client::Holding, NONSENSE),
    trouble("an early 400", |fault| fault.early_reply(400), Client::Holding, NONSENSE),
    trouble("an early 401", |fault| fault.early_reply(401), Client::Holding, NONSENSE_OR_GONE),
    trouble("an early 413", |fault| fault.early_reply(413), Client::Holding, NONSENSE),
    trouble("an early 503", |fault| fault.early_reply(503), Client::Holding, UNAVAILABLE),
    trouble("a cut at the first byte", |fault| fault.cut_while_reading(0), Client::Holding, UNAVAILABLE),
    trouble("a cut in the file", |fault| fault.cut_while_reading(2_000), Client::Holding, UNAVAILABLE),
    trouble("an early 400 meanwhile", |fault| fault.early_reply(400), Client::Sending, NONSENSE_OR_GONE),
    trouble("an early 200 meanwhile", |fault| fault.early_reply(200), Client::Sending, NONSENSE_OR_GONE),
    trouble("a cut meanwhile", |fault| fault.cut_while_reading(500_000), Client::Sending, UNAVAILABLE),
    trouble("the platform does not read", Fault::stop_reading, Client::Sending, TIMEOUT),
];

/// How many cases there are, each on every framing.
pub(super) const COUNT: usize = TROUBLES.len();

const fn trouble(
    name: &'static str,
    fault: fn(Fault) -> Fault,
    client: Client,
    codes: &'static [&'static str],
) -> Trouble {
    Trouble { name, fault, client, codes, is_swallowed: false }
}

pub(super) async fn play_all<H: Host>() {
    let mut plays = Plays::open_with::<H>(hasty).await;
    for framing in Framing::ALL {
        for trouble in TROUBLES {
            let name = format!("{} ({framing:?})", trouble.name);
            plays.play::<H, _>(name, |arena| trouble.play(arena, framing)).await;
        }
    }
    plays.finish();
}

/// A bank that gives up soon.
fn hasty() -> Setup {
    Setup::new().var("PLATFORM_TIMEOUT_SECS", 1).var("UPLOAD_IDLE_SECS", 1).var("UPLOAD_TOTAL_SECS", 2)
}

impl Trouble {
    const fn swallowed(mut self) -> Self {
        self.is_swallowed = true;
        self
    }

    async fn play(&self, arena: Arc<Arena>, framing: Framing) {
        let round = arena.begin().await;
        let sandbox = &arena.world.sandbox;
        sandbox.fault((self.fault)(Fault::on(Operation::ProcessVideo).times(1)));
        let size = match self.client {
            Client::Done | Client::Holding => 10_000,
            Client::Sending => 30_000_000,
        };
        let file = media::webm(size).bytes;
        let body = round.filling(&file).fill(form([VIDEO]).as_bytes());
        let mut fields = round.fields();
        fields.push(("content-type".to_owned(), FORM_DATA.into()));
        let mut sending = framing.open(arena.address(), &fields, body.len()).await;
        let sent = match self.client {
            Client::Done | Client::Sending => body.clone(),
            Client::Holding => body.slice(..body.len() - 4),
        };
        if sending.send_all(pieces(&sent, 65_536)).await && !matches!(self.client, Client::Holding) {
            sending.finish().await;
        }
        let answer = sending.answer().await;
        let code = answer.code().unwrap_or_default();
        assert!(self.codes.contains(&&*code), "{answer:?}");
        answer.problem(&code);
        sending.hang_up();
        round.check_as_before().await;
        round.check_still_good(usize::from(self.is_swallowed)).await;
    }
}
