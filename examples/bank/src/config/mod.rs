//! What the bank takes from its environment.

mod env;
mod settings;
#[cfg(test)]
mod tests;

use std::env::VarError;
use std::net::SocketAddr;
use std::time::Duration;

use biometry_client::{ApiKey, ApiVersion, BaseUrl};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::policy::{ScoreScale, Threshold};

pub use self::env::ConfigError;
use self::env::Env;
pub use self::settings::{MetricsToken, SessionSecret};
use self::settings::{
    metrics_token, own_site, platform, sandbox, session_secret, store, threshold, upload_times, version,
};
use crate::store::StoreUrl;

/// Everything the bank takes from its environment.
#[derive(Debug)]
pub struct Config {
    /// `LISTEN_ADDR`
    pub listen: SocketAddr,
    /// `BIOMETRY_API_KEY` and `BIOMETRY_BASE_URL`; `None` starts the embedded sandbox.
    pub platform: Option<(BaseUrl, ApiKey)>,
    /// `BIOMETRY_API_VERSION`
    pub version: ApiVersion,
    /// `SESSION_SECRET`; `None` draws one for this process.
    pub session_secret: Option<SessionSecret>,
    /// `METRICS_TOKEN`; `None`: there is no `/metrics`.
    pub metrics_token: Option<MetricsToken>,
    pub(crate) challenge_ttl: Duration,
    pub(crate) statement_max_age: Duration,
    pub(crate) transfer_max_age: Duration,
    pub(crate) max_failures: u32,
    pub(crate) cool_down: Duration,
    pub(crate) max_starts: u32,
    pub(crate) starts_window: Duration,
    pub(crate) max_uploads: usize,
    pub(crate) upload_idle: Duration,
    pub(crate) upload_total: Duration,
    pub(crate) upload_least_rate: u32,
    pub(crate) platform_timeout: Duration,
    pub(crate) store: StoreUrl,
    pub(crate) store_timeout: Duration,
    pub(crate) threshold: Threshold,
    pub(crate) scale: ScoreScale,
    own_site: CrossSite,
}

impl Config {
    /// Reads the environment of this process.
    ///
    /// # Errors
    /// When a variable is set and empty, is not UTF-8, or makes no sense.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from(&Env(&|name| std::env::var(name)))
    }

    /// Reads anything that answers like an environment.
    ///
    /// # Errors
    /// As [`from_env`](Self::from_env).
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        Self::from(&Env(&|name| variable(name).ok_or(VarError::NotPresent)))
    }

    fn from(env: &Env<'_>) -> Result<Self, ConfigError> {
        let (threshold, scale) = threshold(env)?;
        let (upload_idle, upload_total) = upload_times(env)?;
        let config = Self {
            listen: env.parse(
                "LISTEN_ADDR",
                "127.0.0.1:3000",
                "an address and port, 127.0.0.1:3000 for example",
            )?,
            platform: platform(env)?,
            version: version(env)?,
            session_secret: session_secret(env)?,
            metrics_token: metrics_token(env)?,
            challenge_ttl: env.seconds("CHALLENGE_TTL_SECS", 180)?,
            statement_max_age: env.seconds("STATEMENT_MAX_AGE_SECS", 300)?,
            transfer_max_age: env.seconds("TRANSFER_MAX_AGE_SECS", 300)?,
            max_failures: env.number("MAX_FAILURES", 5)?,
            cool_down: env.seconds("COOL_DOWN_SECS", 1800)?,
            max_starts: env.number("MAX_STARTS", 10)?,
            starts_window: env.seconds("STARTS_WINDOW_SECS", 600)?,
            max_uploads: usize::try_from(env.number("MAX_UPLOADS", 256)?).unwrap_or(usize::MAX),
            upload_idle,
            upload_total,
            upload_least_rate: u32::try_from(env.within(
                "UPLOAD_LEAST_RATE",
                32_768,
                0..=1_000_000_000,
                "bytes per second (0 for no least rate)",
            )?)
            .unwrap_or(u32::MAX),
            platform_timeout: env.seconds("PLATFORM_TIMEOUT_SECS", 60)?,
            store: store(env)?,
            store_timeout: Duration::from_millis(env.within(
                "STORE_TIMEOUT_MS",
                250,
                1..=600_000,
                "milliseconds",
            )?),
            threshold,
            scale,
            own_site: own_site(env)?,
        };
        sandbox(env, &config)?;
        Ok(config)
    }

    /// Which pages may change anything: those of the bank's own origin, which is `PUBLIC_ORIGIN` where a proxy rewrites
    /// `Host`.
    pub fn own_site(&self) -> CrossSite {
        self.own_site.clone()
    }
}
