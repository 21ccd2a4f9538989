use std::net::SocketAddr;

use biometry_gate_testkit::{Form, PATIENCE, media};
use biometry_sandbox::{Entry, Operation};
use bytes::Bytes;
use serde_json::Value;

use super::case::{Filling, Outcome};
use super::sending::Fields;
use crate::harness::{Challenge, Host, Member, Setup, World};

/// A bank that takes one upload at a time, and a user who has agreed to be verified.
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
    pub(super) async fn furnish<H: Host>(setup: Setup) -> Self {
        let world = setup.var("MAX_STARTS", 1_000_000).var("MAX_UPLOADS", 1).open::<H>().await;
        let member = world.consented(EMAIL).await;
        world.sandbox.enroll(EMAIL);
        Self { world, member }
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.member.browser.address()
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
    pub(super) fn fields(&self) -> Fields {
        let cookie = self.arena.member.browser.cookie_header().expect("a user is logged in");
        let session = self.challenge.session.clone();
        vec![("cookie".to_owned(), cookie.into()), ("x-session-id".to_owned(), session.into())]
    }

    /// Waits until the bank has begun to read the upload.
    pub(super) async fn until_claimed(&self) {
        let claimed = async { while !self.is_claimed().await {} };
        tokio::time::timeout(PATIENCE, claimed).await.expect("the upload is noticed");
    }

    /// Whether an upload of the session is under way.
    pub(super) async fn is_claimed(&self) -> bool {
        self.state().await["state"] == "processing"
    }

    /// Waits until the platform has the whole upload.
    pub(super) async fn until_delivered(&self) {
        let whole =
            |entries: &[Entry]| entries.iter().filter(is_upload).skip(self.seen).any(|entry| entry.complete);
        self.arena.world.sandbox.journal_when(whole).await.expect("the platform gets the upload");
    }

    /// Waits until the platform sees the upload.
    pub(super) async fn until_relayed(&self) {
        let seen = |entries: &[Entry]| entries.iter().filter(is_upload).count() > self.seen;
        self.arena.world.sandbox.journal_when(seen).await.expect("the platform sees the upload");
    }

    /// What is left behind is what the outcome says: a settled session and the file at the platform, or nothing.
    pub(super) async fn check_traces(&self, outcome: Outcome, file: &[u8]) {
        match outcome {
            Outcome::Taken { as_type } => self.check_passed(file, as_type).await,
            Outcome::Refused { .. } => self.check_untouched().await,
        }
    }

    pub(super) async fn check_passed(&self, file: &[u8], as_type: &str) {
        assert!(self.arena.world.gate().drain(PATIENCE).await, "the work behind the upload ends");
        assert_eq!(self.state().await["state"], "passed");
        self.check_delivered(file, as_type).await;
    }

    /// Session and phrase are as before, nothing is held back, and the platform has seen no whole upload but the one
    /// that proves it.
    pub(super) async fn check_untouched(&self) {
        self.check_as_before().await;
        self.check_still_good(0).await;
    }

    /// Nothing is left of the upload, and the session is as it was.
    pub(super) async fn check_as_before(&self) {
        assert!(self.arena.world.gate().drain(PATIENCE).await, "the work behind the upload ends");
        assert_eq!(self.state().await, self.before, "the session is as before");
    }

    /// An upload with the phrase of old passes, and is the only whole one that the platform has seen, apart from so many
    /// that it swallowed without a verdict.
    pub(super) async fn check_still_good(&self, swallowed: usize) {
        let good = media::webm(5_000);
        let form = Form::new().text("phrase", &self.challenge.phrase).file("video", good.clone());
        let answer = self.arena.member.upload(&self.challenge).form(&form).send().await;
        assert_eq!(answer.granted()["scoring_result"], "pass");
        let whole = self.whole_uploads().await;
        assert_eq!(whole.len(), swallowed + 1, "{whole:#?}");
        self.check_entry(&whole[swallowed], &good.bytes, "video/webm");
    }

    /// The platform has seen exactly this one upload whole.
    async fn check_delivered(&self, file: &[u8], as_type: &str) {
        let whole = self.whole_uploads().await;
        let [entry] = &whole[..] else { panic!("one whole upload: {whole:#?}") };
        self.check_entry(entry, file, as_type);
    }

    /// An upload that we have put together, of this file.
    fn check_entry(&self, entry: &Entry, file: &[u8], as_type: &str) {
        let [seen] = &entry.files[..] else { panic!("one file: {entry:#?}") };
        assert_eq!((seen.len, &seen.sha256), (file.len() as u64, &sha256(file)), "every byte and no other");
        assert_eq!(seen.content_type.as_deref(), Some(as_type));
        let (_, extension) = seen.file_name.rsplit_once('.').expect("a file name of ours");
        assert!(["webm", "mp4", "mov"].contains(&extension), "{}", seen.file_name);
        assert_eq!(entry.field("phrase"), Some(&*self.challenge.phrase));
        assert_eq!(entry.user.as_deref(), Some(&*self.arena.member.email));
    }

    /// The uploads of this round that the platform has seen whole, once it is done with every one.
    async fn whole_uploads(&self) -> Vec<Entry> {
        let sandbox = &self.arena.world.sandbox;
        // A platform that is set to read nothing holds its end open until the network gives it up.
        let is_done = |entry: &Entry| entry.finished || entry.body_bytes == 0;
        let done = |entries: &[Entry]| entries.iter().filter(is_upload).all(is_done);
        let entries = sandbox.journal_when(done).await.expect("the platform ends every upload");
        let round = entries.into_iter().filter(|entry| is_upload(&entry)).skip(self.seen);
        round.filter(|entry| entry.complete).collect()
    }

    async fn state(&self) -> Value {
        let request = self.arena.member.browser.get("/biometry/session");
        request.header("x-session-id", &self.challenge.session).send().await.granted()
    }
}

fn is_upload(entry: &&Entry) -> bool {
    entry.operation == Some(Operation::ProcessVideo)
}

fn sha256(bytes: &[u8]) -> String {
    use sha2::{Digest as _, Sha256};
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

const EMAIL: &str = "ana@example.com";
