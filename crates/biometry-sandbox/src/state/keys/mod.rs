//! API keys: JWTs signed with a secret that lives as long as the process.

mod token;

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::SystemTime;

use crate::clock::rfc3339;
use crate::id;
use crate::service::ServiceSet;

/// What the sandbox knows of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeyRecord {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) project_id: String,
    pub(crate) services: ServiceSet,
    pub(crate) can_mint: bool,
    pub(crate) active: bool,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
}

/// What became of a presented key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Lookup {
    Active(KeyRecord),
    Revoked,
    Unknown,
}

pub(crate) struct Keys {
    secret: [u8; 32],
    project_id: String,
    minted: HashMap<String, KeyRecord>,
    /// Ids of test keys that were accepted on their word and then revoked.
    revoked_test_keys: HashSet<String>,
}

/// Whose word is taken for a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Trust {
    OnlyMinted,
    AlsoTestKeys,
}

impl Keys {
    pub(crate) fn new() -> Self {
        Self {
            secret: id::random(),
            project_id: id::uuid(),
            minted: HashMap::new(),
            revoked_test_keys: HashSet::new(),
        }
    }

    /// The project of keys for which no other is named.
    pub(crate) fn project_id(&self) -> &str {
        &self.project_id
    }

    /// A key of the given project; its token is what callers present.
    pub(crate) fn mint(
        &mut self,
        project_id: &str,
        services: ServiceSet,
        can_mint: bool,
        now: SystemTime,
    ) -> String {
        let date = rfc3339(now);
        let record = KeyRecord {
            id: id::uuid(),
            name: format!("minted_{}", date.get(..19).unwrap_or(&date).replace('T', "_")),
            project_id: project_id.to_owned(),
            services,
            can_mint,
            active: true,
            created_at: date.clone(),
            updated_at: date,
        };
        let token = token::sign(&record, &self.secret);
        self.minted.insert(token.clone(), record);
        token
    }

    pub(crate) fn look_up(&self, token: &str, trust: Trust) -> Lookup {
        match self.minted.get(token) {
            Some(record) if record.active => Lookup::Active(record.clone()),
            Some(_) => Lookup::Revoked,
            None if trust == Trust::AlsoTestKeys => self.look_up_test_key(token),
            None => Lookup::Unknown,
        }
    }

    /// Whether there was such a key to revoke.
    pub(crate) fn revoke(&mut self, token: &str, now: SystemTime) -> bool {
        match self.minted.get_mut(token) {
            Some(record) => {
                record.active = false;
                record.updated_at = rfc3339(now);
                true
            }
            None => match token::read_test_key(token) {
                Some(record) => self.revoked_test_keys.insert(record.id),
                None => false,
            },
        }
    }

    /// As [`Self::revoke`], by the key's id and within one project.
    pub(crate) fn revoke_id(&mut self, project_id: &str, id: &str, now: SystemTime) -> bool {
        let mine = |record: &KeyRecord| record.id == id && record.project_id == project_id && record.active;
        let token = self.minted.iter().find(|(_, record)| mine(record)).map(|(token, _)| token.clone());
        token.is_some_and(|token| self.revoke(&token, now))
    }

    fn look_up_test_key(&self, token: &str) -> Lookup {
        match token::read_test_key(token) {
            Some(record) if self.revoked_test_keys.contains(&record.id) => Lookup::Revoked,
            Some(record) => Lookup::Active(record),
            None => Lookup::Unknown,
        }
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("minted", &self.minted.len()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
