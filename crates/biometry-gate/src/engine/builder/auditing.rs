//! The builder's group for the audit trail.

use std::fmt;
use std::sync::Arc;

use crate::audit::{Audit, AuditSettings, AuditSink, KeyNames, TracingSink};
use crate::clock::Clock;
use crate::engine::ConfigError;
use crate::entropy::Entropy;

/// Where audit events go, and what they say; a group of [`Builder::audit`](super::Builder::audit).
///
/// ```
/// use biometry_gate::audit::TracingSink;
/// # use biometry_gate::Builder;
/// # fn set(builder: Builder, key: [u8; 32]) -> Builder {
/// builder.audit(|audit| audit.sink(TracingSink).key(key).replica_name("bank-2"))
/// # }
/// ```
#[derive(Clone)]
#[must_use]
pub struct Auditing {
    sink: Arc<dyn AuditSink>,
    is_required: bool,
    pub(super) key: Option<[u8; 32]>,
    replica: Option<String>,
}

impl Default for Auditing {
    fn default() -> Self {
        Self { sink: Arc::new(TracingSink), is_required: false, key: None, replica: None }
    }
}

impl Auditing {
    /// Where events go; a [`TracingSink`] by default. A sink that waits goes behind a
    /// [`QueueSink`](crate::audit::QueueSink).
    pub fn sink(mut self, sink: impl AuditSink) -> Self {
        self.sink = Arc::new(sink);
        self
    }

    /// Refuses every request, and discards every verdict, whose event the sink does not take. Off by default: the gate
    /// then drops such events and [counts](crate::gate::Admin::lost_audit_events) them.
    ///
    /// Where a request had claimed a single use before it was refused for this, the gate gives the use back. With it, a
    /// gated request always takes the path that waits, because giving back does.
    pub fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    /// The key of the pseudonyms in events, 32 bytes from a generator; random for each process by default.
    /// [`build`](crate::Builder::build) refuses 32 zeros, the array that was never filled. Replicas
    /// whose events are read together share one; a shared store without one is a
    /// [lint](crate::gate::LintKind::PseudonymsApart). After a change of the key, people have other pseudonyms.
    pub fn key(mut self, key: [u8; 32]) -> Self {
        self.key = Some(key);
        self
    }

    /// What this process is called in events, `bank-2` for example: 1 to 64 visible ASCII characters. None by default.
    pub fn replica_name(mut self, name: &str) -> Self {
        self.replica = Some(name.to_owned());
        self
    }

    pub(super) fn open(
        self,
        clock: Arc<dyn Clock>,
        entropy: &dyn Entropy,
        keys: Arc<dyn KeyNames>,
    ) -> Result<Audit, ConfigError> {
        if self.key == Some([0; 32]) {
            return Err(ConfigError::new(
                "a key of zeros is no secret: give `Auditing::key` 32 random bytes",
            ));
        }
        let key = self.key.map_or_else(|| random_key(entropy), Ok)?;
        let replica = self.replica.as_deref().map(parse_replica_name).transpose()?;
        let settings = AuditSettings { key, is_required: self.is_required, clock, keys, replica };
        Ok(Audit::new(self.sink, settings))
    }
}

fn random_key(entropy: &dyn Entropy) -> Result<[u8; 32], ConfigError> {
    let mut key = [0; 32];
    entropy.fill(&mut key).map_err(|error| ConfigError::new(error.to_string()))?;
    Ok(key)
}

fn parse_replica_name(name: &str) -> Result<Arc<str>, ConfigError> {
    let is_one = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| name.into()).ok_or_else(|| {
        ConfigError::new(
            "the name of a replica has to be 1 to 64 visible ascii characters: correct `Auditing::replica_name`",
        )
    })
}

impl fmt::Debug for Auditing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Auditing")
            .field("sink", &self.sink)
            .field("is_required", &self.is_required)
            .field("replica", &self.replica)
            .finish_non_exhaustive()
    }
}
