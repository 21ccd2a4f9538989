//! Webhooks: the registered listeners, and the deliveries to them.
//!
//! How the platform signs what it delivers is not public. The sandbox signs as Standard Webhooks has it, or as it is configured
//! to. It delivers on the loopback interface only, without TLS; other addresses are registered and never called.

mod courier;
mod parcel;
mod post;
mod signature;
mod subscription;

pub(crate) use courier::{Courier, Manner, carry};
pub(crate) use parcel::Parcel;
pub use signature::WebhookDelivery;
pub(crate) use signature::{Secret, Sign};
pub(crate) use subscription::{Address, Webhook, parse_headers};
