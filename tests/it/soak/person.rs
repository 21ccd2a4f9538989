use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Form, Upload, media};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::harness::{Challenge, Member, Program, capture, eventually};

/// A user who does all sorts of things, and keeps the books of what the bank owes them.
pub(super) struct Person {
    member: Member,
    replicas: [SocketAddr; 2],
    chance: Chance,
    /// Verifications for a transfer that passed, and transfers that were said to be made.
    granted: usize,
    made: usize,
    /// Transfers whose answer never came, or reported an outage.
    unclear: usize,
}

impl Person {
    pub(super) fn email(number: usize) -> String {
        format!("soak{number}@example.com")
    }

    pub(super) async fn arrive(number: usize, replicas: [&Program; 2]) -> Self {
        let member = replicas[0].log_in(&Self::email(number)).await;
        member.consent().await;
        let chance = Chance::new(number as u64 + 1);
        Self { member, replicas: replicas.map(Program::address), chance, granted: 0, made: 0, unclear: 0 }
    }

    pub(super) async fn does_something(&mut self) {
        match self.chance.below(10) {
            0..=4 => self.pays().await,
            5 => self.reads_the_statement().await,
            6 => self.breaks_off().await,
            7 => self.sends_nonsense().await,
            8 => self.changes_their_mind().await,
            _ => self.comes_back().await,
        }
    }

    /// Has a transfer refused, approves it, and makes it several times at once, at all replicas.
    async fn pays(&mut self) {
        let amount = format!("{}.{:02}", self.chance.below(3) + 1, self.chance.below(100));
        let transfer = json!({ "to": "Zoe", "amount": amount });
        let refusal = self.post("/api/transfer", transfer.clone()).await;
        let Some(intent) = step_up(&refusal, "intent") else { return };
        let start = json!({ "policy": "transfer", "intent": intent });
        let started = self.post("/biometry/session/start", start).await;
        let Some(challenge) = challenge(&started) else { return };
        let verified = self.anywhere().verify(&challenge).await;
        if expected(&verified).status != 200 {
            // Whether it was kept is not known where the store did not say so.
            self.granted += usize::from(verified.status == 503);
        } else {
            self.granted += 1;
        }
        let mut attempts = JoinSet::new();
        for number in 0..=self.chance.below(6) {
            let (member, transfer) = (self.member.at(self.replicas[number % 2]), transfer.clone());
            attempts.spawn(async move { member.browser.post("/api/transfer").json(transfer).send().await });
        }
        let answers = attempts.join_all().await;
        let made = answers.iter().filter(|answer| expected(answer).status == 200).count();
        assert!(made <= 1, "one approval made {made} transfers");
        self.made += made;
        self.unclear += usize::from(made == 0 && answers.iter().any(|answer| answer.status == 503));
    }

    async fn reads_the_statement(&mut self) {
        let started = self.post("/biometry/session/start", json!({ "policy": "statement" })).await;
        if let Some(challenge) = challenge(&started) {
            expected(&self.anywhere().verify(&challenge).await);
            expected(&self.anywhere().statement().await);
        }
    }

    /// Leaves in the middle of an upload.
    async fn breaks_off(&mut self) {
        let started = self.post("/biometry/session/start", json!({ "policy": "statement" })).await;
        if let Some(challenge) = challenge(&started) {
            let form = Form::new().file("video", media::webm(200_000));
            let member = self.anywhere();
            let mut upload = member.upload(&challenge).header("content-type", &form.content_type()).open();
            let most = form.bytes().slice(..150_000 - 10_000 * self.chance.below(10));
            upload.send(most).await;
            upload.abort().await;
        }
    }

    async fn sends_nonsense(&mut self) {
        let started = self.post("/biometry/session/start", json!({ "policy": "statement" })).await;
        if let Some(challenge) = challenge(&started) {
            let form = match self.chance.below(3) {
                0 => Form::new().text("phrase", "not what was asked").file("video", media::webm(5_000)),
                1 => Form::new()
                    .file("video", media::webm(5_000))
                    .text("userFullname", "somebody@else.example"),
                _ => Form::new().text("unheard", "of").file("video", media::webm(5_000)),
            };
            let answer = self.anywhere().upload(&challenge).form(&form).send().await;
            assert_ne!(expected(&answer).status, 200, "{answer:?}");
        }
    }

