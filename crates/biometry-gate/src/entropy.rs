//! Randomness comes in from outside, as time does.

use std::fmt::Debug;

/// A cryptographically secure source of random bytes: phrases and handles are drawn from it.
pub trait Entropy: Debug + Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// When the source has nothing to give. The operation that asked is refused.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError>;
}

/// The operating system's generator, the default.
#[derive(Clone, Copy, Debug, Default)]
pub struct OsEntropy;

impl Entropy for OsEntropy {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
        getrandom::fill(bytes).map_err(|_| EntropyError)
    }
}

/// The source of randomness failed.
#[derive(Clone, Copy)]
pub struct EntropyError;

impl std::fmt::Display for EntropyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("no randomness is available")
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl std::fmt::Debug for EntropyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for EntropyError {}
