//! What was revoked of a whole tenant: a short list beside all records, which each of them catches up with.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use crate::forward_compat::ForwardCompat;

use super::SubjectRecord;

/// What was revoked of one tenant, in order. A record knows up to where it has heeded it, so its content up to then is void
/// and later content is not.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Revocations {
    /// The number of the latest one. Numbers only ever grow.
    latest: u64,
    /// The number of the latest one of everything.
    everything: u64,
    policies: Vec<PolicyRevoked>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct PolicyRevoked {
    number: u64,
    policy: Arc<str>,
    up_to_version: u32,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// What of a tenant is revoked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Revoked<'a> {
    /// All decisions.
    Everything,
    /// The decisions for one policy.
    Policy {
        /// The policy's name.
        policy: &'a str,
        /// The newest version of the policy whose decisions are void.
        up_to_version: u32,
    },
}

impl Revocations {
    /// Adds one. Its number follows the time, too, so that a list that was lost does not count anew what records have
    /// heeded.
    pub(crate) fn add(&mut self, revoked: Revoked<'_>, now: SystemTime) {
        let since = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let by_time = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.latest = self.latest.saturating_add(1).max(by_time);
        match revoked {
            Revoked::Policy { policy, up_to_version } => self.add_policy(policy, up_to_version),
            Revoked::Everything => self.add_everything(),
        }
    }

    fn add_policy(&mut self, policy: &str, up_to_version: u32) {
        self.policies.retain(|kept| *kept.policy != *policy || kept.up_to_version > up_to_version);
        if self.policies.len() >= MAX_POLICIES {
            // Rather too much is void than too little.
            return self.add_everything();
        }
        self.policies.push(PolicyRevoked {
            number: self.latest,
            policy: policy.into(),
            up_to_version,
            unknown: ForwardCompat::default(),
        });
    }

    fn add_everything(&mut self) {
        self.policies.clear();
        self.everything = self.latest;
    }
}

impl SubjectRecord {
    /// Voids what was revoked of the tenant since the record was looked at last.
    pub(crate) fn catch_up(&mut self, revocations: &Revocations) {
        let heeded = self.revocations_heeded;
        if heeded >= revocations.latest {
            return;
        }
        self.revocations_heeded = revocations.latest;
        if revocations.everything > heeded {
            self.revoke_all();
            return;
        }
        for revoked in revocations.policies.iter().filter(|revoked| revoked.number > heeded) {
            self.revoke_policy(&revoked.policy, revoked.up_to_version);
        }
    }

    /// The record without what was revoked since it was looked at last.
    pub(crate) fn caught_up(&self, revocations: &Revocations) -> Cow<'_, Self> {
        if self.revocations_heeded >= revocations.latest {
            return Cow::Borrowed(self);
        }
        let mut own = self.clone();
        own.catch_up(revocations);
        Cow::Owned(own)
    }

    /// Voids what is revoked of the tenant.
    pub(crate) fn revoke(&mut self, revoked: Revoked<'_>) {
        match revoked {
            Revoked::Everything => self.revoke_all(),
            Revoked::Policy { policy, up_to_version } => self.revoke_policy(policy, up_to_version),
        }
    }
}

const MAX_POLICIES: usize = 256;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn policy(policy: &str, up_to_version: u32) -> Revoked<'_> {
        Revoked::Policy { policy, up_to_version }
    }

    #[test]
    fn numbers_grow_whatever_the_clock_says() {
        let mut revocations = Revocations::default();
        let mut before = 0;
        for now in [at(100), at(100), at(50), at(0), at(200)] {
            revocations.add(Revoked::Everything, now);
            assert!(revocations.latest > before);
            before = revocations.latest;
        }
        let mut after_loss = Revocations::default();
        after_loss.add(Revoked::Everything, at(201));
        assert!(after_loss.latest > before, "a list that was lost goes on after the one before");
    }

    #[test]
    fn the_list_stays_as_short_as_it_can() {
        let mut revocations = Revocations::default();
        for version in [1, 3, 2] {
            revocations.add(policy("p", version), at(0));
        }
        let kept: Vec<_> = revocations.policies.iter().map(|kept| kept.up_to_version).collect();
        assert_eq!(kept, [3, 2], "the second covers the first, and not the third what came before it");
        revocations.add(Revoked::Everything, at(0));
        assert!(revocations.policies.is_empty());
        for n in 0..=MAX_POLICIES {
            revocations.add(policy(&n.to_string(), 1), at(0));
        }
        assert!(revocations.policies.is_empty() && revocations.everything == revocations.latest);
    }
}
