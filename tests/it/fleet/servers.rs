//! Three replicas on one store, and what spreads requests over them.

use super::*;

/// Banks in front of one sandbox, with one store and one secret.
pub(super) struct Fleet {
    pub(super) redis: RedisServer,
    pub(super) sandbox: Sandbox,
    pub(super) environment: Vec<(String, String)>,
    pub(super) programs: Vec<Program>,
}

impl Fleet {
    pub(super) async fn of<H: Host>(count: usize) -> Self {
        Self::with::<H>(count, &[]).await
    }

    pub(super) async fn with<H: Host>(count: usize, variables: &[(&str, &str)]) -> Self {
        let (redis, sandbox) = (RedisServer::start().await, Sandbox::start().await.expect("a sandbox"));
        let (key, base, store) = (sandbox.mint_key(), sandbox.base_url(), redis.url());
        let common = [
            ("BIOMETRY_API_KEY", &*key),
            ("BIOMETRY_BASE_URL", &*base),
            ("STORE_URL", &*store),
            ("SESSION_SECRET", "the secret that all banks of these tests share"),
            // Many processes share few processors here: a store is late only where a test says so.
            ("STORE_TIMEOUT_MS", "15000"),
            ("MAX_STARTS", "1000"),
        ];
        let environment = common.iter().chain(variables);
        let environment =
            environment.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let mut fleet = Self { redis, sandbox, environment, programs: Vec::new() };
        for _ in 0..count {
            let program = fleet.start_another::<H>().await;
            fleet.programs.push(program);
        }
        fleet
    }

    pub(super) async fn start_another<H: Host>(&self) -> Program {
        self.start_with::<H>(&[]).await
    }

    /// Another bank, with these variables instead of the others' values.
    pub(super) async fn start_with<H: Host>(&self, variables: &[(&str, &str)]) -> Program {
        let own = self.environment.iter().map(|(name, value)| (&**name, &**value));
        Program::start::<H>(&own.chain(variables.iter().copied()).collect::<Vec<_>>()).await
    }

    /// Another bank, with one of the variables left out.
    pub(super) async fn start_without<H: Host>(&self, variable: &str) -> Program {
        let own = self.environment.iter().map(|(name, value)| (&**name, &**value));
        Program::start::<H>(&own.filter(|(name, _)| *name != variable).collect::<Vec<_>>()).await
    }

    pub(super) fn address(&self, place: usize) -> SocketAddr {
        self.programs[place].address()
    }

    /// The same person at another one.
    pub(super) fn at(&self, place: usize, member: &Member) -> Member {
        member.at(self.address(place))
    }

    pub(super) async fn log_in(&self, place: usize, email: &str) -> Member {
        Member::log_in(Browser::new(self.address(place)), email).await
    }

    pub(super) async fn consented(&self, place: usize, email: &str) -> Member {
        let member = self.log_in(place, email).await;
        member.consent().await;
        member
    }

    /// Begins an upload and waits until the platform sees it; answers what is left to be sent.
    pub(super) async fn begin_upload(
        &self,
        member: &Member,
        challenge: &Challenge,
    ) -> (biometry_gate_testkit::Upload, bytes::Bytes) {
        let form = capture();
        let mut upload = member.upload(challenge).header("content-type", &form.content_type()).open();
        let mut bytes = form.bytes();
        let start = bytes.split_to(bytes.len() - 1);
        assert!(upload.send(start).await, "the bank reads the upload");
        let arrives = |seen: &[Entry]| seen.iter().any(|entry| entry.body_bytes > 5_000 && !entry.complete);
        self.sandbox.journal_when(arrives).await.expect("the platform sees the capture");
        (upload, bytes)
    }

    pub(super) async fn keys(&self) -> usize {
        self.redis.cli(&["keys", "*"]).await.lines().count()
    }
}

/// Sends each request to one of the banks in turn, and to the next one where it was not answered.
pub(super) struct Balancer {
    pub(super) addresses: std::sync::Mutex<Vec<SocketAddr>>,
    pub(super) turn: AtomicUsize,
}

impl Balancer {
    pub(super) fn new(fleet: &Fleet) -> Self {
        let addresses = fleet.programs.iter().map(Program::address).collect();
        Self { addresses: std::sync::Mutex::new(addresses), turn: AtomicUsize::new(0) }
    }

    pub(super) fn replace(&self, place: usize, address: SocketAddr) {
        self.addresses.lock().expect("no thread panicked")[place] = address;
    }

    /// How many requests were sent.
    pub(super) fn progress(&self) -> usize {
        self.turn.load(Ordering::Relaxed)
    }

    pub(super) fn next(&self) -> SocketAddr {
        let addresses = self.addresses.lock().expect("no thread panicked");
        addresses[self.turn.fetch_add(1, Ordering::Relaxed) % addresses.len()]
    }

    pub(super) async fn statement(&self, member: &Member) -> Answer {
        loop {
            let member = member.at(self.next());
            if let Ok(answer) = member.browser.get("/api/statement").try_send().await {
                return answer;
            }
        }
    }

    /// Approves a payment at one bank and makes it at others, as often as they let it be made.
    pub(super) async fn pay_once(&self, member: &Member, amount: usize) {
        let amount = amount.to_string();
        self.approve(member, &amount).await;
        let (mut made, mut unanswered) = (0, 0);
        for _ in 0..4 {
            let member = member.at(self.next());
            let payment = json!({ "to": "Zoe", "amount": amount });
            match member.browser.post("/api/transfer").json(payment).try_send().await {
                Ok(answer) if answer.status == 200 => made += 1,
                Ok(answer) => assert_eq!(answer.problem("step-up-required")["reason"], "consumed"),
                Err(_) => unanswered += 1,
            }
        }
        assert!(made <= 1, "an approval was used {made} times");
        assert!(made + unanswered > 0, "an approval was lost");
    }

    pub(super) async fn approve(&self, member: &Member, amount: &str) {
        loop {
            let member = member.at(self.next());
            if self.try_approve(&member, amount).await.is_ok() {
                return;
            }
        }
    }

    /// The three requests of an approval, each of which a bank that stops may leave unanswered.
    pub(super) async fn try_approve(
        &self,
        member: &Member,
        amount: &str,
    ) -> Result<(), biometry_gate_testkit::SendError> {
        let payment = json!({ "to": "Zoe", "amount": amount });
        let refused = member.browser.post("/api/transfer").json(payment).try_send().await?;
        let intent = refused.problem("step-up-required")["step_up"]["intent"]["id"].clone();
        let elsewhere = member.at(self.next());
        let start = json!({ "policy": "transfer", "intent": intent });
        let started = elsewhere.browser.post("/biometry/session/start").json(start).try_send().await?;
        let challenge = Challenge::read(&started.granted());
        let verified = member.at(self.next()).upload(&challenge).form(&capture()).try_send().await?;
        verified.granted();
        Ok(())
    }
}
