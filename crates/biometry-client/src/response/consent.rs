//! Replies of `/api-consent`.

use std::fmt;

use super::Unparsable;
use crate::json::{Json, Object};
use crate::{Purpose, UserFullname};

/// What the platform now holds, by its own reply to a consent being given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentState {
    /// The consent is recorded.
    Given,
    /// The platform says it is not.
    NotGiven,
    /// The reply does not say.
    Unknown,
}

impl ConsentState {
    /// Whether the consent is recorded; [`Unknown`](Self::Unknown) is a no.
    pub fn is_given(self) -> bool {
        self == Self::Given
    }
}

/// What became of a withdrawal at the platform. Whatever it is, honour the withdrawal on your side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Withdrawal {
    /// The platform recorded it.
    Accepted,
    /// The platform takes no withdrawals: status 400 `is_consent_given must be true`, or a reply that
    /// still says given.
    RefusedByPlatform,
}

/// The consents of one user, as the platform holds them. Empty when the user never gave any.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct ConsentHistory {
    authorization: Option<ConsentRecord>,
    storage: Option<ConsentRecord>,
}

impl ConsentHistory {
    pub(crate) fn of(authorization: Option<ConsentRecord>, storage: Option<ConsentRecord>) -> Self {
        Self { authorization, storage }
    }

    /// The record of this purpose, if there ever was a consent.
    pub fn record(&self, purpose: Purpose) -> Option<&ConsentRecord> {
        match purpose {
            Purpose::Authorization => self.authorization.as_ref(),
            Purpose::Storage => self.storage.as_ref(),
        }
    }

    /// Whether the consent of this purpose stands now.
    pub fn is_given(&self, purpose: Purpose) -> bool {
        self.record(purpose).is_some_and(ConsentRecord::is_given)
    }
}

impl fmt::Debug for ConsentHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConsentHistory")
            .field("authorization", &self.is_given(Purpose::Authorization))
            .field("storage", &self.is_given(Purpose::Storage))
            .finish_non_exhaustive()
    }
}

/// One consent: how it stands and how it came to that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentRecord {
    is_given: bool,
    events: Vec<ConsentEvent>,
    created_at: Option<String>,
    updated_at: Option<String>,
}

impl ConsentRecord {
    /// A consent that was given at these times and never withdrawn.
    pub(crate) fn given_on(dates: Vec<Option<String>>) -> Self {
        let (created_at, updated_at) = (dates.first().cloned().flatten(), dates.last().cloned().flatten());
        let events = dates.into_iter().map(|date| ConsentEvent { is_given: true, date }).collect();
        Self { is_given: true, events, created_at, updated_at }
    }

    /// Whether the consent stands now.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// What happened, in the platform's order, which is said to be chronological.
    pub fn events(&self) -> &[ConsentEvent] {
        &self.events
    }

    /// When the record was made; RFC 3339 by the platform's word, unchecked.
    pub fn created_at(&self) -> Option<&str> {
        self.created_at.as_deref()
    }

    /// When the record was last changed; RFC 3339 by the platform's word, unchecked.
    pub fn updated_at(&self) -> Option<&str> {
        self.updated_at.as_deref()
    }
}

/// One giving or withdrawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentEvent {
    is_given: bool,
    date: Option<String>,
}

impl ConsentEvent {
    /// Given (`true`) or withdrawn.
    pub fn is_given(&self) -> bool {
        self.is_given
    }

    /// When; RFC 3339 by the platform's word, unchecked.
    pub fn date(&self) -> Option<&str> {
        self.date.as_deref()
    }
}

/// `{"data": {"is_consent_given", "user_fullname"}}`, or the same members at the root.
pub(crate) fn parse_state(root: &Object, user: &UserFullname) -> Result<ConsentState, Unparsable> {
    let content = content_about(root, user)?;
    match content.get("is_consent_given") {
        Some(Json::Bool(true)) => Ok(ConsentState::Given),
        Some(Json::Bool(false)) => Ok(ConsentState::NotGiven),
        None | Some(Json::Null) => Ok(ConsentState::Unknown),
        Some(_) => Err(Unparsable),
    }
}

/// As [`parse_state`]. An encoder that omits what is false leaves the member out on a withdrawal.
pub(crate) fn parse_withdrawal(root: &Object, user: &UserFullname) -> Result<Withdrawal, Unparsable> {
    match parse_state(root, user)? {
        ConsentState::Given => Ok(Withdrawal::RefusedByPlatform),
        ConsentState::NotGiven | ConsentState::Unknown => Ok(Withdrawal::Accepted),
    }
}

/// `{"data": {"user_fullname", "consent": null | record, "storage_consent": null | record}}`.
pub(crate) fn parse_history(root: &Object, user: &UserFullname) -> Result<ConsentHistory, Unparsable> {
    let content = content_about(root, user)?;
    Ok(ConsentHistory {
        authorization: parse_record(content, "consent")?,
        storage: parse_record(content, "storage_consent")?,
    })
}

/// Whether a failing answer to a withdrawal says that there is no such thing.
pub(crate) fn is_refusal(texts: &[String]) -> bool {
    texts.iter().any(|text| text.contains("is_consent_given must be true"))
}

/// The object that carries the members: `data` where there is one, else the root. A reply about
/// another user is no reply.
fn content_about<'a>(root: &'a Object, user: &UserFullname) -> Result<&'a Object, Unparsable> {
    if root.has_error() {
        return Err(Unparsable);
    }
    let content = match root.get_non_null("data") {
        Some(data) => data.as_object().ok_or(Unparsable)?,
        None => root,
    };
    match content.get_non_null("user_fullname") {
        None => Ok(content),
        Some(name) if name.as_str() == Some(user.as_str()) => Ok(content),
        Some(_) => Err(Unparsable),
    }
}

