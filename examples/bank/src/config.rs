use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::Duration;

use biometry_client::{ApiKey, ApiVersion, BaseUrl};
use biometry_gate::policy::{ScoreScale, Threshold};

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
}

/// The key of the host's session cookie; not shown.
pub struct SessionSecret(String);

/// A variable makes no sense.
#[derive(Debug)]
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

impl Config {
    /// Reads the environment, or anything that answers like it.
    ///
    /// # Errors
    /// When a variable's value makes no sense.
    pub fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let env = Env(&variable);
        let (threshold, scale) = threshold(&env)?;
        Ok(Self {
            listen: env.parse(
                "LISTEN_ADDR",
                "127.0.0.1:3000",
                "an address and port, 127.0.0.1:3000 for example",
            )?,
            platform: platform(&env)?,
            version: version(&env)?,
            session_secret: session_secret(&env)?,
            challenge_ttl: env.seconds("CHALLENGE_TTL_SECS", "180")?,
            statement_max_age: env.seconds("STATEMENT_MAX_AGE_SECS", "300")?,
            transfer_max_age: env.seconds("TRANSFER_MAX_AGE_SECS", "300")?,
            max_failures: env.parse("MAX_FAILURES", "5", "a number above zero")?,
            cool_down: env.seconds("COOL_DOWN_SECS", "1800")?,
            max_starts: env.parse("MAX_STARTS", "10", "a number above zero")?,
            starts_window: env.seconds("STARTS_WINDOW_SECS", "600")?,
            max_uploads: env.parse("MAX_UPLOADS", "256", "a number above zero")?,
            upload_idle: env.seconds("UPLOAD_IDLE_SECS", "10")?,
            upload_total: env.seconds("UPLOAD_TOTAL_SECS", "300")?,
            upload_least_rate: env.parse(
                "UPLOAD_LEAST_RATE",
                "32768",
                "bytes per second, 0 for no least rate",
            )?,
            platform_timeout: env.seconds("PLATFORM_TIMEOUT_SECS", "60")?,
            store: store(&env)?,
            store_timeout: Duration::from_millis(env.parse(
                "STORE_TIMEOUT_MS",
                "250",
                "milliseconds, above zero",
            )?),
            threshold,
            scale,
        })
    }
}

impl SessionSecret {
    /// The secret's bytes: at least 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

struct Env<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Env<'_> {
    /// A variable that is set to nothing counts as unset.
    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }

    fn parse<T: FromStr>(&self, name: &'static str, default: &str, expected: &str) -> Result<T, ConfigError> {
        let value = self.get(name);
        value
            .as_deref()
            .unwrap_or(default)
            .parse()
            .map_err(|_| ConfigError::new(name, format!("expected {expected}")))
    }

    fn seconds(&self, name: &'static str, default: &str) -> Result<Duration, ConfigError> {
        let seconds = self.parse::<u32>(name, default, "whole seconds, above zero")?;
        if seconds == 0 {
            return Err(ConfigError::new(name, "expected whole seconds, above zero"));
        }
        Ok(Duration::from_secs(seconds.into()))
    }
}

fn platform(env: &Env<'_>) -> Result<Option<(BaseUrl, ApiKey)>, ConfigError> {
    let base = env.get("BIOMETRY_BASE_URL");
    let Some(key) = env.get("BIOMETRY_API_KEY") else {
        return match base {
            None => Ok(None),
            Some(_) => Err(ConfigError::new(
                "BIOMETRY_BASE_URL",
                "an address needs a key: set BIOMETRY_API_KEY, too",
            )),
        };
    };
    let key = ApiKey::parse(&key).map_err(|error| ConfigError::new("BIOMETRY_API_KEY", error.to_string()))?;
    let base = base.as_deref().unwrap_or("https://api.biometrysolutions.com");
    let base =
        BaseUrl::parse(base).map_err(|error| ConfigError::new("BIOMETRY_BASE_URL", error.to_string()))?;
    Ok(Some((base, key)))
}

fn version(env: &Env<'_>) -> Result<ApiVersion, ConfigError> {
    match env.get("BIOMETRY_API_VERSION").as_deref() {
        None | Some("v1") => Ok(ApiVersion::V1),
        Some("v2") => Ok(ApiVersion::V2),
        Some(_) => Err(ConfigError::new("BIOMETRY_API_VERSION", "expected v1 or v2")),
    }
}

fn session_secret(env: &Env<'_>) -> Result<Option<SessionSecret>, ConfigError> {
    match env.get("SESSION_SECRET") {
        None => Ok(None),
        Some(secret) if secret.len() >= 32 => Ok(Some(SessionSecret(secret))),
        Some(_) => Err(ConfigError::new("SESSION_SECRET", "expected at least 32 bytes")),
    }
}

fn store(env: &Env<'_>) -> Result<StoreUrl, ConfigError> {
    let Some(url) = env.get("STORE_URL") else { return Ok(StoreUrl::Memory) };
    StoreUrl::parse(&url).ok_or_else(|| {
        ConfigError::new(
            "STORE_URL",
            "expected memory: or an address such as redis://127.0.0.1, or, built with the feature sql, \
             postgres://… or sqlite:…",
        )
    })
}

/// The threshold is given on the scale of the score. On the unit scale a number above 1 is a percentage: read the
/// other way round it would let everybody through.
fn threshold(env: &Env<'_>) -> Result<(Threshold, ScoreScale), ConfigError> {
    let scale = match env.get("SCORE_SCALE").as_deref() {
        None | Some("percent") => ScoreScale::Percent,
        Some("unit") => ScoreScale::Unit,
        Some(_) => return Err(ConfigError::new("SCORE_SCALE", "expected percent or unit")),
    };
    let given: f64 = env.parse("MIN_SCORE", "70", "a number")?;
    let percent = if scale == ScoreScale::Unit && given <= 1.0 { given * 100.0 } else { given };
    let threshold =
        Threshold::percent(percent).map_err(|error| ConfigError::new("MIN_SCORE", error.to_string()))?;
    Ok((threshold, scale))
}

impl ConfigError {
    fn new(variable: &'static str, problem: impl Into<String>) -> Self {
        Self { variable, problem: problem.into() }
    }
}

// INVARIANT: a value never stands in the message: it may be a key.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::read(|name| {
            variables.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn nothing_set_means_the_sandbox_and_the_defaults() {
        let config = read(&[]).unwrap();
        assert!(config.platform.is_none());
        assert_eq!(config.listen.to_string(), "127.0.0.1:3000");
        assert_eq!(config.challenge_ttl, Duration::from_secs(180));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        for (name, value) in [
            ("LISTEN_ADDR", "nowhere"),
            ("BIOMETRY_API_KEY", "not-a-jwt"),
            ("BIOMETRY_BASE_URL", "https://example.com"),
            ("BIOMETRY_API_VERSION", "latest"),
            ("STORE_URL", "mysql://x"),
            ("SESSION_SECRET", "short"),
            ("CHALLENGE_TTL_SECS", "0"),
            ("MAX_FAILURES", "-1"),
            ("MIN_SCORE", "101"),
            ("MIN_SCORE", "NaN"),
            ("SCORE_SCALE", "auto"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(name) && !message.contains(value), "{message}");
        }
    }

    #[test]
    fn a_fraction_on_the_unit_scale_is_no_percentage() {
        for (min, percent) in [("0.9", 90.0), ("1", 100.0), ("70", 70.0)] {
            let config = read(&[("SCORE_SCALE", "unit"), ("MIN_SCORE", min)]).unwrap();
            assert_eq!(config.threshold.minimum(), Some(percent));
        }
    }
}
