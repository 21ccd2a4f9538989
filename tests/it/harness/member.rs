use std::net::SocketAddr;

use biometry_gate_testkit::{Answer, Browser, Form, Request, media};
use serde_json::{Value, json};

/// Somebody with a browser who has logged in at the bank.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) browser: Browser,
    pub(crate) email: String,
}

/// A session that was started: what has to be spoken, and under which handle.
#[derive(Clone, Debug)]
pub(crate) struct Challenge {
    pub(crate) session: String,
    pub(crate) phrase: String,
}

impl Challenge {
    #[track_caller]
    pub(crate) fn read(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
        Self { session: text("data"), phrase: text("phrase") }
    }

    /// The same session with the phrase that a rejection has handed out.
    #[track_caller]
    pub(crate) fn renewed(&self, rejection: &Value) -> Self {
        let phrase = rejection["phrase"].as_str().unwrap_or_else(|| panic!("no phrase: {rejection}"));
        Self { session: self.session.clone(), phrase: phrase.to_owned() }
    }
}

impl Member {
    pub(crate) async fn log_in(browser: Browser, email: &str) -> Self {
        browser.post("/login").json(json!({ "email": email })).send().await.ok();
        Self { browser, email: email.to_owned() }
    }

    /// The same person with the same cookies at another replica of the bank.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self { browser: self.browser.at(address), email: self.email.clone() }
    }

    /// The same person, speaking HTTP/2.
    pub(crate) fn over_http2(&self) -> Self {
        Self { browser: self.browser.clone().over_http2(), email: self.email.clone() }
    }

    /// Agrees to be verified.
    pub(crate) async fn consent(&self) {
        self.give_consent(json!({ "authorization": true })).await.granted();
    }

    /// Agrees to be verified and enrolled.
    pub(crate) async fn consent_to_all(&self) {
        self.give_consent(json!({ "authorization": true, "storage": true })).await.granted();
    }

    pub(crate) async fn give_consent(&self, body: Value) -> Answer {
        self.browser.post("/biometry/consent").json(body).send().await
    }

    /// What the bank knows of the person's consent.
    pub(crate) async fn consents(&self) -> Value {
        self.browser.get("/biometry/consent").send().await.granted()
    }

    /// Starts a session for a policy that is bound to no intent.
    pub(crate) async fn start(&self, policy: &str) -> Challenge {
        Challenge::read(&self.try_start(json!({ "policy": policy })).await.granted())
    }

    pub(crate) async fn try_start(&self, body: Value) -> Answer {
        self.browser.post("/biometry/session/start").json(body).send().await
    }

    /// Uploads a small capture for a session.
    pub(crate) async fn verify(&self, challenge: &Challenge) -> Answer {
        self.upload(challenge).form(&capture()).send().await
    }

    /// An upload for a session; the form is still to come.
    pub(crate) fn upload(&self, challenge: &Challenge) -> Request {
        self.browser.post("/biometry/verify").header("x-session-id", &challenge.session)
    }

    /// Verifies for a policy that is bound to no intent, and passes.
    pub(crate) async fn pass(&self, policy: &str) -> Challenge {
        let challenge = self.start(policy).await;
        assert_eq!(self.verify(&challenge).await.granted()["scoring_result"], "pass");
        challenge
    }

    pub(crate) async fn statement(&self) -> Answer {
        self.browser.get("/api/statement").send().await
    }

    /// Asks the bank to make a transfer.
    pub(crate) async fn transfer(&self, to: &str, amount: &str) -> Answer {
        self.browser.post("/api/transfer").json(json!({ "to": to, "amount": amount })).send().await
    }

    /// Starts a session to approve a transfer that the bank has refused.
    pub(crate) async fn start_approval(&self, to: &str, amount: &str) -> Challenge {
        let refusal = self.transfer(to, amount).await.problem("step-up-required");
        let body = json!({ "policy": "transfer", "intent": refusal["step_up"]["intent"]["id"] });
        Challenge::read(&self.try_start(body).await.granted())
    }

    /// Has a transfer refused, and approves it.
    pub(crate) async fn approve(&self, to: &str, amount: &str) {
        let challenge = self.start_approval(to, amount).await;
        assert_eq!(self.verify(&challenge).await.granted()["scoring_result"], "pass");
    }

    /// Where the session stands.
    pub(crate) async fn state(&self, challenge: &Challenge) -> String {
        let answer = self.browser.get("/biometry/session").header("x-session-id", &challenge.session);
        answer.send().await.granted()["state"].as_str().expect("a state").to_owned()
    }

    pub(crate) async fn log_out(&self) {
        self.browser.post("/logout").send().await.ok();
    }
}

/// A form with nothing but a small capture.
pub(crate) fn capture() -> Form {
    Form::new().file("video", media::webm(10_000))
}
