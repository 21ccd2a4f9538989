//! The bank's page, and what people do on it.

mod scripts;

use std::io::Write as _;

use fantoccini::elements::Element;
use fantoccini::key::Key;
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use self::scripts::{
    DIGEST_UPLOADS, FOCUSED, HISTORY, KEPT, NOTE_UPLOADS, PICTURE_SIZE, REQUESTS, STOP_WHEN_ALLOWED,
    VIOLATIONS,
};
use super::engine::{Browser, Engine};

/// A video as the page sent it.
pub(crate) struct Sent {
    pub(crate) len: u64,
    /// Lower-case hexadecimal.
    pub(crate) sha256: String,
    /// The first four bytes, in lower-case hexadecimal.
    pub(crate) start: String,
}

/// The page in a browser of its own. Controls go by their `data-testid`.
#[derive(Debug)]
pub(crate) struct Page(Browser);

impl Page {
    pub(crate) async fn open(url: &str, engine: Engine) -> Self {
        let page = Self(Browser::open(url, engine).await);
        page.0.wait_for("#booting[hidden]").await;
        page
    }

    pub(crate) async fn log_in(&self, email: &str) {
        self.fill("email", email).await;
        self.click("login-submit").await;
        self.wait_for_the_account().await;
        assert_eq!(self.text("whoami").await, email);
    }

