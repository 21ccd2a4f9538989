//! What is kept under one lock.

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

use super::table::{Key, Table};
use super::{StoreError, StoreErrorKind};
use crate::principal::{Subject, Tenant};
use crate::record::{ClaimedNames, Revoked, SubjectRecord};

/// Subjects, and crowds of claimed names.
pub(super) struct Shard {
    records: Table,
    crowds: HashMap<ClaimedNamesKey, ClaimedNames>,
    sweep_at: SystemTime,
}

/// A tenant and the number of one of its crowds.
pub(super) type ClaimedNamesKey = (Tenant, usize);

impl Shard {
    pub(super) fn new(sweep_at: SystemTime) -> Self {
        Self { records: Table::default(), crowds: HashMap::new(), sweep_at }
    }

    pub(super) fn subject(&self, key: &Key<'_>) -> Option<&SubjectRecord> {
        self.records.get(key)
    }

    pub(super) fn claimed(&self, key: &ClaimedNamesKey, name: &Subject) -> Option<&SubjectRecord> {
        self.crowds.get(key)?.record(name)
    }

    pub(super) fn change_subject<T>(
        &mut self,
        key: &Key<'_>,
        capacity: usize,
        now: SystemTime,
        transition: impl FnOnce(&mut SubjectRecord, SystemTime) -> T,
    ) -> Result<T, StoreError> {
        self.sweep(now);
        let record = self.records.get_or_make(key, capacity);
        let record = record.ok_or_else(|| StoreError::new(StoreErrorKind::Full))?;
        record.prune(now);
        let outcome = transition(record, now);
        if record.is_forgettable(now) {
            self.records.remove(key);
        }
        Ok(outcome)
    }

    pub(super) fn change_claimed<T>(
        &mut self,
        key: ClaimedNamesKey,
        name: &Subject,
        now: SystemTime,
        transition: impl FnOnce(&mut SubjectRecord, SystemTime) -> T,
    ) -> T {
        self.sweep(now);
        let crowd = self.crowds.entry(key).or_default();
        crowd.change(name, now, |record| transition(record, now))
    }

    /// Goes through everybody: so those who are let in pay nothing for it at any other time.
    pub(super) fn revoke(&mut self, tenant: &Tenant, revoked: Revoked<'_>) {
        let records = self.records.iter_mut().filter(|(key, _)| key.tenant() == tenant);
        records.for_each(|(_, record)| record.revoke(revoked));
        let crowds = self.crowds.iter_mut().filter(|((of, _), _)| of == tenant);
        crowds.for_each(|(_, crowd)| crowd.revoke(revoked));
    }

    fn sweep(&mut self, now: SystemTime) {
        if now < self.sweep_at {
            return;
        }
        self.sweep_at = now + SWEEP_EVERY;
        self.records.retain(|record| {
            record.prune(now);
            !record.is_forgettable(now)
        });
        self.crowds.retain(|_, crowd| {
            crowd.prune(now);
            !crowd.is_empty()
        });
    }

    pub(super) fn len(&self) -> usize {
        self.records.len() + self.crowds.values().map(ClaimedNames::len).sum::<usize>()
    }
}

const SWEEP_EVERY: Duration = Duration::from_secs(30);
