//! Browsers that have signed in by face as the subject: strangers who claim the name cannot keep them out.

use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{MAX_BROWSERS, SubjectRecord, push_bounded};
use crate::forward_compat::ForwardCompat;

/// A browser, by a digest of the key that it was given.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct KnownBrowser {
    digest: String,
    /// How long its key is good for.
    pub(super) until: SystemTime,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl SubjectRecord {
    /// Whether the subject has signed in with the browser that has the key of this digest.
    pub(crate) fn knows_browser(&self, digest: &str, now: SystemTime) -> bool {
        self.browsers.iter().any(|browser| browser.digest == digest && now < browser.until)
    }

    /// Remembers a browser in place of the one whose key it had before. The one that has signed in for the longest ago
    /// makes room when there are too many.
    pub(crate) fn keep_browser(&mut self, digest: &str, before: Option<&str>, until: SystemTime) {
        self.browsers.retain(|browser| Some(browser.digest.as_str()) != before);
        let browser = KnownBrowser { digest: digest.to_owned(), until, unknown: ForwardCompat::default() };
        push_bounded(&mut self.browsers, browser, MAX_BROWSERS);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn a_browser_is_known_by_its_newest_key_until_that_is_too_old() {
        let mut record = SubjectRecord::default();
        record.keep_browser("one", None, at(100));
        record.keep_browser("two", Some("one"), at(200));
        record.keep_browser("other", Some("never seen"), at(150));
        assert!(!record.knows_browser("one", at(0)));
        assert!(record.knows_browser("two", at(199)) && !record.knows_browser("two", at(200)));
        assert!(record.knows_browser("other", at(0)));
        assert_eq!(record.matters_until(at(0)), Some(at(200)));
        record.prune(at(200));
        assert!(record.is_forgettable(at(200)));
    }

    #[test]
    fn so_many_browsers_are_known_and_no_more() {
        let mut record = SubjectRecord::default();
        for n in 0..100 {
            record.keep_browser(&n.to_string(), None, at(1_000));
        }
        let known = (0..100).filter(|n| record.knows_browser(&n.to_string(), at(0)));
        assert_eq!(known.collect::<Vec<_>>(), (92..100).collect::<Vec<_>>());
    }
}
