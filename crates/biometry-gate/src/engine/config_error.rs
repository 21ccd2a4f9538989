//! What is wrong with a configuration.

use std::borrow::Cow;
use std::fmt;

/// The configuration could not work or would be unsafe; met at start-up, from [`Builder::build`](super::Builder::build)
/// and from the methods that make layers. `Display` and `Debug` both print one sentence that says what to change, so
/// that a `main` which returns it shows that sentence. It names no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct ConfigError(Cow<'static, str>);

impl ConfigError {
    pub(crate) fn new(message: impl Into<Cow<'static, str>>) -> Self {
        Self(message.into())
    }

    pub(crate) fn unknown_policy(name: &str) -> Self {
        Self::new(format!("there is no policy named {name}: add it to the gate with `policy`"))
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}
