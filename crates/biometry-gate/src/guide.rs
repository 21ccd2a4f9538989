//! The manual. Begin with [`concepts`]; the adapters' crates have a chapter on getting started each, and
//! [`getting_started_hyper`] is for servers without a web framework.

#[doc = include_str!("docs/concepts.md")]
pub mod concepts {}

// Its examples want hyper and the test kit, so they are run by the package `plain-hyper`.
#[cfg_attr(not(doctest), doc = include_str!("docs/getting-started-hyper.md"))]
pub mod getting_started_hyper {}

#[doc = include_str!("docs/policies.md")]
pub mod policies {}

#[doc = include_str!("docs/spoken.md")]
pub mod spoken {}

#[doc = include_str!("docs/privacy.md")]
pub mod privacy {}

#[doc = include_str!("docs/running.md")]
pub mod running {}

#[doc = include_str!("docs/migrating.md")]
pub mod migrating {}

#[doc = include_str!("docs/agents.md")]
pub mod agents {}

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

#[doc = include_str!("docs/receipts.md")]
pub mod receipts {}

#[doc = include_str!("docs/forward.md")]
pub mod forward {}

#[doc = include_str!("docs/page.md")]
pub mod page {}

#[doc = include_str!("docs/official-clients.md")]
pub mod official_clients {}

#[cfg(test)]
mod tests {
    use crate::challenge::Code;

    #[test]
    fn the_runbook_has_every_code() {
        let runbook = include_str!("docs/running.md");
        let missing: Vec<_> =
            Code::ALL.iter().filter(|code| !runbook.contains(&format!("`{}`", code.as_str()))).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
