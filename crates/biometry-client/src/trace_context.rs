//! W3C Trace Context: which trace a call belongs to.

use std::fmt;
use std::sync::Arc;

use http::{HeaderMap, HeaderName, HeaderValue};

/// The trace that a call belongs to, as `traceparent` and `tracestate` say it (W3C Trace Context). Cheap to clone.
///
/// What is not valid by the recommendation is none at all: then there is nothing to pass on. `Debug` does not show it.
///
/// ```
/// use biometry_client::TraceContext;
///
/// assert!(TraceContext::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").is_some());
/// assert!(TraceContext::parse("00-00000000000000000000000000000000-00f067aa0ba902b7-01").is_none());
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct TraceContext(Arc<Fields>);

#[derive(Clone, PartialEq, Eq)]
struct Fields {
    parent: HeaderValue,
    state: Option<HeaderValue>,
}

impl TraceContext {
    /// Reads a `traceparent`. One of a later version than 00 is taken for what version 00 knows of it.
    pub fn parse(traceparent: &str) -> Option<Self> {
        let parent = HeaderValue::try_from(parse_parent(traceparent)?).ok()?;
        Some(Self(Arc::new(Fields { parent, state: None })))
    }

    /// Adds a `tracestate`. One that is not valid, or longer than 512 bytes or 32 members, is left out.
    #[must_use]
    pub fn with_state(self, tracestate: &str) -> Self {
        let state = HeaderValue::try_from(tracestate).ok().filter(|_| is_state(tracestate));
        Self(Arc::new(Fields { parent: self.0.parent.clone(), state }))
    }

    /// The trace that a request names in its header; `None` where it names none, several, or one that is not valid.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(&TRACEPARENT).iter();
        let (Some(parent), None) = (parents.next(), parents.next()) else { return None };
        let trace = Self::parse(parent.to_str().ok()?)?;
        let states: Result<Vec<_>, _> =
            headers.get_all(&TRACESTATE).iter().map(HeaderValue::to_str).collect();
        match states {
            Ok(states) if !states.is_empty() => Some(trace.with_state(&states.join(","))),
            Ok(_) | Err(_) => Some(trace),
        }
    }

    pub(crate) fn put_into(&self, headers: &mut HeaderMap) {
        headers.insert(TRACEPARENT, self.0.parent.clone());
        if let Some(state) = &self.0.state {
            headers.insert(TRACESTATE, state.clone());
        }
    }
}

impl fmt::Debug for TraceContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TraceContext(..)")
    }
}

/// `version-trace-parent-flags` in lower-case hexadecimal digits (section 3.2.2), as version 00 writes it.
fn parse_parent(text: &str) -> Option<String> {
    let mut fields = text.split('-');
    let [version, trace, parent, flags] = [fields.next()?, fields.next()?, fields.next()?, fields.next()?];
    let is_whole = is_hex(version, 2) && is_hex(trace, 32) && is_hex(parent, 16) && is_hex(flags, 2);
    let names_something = |id: &str| id.bytes().any(|digit| digit != b'0');
    if !is_whole || version == "ff" || !names_something(trace) || !names_something(parent) {
        return None;
    }
    match version {
        "00" if fields.next().is_some() => None,
        "00" => Some(text.to_owned()),
        // Of a later version only the flag for sampling is known.
        _ => Some(format!("00-{trace}-{parent}-0{}", u8::from_str_radix(flags, 16).ok()? & 1)),
    }
}

fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

/// A list of `key=value` (section 3.3.1), each key once.
fn is_state(text: &str) -> bool {
    let members: Vec<_> = text.split(',').map(|member| member.trim_matches([' ', '\t'])).collect();
    let keys: Option<Vec<_>> =
        members.iter().filter(|member| !member.is_empty()).map(|member| parse_member(member)).collect();
    let Some(mut keys) = keys else { return false };
    let count = keys.len();
    keys.sort_unstable();
    keys.dedup();
    text.len() <= MOST_BYTES && (1..=MOST_MEMBERS).contains(&count) && keys.len() == count
}

/// The member's key, where the member is one.
fn parse_member(member: &str) -> Option<&str> {
    let (key, value) = member.split_once('=')?;
    let (tenant, system) = key.split_once('@').map_or((None, key), |(tenant, system)| (Some(tenant), system));
    let is_plain = |text: &str| {
        text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-' | b'*' | b'/'))
    };
    let is_key = match tenant {
        Some(tenant) => (1..=241).contains(&tenant.len()) && is_plain(tenant) && system.len() <= 14,
        None => system.len() <= 256,
    };
    let begins_well = system.starts_with(|first: char| first.is_ascii_lowercase());
    let is_value = (1..=256).contains(&value.len())
        && value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=');
    (is_key && begins_well && is_plain(system) && is_value).then_some(key)
}

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
const MOST_BYTES: usize = 512;
const MOST_MEMBERS: usize = 32;

#[cfg(test)]
mod tests {
    use super::*;

    const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    fn sent(trace: &TraceContext) -> (String, Option<String>) {
        let mut headers = HeaderMap::new();
        trace.put_into(&mut headers);
        let text = |name: &HeaderName| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        (text(&TRACEPARENT).unwrap(), text(&TRACESTATE))
    }

    #[test]
    fn only_a_valid_parent_is_one() {
        assert_eq!(sent(&TraceContext::parse(PARENT).unwrap()), (PARENT.to_owned(), None));
        for text in [
            "",
            "00",
            "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
            "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
            "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
            " 00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(TraceContext::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_later_version_is_passed_on_as_what_is_known_of_it() {
        let later = "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0b-what-comes";
        assert_eq!(sent(&TraceContext::parse(later).unwrap()).0, PARENT);
    }

    #[test]
    fn a_state_is_passed_on_where_it_is_valid_and_not_too_long() {
        let state = |text: &str| sent(&TraceContext::parse(PARENT).unwrap().with_state(text)).1;
        for text in ["rojo=00f067aa0ba902b7,congo=t61rcWkgMzE", "a@b=1", "a=1, b=2", "a=1,,b=2"] {
            assert_eq!(state(text).as_deref(), Some(text));
        }
        let many: Vec<_> = (0..33).map(|n| format!("k{n}=1")).collect();
        let long = format!("a={},b={}", "x".repeat(256), "x".repeat(256));
        for text in ["", "a", "a=", "A=1", "a=1,a=2", "a=b=c", "@b=1", "1=2", &many.join(","), &long] {
            assert_eq!(state(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_request_names_one_trace_or_none() {
        let of = |fields: &[(HeaderName, &'static str)]| {
            let mut headers = HeaderMap::new();
            for (name, value) in fields {
                headers.append(name.clone(), HeaderValue::from_static(value));
            }
            TraceContext::of(&headers).map(|trace| sent(&trace))
        };
        assert_eq!(of(&[(TRACESTATE, "a=1")]), None);
        assert_eq!(of(&[(TRACEPARENT, PARENT), (TRACEPARENT, PARENT)]), None);
        assert_eq!(of(&[(TRACEPARENT, "00-x")]), None);
        let both = of(&[(TRACEPARENT, PARENT), (TRACESTATE, "a=1"), (TRACESTATE, "b=2")]);
        assert_eq!(both, Some((PARENT.to_owned(), Some("a=1,b=2".to_owned()))));
        let nonsense = of(&[(TRACEPARENT, PARENT), (TRACESTATE, "no state")]);
        assert_eq!(nonsense, Some((PARENT.to_owned(), None)));
    }
}
