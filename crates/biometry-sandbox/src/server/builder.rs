//! Settings before a sandbox starts.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use http::{HeaderName, StatusCode};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use super::{Inner, Sandbox, accept};
use crate::clock::Clock;
use crate::fault::FaultBook;
use crate::journal::Journal;
use crate::settings::{NameStrictness, Settings};
use crate::shape::{ScoreScale, Shape};
use crate::state::{State, Trust};
use crate::verification::FirstRun;
use crate::webhook::{Courier, Manner, Secret, Sign, WebhookDelivery, carry};

/// Builds a [`Sandbox`].
#[derive(Debug, Clone)]
#[must_use = "a builder does nothing until it is started"]
pub struct SandboxBuilder {
    settings: Settings,
    listen: SocketAddr,
    journal_capacity: usize,
    sign: Sign,
    first_pause: Duration,
}

impl SandboxBuilder {
    /// Where to listen (default: a free port of `127.0.0.1`). The sandbox has no secrets worth keeping and no limits:
    /// an address that others can reach is for closed networks only.
    pub fn listen(mut self, addr: SocketAddr) -> Self {
        self.listen = addr;
        self
    }

    /// Whose replies it imitates (default: [`Shape::Sdk`]).
    pub fn shape(mut self, shape: Shape) -> Self {
        self.settings.shape = shape;
        self
    }

    /// In what scores count (default: [`ScoreScale::Percent`]).
    pub fn score_scale(mut self, scale: ScoreScale) -> Self {
        self.settings.scale = scale;
        self
    }

    /// How the verification that enrolls its subject is judged (default: [`FirstRun::Passes`]).
    pub fn first_run(mut self, first_run: FirstRun) -> Self {
        self.settings.first_run = first_run;
        self
    }

    /// Whether services of version 2 answer with a score alone, as in the tests of the official SDKs (default: no, they
    /// also have the members of version 1, since what they have is nowhere documented).
    pub fn v2_scores_only(mut self, scores_only: bool) -> Self {
        self.settings.scores_only = scores_only;
        self
    }

    /// Which operations need `X-User-Fullname` (default: [`NameStrictness::Usual`]).
    pub fn name_strictness(mut self, names: NameStrictness) -> Self {
        self.settings.names = names;
        self
    }

    /// Whether keys are accepted that the sandbox did not mint (default: no). Such a key must be a well-formed JWT without
    /// a full-length signature: a real key is refused even then. Its project and services are taken from its claims.
    pub fn accept_any_key(mut self, accept: bool) -> Self {
        self.settings.trust = if accept { Trust::AlsoTestKeys } else { Trust::OnlyMinted };
        self
    }

    /// Whether `is_consent_given: false` is answered with 400 (default: no, it is recorded).
    pub fn revocation_refused(mut self, refused: bool) -> Self {
        self.settings.revocation_refused = refused;
        self
    }

    /// The status for an unknown key (default: 500, as the integration guide says; elsewhere it is 401).
    ///
    /// # Panics
    /// If `status` is no HTTP status (100 to 999).
    pub fn bad_key_status(mut self, status: u16) -> Self {
        self.settings.bad_key = parse_status(status);
        self
    }

    /// The status for a revoked key (default: 401; its text is always `api key is not active`).
    ///
    /// # Panics
    /// If `status` is no HTTP status (100 to 999).
    pub fn revoked_key_status(mut self, status: u16) -> Self {
        self.settings.revoked_key = parse_status(status);
        self
    }

    /// The largest file in bytes (default: 52 428 800, which is 50 MB as the platform counts).
    pub fn max_upload(mut self, bytes: u64) -> Self {
        self.settings.max_upload = bytes;
        self
    }

    /// How many requests the journal keeps (default: 10 000, at least 1).
    pub fn journal_capacity(mut self, entries: usize) -> Self {
        self.journal_capacity = entries;
        self
    }

    /// Where dates in replies come from (default: the system clock).
    pub fn clock(mut self, now: impl Fn() -> SystemTime + Send + Sync + 'static) -> Self {
        self.settings.clock = Clock::new(now);
        self
    }

    /// How deliveries of webhooks are signed, header by header (default: as Standard Webhooks has it, because the
    /// platform's own way is not public).
    pub fn webhook_signature(
        mut self,
        sign: impl Fn(&WebhookDelivery<'_>) -> Vec<(HeaderName, String)> + Send + Sync + 'static,
    ) -> Self {
        self.sign = Sign::new(sign);
        self
    }

    /// The secret of every webhook (default: each gets a random one, which the answer to its creation shows).
    ///
    /// # Panics
    /// If it is not `whsec_` and base64.
    pub fn webhook_secret(mut self, secret: &str) -> Self {
        self.settings.webhook_secret = Some(Secret::parse(secret).expect("whsec_ and base64"));
        self
    }

    /// How long a delivery that failed waits for its second try (default: one second); each further pause is twice as
    /// long. There are six tries.
    pub fn webhook_pause(mut self, first: Duration) -> Self {
        self.first_pause = first;
        self
    }

    /// Starts the sandbox.
    ///
    /// # Errors
    /// Where the address cannot be listened on.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub async fn start(self) -> io::Result<Sandbox> {
        let listener = TcpListener::bind(self.listen).await?;
        let addr = listener.local_addr()?;
        let (courier, parcels) = Courier::new();
        let clock = self.settings.clock.clone();
        let manner = Manner { sign: self.sign, clock, first_pause: self.first_pause };
        let inner = Arc::new(Inner {
            settings: self.settings,
            journal: Arc::new(Journal::new(self.journal_capacity)),
            faults: FaultBook::default(),
            base_url: format!("http://{addr}"),
            courier,
            state: Mutex::new(State::new()),
        });
        let (stop, stopped) = oneshot::channel();
        let server = tokio::spawn(accept::accept(listener, Arc::clone(&inner), stopped));
        let deliveries = tokio::spawn(carry(parcels, manner));
        Ok(Sandbox { inner, addr, server, deliveries, stop: Some(stop) })
    }
}

impl Default for SandboxBuilder {
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            settings: Settings::default(),
            listen,
            journal_capacity: 10_000,
            sign: Sign::default(),
            first_pause: Duration::from_secs(1),
        }
    }
}

fn parse_status(status: u16) -> StatusCode {
    StatusCode::from_u16(status).expect("an HTTP status has three digits")
}
