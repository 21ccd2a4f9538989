use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Form, PATIENCE, Wire, media};
use biometry_sandbox::{Entry, Operation};
use bytes::Bytes;
use serde_json::Value;

use super::case::{Filling, Outcome};
use crate::harness::{Challenge, Host, Member, Setup, World};

/// A bank that takes one upload at a time, and somebody who has agreed to be verified.
///
/// That it takes no more is the point: whatever a case leaves behind of its upload keeps the next one out.
#[derive(Debug)]
pub(super) struct Arena {
    pub(super) world: World,
    pub(super) member: Member,
}

/// A session in which one case is played.
#[derive(Debug)]
pub(super) struct Round<'a> {
    pub(super) arena: &'a Arena,
    pub(super) challenge: Challenge,
    before: Value,
    seen: usize,
}

impl Arena {
    pub(super) async fn open<H: Host>() -> Self {
        Self::furnish::<H>(Setup::new()).await
    }

    pub(super) async fn furnish<H: Host>(setup: Setup) -> Self {
        let world = setup.var("MAX_STARTS", 1_000_000).var("MAX_UPLOADS", 1).open::<H>().await;
        let member = world.consented("ana@example.com").await;
        world.sandbox.enroll("ana@example.com");
        Self { world, member }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.member.browser.address()
    }

    pub(super) fn cookie(&self) -> String {
        self.member.browser.cookie_header().expect("somebody is logged in")
    }

    pub(super) async fn begin(&self) -> Round<'_> {
        let challenge = self.member.start("statement").await;
        let seen = self.world.seen(Operation::ProcessVideo).len();
        let round = Round { arena: self, challenge, before: Value::Null, seen };
        let before = round.state().await;
        assert_eq!(before["state"], "issued");
        Round { before, ..round }
    }
}

impl Round<'_> {
    pub(super) fn filling(&self, file: &[u8]) -> Filling {
        Filling {
            phrase: self.challenge.phrase.clone(),
            subject: self.arena.member.email.clone(),
            file: Bytes::copy_from_slice(file),
        }
    }

    /// The fields of an upload's head that tell whose it is.
    pub(super) fn fields(&self) -> String {
        format!(
            "Host: {}\r\nCookie: {}\r\nX-Session-ID: {}\r\n",
            self.arena.address(),
            self.arena.cookie(),
            self.challenge.session,
        )
    }

    /// Where the session stands, as another request on the same connection says.
    pub(super) async fn state_over(&self, wire: &mut Wire) -> Answer {
        let (host, cookie) = (self.arena.address(), self.arena.cookie());
        let session = &self.challenge.session;
        let head = format!(
            "GET /biometry/session HTTP/1.1\r\nHost: {host}\r\nCookie: {cookie}\r\nX-Session-ID: {session}\r\n\r\n"
        );
        assert!(wire.send(head).await, "the connection is kept");
        wire.answer().await
    }

    /// What is left behind is what the outcome says: a settled session and the file at the platform, or nothing.
    pub(super) async fn check_traces(&self, outcome: Outcome, file: &[u8]) {
        match outcome {
            Outcome::Taken { as_type } => {
                assert_eq!(self.state().await["state"], "passed");
                self.check_delivered(&media_of(file), as_type).await;
            }
            Outcome::Refused { .. } => self.check_untouched().await,
        }
    }

    /// Session and phrase are as before, nothing is held back, and the platform has seen no whole upload but the one
    /// that proves it.
    pub(super) async fn check_untouched(&self) {
        assert!(self.arena.world.gate().drain(PATIENCE).await, "the work behind the upload ends");
        assert_eq!(self.state().await, self.before, "the session is as before");
        let good = media::webm(5_000);
        let form = Form::new().text("phrase", &self.challenge.phrase).file("video", good.clone());
        let answer = self.arena.member.upload(&self.challenge).form(&form).send().await;
        assert_eq!(answer.granted()["scoring_result"], "pass");
        self.check_delivered(&good.bytes, "video/webm").await;
    }

    /// The platform has seen exactly this one upload whole, put together by us.
    async fn check_delivered(&self, file: &Bytes, as_type: &str) {
        let entries = self.settled_uploads().await;
        let whole: Vec<_> = entries.iter().filter(|entry| entry.complete).collect();
        let [entry] = whole[..] else { panic!("one whole upload: {entries:#?}") };
        let [seen] = &entry.files[..] else { panic!("one file: {entry:#?}") };
        assert_eq!((seen.len, &seen.sha256), (file.len() as u64, &sha256(file)), "every byte and no other");
        assert_eq!(seen.content_type.as_deref(), Some(as_type));
        let (_, extension) = seen.file_name.rsplit_once('.').expect("a file name of ours");
        assert!(["webm", "mp4", "mov"].contains(&extension), "{}", seen.file_name);
        assert_eq!(entry.field("phrase"), Some(&*self.challenge.phrase));
        assert_eq!(entry.user.as_deref(), Some(&*self.arena.member.email));
    }

    /// The uploads of this round that the platform has seen, once it is done with each.
    async fn settled_uploads(&self) -> Vec<Entry> {
        let is_upload = |entry: &&Entry| entry.operation == Some(Operation::ProcessVideo);
        let sandbox = &self.arena.world.sandbox;
        let done =
            sandbox.journal_when(|entries| entries.iter().filter(is_upload).all(|entry| entry.finished));
        let entries = done.await.expect("the platform lets go of every upload");
        entries.into_iter().filter(|entry| is_upload(&entry)).skip(self.seen).collect()
    }

    async fn state(&self) -> Value {
        let request = self.arena.member.browser.get("/biometry/session");
        request.header("x-session-id", &self.challenge.session).send().await.granted()
    }
}

fn media_of(file: &[u8]) -> Bytes {
    Bytes::copy_from_slice(file)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
