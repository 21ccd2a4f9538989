//! Receipts: signed statements for services behind the app that a person was verified.
//!
//! A gate lets a request in; the service that moves the money is another one. A receipt carries the proof there: a JWT
//! that [`Permit::receipt`](crate::Permit::receipt) signs for one audience, valid for a minute by default. The chapter
//! [`guide::receipts`](crate::guide::receipts) lists its claims and how services verify it.
//!
//! ```
//! use biometry_gate::Builder;
//! use biometry_gate::receipts::{ReceiptIssuer, ReceiptKey, ReceiptKeyError};
//!
//! /// `pem` is a private key in PKCS#8 from the host's secret store, Ed25519 or P-256.
//! fn issuing(builder: Builder, pem: &str) -> Result<Builder, ReceiptKeyError> {
//!     let issuer = ReceiptIssuer::new("https://bank.example", ReceiptKey::from_pkcs8_pem(pem)?);
//!     Ok(builder.receipts(issuer))
//! }
//! # let _ = issuing;
//! ```
//!
//! # Changing the key
//!
//! Services have to know a key before the first receipt that it has signed arrives, and until the last one is over:
//!
//! 1. Every replica [publishes](ReceiptIssuer::publish) the new key beside the one that signs.
//! 2. The new key signs, and the old one is published.
//! 3. The old one goes, once its last receipt is over: after [`lifetime`](ReceiptIssuer::lifetime), and the time for which
//!    services keep the set.
//!
//! Each step is a restart with other settings, or [`Admin::rotate_receipt_key`](crate::gate::Admin::rotate_receipt_key)
//! in a running process, which takes care of the third step by itself.

mod claims;
mod issuer;
mod key;
mod key_ring;
#[cfg(test)]
mod tests;

pub(crate) use self::claims::Proof;
pub(crate) use self::issuer::IssueError;
pub use self::issuer::{ReceiptIssuer, ReceiptToken};
pub use self::key::{ReceiptKey, ReceiptKeyError};
