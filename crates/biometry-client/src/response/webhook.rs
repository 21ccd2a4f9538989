//! The reply of `POST /api-gateway/webhooks`.

use std::fmt;
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use super::Unparsable;
use crate::json::{Json, Object};

/// A webhook as it was created.
#[derive(Clone)]
pub struct Webhook {
    id: String,
    status: Option<String>,
    events: Vec<String>,
    secret: SecretString,
    retry: Option<WebhookRetry>,
}

impl Webhook {
    /// The webhook's id.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The webhook's status; `active` is the only one documented.
    pub fn status(&self) -> Option<&str> {
        self.status.as_deref()
    }

    /// The events it is subscribed to.
    pub fn events(&self) -> &[String] {
        &self.events
    }

    /// The secret its deliveries are signed with. The platform shows it this once: store it now.
    pub fn expose_secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// How the platform repeats a delivery that failed, where the reply says so.
    pub fn retry(&self) -> Option<WebhookRetry> {
        self.retry
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("id", &self.id).field("events", &self.events).finish_non_exhaustive()
    }
}

/// How the platform repeats a delivery that failed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WebhookRetry {
    /// How often at most.
    pub max_retries: u32,
    /// How long after the first failure.
    pub initial_delay: Duration,
    /// The longest wait between two.
    pub max_delay: Duration,
    /// By what each wait is longer than the one before.
    pub backoff_multiplier: f64,
}

/// `{"data": {"id", "url", "events", "status", "retry_config", "secret", …}, "message"}`.
pub(crate) fn parse_created(root: &Object) -> Result<Webhook, Unparsable> {
    let data = root.get("data").and_then(Json::as_object).filter(|_| !root.has_error()).ok_or(Unparsable)?;
    let text = |name| data.get_str(name).filter(|text| !text.is_empty());
    let events = data.get("events").and_then(Json::as_array).unwrap_or_default();
    Ok(Webhook {
        id: text("id").ok_or(Unparsable)?.to_owned(),
        status: text("status").map(str::to_owned),
        events: events.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        secret: text("secret").ok_or(Unparsable)?.into(),
        retry: data.get("retry_config").and_then(Json::as_object).and_then(parse_retry),
    })
}

/// The waits are nanoseconds, as Go writes durations.
fn parse_retry(config: &Object) -> Option<WebhookRetry> {
    let number = |name| config.get(name).and_then(Json::as_number);
    let wait = |name| Duration::try_from_secs_f64(number(name)? / 1e9).ok();
    Some(WebhookRetry {
        max_retries: number("max_retries").filter(|count| (0.0..=1e6).contains(count))? as u32,
        initial_delay: wait("initial_delay")?,
        max_delay: wait("max_delay")?,
        backoff_multiplier: number("backoff_multiplier")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::read_object;

    fn read(text: &str) -> Result<Webhook, Unparsable> {
        parse_created(&read_object(text.as_bytes()).unwrap())
    }

    #[test]
    fn reads_a_webhook_and_keeps_its_secret() {
        let hook = read(
            r#"{"data":{"id":"wh_1","api_key_id":"ak_1","project_id":"proj_1","url":"https://app.example/hook",
            "events":["docauth.completed"],"status":"active","headers":{},"retry_config":{"max_retries":5,
            "initial_delay":1000000000,"max_delay":300000000000,"backoff_multiplier":2},"success_count":0,
            "failure_count":0,"secret":"whsec_abc"},"message":"save the secret"}"#,
        )
        .unwrap();
        assert_eq!((hook.id(), hook.status(), hook.expose_secret()), ("wh_1", Some("active"), "whsec_abc"));
        assert_eq!(hook.events(), ["docauth.completed"]);
        let expected = WebhookRetry {
            max_retries: 5,
            initial_delay: Duration::from_secs(1),
            max_delay: Duration::from_secs(300),
            backoff_multiplier: 2.0,
        };
        assert_eq!(hook.retry(), Some(expected));
        assert!(!format!("{hook:?}").contains("whsec"));
    }

    #[test]
    fn a_webhook_without_a_secret_is_none() {
        for text in [
            "{}",
            r#"{"data":{"id":"wh_1"}}"#,
            r#"{"data":{"id":"wh_1","secret":""}}"#,
            r#"{"data":{"secret":"s"}}"#,
            r#"{"data":{"id":"wh_1","secret":"s"},"error":"x"}"#,
        ] {
            assert!(read(text).is_err(), "{text}");
        }
        let odd = r#"{"data":{"id":"wh_1","secret":"s","retry_config":{"max_retries":-1}}}"#;
        assert!(read(odd).unwrap().retry().is_none());
    }
}
