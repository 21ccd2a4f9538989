use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use http::HeaderName;
use sha2::Sha256;

use crate::id;

/// A delivery that is about to be signed.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct WebhookDelivery<'a> {
    /// Its id: the same however often it is tried.
    pub id: &'a str,
    /// When it is sent: another time with each try.
    pub at: SystemTime,
    /// Its body.
    pub body: &'a [u8],
    /// The webhook's secret, as its creator got it: `whsec_` and base64.
    pub secret: &'a str,
}

/// How deliveries are signed: the headers that do it.
#[derive(Clone)]
pub(crate) struct Sign(Arc<Signing>);

type Signing = dyn Fn(&WebhookDelivery<'_>) -> Vec<(HeaderName, String)> + Send + Sync;

/// What a webhook's deliveries are signed with.
#[derive(Clone)]
pub(crate) struct Secret(Arc<str>);

impl Sign {
    pub(crate) fn new(
        sign: impl Fn(&WebhookDelivery<'_>) -> Vec<(HeaderName, String)> + Send + Sync + 'static,
    ) -> Self {
        Self(Arc::new(sign))
    }

    pub(super) fn headers(&self, delivery: &WebhookDelivery<'_>) -> Vec<(HeaderName, String)> {
        (self.0)(delivery)
    }
}

impl Default for Sign {
    fn default() -> Self {
        Self::new(standard_webhooks)
    }
}

impl Secret {
    /// A new one.
    pub(crate) fn random() -> Self {
        Self(format!("{PREFIX}{}", STANDARD.encode(id::random::<32>())).into())
    }

    /// `whsec_` and base64; `None` for anything else.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let key = STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?;
        (!key.is_empty()).then(|| Self(text.into()))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Standard Webhooks: HMAC-SHA-256 over id, seconds and body, with full stops in between.
fn standard_webhooks(delivery: &WebhookDelivery<'_>) -> Vec<(HeaderName, String)> {
    let since = delivery.at.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    let seconds = since.as_secs().to_string();
    let key = STANDARD.decode(delivery.secret.trim_start_matches(PREFIX)).unwrap_or_default();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).expect("HMAC takes keys of any length");
    for piece in [delivery.id.as_bytes(), b".", seconds.as_bytes(), b".", delivery.body] {
        mac.update(piece);
    }
    let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
    vec![
        (HeaderName::from_static("webhook-id"), delivery.id.to_owned()),
        (HeaderName::from_static("webhook-timestamp"), seconds),
        (HeaderName::from_static("webhook-signature"), signature),
    ]
}

impl fmt::Debug for WebhookDelivery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookDelivery").field("id", &self.id).field("at", &self.at).finish_non_exhaustive()
    }
}

impl fmt::Debug for Sign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sign")
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

const PREFIX: &str = "whsec_";

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// The example of the specification of Standard Webhooks.
    #[test]
    fn a_delivery_is_signed_as_the_standard_has_it() {
        let delivery = WebhookDelivery {
            id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
            at: SystemTime::UNIX_EPOCH + Duration::from_secs(1_614_265_330),
            body: br#"{"test": 2432232314}"#,
            secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        };
        let headers = standard_webhooks(&delivery);
        assert_eq!(headers[1].1, "1614265330");
        assert_eq!(headers[2].1, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn a_secret_is_base64_behind_a_prefix() {
        let made = Secret::random();
        assert!(Secret::parse(made.as_str()).is_some() && !format!("{made:?}").contains("whsec"));
        for text in ["", "whsec_", "whsec_-", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
            assert!(Secret::parse(text).is_none(), "{text}");
        }
    }
}
