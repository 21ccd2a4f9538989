use std::net::SocketAddr;
use std::ops::Deref;

use biometry_gate_testkit::host::{Challenge, Person};
use biometry_gate_testkit::{Answer, Browser, File, Form, media};
use serde_json::{Value, json};

/// A user with a browser who has logged in at the bank.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    person: Person,
    pub(crate) email: String,
}

impl Member {
    pub(crate) async fn log_in(browser: Browser, email: &str) -> Self {
        browser.post("/login").json(json!({ "email": email })).send().await.ok();
        Self::with(browser, email)
    }

    /// A user who has logged in with this browser.
    pub(crate) fn with(browser: Browser, email: &str) -> Self {
        Self { person: Person { browser, subject: email.to_owned() }, email: email.to_owned() }
    }

    /// The same person with the same cookies at another replica of the bank.
    pub(crate) fn at(&self, address: SocketAddr) -> Self {
        Self::with(self.browser.at(address), &self.email)
    }

    /// The same person, speaking HTTP/2.
    pub(crate) fn over_http2(&self) -> Self {
        Self::with(self.browser.clone().over_http2(), &self.email)
    }

    /// What the bank knows of the person's consent.
    pub(crate) async fn consents(&self) -> Value {
        self.browser.get("/biometry/consent").send().await.granted()
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
        self.person.start_approval(&refusal).await
    }

    /// Has a transfer refused, and approves it.
    pub(crate) async fn approve(&self, to: &str, amount: &str) {
        let challenge = self.start_approval(to, amount).await;
        self.pass_with(&challenge).await;
    }

    /// Has a face enrolled.
    pub(crate) async fn enroll_face(&self) -> Answer {
        let form = Form::new().file("face", media::png(8_000));
        self.browser.post("/biometry/enroll/face").form(&form).send().await
    }

    /// Has a document checked.
    pub(crate) async fn show_document(&self, document: &File) -> Answer {
        let form = Form::new().file("document", document.clone());
        self.browser.post("/biometry/document/check").form(&form).send().await
    }

    /// Has a picture compared with the video that passed.
    pub(crate) async fn match_face(&self, picture: &File) -> Answer {
        let form = Form::new().file("image", picture.clone());
        let request = self.browser.post("/biometry/face/match").header("x-use-prefilled-video", "true");
        request.form(&form).send().await
    }

    pub(crate) async fn log_out(&self) {
        self.browser.post("/logout").send().await.ok();
    }
}

impl Deref for Member {
    type Target = Person;

    fn deref(&self) -> &Person {
        &self.person
    }
}
