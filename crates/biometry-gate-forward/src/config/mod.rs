//! The configuration file.

mod file;
mod gate;

use std::fmt;
use std::path::{Path, PathBuf};

use self::file::File;
pub(crate) use self::file::{
    Caller, OperationSource, PolicySettings, RuleSettings, Shown, Speaks, SpokenAs, TokenSettings,
};

/// What the server is run with: a TOML file, read and checked.
///
/// Paths of files in it are taken from the folder that it is in.
pub struct Config {
    pub(crate) file: File,
    pub(crate) folder: PathBuf,
}

/// What is wrong with the configuration, in a sentence that says what to change. It names no secret.
pub struct ConfigError(String);

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    /// When it cannot be read, has a member that is unknown or missing, or could not work: above all when neither a shared
    /// secret nor an address of this machine alone keeps others from asking.
    pub fn read(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError(format!("{} cannot be read: {error}", path.display())))?;
        let file: File = toml::from_str(&text).map_err(|error| ConfigError(misread(path, &text, &error)))?;
        file.check()?;
        Ok(Self { file, folder: path.parent().unwrap_or(Path::new("")).to_owned() })
    }

    /// The content of a file that the configuration names, without white space around it.
    pub(crate) fn secret(&self, name: &Path) -> Result<String, ConfigError> {
        let path = self.folder.join(name);
        let text = std::fs::read_to_string(&path)
            .map_err(|error| ConfigError(format!("{} cannot be read: {error}", path.display())))?;
        Ok(text.trim().to_owned())
    }

    /// A secret of at least 32 bytes.
    pub(crate) fn long_secret(&self, name: &Path) -> Result<String, ConfigError> {
        let secret = self.secret(name)?;
        if secret.len() < SHORTEST || !secret.bytes().all(|byte| byte.is_ascii_graphic()) {
            let name = name.display();
            return Err(ConfigError(format!(
                "{name}: a secret has at least {SHORTEST} visible ASCII characters: make one with `openssl rand -hex 32`"
            )));
        }
        Ok(secret)
    }
}

/// Where and why, without the line itself, in which a secret may stand.
fn misread(path: &Path, text: &str, error: &toml::de::Error) -> String {
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map_or(1, |before| before.matches('\n').count() + 1);
    format!("{}, line {line}: {}", path.display(), error.message())
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config").finish_non_exhaustive()
    }
}

impl ConfigError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
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

const SHORTEST: usize = 32;