    /// Goes to another page of the same host.
    pub(crate) async fn go(&self, url: &str) {
        self.0.go(url).await;
    }

    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.0.resize(width, height).await;
    }

    /// Gives the page itself so much room.
    pub(crate) async fn size_viewport(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.0.devtools("Emulation.setDeviceMetricsOverride", &size);
        let wait = "const done = arguments[arguments.length - 1]; requestAnimationFrame(() => done(true));";
        self.0.run_to_end(wait).await;
    }

    /// The person prefers this colour scheme: `light` or `dark`.
    pub(crate) fn prefer(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.0.devtools("Emulation.setEmulatedMedia", &features);
    }

    /// Tabs to a control and presses Enter.
    pub(crate) async fn press_by_keyboard(&self, control: &str) {
        self.tab_to(&selector(control)).await;
        self.0.press(Key::Enter).await;
    }

    /// Tabs to a box of consent and ticks it.
    pub(crate) async fn tick_by_keyboard(&self, purpose: &str) {
        self.tab_to(&format!("[name={purpose}]")).await;
        self.0.press(Key::Space).await;
    }

    pub(crate) async fn press_escape(&self) {
        self.0.press(Key::Escape).await;
    }

    /// The `data-testid` of what has the focus.
    pub(crate) async fn focused(&self) -> String {
        text(&self.0.run("return document.activeElement.dataset.testid ?? '';").await).to_owned()
    }

    async fn tab_to(&self, selector: &str) {
        let has_focus = format!("{FOCUSED} return focused.matches({});", json!(selector));
        for _ in 0..MOST_TABS {
            if self.0.run(&has_focus).await == json!(true) {
                return;
            }
            self.0.press(Key::Tab).await;
        }
        panic!("no way to {selector} by the keyboard");
    }

    /// The host's session ends, by another tab or by itself, and this page does not know.
    pub(crate) async fn log_out_elsewhere(&self) {
        let log_out =
            "fetch('/logout', { method: 'POST' }).then(() => arguments[arguments.length - 1](true));";
        assert_eq!(self.0.run_to_end(log_out).await, json!(true));
    }

    /// Waits for an element in the page itself.
    pub(crate) async fn wait_for(&self, selector: &str) -> Element {
        self.0.wait_for(selector).await
    }

    pub(crate) async fn wait_for_the_account(&self) {
        self.0.wait_for("#view-home:not([hidden])").await;
    }

    /// Asks for the statement, to which a check is the answer.
    pub(crate) async fn ask_for_the_statement(&self) {
        self.click("statement-open").await;
        self.reach("review").await;
    }

    /// Whether the account page shows a choice as made.
    pub(crate) async fn wait_for_choice(&self, purpose: &str, given: bool) {
        self.0.wait_for(&format!("#consent-form [data-purpose={purpose}][data-given={given}]")).await;
    }

    /// Presses something that has no `data-testid` of its own.
    pub(crate) async fn press(&self, selector: &str) {
        let element = self.0.wait_for(selector).await;
        element.click().await.unwrap_or_else(|error| panic!("click on {selector}: {error}"));
    }

    /// The history of consent once it has so many entries, latest first.
    pub(crate) async fn history(&self, entries: usize) -> Vec<String> {
        self.0.wait_for(&format!("#history-entries li:nth-child({entries})")).await;
        let told = self.0.run(HISTORY).await;
        told.as_array().expect("a list").iter().map(|entry| text(entry).to_owned()).collect()
    }

    /// What speaks for the page: `own` code, or the official `sdk`.
    pub(crate) async fn client(&self) -> String {
        self.attribute("#client", "data-client").await
    }

    /// The paths that the page has asked for, in order.
    pub(crate) async fn requests(&self) -> Vec<String> {
        let paths = self.0.run(REQUESTS).await;
        paths.as_array().expect("a list").iter().map(|path| text(path).to_owned()).collect()
    }

    /// What a script of its own makes of `argument` on this page.
    pub(crate) async fn run(&self, script: &str, argument: Value) -> Value {
        self.0.run_to_end_with(script, argument).await
    }

    /// Gives both consents where the step-up asks for them, which it may not do in the person's place.
    pub(crate) async fn consent(&self) {
        self.click("stepup-proceed").await;
        self.agree_to_all().await;
    }

    /// Gives both consents where the dialog asks for them.
    pub(crate) async fn agree_to_all(&self) {
        self.reach("consent").await;
        for purpose in ["authorization", "storage"] {
            let choice = self.0.wait_in_dialog(&format!("[name={purpose}]")).await;
            assert!(!choice.is_selected().await.expect("a box"), "{purpose} is ticked beforehand");
            choice.click().await.expect("the box can be ticked");
        }
        self.click("consent-submit").await;
    }

    /// Records for as short as the page allows. The page itself watches for that moment: seen from here it may be over
    /// before it is known, and a take that ends on its own is sent just the same.
    pub(crate) async fn record(&self) {
        self.reach("ready").await;
        self.click("record").await;
        self.0.run_to_end(STOP_WHEN_ALLOWED).await;
    }

    pub(crate) async fn choose_video(&self, bytes: &[u8]) {
        let file = self.choose("video-file", ".webm", bytes).await;
        self.0.wait_for("step-up-dialog:not([state=ready], [state=sending])").await;
        drop(file);
    }

    /// Chooses a video, and does not wait for what becomes of it.
    pub(crate) async fn begin_to_send_video(&self, bytes: &[u8]) -> NamedTempFile {
        self.choose("video-file", ".webm", bytes).await
    }

    pub(crate) async fn choose_picture(&self, bytes: &[u8]) {
        let file = self.choose("picture-file", ".png", bytes).await;
        self.0.wait_for("step-up-dialog:not([state=framing])").await;
        drop(file);
    }

    /// Chooses a file, which has to stay until it was read.
    async fn choose(&self, control: &str, suffix: &str, bytes: &[u8]) -> NamedTempFile {
        let mut file = NamedTempFile::with_suffix(suffix).expect("a file to choose");
        file.write_all(bytes).expect("a file to choose");
        let path = file.path().to_str().expect("a plain path");
        self.element(control).await.send_keys(path).await.expect("the file is chosen");
        file
    }

    /// Waits for a state of the step-up.
    pub(crate) async fn reach(&self, state: &str) {
        self.0.wait_for(&format!("step-up-dialog[state={state}]")).await;
    }

    /// The code of the problem that shows.
    pub(crate) async fn problem(&self) -> String {
        self.attribute("step-up-dialog", "problem").await
    }

    /// Runs a script for what it does.
    pub(crate) async fn execute(&self, script: &str) {
        self.0.run(script).await;
    }

    /// Waits until an element of the page has such a text in it.
    pub(crate) async fn wait_for_text(&self, selector: &str, text: &str) {
        let wait = format!(
            "const done = arguments[arguments.length - 1];
             const look = () => (document.querySelector('{selector}')?.textContent.includes('{text}') ? done(true) : requestAnimationFrame(look));
             look();"
        );
        assert_eq!(self.0.run_to_end(&wait).await, json!(true));
    }

    /// Waits until the dialog says such a text, in its own tree or in the scanner's.
    pub(crate) async fn wait_for_text_in_dialog(&self, text: &str) {
        let wait = format!(
            "const done = arguments[arguments.length - 1];
             const said = (root) => [...root.querySelectorAll('*')].some(({{ shadowRoot, textContent }}) => textContent.includes({text}) || (shadowRoot && said(shadowRoot)));
             const look = () => (said(document.querySelector('step-up-dialog').shadowRoot) ? done(true) : requestAnimationFrame(look));
             look();",
            text = json!(text),
        );
        assert_eq!(self.0.run_to_end(&wait).await, json!(true));
    }

    /// What axe-core finds wrong with the page as it is, once everything has come to rest.
    pub(crate) async fn violations(&self) -> Value {
        self.0.run(&axe()).await;
        self.0.run_to_end(VIOLATIONS).await
    }

    /// What assistive technology is told of the page, in the order in which it is read.
    pub(crate) fn accessibility_tree(&self) -> Vec<Value> {
        let tree = self.0.devtools("Accessibility.getFullAXTree", &json!({}));
        tree["nodes"].as_array().expect("a list").clone()
    }

    /// Width and height of the picture that is looked at, in its own pixels.
    pub(crate) async fn picture_size(&self) -> [u64; 2] {
        let size = self.0.run(PICTURE_SIZE).await;
        [0, 1].map(|side| size[side].as_u64().expect("a number"))
    }

    /// How the dialog's text runs: `ltr` or `rtl`.
    pub(crate) async fn direction(&self) -> String {
        let dialog = self.0.wait_in_dialog("dialog").await;
        dialog.css_value("direction").await.expect("the dialog is there")
    }

    pub(crate) async fn statement_lock(&self) -> String {
        self.attribute("#statement", "data-lock").await
    }

    pub(crate) async fn fill(&self, control: &str, value: &str) {
        let field = self.element(control).await;
        field.clear().await.expect("the field can be emptied");
        field.send_keys(value).await.expect("the field can be filled");
    }

    pub(crate) async fn click(&self, control: &str) {
        self.element(control)
            .await
            .click()
            .await
            .unwrap_or_else(|error| panic!("click on {control}: {error}"));
    }

    pub(crate) async fn shows(&self, control: &str) -> bool {
        self.element(control).await.is_displayed().await.expect("the element is there")
    }

    /// The text of an element as it shows.
    pub(crate) async fn text(&self, control: &str) -> String {
        self.element(control).await.text().await.expect("the element has text")
    }

    /// From now on the page remembers what it uploads.
    pub(crate) async fn note_uploads(&self) {
        self.0.run(NOTE_UPLOADS).await;
    }

    pub(crate) async fn uploads(&self) -> Vec<Sent> {
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
    pub(crate) async fn assert_clean(&self) {
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
        match in_dialog(control) {
            Some(selector) => self.0.wait_in_dialog(selector).await,
            None => self.0.wait_for(&format!("[data-testid={control}]")).await,
        }
    }
}

