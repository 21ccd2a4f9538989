//! Settings that are more than a number: what they mean together, and which of them exclude each other.

use std::fmt;
use std::time::Duration;

use biometry_client::{ApiKey, ApiVersion, BaseUrl};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::policy::{ScoreScale, Threshold};
use http::uri::Authority;

use super::Config;
use super::env::{ConfigError, Env};
use crate::store::StoreUrl;

/// The key of the host's session cookie; not shown.
pub struct SessionSecret(String);

impl SessionSecret {
    /// The secret's bytes: at least 32.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

/// What a scrape of `/metrics` carries; not shown.
pub struct MetricsToken(String);

impl MetricsToken {
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// The silence that is waited through has to end within the total time, by default as well.
pub(super) fn upload_times(env: &Env<'_>) -> Result<(Duration, Duration), ConfigError> {
    let total = env.seconds("UPLOAD_TOTAL_SECS", 300)?;
    let idle = env.seconds("UPLOAD_IDLE_SECS", 10)?;
    if idle > total {
        let problem = format!("expected at least UPLOAD_IDLE_SECS, which is {} s", idle.as_secs());
        return Err(ConfigError::new("UPLOAD_TOTAL_SECS", problem));
    }
    Ok((idle, total))
}

/// The sandbox lets every user pass. It starts only on loopback, or when asked for by name.
pub(super) fn sandbox(env: &Env<'_>, config: &Config) -> Result<(), ConfigError> {
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
             any caller pass; set the key, or SANDBOX=1 for a demonstration",
        )),
        _ => Ok(()),
    }
}

/// Scheme, host and, where it is not the scheme's own, a port: what browsers send as `Origin`.
pub(super) fn own_site(env: &Env<'_>) -> Result<CrossSite, ConfigError> {
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

pub(super) fn platform(env: &Env<'_>) -> Result<Option<(BaseUrl, ApiKey)>, ConfigError> {
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

pub(super) fn version(env: &Env<'_>) -> Result<ApiVersion, ConfigError> {
    match env.get("BIOMETRY_API_VERSION")?.as_deref() {
        None | Some("v1") => Ok(ApiVersion::V1),
        Some("v2") => Ok(ApiVersion::V2),
        Some(_) => Err(ConfigError::new("BIOMETRY_API_VERSION", "expected v1 or v2")),
    }
}

pub(super) fn session_secret(env: &Env<'_>) -> Result<Option<SessionSecret>, ConfigError> {
    match env.get("SESSION_SECRET")? {
        None => Ok(None),
        Some(secret) if secret.len() >= 32 => Ok(Some(SessionSecret(secret))),
        Some(_) => Err(ConfigError::new("SESSION_SECRET", "expected at least 32 bytes")),
    }
}

pub(super) fn metrics_token(env: &Env<'_>) -> Result<Option<MetricsToken>, ConfigError> {
    let Some(token) = env.get("METRICS_TOKEN")? else { return Ok(None) };
    if token.len() < 16 || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(ConfigError::new("METRICS_TOKEN", "expected at least 16 visible ASCII characters"));
    }
    Ok(Some(MetricsToken(token)))
}

pub(super) fn store(env: &Env<'_>) -> Result<StoreUrl, ConfigError> {
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
pub(super) fn threshold(env: &Env<'_>) -> Result<(Threshold, ScoreScale), ConfigError> {
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

impl fmt::Debug for MetricsToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MetricsToken(…)")
    }
}

impl fmt::Debug for SessionSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionSecret(…)")
    }
}
