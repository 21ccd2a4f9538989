use std::env::VarError;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use biometry_client::{ApiKey, ApiVersion, BaseUrl};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::policy::{ScoreScale, Threshold};
use http::uri::Authority;

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
    own_site: CrossSite,
}

/// The key of the host's session cookie; not shown.
pub struct SessionSecret(String);

/// A variable makes no sense.
pub struct ConfigError {
    variable: &'static str,
    problem: String,
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

impl SessionSecret {
    /// The secret's bytes: at least 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

struct Env<'a>(&'a dyn Fn(&str) -> Result<String, VarError>);

impl Env<'_> {
    /// A variable that is set and empty is a secret that did not arrive, not the wish for a default.
    fn get(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        match (self.0)(name) {
            Ok(value) if value.is_empty() => {
                Err(ConfigError::new(name, "set, but empty: give it a value, or unset it for the default"))
            }
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(name, "expected UTF-8")),
        }
    }

    fn parse<T: FromStr>(&self, name: &'static str, default: &str, expected: &str) -> Result<T, ConfigError> {
        let value = self.get(name)?;
        value
            .as_deref()
            .unwrap_or(default)
            .parse()
            .map_err(|_| ConfigError::new(name, format!("expected {expected}")))
    }

    fn within(
        &self,
        name: &'static str,
        default: u64,
        range: RangeInclusive<u64>,
        unit: &str,
    ) -> Result<u64, ConfigError> {
        let Some(value) = self.get(name)? else { return Ok(default) };
        value.parse().ok().filter(|number| range.contains(number)).ok_or_else(|| {
            ConfigError::new(name, format!("expected {unit} from {} to {}", range.start(), range.end()))
        })
    }

    fn number(&self, name: &'static str, default: u64) -> Result<u32, ConfigError> {
        let number = self.within(name, default, 1..=1_000_000_000, "a whole number")?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    fn seconds(&self, name: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let a_year = 365 * 24 * 60 * 60;
        self.within(name, default, 1..=a_year, "whole seconds").map(Duration::from_secs)
    }
}

/// The silence that is waited through has to end within the total time, by default as well.
fn upload_times(env: &Env<'_>) -> Result<(Duration, Duration), ConfigError> {
    let total = env.seconds("UPLOAD_TOTAL_SECS", 300)?;
    let idle = env.seconds("UPLOAD_IDLE_SECS", 10)?;
    if idle > total {
        let problem = format!("expected at least UPLOAD_IDLE_SECS, which is {} s", idle.as_secs());
        return Err(ConfigError::new("UPLOAD_TOTAL_SECS", problem));
    }
    Ok((idle, total))
}

/// The sandbox lets anyone pass. It starts only on loopback, or when asked for by name.
fn sandbox(env: &Env<'_>, config: &Config) -> Result<(), ConfigError> {
    let is_wanted = match env.get("SANDBOX")?.as_deref() {
        None => false,
        Some("1") => true,
        Some(_) => return Err(ConfigError::new("SANDBOX", "expected 1")),
    };
    match (&config.platform, is_wanted) {
        (Some(_), true) => Err(ConfigError::new(
            "SANDBOX",
            "BIOMETRY_API_KEY is set, too: choose the sandbox or the platform",
        )),
        (None, false) if !config.listen.ip().is_loopback() => Err(ConfigError::new(
            "BIOMETRY_API_KEY",
            "not set, and LISTEN_ADDR can be reached from elsewhere: without a key the embedded sandbox lets \
             anybody pass; set the key, or SANDBOX=1 for a demonstration",
        )),
        _ => Ok(()),
    }
}

/// Scheme, host and, where it is not the scheme's own, a port: what browsers send as `Origin`.
fn own_site(env: &Env<'_>) -> Result<CrossSite, ConfigError> {
    let Some(origin) = public_origin(env)? else { return Ok(CrossSite::new()) };
    let rule = CrossSite::new().public_origin(&origin);
    rule.map_err(|error| ConfigError::new("PUBLIC_ORIGIN", error.to_string()))
}

