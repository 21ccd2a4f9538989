//! Single header fields, in and out: a challenge reads back as what went in, handles are of our making, a browser's word
//! about where it comes from is believed to the letter, and no browser is sent to another host.
//!
//! An input is a byte for the method and values up to line feeds: a scheme, a realm, a context class, a handle, a target,
//! and the fields of a request.

#![no_main]

use biometry_gate::cross_site::CrossSite;
use biometry_gate::fuzzing::{challenge, read_head, return_target};
use biometry_gate::id::{BrowserKey, DecisionId, IntentId, ReturnHandle, SessionId};
use biometry_gate::policy::{Policy, Threshold};
use http::request::Parts;
use http::{HeaderValue, Method, Request};
use libfuzzer_sys::fuzz_target;

const FIELDS: [&str; 9] = [
    "host",
    "origin",
    "sec-fetch-site",
    "sec-fetch-mode",
    "accept",
    "content-type",
    "content-length",
    "transfer-encoding",
    "content-encoding",
];
const METHODS: [Method; 4] = [Method::GET, Method::POST, Method::HEAD, Method::DELETE];

fuzz_target!(|input: &[u8]| {
    let [method, rest @ ..] = input else { return };
    let mut lines = rest.split(|byte| *byte == b'\n');
    let mut text = || String::from_utf8_lossy(lines.next().unwrap_or_default()).into_owned();
    let (scheme, realm, acr, handle, target) = (text(), text(), text(), text(), text());
    check_challenge(&scheme, &realm, &acr);
    check_handle(&handle);
    let mut request =
        Request::builder().method(METHODS[usize::from(*method) % METHODS.len()].clone()).uri(&target);
    for (at, line) in lines.enumerate() {
        let Ok(value) = HeaderValue::from_bytes(line) else { return };
        if !value.is_empty() {
            request = request.header(FIELDS[at % FIELDS.len()], value);
        }
    }
    let Ok(request) = request.body(()) else { return };
    let head = request.into_parts().0;
    check_target(&head);
    check_site(&head);
    check_framing(&head);
});

fn check_challenge(scheme: &str, realm: &str, acr: &str) {
    let policy = Policy::for_session("p", Threshold::vendor_verdict_only()).acr(acr);
    let Some(value) = challenge(scheme, realm, &policy) else { return };
    let text = value.to_str().expect("visible ascii");
    let (begins, parameters) = text.split_once(' ').expect("a scheme and parameters");
    assert_eq!(begins, scheme);
    let parameters = parse_parameters(parameters);
    let names: Vec<_> = parameters.iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["realm", "error", "error_description", "acr_values", "max_age"]);
    assert_eq!(parameters[0].1, visible(realm));
    assert_eq!(parameters[3].1, visible(acr));
}

fn visible(text: &str) -> String {
    text.chars().filter(|c| (' '..='~').contains(c)).collect()
}

/// Parameters with quoted values and nothing else (RFC 9110, sections 5.6.4 and 11.2).
fn parse_parameters(mut text: &str) -> Vec<(&str, String)> {
    let mut parameters = Vec::new();
    loop {
        let (name, rest) = text.split_once("=\"").expect("a name and a quote");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        let (mut value, mut chars) = (String::new(), rest.char_indices());
        let end = loop {
            match chars.next().expect("the quote ends") {
                (_, '\\') => value.push(chars.next().expect("something is escaped").1),
                (at, '"') => break at,
                (_, plain) => value.push(plain),
            }
        };
        parameters.push((name, value));
        match rest[end + 1..].strip_prefix(", ") {
            Some(more) => text = more,
            None => {
                assert_eq!(&rest[end + 1..], "");
                return parameters;
            }
        }
    }
}

fn check_handle(text: &str) {
    let prefixes = [
        SessionId::parse(text).map(|id| (id.as_str().to_owned(), "sess_")),
        DecisionId::parse(text).map(|id| (id.as_str().to_owned(), "dec_")),
        IntentId::parse(text).map(|id| (id.as_str().to_owned(), "int_")),
        ReturnHandle::parse(text).map(|id| (id.as_str().to_owned(), "ret_")),
        BrowserKey::parse(text).map(|id| (id.as_str().to_owned(), "web_")),
    ];
    assert!(prefixes.iter().flatten().count() <= 1, "a handle is of one kind");
    for (kept, prefix) in prefixes.iter().flatten() {
        assert_eq!(kept, text);
        let random = text.strip_prefix(prefix).expect("the prefix of its kind");
        assert!(
            random.len() == 32 && random.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
        );
    }
}

/// A browser that is sent back stays on this host, as browsers read a relative address (WHATWG URL): they drop what is invisible
/// and take a backslash for a slash; one slash is a path, two are a host.
fn check_target(head: &Parts) {
    let Some(target) = return_target(head) else { return };
    let seen: String = target.chars().filter(|c| !c.is_ascii_control()).collect();
    let seen = seen.trim().replace('\\', "/");
    assert!(seen.starts_with('/') && !seen.starts_with("//"), "{target}");
    assert_eq!(head.method, Method::GET);
}

fn check_site(head: &Parts) {
    let is_let_in = CrossSite::new().check(head).is_ok();
    let is_safe = head.method == Method::GET || head.method == Method::HEAD;
    if is_safe {
        assert!(is_let_in, "what changes nothing is let in");
    }
    if is_safe || !is_let_in {
        return;
    }
    let sites: Vec<_> = head.headers.get_all("sec-fetch-site").iter().collect();
    let origins: Vec<_> = head.headers.get_all("origin").iter().collect();
    assert!(sites.len() <= 1 && origins.len() <= 1, "what is said twice is not believed");
    match (sites.first(), origins.first()) {
        (Some(site), _) => assert!(*site == "same-origin" || *site == "none"),
        (None, Some(origin)) => {
            let host = head.headers.get("host").map(HeaderValue::as_bytes);
            let own = host.or(head.uri.authority().map(|own| own.as_str().as_bytes())).expect("a host");
            let (_, named) = origin.to_str().expect("text").split_once("://").expect("a scheme");
            assert!(named.as_bytes().eq_ignore_ascii_case(own));
        }
        (None, None) => {}
    }
}

fn check_framing(head: &Parts) {
    let Ok(length) = read_head(&head.headers) else { return };
    let count = |name: &str| head.headers.get_all(name).iter().count();
    assert_eq!((count("content-type"), count("content-encoding")), (1, 0));
    assert!(count("content-length") + count("transfer-encoding") <= 1);
    assert_eq!(length.is_some(), count("content-length") == 1);
    if let Some(length) = length {
        let text = head.headers["content-length"].to_str().expect("digits");
        assert_eq!(
            text.trim_start_matches('0'),
            if length == 0 { String::new() } else { length.to_string() }
        );
        assert!(length <= 52_428_800 + 65_536);
    }
}
