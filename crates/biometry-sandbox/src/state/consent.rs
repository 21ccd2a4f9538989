//! Consent records as the history endpoint shows them.

use std::time::SystemTime;

use serde_json::{Value, json};

use super::MOST_CHANGES;
use crate::clock::rfc3339;

/// What a person consents to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Biometric processing (`/consent`).
    Authorization,
    /// Keeping biometric data for later (`/strg-consent`).
    Storage,
}

/// One purpose's consent and how it came about.
#[derive(Debug, Clone)]
pub(crate) struct ConsentRecord {
    history: Vec<(bool, SystemTime)>,
}

impl ConsentRecord {
    pub(crate) fn first(given: bool, now: SystemTime) -> Self {
        Self { history: vec![(given, now)] }
    }

    /// The first change stays: it says since when there is a record.
    pub(crate) fn append(&mut self, given: bool, now: SystemTime) {
        if self.history.len() >= MOST_CHANGES {
            self.history.remove(1);
        }
        self.history.push((given, now));
    }

    pub(crate) fn is_given(&self) -> bool {
        self.history.last().is_some_and(|(given, _)| *given)
    }

    pub(crate) fn to_json(&self) -> Value {
        let date = |entry: Option<&(bool, SystemTime)>| entry.map(|(_, at)| rfc3339(*at));
        let history: Vec<Value> = self
            .history
            .iter()
            .map(|(given, at)| json!({ "is_consent_given": given, "date": rfc3339(*at) }))
            .collect();
        json!({
            "is_consent_given": self.is_given(),
            "history": history,
            "created_at": date(self.history.first()),
            "updated_at": date(self.history.last()),
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn a_withdrawal_is_one_more_entry() {
        let mut record = ConsentRecord::first(true, UNIX_EPOCH);
        record.append(false, UNIX_EPOCH + Duration::from_millis(1500));
        assert!(!record.is_given());
        let expected = json!({
            "is_consent_given": false,
            "history": [
                { "is_consent_given": true, "date": "1970-01-01T00:00:00.000Z" },
                { "is_consent_given": false, "date": "1970-01-01T00:00:01.500Z" },
            ],
            "created_at": "1970-01-01T00:00:00.000Z",
            "updated_at": "1970-01-01T00:00:01.500Z",
        });
        assert_eq!(record.to_json(), expected);
    }

    #[test]
    fn a_long_history_keeps_its_first_change_and_its_newest_ones() {
        let at = |seconds: usize| UNIX_EPOCH + Duration::from_secs(seconds as u64);
        let mut record = ConsentRecord::first(true, at(0));
        (1..=MOST_CHANGES + 7).for_each(|n| record.append(n % 2 == 0, at(n)));
        assert_eq!(record.history.len(), MOST_CHANGES);
        assert_eq!((record.history[0].1, record.history[1].1), (at(0), at(9)));
    }
}