    /// Withdraws, and agrees again.
    async fn changes_their_mind(&mut self) {
        expected(&self.anywhere().browser.delete("/biometry/consent").send().await);
        self.agrees().await;
    }

    async fn comes_back(&mut self) {
        let leaves = self.anywhere().browser.post("/logout").send().await;
        if expected(&leaves).status == 200 {
            self.logs_in().await;
        }
        self.agrees().await;
    }

    async fn logs_in(&self) {
        let email = json!({ "email": self.member.email });
        self.member.browser.post("/login").json(email).send().await.ok();
    }

    async fn agrees(&mut self) {
        self.post("/biometry/consent", json!({ "authorization": true })).await;
    }

    /// What the bank has made of it, in fair weather: neither more than was granted, nor less than was reported.
    pub(super) async fn check_accounts(&self) -> usize {
        // A logout whose answer never came, or reported an outage, may have ended the login all the same.
        self.logs_in().await;
        // A withdrawal that the platform is still owed may come between consent and capture.
        eventually("a check passes again", async || {
            self.member.consent().await;
            let challenge = self.member.start("statement").await;
            self.member.verify(&challenge).await.status == 200
        })
        .await;
        let mut made = 0;
        for replica in self.replicas {
            let statement = self.member.at(replica).statement().await.ok();
            made += statement["entries"].as_array().expect("a list").len();
        }
        assert!(made <= self.granted, "{made} transfers of {} approvals", self.granted);
        assert!(self.made <= made, "{made} transfers, {} of which were reported", self.made);
        assert!(made <= self.made + self.unclear, "{made} transfers, {} of which were reported", self.made);
        made
    }

    pub(super) async fn is_served_everywhere(&self) -> bool {
        let mut served = true;
        for replica in self.replicas {
            served &= self.member.at(replica).browser.get("/biometry/session").send().await.status == 200;
        }
        served
    }

    /// Sends all but the end of a capture.
    pub(super) async fn begins_to_upload(&self, replica: usize) -> (Upload, Bytes) {
        let member = self.member.at(self.replicas[replica]);
        let challenge = member.start("statement").await;
        let form = capture();
        let mut upload = member.upload(&challenge).header("content-type", &form.content_type()).open();
        let mut bytes = form.bytes();
        let start = bytes.split_to(bytes.len() - 1);
        assert!(upload.send(start).await, "there is a place");
        (upload, bytes)
    }

    pub(super) async fn finishes(&self, (mut upload, rest): (Upload, Bytes)) {
        upload.send(rest).await;
        assert_eq!(upload.finish().await.granted()["scoring_result"], "pass");
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        let answer = self.anywhere().browser.post(path).json(body).send().await;
        expected(&answer);
        answer
    }

    fn anywhere(&mut self) -> Member {
        self.member.at(self.replicas[self.chance.below(2)])
    }
}

/// An answer that the contract knows: on a bad day there are many, and none of them is a 500.
#[track_caller]
fn expected(answer: &Answer) -> &Answer {
    let known = [200, 400, 401, 403, 404, 409, 410, 422, 429, 502, 503, 504];
    assert!(known.contains(&answer.status.as_u16()), "{answer:?}");
    if answer.status != 200 {
        assert!(answer.code().is_some(), "{answer:?}");
    }
    answer
}

fn step_up(refusal: &Answer, member: &str) -> Option<Value> {
    (refusal.code().as_deref() == Some("step-up-required"))
        .then(|| refusal.json()["step_up"][member]["id"].clone())
}

fn challenge(started: &Answer) -> Option<Challenge> {
    (started.status == 200).then(|| Challenge::read(&started.json()))
}

/// Random enough, and the same each time.
#[derive(Clone)]
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        // SplitMix64, by Steele, Lea and Flood.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % bound as u64).unwrap_or_default()
    }
}
