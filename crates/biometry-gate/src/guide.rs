//! The manual: how it is built, what it defends against, how it is run.

#[doc = include_str!("docs/architecture.md")]
pub mod architecture {}

#[doc = include_str!("docs/threat-model.md")]
pub mod threat_model {}

#[doc = include_str!("docs/proofs.md")]
pub mod proofs {}

#[doc = include_str!("docs/performance.md")]
pub mod performance {}

#[doc = include_str!("docs/deployment.md")]
#[doc = include_str!("docs/proxies.md")]
pub mod deployment {}

#[doc = include_str!("docs/operations.md")]
pub mod operations {}

#[doc = include_str!("docs/host-sessions.md")]
pub mod host_sessions {}

#[doc = include_str!("docs/stores.md")]
pub mod stores {}

#[doc = include_str!("docs/media.md")]
pub mod media {}

#[doc = include_str!("docs/audit.md")]
pub mod audit {}

#[doc = include_str!("docs/kyc.md")]
pub mod kyc {}

#[doc = include_str!("docs/page.md")]
pub mod page {}

#[doc = include_str!("docs/official-clients.md")]
pub mod official_clients {}
