use http::StatusCode;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::browser::Browser;
use crate::form::Form;
use crate::media;
use crate::request::Request;

/// A user with a browser who is logged in at a host, and what they do at the routes mounted under `/biometry`.
#[derive(Clone, Debug)]
pub struct Person {
    /// The browser, with the host's session in it.
    pub browser: Browser,
    /// Who the host says that they are.
    pub subject: String,
}

/// A session that was started.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Its handle.
    pub session: String,
    /// What has to be spoken.
    pub phrase: String,
}

impl Challenge {
    /// Reads the answer to a start.
    ///
    /// # Panics
    /// When it hands out no session or no phrase.
    #[must_use]
    #[track_caller]
    pub fn read(body: &Value) -> Self {
        let text = |name: &str| body[name].as_str().unwrap_or_else(|| panic!("no {name}: {body}")).to_owned();
        Self { session: text("data"), phrase: text("phrase") }
    }

    /// The same session with the phrase that a rejection has handed out.
    ///
    /// # Panics
    /// When it has handed out none.
    #[must_use]
    #[track_caller]
    pub fn renewed(&self, rejection: &Value) -> Self {
        let phrase = rejection["phrase"].as_str().unwrap_or_else(|| panic!("no phrase: {rejection}"));
        Self { session: self.session.clone(), phrase: phrase.to_owned() }
    }
}

impl Person {
    /// The same person with the same cookies, speaking HTTP/2.
    #[must_use]
    pub fn over_http2(&self) -> Self {
        Self { browser: self.browser.clone().over_http2(), subject: self.subject.clone() }
    }

    /// Agrees to be verified.
    ///
    /// # Panics
    /// When the host does not take it.
    pub async fn consent(&self) {
        self.give_consent(json!({ "authorization": true })).await.granted();
    }

    /// Agrees to be verified and enrolled.
    ///
    /// # Panics
    /// When the host does not take it.
    pub async fn consent_to_all(&self) {
        self.give_consent(json!({ "authorization": true, "storage": true })).await.granted();
    }

    /// Says this about consent.
    ///
    /// # Panics
    /// When there is no answer in time.
    pub async fn give_consent(&self, body: Value) -> Answer {
        self.browser.post("/biometry/consent").json(body).send().await
    }

    /// Starts a session for a policy that is bound to no intent.
    ///
    /// # Panics
    /// When it is not started.
    pub async fn start(&self, policy: &str) -> Challenge {
        Challenge::read(&self.try_start(json!({ "policy": policy })).await.granted())
    }

    /// Starts a session for an operation whose refusal this is.
    ///
    /// # Panics
    /// When it is not started.
    pub async fn start_approval(&self, refusal: &Value) -> Challenge {
        let step_up = &refusal["step_up"];
        let body = json!({ "policy": step_up["policy"], "intent": step_up["intent"]["id"] });
        Challenge::read(&self.try_start(body).await.granted())
    }

    /// Tries to start a session.
    ///
    /// # Panics
    /// When there is no answer in time.
    pub async fn try_start(&self, body: Value) -> Answer {
        self.browser.post("/biometry/session/start").json(body).send().await
    }

    /// Uploads a small capture for a session.
    ///
    /// # Panics
    /// When there is no answer in time.
    pub async fn verify(&self, challenge: &Challenge) -> Answer {
        self.upload(challenge).form(&capture()).send().await
    }

    /// An upload for a session; the form is still to come.
    pub fn upload(&self, challenge: &Challenge) -> Request {
        self.browser.post("/biometry/verify").header("x-session-id", &challenge.session)
    }

    /// Verifies for a policy that is bound to no intent, and passes.
    ///
    /// # Panics
    /// When the verification does not pass.
    pub async fn pass(&self, policy: &str) -> Challenge {
        let challenge = self.start(policy).await;
        self.pass_with(&challenge).await;
        challenge
    }

    /// Verifies in a session that was started, and passes.
    ///
    /// # Panics
    /// When the verification does not pass.
    pub async fn pass_with(&self, challenge: &Challenge) {
        assert_eq!(self.verify(challenge).await.granted()["scoring_result"], "pass");
    }

    /// Where the session stands.
    ///
    /// # Panics
    /// When the host does not tell.
    pub async fn state(&self, challenge: &Challenge) -> String {
        let answer = self.browser.get("/biometry/session").header("x-session-id", &challenge.session);
        answer.send().await.granted()["state"].as_str().expect("a state").to_owned()
    }

    /// Asks to be let in where a decision opens as long as it is fresh.
    ///
    /// # Panics
    /// When there is no answer in time.
    pub async fn enter(&self) -> Answer {
        self.browser.get("/gated/reusable").send().await
    }

    /// Asks to be let in, and is.
    ///
    /// # Panics
    /// When it is not so.
    pub async fn enters(&self) {
        let answer = self.enter().await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// Asks for an operation, for which a decision of its own is needed.
    ///
    /// # Panics
    /// When there is no answer in time.
    pub async fn operate(&self, operation: &str) -> Answer {
        self.browser.post("/gated/operation").body(operation.to_owned()).send().await
    }

    /// Asks for an operation, and it is run.
    ///
    /// # Panics
    /// When it is not so.
    pub async fn operates(&self, operation: &str) {
        let answer = self.operate(operation).await;
        assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    }

    /// Has an operation refused, and approves it.
    ///
    /// # Panics
    /// When it is not refused, or the approval does not pass.
    pub async fn approve(&self, operation: &str) {
        let refusal = self.operate(operation).await.problem("step-up-required");
        self.pass_with(&self.start_approval(&refusal).await).await;
    }

    /// Waits until the session waits for a capture: the host has noticed that an upload is gone.
    ///
    /// # Panics
    /// When it does not in time.
    pub async fn idle(&self, challenge: &Challenge) {
        super::eventually("the session waits for a capture again", async || {
            self.state(challenge).await == "issued"
        })
        .await;
    }

    /// The head of an upload as bytes on a connection, with these header lines besides.
    #[must_use]
    pub fn upload_head(&self, challenge: &Challenge, content_type: &str, more: &str) -> String {
        format!(
            "POST /biometry/verify HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Session-ID: {}\r\n\
             Content-Type: {content_type}\r\n{more}\r\n\r\n",
            self.browser.address(),
            self.browser.cookie_header().unwrap_or_default(),
            challenge.session,
        )
    }
}

/// A form with nothing but a small capture.
#[must_use]
pub fn capture() -> Form {
    Form::new().file("video", media::webm(10_000))
}
