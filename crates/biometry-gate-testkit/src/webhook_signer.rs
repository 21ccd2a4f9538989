use std::time::SystemTime;

use biometry_gate::webhook::{Scheme, Secret};
use biometry_sandbox::WebhookDelivery;
use http::HeaderName;

use crate::browser::Browser;
use crate::request::Request;

/// Sends deliveries as the platform would, signed in a scheme with a secret: for tests of a host's handler.
///
/// ```
/// use std::time::SystemTime;
///
/// use biometry_gate::webhook::{Scheme, Secret};
/// use biometry_gate_testkit::{Browser, WebhookSigner};
///
/// # async fn example(address: std::net::SocketAddr) {
/// let secret = Secret::raw("a fake secret for tests").unwrap();
/// let platform = WebhookSigner::new(Scheme::standard_webhooks(), secret);
/// let sender = Browser::new(address);
/// let body = r#"{"event":"docauth.completed"}"#;
/// platform.deliver(&sender, "/biometry/webhook", "msg_1", SystemTime::now(), body).send().await.granted();
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct WebhookSigner {
    scheme: Scheme,
    secret: Secret,
}

impl WebhookSigner {
    /// Signs in this manner with this secret.
    pub fn new(scheme: Scheme, secret: Secret) -> Self {
        Self { scheme, secret }
    }

    /// Signs in this manner what a sandbox delivers, with the secret of each webhook.
    ///
    /// ```
    /// use biometry_gate::webhook::Scheme;
    /// use biometry_gate_testkit::WebhookSigner;
    /// use biometry_sandbox::Sandbox;
    /// use http::HeaderName;
    ///
    /// let scheme = Scheme::hmac_of_body(HeaderName::from_static("x-signature")).with_prefix("sha256=");
    /// let sandbox = Sandbox::builder().webhook_signature(WebhookSigner::in_sandbox(scheme));
    /// # let _ = sandbox;
    /// ```
    ///
    /// # Panics
    /// What it returns panics where a webhook's secret is too short for the scheme.
    pub fn in_sandbox(scheme: Scheme) -> impl Fn(&WebhookDelivery<'_>) -> Vec<(HeaderName, String)> {
        move |delivery| {
            let secret =
                Secret::base64_behind_prefix(delivery.secret).expect("a secret of the sandbox's form");
            scheme.sign(&secret, delivery.id, delivery.at, delivery.body)
        }
    }

    /// A delivery with this id, sent at this moment, to `path`.
    pub fn deliver(&self, sender: &Browser, path: &str, id: &str, at: SystemTime, body: &str) -> Request {
        let request = sender.post(path).header("content-type", "application/json").body(body.to_owned());
        let headers = self.scheme.sign(&self.secret, id, at, body.as_bytes());
        headers.into_iter().fold(request, |request, (name, value)| request.header(name.as_str(), &value))
    }
}