fn public_origin(env: &Env<'_>) -> Result<Option<String>, ConfigError> {
    let Some(origin) = env.get("PUBLIC_ORIGIN")? else { return Ok(None) };
    let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
    let authority = host.and_then(|host| host.parse::<Authority>().ok());
    let is_default = |authority: &Authority| match authority.port_u16() {
        Some(443) => origin.starts_with("https:"),
        Some(80) => origin.starts_with("http:"),
        _ => false,
    };
    match authority {
        Some(authority) if !authority.as_str().contains('@') && !is_default(&authority) => {
            Ok(Some(origin.to_ascii_lowercase()))
        }
        _ => Err(ConfigError::new(
            "PUBLIC_ORIGIN",
            "expected scheme, host and a port unless it is the default one: https://app.example.com",
        )),
    }
}

fn platform(env: &Env<'_>) -> Result<Option<(BaseUrl, ApiKey)>, ConfigError> {
    let base = env.get("BIOMETRY_BASE_URL")?;
    let Some(key) = env.get("BIOMETRY_API_KEY")? else {
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
    match env.get("BIOMETRY_API_VERSION")?.as_deref() {
        None | Some("v1") => Ok(ApiVersion::V1),
        Some("v2") => Ok(ApiVersion::V2),
        Some(_) => Err(ConfigError::new("BIOMETRY_API_VERSION", "expected v1 or v2")),
    }
}

fn session_secret(env: &Env<'_>) -> Result<Option<SessionSecret>, ConfigError> {
    match env.get("SESSION_SECRET")? {
        None => Ok(None),
        Some(secret) if secret.len() >= 32 => Ok(Some(SessionSecret(secret))),
        Some(_) => Err(ConfigError::new("SESSION_SECRET", "expected at least 32 bytes")),
    }
}

fn store(env: &Env<'_>) -> Result<StoreUrl, ConfigError> {
    let Some(url) = env.get("STORE_URL")? else { return Ok(StoreUrl::Memory) };
    StoreUrl::parse(&url).ok_or_else(|| {
        ConfigError::new(
            "STORE_URL",
            "expected memory: or an address such as redis://127.0.0.1, or, built with the feature sql, \
             postgres://… or sqlite:…",
        )
    })
}

/// The threshold is given on the scale of the score. A number of the other scale would let almost everyone through,
/// or no one.
fn threshold(env: &Env<'_>) -> Result<(Threshold, ScoreScale), ConfigError> {
    let (scale, default, top, factor, expected) = match env.get("SCORE_SCALE")?.as_deref() {
        None | Some("percent") => (
            ScoreScale::Percent,
            "70",
            100.0,
            1.0,
            "a number above 1, at most 100 (a fraction is for SCORE_SCALE=unit)",
        ),
        Some("unit") => {
            (ScoreScale::Unit, "0.7", 1.0, 100.0, "a number above 0, at most 1, as SCORE_SCALE is unit")
        }
        Some(_) => return Err(ConfigError::new("SCORE_SCALE", "expected percent or unit")),
    };
    let above = if scale == ScoreScale::Percent { 1.0 } else { 0.0 };
    let given: f64 = env.parse("MIN_SCORE", default, expected)?;
    if !(given > above && given <= top) {
        return Err(ConfigError::new("MIN_SCORE", format!("expected {expected}")));
    }
    let threshold = Threshold::percent(given * factor);
    Ok((threshold.map_err(|error| ConfigError::new("MIN_SCORE", error.to_string()))?, scale))
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

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
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
            ("CHALLENGE_TTL_SECS", "0000"),
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
    fn a_score_is_on_its_scale() {
        for (scale, min, percent) in
            [("percent", "70", 70.0), ("percent", "1.5", 1.5), ("unit", "0.9", 90.0), ("unit", "1", 100.0)]
        {
            let config = read(&[("SCORE_SCALE", scale), ("MIN_SCORE", min)]).unwrap();
            assert_eq!(config.threshold.minimum(), Some(percent));
        }
        assert_eq!(read(&[("SCORE_SCALE", "unit")]).unwrap().threshold.minimum(), Some(70.0));
        for (scale, min) in [
            ("percent", "0.7"),
            ("percent", "1"),
            ("percent", "0"),
            ("percent", "100.1"),
            ("unit", "70"),
            ("unit", "1.1"),
            ("unit", "0"),
            ("unit", "-0.5"),
        ] {
            let message = read(&[("SCORE_SCALE", scale), ("MIN_SCORE", min)]).unwrap_err().to_string();
            assert!(message.starts_with("MIN_SCORE: expected a number above"), "{scale} {min}: {message}");
        }
    }

    #[test]
    fn set_and_empty_is_an_error_for_every_variable() {
        for name in [
            "LISTEN_ADDR",
            "BIOMETRY_API_KEY",
            "BIOMETRY_BASE_URL",
            "BIOMETRY_API_VERSION",
            "STORE_URL",
            "SESSION_SECRET",
            "CHALLENGE_TTL_SECS",
            "MAX_FAILURES",
            "UPLOAD_IDLE_SECS",
            "STORE_TIMEOUT_MS",
            "MIN_SCORE",
            "SCORE_SCALE",
            "PUBLIC_ORIGIN",
            "SANDBOX",
        ] {
            let message = read(&[(name, "")]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{name}: set, but empty")), "{message}");
        }
    }

    #[test]
    fn a_number_is_within_its_range_and_says_so() {
        for (name, value) in [
            ("COOL_DOWN_SECS", "99999999999"),
            ("CHALLENGE_TTL_SECS", "31536001"),
            ("MAX_UPLOADS", "0"),
            ("MAX_STARTS", "99999999999999999999"),
            ("STORE_TIMEOUT_MS", "0"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(name) && message.contains(" from 1 to "), "{message}");
        }
        let message = read(&[("UPLOAD_TOTAL_SECS", "5")]).unwrap_err().to_string();
        assert_eq!(message, "UPLOAD_TOTAL_SECS: expected at least UPLOAD_IDLE_SECS, which is 10 s");
    }

    #[test]
    fn the_sandbox_is_on_loopback_or_asked_for_by_name() {
        assert!(read(&[("LISTEN_ADDR", "[::1]:3000")]).is_ok());
        let message = read(&[("LISTEN_ADDR", "0.0.0.0:3000")]).unwrap_err().to_string();
        assert!(
            message.starts_with("BIOMETRY_API_KEY: not set") && message.contains("SANDBOX=1"),
            "{message}"
        );
        assert!(read(&[("LISTEN_ADDR", "0.0.0.0:3000"), ("SANDBOX", "1")]).is_ok());
        let key = "eyJhbGciOiJIUzI1NiJ9.eyJpZCI6ImstMSJ9.c2ln";
        assert!(read(&[("LISTEN_ADDR", "0.0.0.0:3000"), ("BIOMETRY_API_KEY", key)]).is_ok());
        assert!(read(&[("BIOMETRY_API_KEY", key), ("SANDBOX", "1")]).is_err());
        assert!(read(&[("SANDBOX", "yes")]).is_err());
    }

    #[test]
    fn an_origin_is_what_a_browser_sends() {
        for good in ["https://bank.example", "http://127.0.0.1:3000", "https://BANK.example:8443"] {
            assert!(read(&[("PUBLIC_ORIGIN", good)]).is_ok(), "{good}");
        }
        for bad in [
            "bank.example",
            "https://bank.example/",
            "https://bank.example:443",
            "http://bank.example:80",
            "https://",
            "https://user@bank.example",
            "*",
            "null",
        ] {
            assert!(read(&[("PUBLIC_ORIGIN", bad)]).is_err(), "{bad}");
        }
    }
}
