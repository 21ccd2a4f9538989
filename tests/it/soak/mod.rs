//! A long bad day: people who do all sorts of things at two replicas with one store, while the network between them and
//! the platform behind them fail again and again. `SOAK_SECS` says how long; `cargo xtask soak` sets it.

mod circle;
mod curve;
mod person;
mod trouble;

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use biometry_gate_testkit::{RedisServer, RoughNetwork, Weather};
use biometry_sandbox::Sandbox;
use tokio::task::JoinSet;

use self::person::Person;
use crate::harness::{Host, Memory, Program, eventually};

on_every_host! {
    nothing_runs_that_was_not_granted_and_nothing_is_left_behind,
}

async fn nothing_runs_that_was_not_granted_and_nothing_is_left_behind<H: Host>() {
    let day = Day::begin::<H>().await;
    let mut people: Vec<Person> = Vec::new();
    for number in 0..PEOPLE {
        day.sandbox.enroll(&Person::email(number));
        people.push(Person::arrive(number, [&day.replicas[0], &day.replicas[1]]).await);
    }
    // Whatever is set up once, with the first of everything, is no leak.
    people = day.goes_on(people, WARM_UP).await;
    let before = day.replicas.each_ref().map(|replica| Memory::of(replica).now);
    let (mut after, mut made) = (before, 0);
    // On a busy machine a short day may pass without a payment.
    for _ in 0..MOST_DAYS {
        people = day.goes_on(people, duration()).await;
        after = day.replicas.each_ref().map(|replica| Memory::of(replica).now);
        day.clears_up(&people[0]).await;
        made = check_accounts(&people).await;
        if made > 0 {
            break;
        }
    }
    assert!(made > 0, "at least one payment was made");
    let grown = [0, 1].map(|replica| after[replica].saturating_sub(before[replica]) / 1_024);
    let peaks = day.replicas.each_ref().map(|replica| Memory::of(replica).peak / 1_024);
    println!("{made} transfers in {:?}; memory grew by {grown:?} KiB, to {peaks:?} KiB at most", duration());
    assert!(grown.iter().all(|kibibytes| *kibibytes < MOST_GROWTH_KIB), "memory grew by {grown:?} KiB");
    day.every_place_is_free(&people).await;
    day.ends().await;
}

/// How many payments were made in all, each of them granted.
async fn check_accounts(people: &[Person]) -> usize {
    let mut made = 0;
    for person in people {
        made += person.check_accounts().await;
    }
    made
}

/// Two replicas of a bank, and what they depend on.
struct Day {
    sandbox: Arc<Sandbox>,
    network: Arc<RoughNetwork>,
    replicas: [Program; 2],
    _server: RedisServer,
}

impl Day {
    async fn begin<H: Host>() -> Self {
        let server = RedisServer::start().await;
        let network = RoughNetwork::to(SocketAddr::from((Ipv4Addr::LOCALHOST, server.port()))).await;
        let sandbox = Sandbox::start().await.expect("a sandbox");
        let (key, base) = (sandbox.mint_key(), sandbox.base_url());
        let (store, places) = (format!("redis://{}", network.address()), PLACES.to_string());
        let environment = [
            ("BIOMETRY_API_KEY", key.as_str()),
            ("BIOMETRY_BASE_URL", &base),
            ("SESSION_SECRET", "the secret that both banks of this test share"),
            ("STORE_URL", &store),
            // Not one more than there are: an upload that does not give its place back keeps another out.
            ("MAX_UPLOADS", &places),
            ("MAX_STARTS", "1000000"),
            ("MAX_FAILURES", "1000000"),
            ("UPLOAD_TOTAL_SECS", "5"),
            ("UPLOAD_IDLE_SECS", "2"),
            ("PLATFORM_TIMEOUT_SECS", "2"),
            ("RUST_LOG", "error"),
        ];
        let replicas = [Program::start::<H>(&environment).await, Program::start::<H>(&environment).await];
        Self { sandbox: Arc::new(sandbox), network: Arc::new(network), replicas, _server: server }
    }

    /// Has everybody do something, again and again, in all sorts of weather.
    async fn goes_on(&self, people: Vec<Person>, time: Duration) -> Vec<Person> {
        let until = Instant::now() + time;
        let trouble = tokio::spawn(trouble::stir(Arc::clone(&self.network), Arc::clone(&self.sandbox)));
        let mut tasks = JoinSet::new();
        for mut person in people {
            tasks.spawn(async move {
                while Instant::now() < until {
                    person.does_something().await;
                }
                person
            });
        }
        let people = tasks.join_all().await;
        trouble.abort();
        self.network.weather(Weather::Fair);
        self.sandbox.clear_faults();
        people
    }

    /// Fair weather again, and both replicas have noticed.
    async fn clears_up(&self, person: &Person) {
        eventually("the replicas answer again", async || person.is_served_everywhere().await).await;
    }

    /// As many uploads as there are places are let in at each replica at the same time.
    async fn every_place_is_free(&self, people: &[Person]) {
        for replica in 0..self.replicas.len() {
            let mut uploads = Vec::new();
            for person in people.iter().take(PLACES) {
                uploads.push(person.begins_to_upload(replica).await);
            }
            for (person, upload) in people.iter().zip(uploads) {
                person.finishes(upload).await;
            }
        }
    }

    /// Nothing is under way any more: asked to stop, both end at once.
    async fn ends(self) {
        for replica in self.replicas {
            replica.terminate();
            let (status, output) = replica.end().await;
            assert!(status.success() && !output.contains("still under way"), "{output}");
            assert!(!output.contains("panicked"), "{output}");
        }
    }
}

const MOST_DAYS: usize = 12;
/// How long to go on: `SOAK_SECS`, 5 s where it is not set.
fn duration() -> Duration {
    let seconds = std::env::var("SOAK_SECS").ok().map(|seconds| seconds.parse().expect("SOAK_SECS: seconds"));
    Duration::from_secs(seconds.unwrap_or(5))
}

const PEOPLE: usize = 8;
const PLACES: usize = 8;
const WARM_UP: Duration = Duration::from_secs(3);
/// What an allocator may keep for itself after the first few hundred uploads.
const MOST_GROWTH_KIB: usize = 48 * 1_024;