/// Where the dialog has a control, in its own tree or in the scanner's.
fn in_dialog(control: &str) -> Option<&'static str> {
    Some(match control {
        "stepup-cancel" => "[data-action=cancel]",
        "stepup-proceed" => "[data-action=proceed]",
        "review-display" => "#review-display",
        "consent-submit" => "[data-action=agree]",
        "phrase" => "#phrase",
        "record" => "[data-action=record]",
        "use-file" => "[data-action=use-file]",
        "video-file" => "#file",
        "stop-sending" => "[data-panel=sending] [data-action=abort]",
        "shoot" => "[data-action=shoot]",
        "picture-use-file" => "[data-panel=picture] [data-action=use-file]",
        "picture-file" => "#picture-file",
        "picture-send" => "[data-action=send]",
        "problem-title" => "#problem-heading",
        "problem-text" => "#problem-text",
        "problem-attempts" => "#problem-attempts",
        "problem-next" => "#problem-next",
        "problem-file" => "[data-panel=problem] [data-action=file]",
        "problem-close" => "[data-panel=problem] [data-action=cancel]",
        _ => return None,
    })
}

fn selector(control: &str) -> String {
    in_dialog(control).map_or_else(|| format!("[data-testid={control}]"), ToOwned::to_owned)
}

fn text(value: &Value) -> &str {
    value.as_str().expect("text")
}

fn is_refusal(entry: &Value) -> bool {
    entry["source"] == "network" && text(&entry["message"]).contains("responded with a status of 4")
}

fn axe() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/web/node_modules/axe-core/axe.min.js");
    std::fs::read_to_string(path)
        .expect("axe-core: `cargo xtask test` brings it, or `npm ci` in examples/web")
}

/// Bounds a way by the keyboard: the bank's page and the dialog together have fewer controls.
const MOST_TABS: usize = 60;
