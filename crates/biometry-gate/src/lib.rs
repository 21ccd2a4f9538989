//! Placeholder.

#[expect(dead_code, unused_imports, reason = "the verifier that uses it is not there yet")]
mod capture;

#[cfg(fuzzing)]
#[doc(hidden)]
pub use capture::fuzzing;
