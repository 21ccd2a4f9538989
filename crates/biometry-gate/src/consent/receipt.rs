//! Receipts: the record of what was agreed to.

use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::{Purpose, TextHash};
use crate::forward_compat::ForwardCompat;

/// One change of consent: what a subject agreed to or withdrew, when, and to which text. A history is a list of them,
/// oldest first; [`Admin::consent_history`](crate::gate::Admin::consent_history) reads it.
///
/// A subject's history has at most 200 receipts. Where there would be more, the two changes of one purpose that lie
/// closest together are [folded](Self::folded) into one, which says how many it stands for and until when. So changes
/// that are made over and over, with a stolen session for example, push nothing out of the record that lies apart from
/// them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub(crate) storage: bool,
    pub(crate) given: bool,
    pub(crate) at: SystemTime,
    pub(crate) text_version: Option<Arc<str>>,
    #[serde(default)]
    pub(crate) text_hash: Option<TextHash>,
    #[serde(default)]
    pub(crate) actor: Actor,
    #[serde(default)]
    pub(crate) context: ConsentContext,
    /// Later changes of the same purpose that it stands for as well.
    #[serde(default)]
    pub(crate) folded: u32,
    /// When the last one of them was made.
    #[serde(default)]
    pub(crate) folded_until: Option<SystemTime>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// Who made a change of consent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Actor {
    /// The subject, through the mounted routes.
    #[default]
    Subject,
    /// The host, on its own account: an account was closed, for example.
    Host,
    /// The platform, which had it on record while this store did not.
    Platform,
}

/// Where consent was given or withdrawn, as far as the host wants it on record: it is personal data, and `Debug` hides
/// it.
///
/// [`ConsentRules::context`](crate::gate::ConsentRules::context) makes one of a request's head; by default nothing is
/// on record. Each of the three texts is cut to 256 bytes.
///
/// ```
/// use biometry_gate::consent::ConsentContext;
///
/// let context = ConsentContext::new().with_ip("192.0.2.7").with_locale("de");
/// assert_eq!((context.ip(), context.user_agent()), (Some("192.0.2.7"), None));
/// ```
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConsentContext {
    ip: Option<Arc<str>>,
    user_agent: Option<Arc<str>>,
    locale: Option<Arc<str>>,
    #[serde(flatten)]
    unknown: ForwardCompat,
}

impl Receipt {
    pub(crate) fn new(purpose: Purpose, given: bool, at: SystemTime) -> Self {
        Self {
            storage: purpose == Purpose::Storage,
            given,
            at,
            text_version: None,
            text_hash: None,
            actor: Actor::Subject,
            context: ConsentContext::default(),
            folded: 0,
            folded_until: None,
            unknown: ForwardCompat::default(),
        }
    }

    /// Notes which text was shown.
    pub(crate) fn text(mut self, version: Option<Arc<str>>, hash: Option<TextHash>) -> Self {
        (self.text_version, self.text_hash) = (version, hash);
        self
    }

    pub(crate) fn by(mut self, actor: Actor) -> Self {
        self.actor = actor;
        self
    }

    pub(crate) fn within(mut self, context: ConsentContext) -> Self {
        self.context = context;
        self
    }

    /// Which purpose was changed.
    pub fn purpose(&self) -> Purpose {
        if self.storage { Purpose::Storage } else { Purpose::Authorization }
    }

    /// `true` where it was given, `false` where it was withdrawn.
    pub fn is_given(&self) -> bool {
        self.given
    }

    /// When it was changed; of a folded receipt, when the first change was made.
    pub fn at(&self) -> SystemTime {
        self.at
    }

    /// The version of the text that was shown, where it is known.
    pub fn text_version(&self) -> Option<&str> {
        self.text_version.as_deref()
    }

    /// The hash of the text that was shown, where the host has registered that text.
    pub fn text_hash(&self) -> Option<TextHash> {
        self.text_hash
    }

    /// Who made the change.
    pub fn actor(&self) -> Actor {
        self.actor
    }

    /// How many later changes of the same purpose this receipt stands for as well, and when the last one was made;
    /// `None` where it stands for itself alone.
    pub fn folded(&self) -> Option<(u32, SystemTime)> {
        self.folded_until.map(|until| (self.folded, until))
    }

    /// Takes the next change of the same purpose in.
    pub(crate) fn fold(&mut self, next: &Self) {
        self.folded = self.folded.saturating_add(next.folded).saturating_add(1);
        self.folded_until = Some(next.last());
    }

    /// When the last change was made that it stands for.
    pub(crate) fn last(&self) -> SystemTime {
        self.folded_until.unwrap_or(self.at)
    }

    /// Where it was said, as far as the host wants it on record.
    pub fn context(&self) -> &ConsentContext {
        &self.context
    }
}

impl ConsentContext {
    /// Nothing on record.
    pub fn new() -> Self {
        Self::default()
    }

    /// The address that the request came from, as the host knows it: behind a proxy that is not the connection's.
    #[must_use]
    pub fn with_ip(mut self, ip: &str) -> Self {
        self.ip = Some(cut(ip));
        self
    }

    /// The request's `User-Agent`.
    #[must_use]
    pub fn with_user_agent(mut self, user_agent: &str) -> Self {
        self.user_agent = Some(cut(user_agent));
        self
    }

    /// The language that the text was shown in.
    #[must_use]
    pub fn with_locale(mut self, locale: &str) -> Self {
        self.locale = Some(cut(locale));
        self
    }

    /// The address, where it is on record.
    pub fn ip(&self) -> Option<&str> {
        self.ip.as_deref()
    }

    /// The `User-Agent`, where it is on record.
    pub fn user_agent(&self) -> Option<&str> {
        self.user_agent.as_deref()
    }

    /// The language, where it is on record.
    pub fn locale(&self) -> Option<&str> {
        self.locale.as_deref()
    }
}

fn cut(text: &str) -> Arc<str> {
    let end = (0..=text.len().min(MAX_LEN)).rev().find(|&end| text.is_char_boundary(end));
    text[..end.unwrap_or_default()].into()
}

impl Actor {
    /// The word that the wire and exports use: `subject`, `host` or `platform`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Subject => "subject",
            Self::Host => "host",
            Self::Platform => "platform",
        }
    }
}

impl fmt::Debug for Receipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("purpose", &self.purpose())
            .field("given", &self.given)
            .field("text_version", &self.text_version)
            .field("actor", &self.actor)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for ConsentContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConsentContext(…)")
    }
}

const MAX_LEN: usize = 256;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_receipt_written_before_there_was_more_to_say_can_be_read() {
        let kept = r#"{"storage":true,"given":true,"at":{"secs_since_epoch":7,"nanos_since_epoch":0},"text_version":null}"#;
        let receipt: Receipt = serde_json::from_str(kept).unwrap();
        assert_eq!((receipt.actor(), receipt.text_hash()), (Actor::Subject, None));
        assert_eq!(receipt.context(), &ConsentContext::new());
    }

    #[test]
    fn a_context_is_bounded_and_not_shown() {
        let long = "é".repeat(500);
        let context = ConsentContext::new().with_ip("192.0.2.7").with_user_agent(&long).with_locale("de");
        assert!(context.user_agent().is_some_and(|agent| agent.len() <= 256 && agent.ends_with('é')));
        let receipt = Receipt::new(Purpose::Storage, true, SystemTime::UNIX_EPOCH).within(context);
        let shown = format!("{receipt:?} {:?}", receipt.context());
        assert!(!shown.contains("192.0.2.7") && !shown.contains('é'), "{shown}");
    }
}
