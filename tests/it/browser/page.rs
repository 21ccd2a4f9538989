//! The bank's page, and what people do on it.

use std::io::Write as _;

use fantoccini::elements::Element;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::chromium::{Camera, Chromium};

/// A video as the page sent it.
pub(super) struct Sent {
    pub(super) len: u64,
    /// Lower-case hexadecimal.
    pub(super) sha256: String,
    /// The first four bytes, in lower-case hexadecimal.
    pub(super) start: String,
}

/// The page in a browser of its own. Controls go by their `data-testid`.
#[derive(Debug)]
pub(super) struct Page(Chromium);

impl Page {
    pub(super) async fn open(url: &str, camera: Camera) -> Self {
        let page = Self(Chromium::open(url, camera).await);
        page.0.wait_for("#booting[hidden]").await;
        page
    }

    pub(super) async fn log_in(&self, email: &str) {
        self.fill("email", email).await;
        self.click("login-submit").await;
        self.wait_for_the_account().await;
        assert_eq!(self.text("whoami").await, email);
    }

    pub(super) async fn wait_for_the_account(&self) {
        self.0.wait_for("#view-home:not([hidden])").await;
    }

    /// Asks for the statement, to which a check is the answer.
    pub(super) async fn ask_for_the_statement(&self) {
        self.click("statement-open").await;
        self.reach("review").await;
    }

    /// Gives both consents where the step-up asks for them, which it may not do in the person's place.
    pub(super) async fn consent(&self) {
        self.click("stepup-proceed").await;
        self.reach("consent").await;
        for purpose in ["authorization", "storage"] {
            let choice = self.0.wait_for(&format!("#stepup-consent [name={purpose}]")).await;
            assert!(!choice.is_selected().await.expect("a box"), "{purpose} is ticked beforehand");
            choice.click().await.expect("the box can be ticked");
        }
        self.click("consent-submit").await;
    }

    /// Records for as short as the page allows.
    pub(super) async fn record(&self) {
        self.reach("ready").await;
        self.click("record").await;
        self.reach("recording").await;
        self.0
            .wait_for("#stop:not([aria-disabled=true])")
            .await
            .click()
            .await
            .expect("the take can be stopped");
    }

    pub(super) async fn choose_video(&self, bytes: &[u8]) {
        let mut file = NamedTempFile::with_suffix(".webm").expect("a file to choose");
        file.write_all(bytes).expect("a file to choose");
        let path = file.path().to_str().expect("a plain path");
        self.element("video-file").await.send_keys(path).await.expect("the file is chosen");
        self.0.wait_for("#stepup:not([data-state=ready]):not([data-state=uploading])").await;
    }

    /// Waits for a state of the step-up.
    pub(super) async fn reach(&self, state: &str) {
        self.0.wait_for(&format!("#stepup[data-state={state}]")).await;
    }

    /// The code of the problem that shows.
    pub(super) async fn problem(&self) -> String {
        self.attribute("#stepup", "data-problem").await
    }

    pub(super) async fn statement_lock(&self) -> String {
        self.attribute("#statement", "data-lock").await
    }

    pub(super) async fn fill(&self, control: &str, value: &str) {
        let field = self.element(control).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(value).await.expect("the field can be filled");
    }

    pub(super) async fn click(&self, control: &str) {
        self.element(control)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("click on {control}: {error}"));
    }

    pub(super) async fn shows(&self, control: &str) -> bool {
        self.element(control).await.is_displayed().await.expect("the element is there")
    }

    /// The text of an element as it shows.
    pub(super) async fn text(&self, control: &str) -> String {
        self.element(control).await.text().await.expect("the element has text")
    }

    /// From now on the page remembers what it uploads.
    pub(super) async fn note_uploads(&self) {
        self.0.run(NOTE_UPLOADS).await;
    }

    pub(super) async fn uploads(&self) -> Vec<Sent> {
        let sent = self.0.run_to_end(DIGEST_UPLOADS).await;
        let sent = sent.as_array().expect("a list").iter();
        sent.map(|sent| Sent {
            len: sent["len"].as_u64().expect("a length"),
            sha256: text(&sent["sha256"]).to_owned(),
            start: text(&sent["start"]).to_owned(),
        })
        .collect()
    }

    /// Nothing went wrong unseen, and nothing stays behind that this browser's next user could read.
    pub(super) async fn assert_clean(&self) {
        for entry in self.0.log() {
            // A refusal is an error to the browser; every other entry is one to us: scripts, policy, markup.
            assert!(is_refusal(&entry), "the browser complains: {entry}");
        }
        let kept = self.0.run_to_end(KEPT).await;
        assert_eq!(kept, json!({ "storage": [], "databases": [], "caches": [], "cookies": "", "query": "" }));
    }

    async fn attribute(&self, selector: &str, name: &str) -> String {
        let element = self.0.wait_for(selector).await;
        element.attr(name).await.expect("the element is there").unwrap_or_default()
    }

    async fn element(&self, control: &str) -> Element {
        self.0.wait_for(&format!("[data-testid={control}]")).await
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn is_refusal(entry: &Value) -> bool {
    entry["source"] == "network" && text(&entry["message"]).contains("responded with a status of 40")
}

const NOTE_UPLOADS: &str = "
    const append = FormData.prototype.append;
    window.sent = [];
    FormData.prototype.append = function (name, value, ...rest) {
        if (name === 'video') window.sent.push(value);
        return append.call(this, name, value, ...rest);
    };";

const DIGEST_UPLOADS: &str = "
    const done = arguments[arguments.length - 1];
    const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
    const digest = async (blob) => {
        const bytes = await blob.arrayBuffer();
        const sha256 = hex(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
        return { len: blob.size, sha256, start: hex(new Uint8Array(bytes.slice(0, 4))) };
    };
    Promise.all(window.sent.map(digest)).then(done, (error) => done(String(error)));";

const KEPT: &str = "
    const done = arguments[arguments.length - 1];
    Promise.all([indexedDB.databases(), caches.keys()]).then(([databases, caches]) => done({
        storage: [...Object.keys(localStorage), ...Object.keys(sessionStorage)],
        databases: databases.map(({ name }) => name),
        caches,
        cookies: document.cookie,
        query: location.search + location.hash,
    }));";
