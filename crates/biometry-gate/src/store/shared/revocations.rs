//! What is revoked of a whole tenant: a record of its own beside the subjects', read whenever one of them is.

use std::time::SystemTime;

use super::key::corrupt;
use super::{RecordId, SharedStore, Snapshot, Write};
use crate::principal::Tenant;
use crate::record::{Revocations, Revoked};
use crate::store::{StoreError, StoreErrorKind};

impl SharedStore {
    /// What was revoked of a tenant until now, from the record that says so.
    pub(super) fn read_revocations(
        &self,
        id: &RecordId,
        snapshot: Snapshot,
    ) -> Result<Revocations, StoreError> {
        let Some(record) = snapshot.record else { return Ok(Revocations::default()) };
        read(&self.key.open(id, &record)?.plain)
    }

    /// Revokes something of a tenant, and has it announced to those who remember decisions.
    pub(super) async fn add_revocation(
        &self,
        tenant: &Tenant,
        revoked: Revoked<'_>,
    ) -> Result<(), StoreError> {
        let add = |before: Option<Vec<u8>>, now| {
            let mut revocations = before.map_or_else(|| Ok(Revocations::default()), |plain| read(&plain))?;
            revocations.add(revoked, now);
            let written = serde_json::to_vec(&revocations);
            written.map_err(|_| {
                StoreError::new(StoreErrorKind::Full).with_source("what was revoked cannot be written")
            })
        };
        self.replace(&self.key.locate_revocations(tenant), add).await?;
        self.replace(&self.key.locate_herald(), |_, _| Ok(Vec::new())).await
    }

    /// Seals what was revoked of a tenant anew, and what announces it.
    pub(super) async fn reseal_revocations(&self, tenant: &Tenant) -> Result<(), StoreError> {
        for id in [self.key.locate_revocations(tenant), self.key.locate_herald()] {
            if self.records.load(&id).await?.record.is_some() {
                self.replace(&id, |before, _| Ok(before.unwrap_or_default())).await?;
            }
        }
        Ok(())
    }

    /// Writes a record anew, for good.
    async fn replace(
        &self,
        id: &RecordId,
        content: impl Fn(Option<Vec<u8>>, SystemTime) -> Result<Vec<u8>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut attempts = self.attempts(id);
        loop {
            attempts.begin().await?;
            let snapshot = self.records.load(id).await?;
            let seen = snapshot.record.as_ref().map(|record| *record.tag());
            let opened = snapshot.record.map(|record| self.key.open(id, &record)).transpose()?;
            let before = opened.map(|opened| opened.plain);
            let now = if self.is_on_clock { self.clock.now() } else { snapshot.now };
            let record = self.key.seal(id, self.new_tag()?, &content(before, now)?)?;
            if self.records.swap(id, seen.as_ref(), Write::Put { record, keep: None }).await? {
                return Ok(());
            }
        }
    }
}

fn read(plain: &[u8]) -> Result<Revocations, StoreError> {
    serde_json::from_slice(plain).map_err(|_| corrupt("it is no list of revocations of this version"))
}
