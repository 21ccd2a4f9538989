//! Variables, read one by one; whatever makes no sense is an error that names the variable.

use std::env::VarError;
use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

/// A variable makes no sense.
pub struct ConfigError {
    variable: &'static str,
    problem: String,
}

pub(super) struct Env<'a>(pub(super) &'a dyn Fn(&str) -> Result<String, VarError>);

impl Env<'_> {
    /// A variable that is set and empty is a secret that did not arrive, not the wish for a default.
    pub(super) fn get(&self, name: &'static str) -> Result<Option<String>, ConfigError> {
        match (self.0)(name) {
            Ok(value) if value.is_empty() => {
                Err(ConfigError::new(name, "set, but empty: give it a value, or unset it for the default"))
            }
            Ok(value) => Ok(Some(value)),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(ConfigError::new(name, "expected UTF-8")),
        }
    }

    pub(super) fn parse<T: FromStr>(
        &self,
        name: &'static str,
        default: &str,
        expected: &str,
    ) -> Result<T, ConfigError> {
        let value = self.get(name)?;
        value
            .as_deref()
            .unwrap_or(default)
            .parse()
            .map_err(|_| ConfigError::new(name, format!("expected {expected}")))
    }

    pub(super) fn within(
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

    pub(super) fn number(&self, name: &'static str, default: u64) -> Result<u32, ConfigError> {
        let number = self.within(name, default, 1..=1_000_000_000, "a whole number")?;
        Ok(u32::try_from(number).unwrap_or(u32::MAX))
    }

    pub(super) fn seconds(&self, name: &'static str, default: u64) -> Result<Duration, ConfigError> {
        let a_year = 365 * 24 * 60 * 60;
        self.within(name, default, 1..=a_year, "whole seconds").map(Duration::from_secs)
    }
}

impl ConfigError {
    pub(super) fn new(variable: &'static str, problem: impl Into<String>) -> Self {
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
