use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::SystemTime;

use serde_json::{Value, json};

use super::key::ReceiptKey;

/// The key that signs, and those that are published beside it.
pub(super) struct KeyRing(RwLock<Keys>);

struct Keys {
    signing: ReceiptKey,
    published: Vec<Published>,
}

struct Published {
    key: ReceiptKey,
    /// `None` as long as the host says so.
    until: Option<SystemTime>,
}

impl KeyRing {
    pub(super) fn new(signing: ReceiptKey) -> Self {
        Self(RwLock::new(Keys { signing, published: Vec::new() }))
    }

    pub(super) fn signing(&self) -> ReceiptKey {
        self.read().signing.clone()
    }

    pub(super) fn publish(&self, key: ReceiptKey) {
        self.write().published.push(Published { key, until: None });
    }

    /// `key` signs, and the one before is published until its receipts are over.
    pub(super) fn rotate(&self, key: ReceiptKey, until: Option<SystemTime>) {
        let mut keys = self.write();
        let keys = &mut *keys;
        keys.published.retain(|published| published.key.id() != key.id());
        let before = std::mem::replace(&mut keys.signing, key);
        if before.id() != keys.signing.id() {
            keys.published.insert(0, Published { key: before, until });
            keys.published.truncate(MOST - 1);
        }
    }

    pub(super) fn set(&self, now: SystemTime) -> Value {
        let keys = self.read();
        let is_over = |published: &Published| published.until.is_some_and(|until| until <= now);
        let published = keys.published.iter().filter(|published| !is_over(published));
        let all: Vec<_> = [&keys.signing]
            .into_iter()
            .chain(published.map(|one| &one.key))
            .map(ReceiptKey::public)
            .collect();
        json!({ "keys": all })
    }

    pub(super) fn shortcoming(&self) -> Option<&'static str> {
        let keys = self.read();
        let mut ids: Vec<_> = keys.published.iter().map(|one| one.key.id()).collect();
        ids.push(keys.signing.id());
        if ids.len() > MOST {
            return Some("more than eight keys of receipts: take out those whose receipts are over");
        }
        ids.sort_unstable();
        let is_twice = ids.windows(2).any(|pair| pair[0] == pair[1]);
        is_twice.then_some("a key of receipts is given twice: publish the others, and not the one that signs")
    }

    fn read(&self) -> RwLockReadGuard<'_, Keys> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Keys> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

const MOST: usize = 8;
