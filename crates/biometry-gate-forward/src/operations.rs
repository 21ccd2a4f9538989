//! Operations that the application registers, server to server.
//!
//! A registered operation travels with the client: what the application has said, under a code that only this server can
//! make. So nothing is kept here, and every replica with the same secret reads it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use biometry_gate::Intent;
use biometry_gate::intent::Spoken;
use hmac::{Hmac, KeyInit as _, Mac as _};
use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// Makes and reads them.
#[derive(Clone)]
pub(crate) struct Operations(Hmac<Sha256>);

/// What the application says: who is about to do what, and how it is shown.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Registration {
    user: String,
    method: String,
    /// The path and query that the client will ask for.
    target: String,
    display: Vec<Line>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    label: String,
    value: String,
    /// What the person says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spoken: Option<SpokenAs>,
}

/// `{"digits": "0421"}`, or `{"amount": {"minor_units": 1250, "decimals": 2}}`.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum SpokenAs {
    Digits(String),
    Amount { minor_units: u64, decimals: u8 },
}

/// What travels; the user is in the code alone.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Travelling {
    method: String,
    target: String,
    display: Vec<Line>,
    until: u64,
}

impl Operations {
    pub(crate) fn new(secret: &str) -> Self {
        Self(Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes any key"))
    }

    /// Whether the application asks: it shows the secret as a bearer token.
    pub(crate) fn is_application(&self, headers: &HeaderMap) -> bool {
        let mut values = headers.get_all(AUTHORIZATION).iter();
        let token = match (values.next(), values.next()) {
            (Some(value), None) => value.to_str().ok().and_then(|value| value.strip_prefix("Bearer ")),
            _ => None,
        };
        // Of the token a key is made: what it signs is compared in constant time.
        let probe = b"biometry-gate/forward/application/1";
        let own = self.0.clone().chain_update(probe).finalize().into_bytes();
        token.is_some_and(|token| Self::new(token).0.chain_update(probe).verify(&own).is_ok())
    }

    /// The operation in the form in which the client brings it along, and when it is over.
    pub(crate) fn register(&self, registration: Registration, now: SystemTime) -> Option<(String, u64)> {
        let Registration { user, method, target, display } = registration;
        let (until, is_empty) = (seconds(now) + LIFETIME.as_secs(), display.is_empty());
        if !display.iter().all(Line::is_speakable) {
            return None;
        }
        let travelling = serde_json::to_vec(&Travelling { method, target, display, until }).ok()?;
        if user.is_empty() || is_empty || travelling.len() > LONGEST {
            return None;
        }
        let code = self.code(&user, &travelling).finalize().into_bytes();
        let text = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Some((format!("{}.{}", text(&travelling), text(&code)), until))
    }

    /// Reads what a request brings along: an operation that was registered for this user and this very request.
    pub(crate) fn read(&self, user: &str, head: &Parts, now: SystemTime) -> Option<Intent> {
        let mut values = head.headers.get_all(&OPERATION).iter();
        let text = values.next()?.to_str().ok().filter(|text| text.len() <= 2 * LONGEST)?;
        if values.next().is_some() {
            return None;
        }
        let (travelling, code) = text.split_once('.')?;
        let decode = |part: &str| BASE64_URL_SAFE_NO_PAD.decode(part).ok();
        let (travelling, code) = (decode(travelling)?, decode(code)?);
        self.code(user, &travelling).verify_slice(&code).ok()?;
        let operation: Travelling = serde_json::from_slice(&travelling).ok()?;
        let is_this = operation.method == head.method.as_str() && head.uri == operation.target.as_str();
        (is_this && seconds(now) < operation.until).then(|| operation.intent())
    }

    fn code(&self, user: &str, travelling: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        for part in [b"biometry-gate/forward/operation/1".as_slice(), user.as_bytes(), travelling] {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }
}

impl Line {
    /// What no policy could have spoken is refused where the application sees it.
    fn is_speakable(&self) -> bool {
        let is_shown = !self.label.trim().is_empty() && !self.value.trim().is_empty();
        match &self.spoken {
            None => true,
            Some(SpokenAs::Digits(digits)) => {
                is_shown
                    && (1..=MOST_DIGITS).contains(&digits.len())
                    && digits.bytes().all(|byte| byte.is_ascii_digit())
            }
            Some(SpokenAs::Amount { decimals, .. }) => is_shown && *decimals <= MOST_DECIMALS,
        }
    }
}

impl Travelling {
    fn intent(&self) -> Intent {
        let intent = Intent::new("registered");
        self.display.iter().fold(intent, |intent, Line { label, value, spoken }| match spoken {
            None => intent.line(label, value),
            Some(SpokenAs::Digits(digits)) => intent.spoken_line(label, value, Spoken::digits(digits)),
            Some(SpokenAs::Amount { minor_units, decimals }) => {
                intent.spoken_line(label, value, Spoken::amount(*minor_units, *decimals))
            }
        })
    }
}

fn seconds(moment: SystemTime) -> u64 {
    moment.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What a client brings a registered operation along in.
pub(crate) const OPERATION: HeaderName = HeaderName::from_static("biometry-operation");
const LIFETIME: Duration = Duration::from_secs(600);
/// Of an operation's spoken part.
const MOST_DIGITS: usize = 5;
pub(crate) const MOST_DECIMALS: u8 = 3;
/// It has to fit into one header of a proxy.
const LONGEST: usize = 2048;

#[cfg(test)]
mod tests {
    use http::{Method, Request};
    use serde_json::json;

    use super::*;

    fn head(method: Method, uri: &str, operation: &str) -> Parts {
        let request = Request::builder().method(method).uri(uri).header(OPERATION, operation);
        request.body(()).unwrap().into_parts().0
    }

    fn registration() -> Registration {
        let display = json!([{ "label": "Payee", "value": "Zoe" }]);
        let body = json!({ "user": "ana", "method": "POST", "target": "/pay?id=1", "display": display });
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn an_operation_is_read_by_whom_and_for_what_it_was_registered() {
        let (ours, theirs) = (Operations::new("one"), Operations::new("two"));
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let (text, _) = ours.register(registration(), now).unwrap();
        let found = ours.read("ana", &head(Method::POST, "/pay?id=1", &text), now).unwrap();
        assert_eq!((found.display()[0].label(), found.display()[0].value()), ("Payee", "Zoe"));
        let is_none = |operations: &Operations, user: &str, head: &Parts, now| {
            operations.read(user, head, now).is_none()
        };
        assert!(is_none(&ours, "ben", &head(Method::POST, "/pay?id=1", &text), now));
        assert!(is_none(&theirs, "ana", &head(Method::POST, "/pay?id=1", &text), now));
        assert!(is_none(&ours, "ana", &head(Method::PUT, "/pay?id=1", &text), now));
        assert!(is_none(&ours, "ana", &head(Method::POST, "/pay?id=2", &text), now));
        assert!(is_none(&ours, "ana", &head(Method::POST, "/pay?id=1", &text), now + LIFETIME));
        for at in 0..text.len() {
            let mut other = text.clone();
            other.replace_range(at..=at, if &text[at..=at] == "A" { "B" } else { "A" });
            assert!(is_none(&ours, "ana", &head(Method::POST, "/pay?id=1", &other), now), "{at}");
        }
    }

    #[test]
    fn what_is_spoken_travels_along() {
        let display = json!([
            { "label": "Amount", "value": "1.25", "spoken": { "amount": { "minor_units": 125, "decimals": 2 } } },
            { "label": "Account", "value": "… 04", "spoken": { "digits": "04" } },
            { "label": "Payee", "value": "Zoe" },
        ]);
        let body = json!({ "user": "ana", "method": "POST", "target": "/pay", "display": display });
        let (operations, now) = (Operations::new("one"), UNIX_EPOCH + Duration::from_secs(1_000_000));
        let (text, _) = operations.register(serde_json::from_value(body).unwrap(), now).unwrap();
        let found = operations.read("ana", &head(Method::POST, "/pay", &text), now).unwrap();
        let expected = Intent::new("registered")
            .spoken_line("Amount", "1.25", Spoken::amount(125, 2))
            .spoken_line("Account", "… 04", Spoken::digits("04"))
            .line("Payee", "Zoe");
        assert!(found == expected);
        for wrong in
            [json!({ "digits": 4 }), json!({ "amount": 125 }), json!({ "words": "one" }), json!("04")]
        {
            let line = json!({ "label": "Amount", "value": "1.25", "spoken": wrong });
            assert!(serde_json::from_value::<Line>(line).is_err());
        }
    }

    #[test]
    fn what_cannot_be_spoken_is_not_registered() {
        let now = UNIX_EPOCH + Duration::from_secs(1_000_000);
        let registered = |label: &str, spoken: serde_json::Value| {
            let display = json!([{ "label": label, "value": "12.50", "spoken": spoken }]);
            let body = json!({ "user": "ana", "method": "POST", "target": "/pay", "display": display });
            Operations::new("one").register(serde_json::from_value(body).unwrap(), now).is_some()
        };
        let amount = |decimals| json!({ "amount": { "minor_units": 1250, "decimals": decimals } });
        assert!(registered("Amount", amount(3)) && registered("Code", json!({ "digits": "00042" })));
        assert!(!registered("Amount", amount(4)) && !registered(" ", amount(2)));
        for digits in ["", "123456", "12a"] {
            assert!(!registered("Code", json!({ "digits": digits })), "{digits}");
        }
    }

    #[test]
    fn only_the_application_registers() {
        let operations = Operations::new("a-fake-secret-of-the-application");
        let is_application = |value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            operations.is_application(&headers)
        };
        assert!(is_application("Bearer a-fake-secret-of-the-application"));
        assert!(!is_application("Bearer another") && !is_application("a-fake-secret-of-the-application"));
        assert!(!operations.is_application(&HeaderMap::new()));
    }
}
