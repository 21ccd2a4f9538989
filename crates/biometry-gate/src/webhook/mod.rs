//! What the platform delivers by itself: verified, handed to the host, and repetitions dropped (idempotency).
//!
//! A delivery decides nothing here: no event opens a route, settles an upload or counts as evidence. It shows the host
//! that something happened, a finished document check for example, and the host looks.
//!
//! ```
//! use async_trait::async_trait;
//! use biometry_gate::BiometryGate;
//! use biometry_gate::policy::{Policy, Threshold};
//! use biometry_gate::principal::FromExtensions;
//! use biometry_gate::webhook::{Delivery, DeliveryKind, HandleDelivery, Receiver, Scheme, Secret};
//!
//! /// Files what the platform has finished.
//! struct Filing;
//!
//! #[async_trait]
//! impl HandleDelivery for Filing {
//!     async fn handle(&self, delivery: Delivery) {
//!         if delivery.kind() == &DeliveryKind::DocumentChecked {
//!             // Put the work where it survives a restart: the platform has its answer and will not repeat it.
//!         }
//!     }
//! }
//!
//! # fn build(client: biometry_client::Client) -> Result<(), Box<dyn std::error::Error>> {
//! # let secret_of_the_webhook = "whsec_bm8gc2VjcmV0IGF0IGFsbCwgYSBmYWtlIG9uZQ==";
//! // The platform shows it once, when the webhook is created: `biometry_client::Client::create_webhook`.
//! let secret = Secret::base64_behind_prefix(secret_of_the_webhook)?;
//! let gate = BiometryGate::builder(client, FromExtensions)
//!     .policy(Policy::for_session("statement", Threshold::percent(70.0)?))
//!     .webhook(Receiver::new(Scheme::standard_webhooks(), secret, Filing))
//!     .build()?;
//! // `POST /webhook` below the mount takes deliveries now.
//! # Ok(()) }
//! ```
//!
//! # Which scheme
//!
//! How the platform signs is not public. A [`Scheme`] says where signature, time and id of a delivery are, what is signed
//! and how it is written, with presets for [Standard Webhooks](Scheme::standard_webhooks) and a [plain HMAC of the
//! body](Scheme::hmac_of_body). Nothing is tried in several ways: what does not fit the configured scheme is refused.
//!
//! # What holds
//!
//! The signature is taken over the bytes as they came, before anything is parsed, and compared in constant time. A scheme
//! with a time refuses deliveries more than 300 s old or ahead ([`Receiver::tolerance`]). A delivery is handed over once
//! for all replicas that share a store, for 72 hours after it came; a repetition is acknowledged and dropped. Bodies may
//! have 256 KiB. At most 64 deliveries are being handled at a time; further ones are answered with 503, for the platform
//! to deliver again.

mod delivery;
mod receiver;
mod scheme;
mod secret;

pub use self::delivery::{Delivery, DeliveryKind};
pub use self::receiver::{HandleDelivery, Receiver};
pub use self::scheme::{Encoding, Scheme};
pub use self::secret::{Secret, SecretError};
