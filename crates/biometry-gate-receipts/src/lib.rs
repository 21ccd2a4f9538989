//! Verifies BiometryGate's receipts: signed statements that a person was verified, which an app hands to the services
//! behind it.
//!
//! The app lets a person approve a transfer by face; a ledger behind it books it. The ledger asks for the app's receipt,
//! and books nothing without one. It needs no store of the app and no call to it: the signature, the audience, the times
//! and the policy say all. The chapter [on receipts](https://docs.rs/biometry-gate/latest/biometry_gate/guide/receipts/)
//! lists the claims.
//!
//! ```
//! use biometry_gate_receipts::{KeySet, Receipt, ReceiptError, ReceiptVerifier};
//!
//! /// `keys` is what the app answers at `/biometry/jwks.json`. Fetch it at start, and again every few minutes.
//! fn verifier(keys: &str) -> Result<ReceiptVerifier, ReceiptError> {
//!     ReceiptVerifier::new("https://bank.example", "https://ledger.example", KeySet::parse(keys)?)
//! }
//!
//! /// `token` is the header `Biometry-Receipt` of a request.
//! fn check(verifier: &ReceiptVerifier, token: &str, payee: &str, amount: &str) -> Result<Receipt, ReceiptError> {
//!     let receipt = verifier.verify(token)?;
//!     receipt.expect_policy("transfer")?;
//!     // What the person saw is what this request asks for.
//!     receipt.expect_display(&[("Payee", payee), ("Amount", amount)])?;
//!     Ok(receipt)
//! }
//!
//! let keys = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","use":"sig","alg":"EdDSA",
//!     "x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
//! assert!(check(&verifier(keys)?, "no receipt", "Zoe", "12.50").is_err());
//! # Ok::<(), ReceiptError>(())
//! ```
//!
//! # Once
//!
//! A receipt of a single-use proof is good for one operation. [`ReceiptVerifier::verify_once`] takes it once: it remembers
//! the receipt's id until the receipt is over, in this process ([`UsedInMemory`]) or in a database that replicas share
//! (`UsedInRecords`, with the feature `shared-store`).
//!
//! # Frameworks
//!
//! A [`ReceiptGuard`] finds the receipt in a request, holds it to one policy, and takes single-use ones once.
//!
//! | to | use | feature |
//! |---|---|---|
//! | guard routes of any tower server | `RequireReceiptLayer` | `tower` |
//! | have the receipt in a handler on axum | the extractor `VerifiedReceipt`, behind that layer | `axum` |
//! | guard a handler on actix-web | the extractor `VerifiedReceipt`, with the guard in the app's data | `actix` |
//!
//! # What is refused
//!
//! Everything but a receipt of this issuer for this audience, in time, signed with `EdDSA` or `ES256` by a key of the set
//! whose own algorithm that is. The header's `typ` must be `at+jwt`, so that no other JWT of the same issuer passes, and a
//! header with `crit` is refused; keys that a header brings along or points to are never used.

#[cfg(feature = "actix")]
mod actix;
mod claims;
mod display;
mod error;
#[cfg(any(feature = "actix", feature = "axum"))]
mod extract;
mod guard;
mod jws;
mod keys;
mod receipt;
#[cfg(test)]
mod tests;
#[cfg(feature = "tower")]
mod tower;
mod used;
mod verifier;

pub use self::display::display_hash;
pub use self::error::{ReceiptError, ReceiptErrorKind};
#[cfg(any(feature = "actix", feature = "axum"))]
pub use self::extract::VerifiedReceipt;
pub use self::guard::ReceiptGuard;
pub use self::keys::KeySet;
pub use self::receipt::Receipt;
#[cfg(feature = "tower")]
pub use self::tower::{ReceiptFuture, RequireReceipt, RequireReceiptLayer};
#[cfg(feature = "shared-store")]
pub use self::used::UsedInRecords;
pub use self::used::{ReceiptId, UsedInMemory, UsedReceipts};
pub use self::verifier::ReceiptVerifier;
