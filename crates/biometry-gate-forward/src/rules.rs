//! Which policy a request needs, and what it is made an operation of.

use biometry_gate::gate::{Denial, Enforcer, ReadIntent, Reading};
use biometry_gate::intent::Spoken;
use biometry_gate::{BiometryGate, Intent};
use bytes::Bytes;
use http::Method;
use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::Value;

use crate::asked::{has_needless_escape, is_ambiguous};
use crate::config::{ConfigError, OperationSource, RuleSettings, Shown, SpokenAs};

/// The rules, of which the first that fits a request counts.
pub(crate) struct Rules(Vec<Rule>);

/// One rule.
pub(crate) struct Rule {
    pub(crate) path: String,
    methods: Vec<Method>,
    pub(crate) enforcer: Enforcer,
    pub(crate) ask: Ask,
}

/// What a request has to show.
#[derive(Clone)]
pub(crate) enum Ask {
    /// A proof for the policy.
    Proof,
    /// One for the operation that method and address are.
    Request { title: String },
    /// One for the operation that the application has registered.
    Registered,
    /// One for the operation in the body.
    Body(InBody),
}

/// Reads an operation from a JSON body; it is bound whole.
#[derive(Clone)]
pub(crate) struct InBody {
    kind: String,
    show: Vec<Shown>,
}

impl Rules {
    pub(crate) fn new(gate: &BiometryGate, settings: &[RuleSettings]) -> Result<Self, ConfigError> {
        settings.iter().map(|settings| Rule::new(gate, settings)).collect::<Result<_, _>>().map(Self)
    }

    /// The rule for a request; without one it is refused.
    pub(crate) fn find(&self, head: &Parts) -> Option<&Rule> {
        self.0.iter().find(|rule| rule.fits(head))
    }
}

impl Rule {
    fn new(gate: &BiometryGate, settings: &RuleSettings) -> Result<Self, ConfigError> {
        let RuleSettings { path, policy, .. } = settings;
        let wrong = |error: String| ConfigError::new(format!("the rule for {path}: {error}"));
        if !is_path(path) {
            return Err(wrong(PATH.to_owned()));
        }
        let method = |name: &String| match name.parse() {
            Ok(method) if name.bytes().all(|byte| byte.is_ascii_uppercase()) => Ok(method),
            _ => Err(wrong(format!("{name} is no method: write GET, in capitals"))),
        };
        let enforcer = match settings.operation {
            None => gate.enforcer(policy),
            Some(_) => gate.operation_enforcer(policy),
        };
        Ok(Self {
            path: path.clone(),
            methods: settings.methods.iter().map(method).collect::<Result<_, _>>()?,
            enforcer: enforcer.map_err(|error| wrong(error.to_string()))?,
            ask: Ask::new(settings),
        })
    }

    fn fits(&self, head: &Parts) -> bool {
        let path = head.uri.path();
        let fits_path = match self.path.strip_suffix('*') {
            Some(above) => path.strip_prefix(above).is_some_and(|below| !below.is_empty()),
            // Many applications read a slash at the end as none.
            None => path == self.path || path.strip_suffix('/') == Some(&*self.path),
        };
        // What a method of reading answers, HEAD shows, too.
        let method = if head.method == Method::HEAD { &Method::GET } else { &head.method };
        fits_path && self.methods.contains(method)
    }
}

impl Ask {
    fn new(settings: &RuleSettings) -> Self {
        let title = settings.title.clone().unwrap_or_default();
        match settings.operation {
            None => Self::Proof,
            Some(OperationSource::Request) => Self::Request { title },
            Some(OperationSource::Registered) => Self::Registered,
            Some(OperationSource::Body) => {
                let kind = if title.is_empty() { settings.path.clone() } else { title };
                Self::Body(InBody { kind, show: settings.show.clone() })
            }
        }
    }
}

impl ReadIntent for InBody {
    /// The application reads the body again, so that its type has to say what it is, and the address nothing.
    fn read(&self, head: &Parts, body: &Bytes) -> Result<Reading, Denial> {
        if !is_json(head) {
            return Err(Denial::UnsupportedMedia);
        }
        if head.uri.query().is_some() {
            return Err(Denial::IntentUnreadable);
        }
        let json: Value = serde_json::from_slice(body).map_err(|_| Denial::UnsupportedMedia)?;
        let mut intent = Intent::new(&self.kind).whole_body(body);
        for Shown { label, pointer, spoken } in &self.show {
            let value = json.pointer(pointer).ok_or(Denial::IntentUnreadable)?;
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                _ => return Err(Denial::IntentUnreadable),
            };
            intent = match spoken {
                None => intent.line(label, &text),
                Some(spoken) => intent.spoken_line(label, &text, said(&text, *spoken)?),
            };
        }
        Ok(Reading::of(intent))
    }
}

/// What the person says of a value.
fn said(text: &str, spoken: SpokenAs) -> Result<Spoken, Denial> {
    match spoken {
        SpokenAs::Digits => Ok(Spoken::digits(text)),
        SpokenAs::Decimals(decimals) => {
            let minor_units = minor_units(text, decimals).ok_or(Denial::IntentUnreadable)?;
            Ok(Spoken::amount(minor_units, decimals))
        }
    }
}

/// `12.50` and `12.5` in hundredths are 1250; what is written in another way is no amount.
fn minor_units(text: &str, decimals: u8) -> Option<u64> {
    let (whole, fraction) = match text.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (text, ""),
    };
    let places = usize::from(decimals);
    let is_plain = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || !is_plain(whole) || !is_plain(fraction) || fraction.len() > places {
        return None;
    }
    format!("{whole}{fraction:0<places$}").parse().ok()
}

fn is_json(head: &Parts) -> bool {
    let mut types = head.headers.get_all(CONTENT_TYPE).iter().map(|value| value.to_str().unwrap_or_default());
    let essence = |value: &str| value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case(JSON);
    types.next().is_some_and(essence) && types.next().is_none()
}

/// A path as requests have it, `/*` at its end aside.
fn is_path(path: &str) -> bool {
    let plain = path.strip_suffix("/*").unwrap_or(path);
    let is_plain = !plain.contains(['*', '{', '}', '?', '#', ' ']) && plain.is_ascii();
    path.starts_with('/') && is_plain && !is_ambiguous(plain) && !has_needless_escape(plain)
}

const JSON: &str = "application/json";
const PATH: &str =
    "a path begins with a slash, is spelled as requests have it, and has no place-holder but `/*` at its end";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_in_its_smallest_unit() {
        for (text, decimals, units) in [
            ("12.50", 2, 1250),
            ("12.5", 2, 1250),
            ("12", 2, 1200),
            ("0.05", 2, 5),
            ("7", 0, 7),
            ("007", 0, 7),
        ] {
            assert_eq!(minor_units(text, decimals), Some(units), "{text}");
        }
        for text in ["", ".5", "1.", "1.234", "-1", "+1", "1e3", "1,5", " 1", "1.5.0", "99999999999999999999"]
        {
            assert_eq!(minor_units(text, 2), None, "{text}");
        }
        assert_eq!(minor_units("1.0", 0), None);
    }
}
