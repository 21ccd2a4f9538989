//! A fixed circle of people who sign in by face, verify, break off and log out, again and again: with no new people, memory
//! stays where it is. `SOAK_SECS` makes the circle as large and as long as `cargo xtask soak circle` wants it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use biometry_gate_testkit::{Browser, Form, media};
use serde_json::json;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval, interval_at};

use super::curve::Curve;
use super::person::Chance;
use crate::harness::{Challenge, Host, Member, Memory, Program, capture};

on_every_host! {
    memory_stays_flat_while_a_fixed_circle_signs_in_and_out,
}

async fn memory_stays_flat_while_a_fixed_circle_signs_in_and_out<H: Host>() {
    let extent = Extent::from_env();
    let sandbox = Program::sandbox().await;
    let bank = start::<H>(&sandbox, &extent).await;
    let (flows, broken) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let began = Instant::now();
    let mut circle = JoinSet::new();
    for number in 0..extent.people {
        let (flows, broken, home) = (Arc::clone(&flows), Arc::clone(&broken), bank.browser());
        circle.spawn(async move {
            let mut turns = interval_at(began + extent.every * number / extent.people, extent.every);
            turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
            turns.tick().await;
            let mut person = Person::arrive(home, number).await;
            while began.elapsed() < extent.lasts {
                turns.tick().await;
                person.chance.below(2);
                let mut acting = person.clone();
                let flow = tokio::spawn(async move {
                    acting.does_something().await;
                    acting
                });
                match flow.await {
                    Ok(acted) => person = acted,
                    Err(_) => drop(broken.fetch_add(1, Ordering::Relaxed)),
                }
                flows.fetch_add(1, Ordering::Relaxed);
            }
        });
    }
    let mut curve = Curve::default();
    let mut looks = interval(extent.lasts / LOOKS);
    for _ in 0..=LOOKS {
        looks.tick().await;
        let memory = [&bank, &sandbox].map(|program| Memory::of(program).now);
        curve.add(began.elapsed(), flows.load(Ordering::Relaxed), memory);
    }
    circle.join_all().await;
    let broken = broken.load(Ordering::Relaxed);
    println!("{}, {} people, {broken} flows broke\n{curve}", std::any::type_name::<H>(), extent.people);
    let done = flows.load(Ordering::Relaxed);
    assert!(done >= extent.people as usize, "everybody has done something: {done}");
    // On a machine that has a lot to do, an answer may come too late in an hour, and no more than a few.
    assert!(broken * 1_000 <= done, "{broken} of {done} flows broke");
    let grown = curve.grown();
    assert!(grown.iter().all(|bytes| *bytes < MOST_GROWTH), "bank and sandbox grew by {grown:?} bytes");
    if extent.lasts >= LONG {
        let slopes = curve.bytes_per_flow();
        assert!(slopes.iter().all(|slope| *slope < MOST_PER_FLOW), "{slopes:?} bytes per flow");
    }
}

async fn start<H: Host>(sandbox: &Program, extent: &Extent) -> Program {
    let (key, starts) = (sandbox.key().await, extent.starts.to_string());
    let environment = [
        ("BIOMETRY_API_KEY", key.as_str()),
        ("BIOMETRY_BASE_URL", &format!("http://{}", sandbox.address())),
        ("SESSION_SECRET", "the secret that both banks of this test share"),
        ("MAX_STARTS", &starts),
        ("RUST_LOG", "error"),
    ];
    Program::start::<H>(&environment).await
}

/// How many people go on for how long.
#[derive(Clone, Copy)]
struct Extent {
    people: u32,
    /// How often each of them does something.
    every: Duration,
    lasts: Duration,
    /// How often each of them may start in ten minutes.
    starts: u32,
}

impl Extent {
    fn from_env() -> Self {
        match std::env::var("SOAK_SECS") {
            Ok(seconds) => Self {
                people: 720,
                every: Duration::from_secs(60),
                lasts: Duration::from_secs(seconds.parse().expect("SOAK_SECS: seconds")),
                starts: 20,
            },
            Err(_) => Self {
                people: 12,
                every: Duration::from_millis(50),
                lasts: Duration::from_secs(2),
                starts: 1_000_000,
            },
        }
    }
}

/// A person of the circle, with the browser that they have at home.
#[derive(Clone)]
struct Person {
    email: String,
    home: Browser,
    chance: Chance,
}

impl Person {
    /// Has agreed: every other one to be stored, too, and has passed since.
    async fn arrive(home: Browser, number: u32) -> Self {
        let email = format!("pass+circle{number}@example.com");
        let member = Member::log_in(Browser::new(home.address()), &email).await;
        if number.is_multiple_of(2) {
            member.consent_to_all().await;
            member.pass("statement").await;
        } else {
            member.consent().await;
        }
        member.log_out().await;
        Self { email, home, chance: Chance::new(u64::from(number) + 1) }
    }

    async fn does_something(&mut self) {
        let strange = Browser::new(self.home.address());
        match self.chance.below(10) {
            0..=4 => {
                let browser = self.home.copy();
                self.signs_in_and_out(&browser).await;
                self.home = browser.copy();
            }
            5 => self.signs_in_and_out(&strange).await,
            6 => self.breaks_off(&strange).await,
            7 => drop(self.starts(&strange).await),
            8 => self.steps_up().await,
            _ => self.passes(&self.home.copy()).await,
        }
    }

    async fn signs_in_and_out(&self, browser: &Browser) {
        self.passes(browser).await;
        let redeemed = browser.post("/login/face").send().await;
        if redeemed.status == 200 {
            assert_eq!(browser.get("/api/whoami").send().await.ok()["email"], self.email);
            browser.post("/logout").send().await.ok();
        }
    }

    async fn passes(&self, browser: &Browser) {
        if let Some(challenge) = self.starts(browser).await {
            let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
            let answer = upload.form(&capture()).send().await;
            if answer.code().as_deref() != Some("overloaded") {
                assert_eq!(answer.granted()["scoring_result"], "pass");
            }
        }
    }

    /// Leaves in the middle of a capture.
    async fn breaks_off(&self, browser: &Browser) {
        if let Some(challenge) = self.starts(browser).await {
            let form = Form::new().file("video", media::webm(100_000));
            let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
            let mut upload = upload.header("content-type", &form.content_type()).open();
            upload.send(form.bytes().slice(..60_000)).await;
            upload.abort().await;
        }
    }

    /// Logs in without a face, verifies for a page, looks at it and logs out.
    async fn steps_up(&self) {
        let browser = Browser::new(self.home.address());
        let member = Member::log_in(browser, &self.email).await;
        member.pass("statement").await;
        member.statement().await.ok();
        member.log_out().await;
    }

    /// Starts to sign in, unless strangers have started too often lately, under this name or altogether.
    async fn starts(&self, browser: &Browser) -> Option<Challenge> {
        let body = json!({ "policy": "login", "subject": self.email });
        let answer = browser.post("/biometry/session/start").json(body).send().await;
        if answer.status == 429 || answer.code().as_deref() == Some("overloaded") {
            return None;
        }
        Some(Challenge::read(&answer.granted()))
    }
}

const LOOKS: u32 = 60;
/// From here on the slope of memory means something.
const LONG: Duration = Duration::from_secs(1_800);
/// What an allocator may keep for itself, and what is kept of everybody for a quarter of an hour.
const MOST_GROWTH: usize = 64 << 20;
/// Of each process, once what is kept for a while has come and gone.
const MOST_PER_FLOW: f64 = 64.0;
