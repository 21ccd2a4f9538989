//! Replies of `/api-gateway/v2/consents`.

use super::Envelope;
use crate::json::{Json, Object};
use crate::response::Unparsable;
use crate::{
    ConsentHistory, ConsentRecord, ConsentState, ConsentTemplate, ConsentTemplates, Purpose, UserFullname,
};

/// A consent template that a user has approved. Version 2 only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approval {
    template: ConsentTemplate,
    approved_at: Option<String>,
}

impl Approval {
    /// Which template.
    pub fn template(&self) -> &ConsentTemplate {
        &self.template
    }

    /// When; RFC 3339 by the platform's word, unchecked.
    pub fn approved_at(&self) -> Option<&str> {
        self.approved_at.as_deref()
    }
}

/// Only `meta`: an approval is recorded where nothing objects to it.
pub(crate) fn parse_approved(_: &Envelope<'_>) -> Result<ConsentState, Unparsable> {
    Ok(ConsentState::Given)
}

/// `{"data": [{"consent_id", "user_id", "approved_at"}]}`.
pub(crate) fn parse_approvals(
    envelope: &Envelope<'_>,
    user: &UserFullname,
) -> Result<Vec<Approval>, Unparsable> {
    envelope.list()?.iter().map(|approval| parse_approval(approval, user)).collect()
}

/// The approvals as consents to the two purposes.
pub(crate) fn to_history(approvals: &[Approval], templates: &ConsentTemplates) -> ConsentHistory {
    let record = |purpose| {
        let approved = approvals.iter().filter(|approval| approval.template() == templates.of(purpose));
        let dates: Vec<_> = approved.map(|approval| approval.approved_at.clone()).collect();
        (!dates.is_empty()).then(|| ConsentRecord::given_on(dates))
    };
    ConsentHistory::of(record(Purpose::Authorization), record(Purpose::Storage))
}

/// An approval by another user, or of nothing, makes the whole list one that cannot be understood.
fn parse_approval(approval: &Json, user: &UserFullname) -> Result<Approval, Unparsable> {
    let approval: &Object = approval.as_object().ok_or(Unparsable)?;
    if approval.get_str("user_id") != Some(user.as_str()) {
        return Err(Unparsable);
    }
    let template = approval.get_str("consent_id").ok_or(Unparsable)?;
    Ok(Approval {
        template: ConsentTemplate::parse(template).map_err(|_| Unparsable)?,
        approved_at: approval.get_str("approved_at").map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<Vec<Approval>, Unparsable> {
        let root = read_object(text.as_bytes()).unwrap();
        parse_approvals(&Envelope::open(&root).unwrap(), &UserFullname::parse("ana").unwrap())
    }

    fn template(id: &str) -> ConsentTemplate {
        ConsentTemplate::parse(id).unwrap()
    }

    #[test]
    fn an_approval_of_a_purposes_template_is_its_consent() {
        let text = r#"{"data":[{"consent_id":"c-1","user_id":"ana","approved_at":"2026-01-01T00:00:00Z"},
            {"consent_id":"c-9","user_id":"ana","approved_at":"2026-01-02T00:00:00Z"}],"meta":{}}"#;
        let approvals = read(text).unwrap();
        assert_eq!(approvals[0].template(), &template("c-1"));
        let history = to_history(&approvals, &ConsentTemplates::new(template("c-1"), template("c-2")));
        assert!(history.is_given(Purpose::Authorization) && !history.is_given(Purpose::Storage));
        let record = history.record(Purpose::Authorization).unwrap();
        assert_eq!((record.created_at(), record.events().len()), (Some("2026-01-01T00:00:00Z"), 1));
        let both = to_history(&approvals, &ConsentTemplates::new(template("c-9"), template("c-9")));
        assert!(both.is_given(Purpose::Authorization) && both.is_given(Purpose::Storage));
        let nothing =
            to_history(&read("{}").unwrap(), &ConsentTemplates::new(template("c-1"), template("c-2")));
        assert_eq!(nothing, ConsentHistory::default());
    }

    #[test]
    fn a_list_that_is_not_of_this_user_alone_is_not_read() {
        for text in [
            r#"{"data":[{"consent_id":"c-1","user_id":"bob"}]}"#,
            r#"{"data":[{"consent_id":"c-1"}]}"#,
            r#"{"data":[{"user_id":"ana"}]}"#,
            r#"{"data":[{"consent_id":"","user_id":"ana"}]}"#,
            r#"{"data":["c-1"]}"#,
            r#"{"data":{"consent_id":"c-1","user_id":"ana"}}"#,
        ] {
            assert_eq!(read(text), Err(Unparsable), "{text}");
        }
    }
}
