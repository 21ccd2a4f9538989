//! What `GET /metrics` answers, and whom.

use std::fmt;
use std::time::Duration;

use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use sha2::{Digest as _, Sha256};

use crate::config::MetricsToken;

/// The bank's numbers in the text format of Prometheus, for those who know `METRICS_TOKEN`.
#[derive(Clone)]
pub struct Scrapes {
    recorder: PrometheusHandle,
    token: [u8; 32],
}

/// The request does not carry the token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotForScrapes;

/// The `Content-Type` of the numbers.
pub const SCRAPE_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// What the answer says to those who do not carry it.
pub const WHO_SCRAPES: &str = "a scrape carries METRICS_TOKEN as its bearer token";

impl Scrapes {
    /// Installs the recorder of this process. It has to be there before the gate is built.
    pub(crate) fn install(token: &MetricsToken) -> Result<Self, BuildError> {
        let of_seconds = Matcher::Suffix("_seconds".to_owned());
        let builder = PrometheusBuilder::new().set_buckets_for_metric(of_seconds, &SECONDS)?;
        let scrapes = Self { recorder: builder.install_recorder()?, token: digest(token.as_str()) };
        tokio::spawn(scrapes.clone().keep_up());
        Ok(scrapes)
    }

    /// The numbers, where the value of `Authorization` is the token.
    ///
    /// # Errors
    /// When it is not.
    pub fn render(&self, authorization: Option<&[u8]>) -> Result<String, NotForScrapes> {
        let token = authorization.and_then(|value| value.strip_prefix(b"Bearer "));
        // Digests take as long to compare whatever the guess.
        if token.is_some_and(|token| digest(token) == self.token) {
            Ok(self.recorder.render())
        } else {
            Err(NotForScrapes)
        }
    }

    /// Sorts what was measured into its buckets, also where no one scrapes: until then each measurement takes memory.
    async fn keep_up(self) {
        loop {
            tokio::time::sleep(UPKEEP).await;
            self.recorder.run_upkeep();
        }
    }
}

fn digest(token: impl AsRef<[u8]>) -> [u8; 32] {
    Sha256::digest(token).into()
}

impl fmt::Debug for Scrapes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrapes")
    }
}

/// From a step of the memory store to the longest that the platform is waited for.
const SECONDS: [f64; 14] =
    [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 2.5, 5.0, 10.0, 60.0];
const UPKEEP: Duration = Duration::from_secs(5);
