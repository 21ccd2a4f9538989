//! Records by subject.

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;

use crate::principal::{Principal, SubjectKey};
use crate::record::SubjectRecord;

/// Records that are found with one hash, which has chosen the table, too.
#[derive(Default)]
pub(super) struct Table {
    records: HashTable<Record>,
}

/// One subject's place: small, so that room to grow does not cost as many records.
struct Record {
    hash: u64,
    kept: Box<(SubjectKey, SubjectRecord)>,
}

/// A subject's key with its hash.
#[derive(Clone, Copy)]
pub(super) struct Key<'a> {
    pub(super) hash: u64,
    pub(super) subject: &'a SubjectKey,
}

impl<'a> From<&'a SubjectKey> for Key<'a> {
    fn from(subject: &'a SubjectKey) -> Self {
        Self { hash: subject.table_hash(), subject }
    }
}

impl<'a> From<&'a Principal> for Key<'a> {
    fn from(owner: &'a Principal) -> Self {
        Self { hash: owner.table_hash(), subject: owner.key() }
    }
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.records.len()
    }

    #[inline]
    pub(super) fn get(&self, key: &Key<'_>) -> Option<&SubjectRecord> {
        self.records.find(key.hash, |record| record.is(key)).map(|record| &record.kept.1)
    }

    /// The subject's record, made where there is none; `None` where there would be more of them than `most`.
    pub(super) fn get_or_make(&mut self, key: &Key<'_>, most: usize) -> Option<&mut SubjectRecord> {
        let is_full = self.records.len() >= most;
        let record = match self.records.entry(key.hash, |record| record.is(key), |record| record.hash) {
            Entry::Occupied(record) => record.into_mut(),
            Entry::Vacant(_) if is_full => return None,
            Entry::Vacant(place) => place.insert(Record::of(key)).into_mut(),
        };
        Some(&mut record.kept.1)
    }

    pub(super) fn remove(&mut self, key: &Key<'_>) {
        if let Ok(record) = self.records.find_entry(key.hash, |record| record.is(key)) {
            record.remove();
        }
    }

    pub(super) fn iter_mut(&mut self) -> impl Iterator<Item = (&SubjectKey, &mut SubjectRecord)> {
        self.records.iter_mut().map(|record| {
            let (key, record) = &mut *record.kept;
            (&*key, record)
        })
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&mut SubjectRecord) -> bool) {
        self.records.retain(|record| keep(&mut record.kept.1));
    }
}

impl Record {
    fn of(key: &Key<'_>) -> Self {
        Self { hash: key.hash, kept: Box::new((key.subject.clone(), SubjectRecord::default())) }
    }

    fn is(&self, key: &Key<'_>) -> bool {
        self.hash == key.hash && self.kept.0 == *key.subject
    }
}

impl Key<'_> {
    /// Which of `tables` it belongs to: the table itself goes by the lowest bits of the hash and the seven highest ones.
    pub(super) fn place(&self, tables: usize) -> usize {
        usize::try_from((self.hash >> 40) % tables as u64).unwrap_or_default()
    }
}
