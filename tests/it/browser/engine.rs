//! A browser with a fresh profile: Chromium with a camera that films a test picture and a microphone that beeps, or another one.

use std::sync::Arc;
use std::time::Duration;

use fantoccini::actions::{InputSource as _, KeyAction, KeyActions};
use fantoccini::elements::{Element, ElementRef};
use fantoccini::error::CmdError;
use fantoccini::key::Key;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use super::chromedriver::Chromedriver;
use super::drivers;

/// What the browser says when a page asks for camera and microphone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Camera {
    Allowed,
    Blocked,
    /// There is neither.
    Missing,
}

/// The engines that the page is held to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Engine {
    Chromium(Camera),
    Firefox,
    /// Without camera and microphone.
    WebKit,
    /// With both, of its own making.
    WebKitWithDevices,
}

/// A running browser. Dropped, it is closed.
#[derive(Debug)]
pub(crate) struct Browser {
    client: Client,
    driver: Driver,
    session: String,
}

#[derive(Debug)]
enum Driver {
    Chromium(Arc<Chromedriver>),
    Other(drivers::Driver),
}

impl Browser {
    pub(crate) async fn open(url: &str, engine: Engine) -> Self {
        let (driver, address, capabilities) = match engine {
            Engine::Chromium(camera) => {
                let driver = Chromedriver::shared();
                (Driver::Chromium(Arc::clone(&driver)), driver.url(), capabilities(camera))
            }
            Engine::Firefox => Self::other(drivers::Driver::firefox()),
            Engine::WebKit => Self::other(drivers::Driver::webkit(false)),
            Engine::WebKitWithDevices => Self::other(drivers::Driver::webkit(true)),
        };
        let mut capabilities = capabilities.as_object().cloned().unwrap_or_default();
        capabilities.insert("timeouts".to_owned(), json!({ "script": PATIENCE.as_millis() }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await
            .unwrap_or_else(|error| panic!("no browser ({error}): `cargo xtask test` installs it"));
        let session = client.session_id().await.expect("a session").expect("a session");
        let browser = Self { client, driver, session: format!("/session/{session}") };
        browser.go(url).await;
        browser
    }

    fn other(driver: drivers::Driver) -> (Driver, String, Value) {
        let (address, capabilities) = (driver.url(), driver.capabilities().clone());
        (Driver::Other(driver), address, capabilities)
    }

    pub(crate) async fn go(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Gives the window's content so much room, in the browser's own pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.client.set_window_size(width, height).await.expect("the window can be resized");
    }

    /// What a command of the `DevTools` protocol answers, which Chromium alone speaks.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        let Driver::Chromium(driver) = &self.driver else { panic!("{command} is for Chromium") };
        let path = format!("{}/goog/cdp/execute", self.session);
        let body = json!({ "cmd": command, "params": parameters }).to_string();
        let answer = driver.ask("POST", &path, &body).expect("chromedriver passes commands on");
        let mut answer: Value = serde_json::from_slice(&answer).expect("chromedriver answers in JSON");
        assert!(answer["value"]["error"].is_null(), "{command}: {answer}");
        answer["value"].take()
    }

    /// Presses a key and lets go of it.
    pub(crate) async fn press(&self, key: Key) {
        let value = key.into();
        let keys = KeyActions::new("keyboard".to_owned())
            .then(KeyAction::Down { value })
            .then(KeyAction::Up { value });
        self.client.perform_actions(keys).await.expect("the key is pressed");
    }

    /// Waits for an element.
    ///
    /// # Panics
    /// If there is none in time, with what the page says instead.
    pub(crate) async fn wait_for(&self, selector: &str) -> Element {
        let waiting = self.client.wait().at_most(PATIENCE).every(PERIOD);
        match waiting.for_element(Locator::Css(selector)).await {
            Ok(element) => element,
            Err(CmdError::WaitTimeout) => {
                panic!(
                    "no {selector}: {} {:?}",
                    self.run("return document.body.innerText;").await,
                    self.log()
                )
            }
            Err(error) => panic!("{selector}: {error}"),
        }
    }

    /// Waits for an element of the dialog that shows, in its own shadow tree or in one inside of it.
    ///
    /// # Panics
    /// If there is none in time, with what the dialog says instead.
    pub(crate) async fn wait_in_dialog(&self, selector: &str) -> Element {
        let mut looks = tokio::time::interval(PERIOD);
        let looking = async {
            loop {
                looks.tick().await;
                let found = self.client.execute(FIND_IN_DIALOG, vec![selector.into()]).await;
                let found = found.expect("the script runs");
                if let Some(id) = found.as_object().and_then(|found| found.values().next()?.as_str()) {
                    return Element::from_element_id(self.client.clone(), ElementRef::from(id.to_owned()));
                }
            }
        };
        if let Ok(element) = tokio::time::timeout(PATIENCE, looking).await {
            return element;
        }
        panic!("no {selector} in the dialog: {} {:?}", self.run(DIALOG_SAYS).await, self.log());
    }

    /// The value of a script.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.client.execute(script, vec![]).await.expect("the script runs")
    }

    /// What a script's last argument is called with.
    pub(crate) async fn run_to_end(&self, script: &str) -> Value {
        self.client.execute_async(script, vec![]).await.expect("the script ends")
    }

    /// [`run_to_end`](Self::run_to_end) with one argument before the last one.
    pub(crate) async fn run_to_end_with(&self, script: &str, argument: Value) -> Value {
        self.client.execute_async(script, vec![argument]).await.expect("the script ends")
    }

    /// What Chromium's console and network have complained about since the last time; the others keep no log.
    pub(crate) fn log(&self) -> Vec<Value> {
        let Driver::Chromium(driver) = &self.driver else { return Vec::new() };
        let path = format!("{}/se/log", self.session);
        let answer = driver.ask("POST", &path, r#"{"type":"browser"}"#).expect("chromedriver keeps a log");
        let answer: Value = serde_json::from_slice(&answer).expect("chromedriver answers in JSON");
        answer["value"].as_array().expect("a log is a list").clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Answered when the browser is gone; where it cannot be, the driver's own end is the last resort.
        match &self.driver {
            Driver::Chromium(driver) => drop(driver.ask("DELETE", &self.session, "")),
            Driver::Other(driver) => driver.close(&self.session),
        }
    }
}

fn capabilities(camera: Camera) -> Value {
    let mut flags = FLAGS.to_vec();
    flags.extend(match camera {
        Camera::Allowed => &["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"][..],
        Camera::Blocked => &["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"],
        Camera::Missing => &["--use-fake-ui-for-media-stream"],
    });
    json!({
        "goog:chromeOptions": { "args": flags },
        "goog:loggingPrefs": { "browser": "ALL" },
    })
}

const FLAGS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

const FIND_IN_DIALOG: &str = "
    const find = (root, selector) => {
        const shown = [...root.querySelectorAll(selector)].find((element) =>
            element.getClientRects().length > 0 || element.matches('input[type=file], [hidden]'));
        if (shown) return shown;
        for (const { shadowRoot } of root.querySelectorAll('*')) {
            const inside = shadowRoot && find(shadowRoot, selector);
            if (inside) return inside;
        }
        return null;
    };
    return find(document.querySelector('step-up-dialog').shadowRoot, arguments[0]);";

const DIALOG_SAYS: &str = "
    const dialog = document.querySelector('step-up-dialog');
    return `${dialog.getAttribute('state')} ${dialog.getAttribute('problem')} ${dialog.shadowRoot.textContent}`;";

const PATIENCE: Duration = Duration::from_secs(60);
const PERIOD: Duration = Duration::from_millis(40);
