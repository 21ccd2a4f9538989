//! Placeholder.

#[expect(dead_code, unused_imports, reason = "the verifier that uses it is not there yet")]
mod capture;