fn parse_record(content: &Object, name: &str) -> Result<Option<ConsentRecord>, Unparsable> {
    let Some(record) = content.get_non_null(name) else { return Ok(None) };
    let record = record.as_object().ok_or(Unparsable)?;
    let events = match record.get_non_null("history") {
        Some(events) => events.as_array().ok_or(Unparsable)?,
        None => &[],
    };
    Ok(Some(ConsentRecord {
        is_given: parse_given(record)?,
        events: events.iter().map(parse_event).collect::<Result<_, _>>()?,
        created_at: record.get_str("created_at").map(str::to_owned),
        updated_at: record.get_str("updated_at").map(str::to_owned),
    }))
}

fn parse_event(event: &Json) -> Result<ConsentEvent, Unparsable> {
    let event = event.as_object().ok_or(Unparsable)?;
    Ok(ConsentEvent { is_given: parse_given(event)?, date: event.get_str("date").map(str::to_owned) })
}

fn parse_given(object: &Object) -> Result<bool, Unparsable> {
    match object.get_non_null("is_consent_given") {
        None => Ok(false),
        Some(given) => given.as_bool().ok_or(Unparsable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn user() -> UserFullname {
        UserFullname::parse("ana@example.com").unwrap()
    }

    #[test]
    fn a_consent_is_given_by_a_true_about_the_same_user() {
        use ConsentState::*;
        let cases = [
            (
                r#"{"data":{"is_consent_given":true,"user_fullname":"ana@example.com"},"message":"m"}"#,
                Ok(Given),
            ),
            (r#"{"is_consent_given":true,"user_fullname":"ana@example.com"}"#, Ok(Given)),
            (r#"{"data":{"is_consent_given":true}}"#, Ok(Given)),
            (r#"{"data":{"is_consent_given":false}}"#, Ok(NotGiven)),
            (r#"{"data":{"user_fullname":"ana@example.com"},"is_consent_given":true}"#, Ok(Unknown)),
            (r#"{"message":"consent given"}"#, Ok(Unknown)),
            (r#"{"data":{"is_consent_given":"true"}}"#, Err(Unparsable)),
            (r#"{"data":{"is_consent_given":1}}"#, Err(Unparsable)),
            (r#"{"data":"true"}"#, Err(Unparsable)),
            (r#"{"data":{"is_consent_given":true,"user_fullname":"bob@example.com"}}"#, Err(Unparsable)),
            (r#"{"is_consent_given":true,"user_fullname":7}"#, Err(Unparsable)),
            (r#"{"data":{"is_consent_given":true},"error":"no"}"#, Err(Unparsable)),
        ];
        for (text, expected) in cases {
            let state = parse_state(&read_object(text.as_bytes()).unwrap(), &user());
            assert_eq!(state, expected, "{text}");
        }
    }

    #[test]
    fn a_withdrawal_is_accepted_unless_the_consent_still_stands() {
        let read = |text: &str| parse_withdrawal(&read_object(text.as_bytes()).unwrap(), &user());
        assert_eq!(read(r#"{"data":{"is_consent_given":false}}"#), Ok(Withdrawal::Accepted));
        assert_eq!(read(r#"{"data":{"user_fullname":"ana@example.com"}}"#), Ok(Withdrawal::Accepted));
        assert_eq!(read(r#"{"data":{"is_consent_given":true}}"#), Ok(Withdrawal::RefusedByPlatform));
        assert!(is_refusal(&["is_consent_given must be true".to_owned()]));
        assert!(!is_refusal(&["bad request".to_owned()]));
    }

    #[test]
    fn reads_a_history_with_either_side_missing() {
        let text = r#"{"data":{"user_fullname":"ana@example.com","storage_consent":null,"consent":{
            "is_consent_given":true,"created_at":"2026-01-01T00:00:00Z","updated_at":"2026-01-03T00:00:00Z",
            "history":[{"is_consent_given":false,"date":"2026-01-02T00:00:00Z"},{"is_consent_given":true,"date":"2026-01-03T00:00:00Z"}]}}}"#;
        let history = parse_history(&read_object(text.as_bytes()).unwrap(), &user()).unwrap();
        assert!(history.is_given(Purpose::Authorization));
        assert!(!history.is_given(Purpose::Storage));
        let record = history.record(Purpose::Authorization).unwrap();
        assert_eq!(record.events().len(), 2);
        assert!(!record.events()[0].is_given());
        assert_eq!(record.events()[1].date(), record.updated_at());
        assert_eq!(record.created_at(), Some("2026-01-01T00:00:00Z"));
    }

    #[test]
    fn an_odd_history_gives_nothing() {
        let read = |text: &str| parse_history(&read_object(text.as_bytes()).unwrap(), &user());
        assert_eq!(
            read(r#"{"data":{"consent":null,"storage_consent":null}}"#),
            Ok(ConsentHistory::default())
        );
        assert_eq!(read(r#"{"data":{}}"#), Ok(ConsentHistory::default()));
        assert!(!read(r#"{"data":{"consent":{"history":[]}}}"#).unwrap().is_given(Purpose::Authorization));
        for text in [
            r#"{"data":{"consent":true}}"#,
            r#"{"data":{"consent":{"is_consent_given":"true"}}}"#,
            r#"{"data":{"consent":{"is_consent_given":true,"history":{}}}}"#,
            r#"{"data":{"consent":{"is_consent_given":true,"history":[1]}}}"#,
            r#"{"data":{"user_fullname":"bob","consent":{"is_consent_given":true}}}"#,
        ] {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
    }
}
