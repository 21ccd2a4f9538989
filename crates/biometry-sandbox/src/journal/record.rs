//! The writing end of one journal entry.

use std::sync::Arc;

use http::StatusCode;
use serde_json::Value;

use super::{FileSeen, Journal};

/// Writes one entry while its request is served. Dropped, it marks the entry as finished.
#[derive(Debug)]
pub(crate) struct Record {
    journal: Arc<Journal>,
    number: u64,
}

impl Record {
    pub(super) fn new(journal: Arc<Journal>, number: u64) -> Self {
        Self { journal, number }
    }

    pub(crate) fn key(&self, id: &str) {
        self.journal.update(self.number, |entry| entry.key_id = Some(id.to_owned()));
    }

    pub(crate) fn received(&self, bytes: usize) {
        self.journal.update(self.number, |entry| entry.body_bytes += bytes as u64);
    }

    pub(crate) fn field(&self, name: &str, text: &str) {
        self.journal.update(self.number, |entry| entry.fields.push((name.to_owned(), text.to_owned())));
    }

    pub(crate) fn file(&self, file: FileSeen) {
        self.journal.update(self.number, |entry| entry.files.push(file));
    }

    /// A JSON body, which may name the user.
    pub(crate) fn json(&self, body: &Value) {
        self.journal.update(self.number, |entry| {
            let named = body.get("user_fullname").and_then(Value::as_str).map(str::to_owned);
            entry.user = entry.user.take().or(named);
            entry.json = Some(body.clone());
        });
    }

    /// Who and which session, where only the body or the path says so.
    pub(crate) fn named(&self, user: Option<&str>, session: Option<&str>) {
        self.journal.update(self.number, |entry| {
            entry.user = user.map(str::to_owned);
            entry.session = session.map(str::to_owned);
        });
    }

    pub(crate) fn completed(&self) {
        self.journal.update(self.number, |entry| entry.complete = true);
    }

    pub(crate) fn replied(&self, status: StatusCode) {
        self.journal.update(self.number, |entry| entry.status = Some(status.as_u16()));
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        self.journal.update(self.number, |entry| entry.finished = true);
    }
}
