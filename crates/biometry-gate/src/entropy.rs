//! The gate's randomness: where phrases and handles are drawn from.
//!
//! The operating system's generator is the default. Another source is for tests that want the same phrases every time,
//! and for hosts with a hardware generator.
//!
//! ```
//! use biometry_gate::entropy::{Entropy, EntropyError};
//!
//! /// For tests alone: every phrase follows from this source.
//! #[derive(Debug)]
//! struct Sevens;
//!
//! impl Entropy for Sevens {
//!     fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
//!         bytes.fill(7);
//!         Ok(())
//!     }
//! }
//!
//! let mut bytes = [0; 4];
//! Sevens.fill(&mut bytes)?;
//! assert_eq!(bytes, [7; 4]);
//! # Ok::<(), EntropyError>(())
//! ```

use std::fmt::Debug;

/// A cryptographically secure source of random bytes. Phrases, session ids and handles are drawn from it, and each of
/// them protects something: what this source yields must be unpredictable.
pub trait Entropy: Debug + Send + Sync + 'static {
    /// Fills all of `bytes`. It is called on the request's path and must not block.
    ///
    /// # Errors
    /// When the source has nothing to give. The gate refuses the operation that asked, with 503.
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

/// The source of randomness failed. A gate that meets it while it is built does not start.
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
