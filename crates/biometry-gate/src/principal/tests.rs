use std::collections::HashSet;

use super::names::DERIVED;
use super::*;

#[test]
fn only_visible_ascii_names_a_host_session() {
    for bad in ["", "josé", "a b", "a\r\nX-Evil: 1", &"x".repeat(257)] {
        assert!(HostSession::parse(bad).is_err(), "{bad:?}");
    }
    let session = || HostSession::parse("550e8400-e29b-41d4-a716-446655440000").unwrap();
    assert!(Principal::new("ana", session()).is_ok());
    for bad in ["", &"x".repeat(1025)] {
        assert!(Principal::new(bad, session()).is_err());
    }
}

#[test]
fn names_that_look_alike_are_apart_upstream_too() {
    let long = "x".repeat(257);
    let names = [
        "Jos\u{e9}",
        "Jose\u{301}",
        "Jose",
        "JOS\u{c9}",
        "jos\u{e9}",
        "Jos\u{e9} ",
        " Jos\u{e9}",
        "Jos\u{435}",
        "J\u{f6}s\u{e9}",
        "Ana Maria",
        "Ana_Maria",
        "Ana\u{a0}Maria",
        "Ana  Maria",
        "AnaMaria",
        "Ana\tMaria",
        "Ana\nMaria",
        "ana",
        "\u{430}na",
        "an\u{430}",
        "\u{202e}ana",
        "ana\u{200b}",
        "a\r\nX-Evil: 1",
        "\0",
        "\u{738b}",
        &long,
        &long[1..],
        &"\u{e9}".repeat(512),
    ];
    let platform = |name: &str| Subject::parse(name).unwrap().platform_name().into_owned();
    let mut upstream: HashSet<String> = HashSet::new();
    for name in names {
        let derived = platform(name);
        assert!(biometry_client::UserFullname::parse(&derived).is_ok(), "{name:?}: {derived}");
        // A subject whose name is another one's derived name is another subject.
        assert_ne!(platform(&derived) == derived, derived.starts_with(DERIVED), "{name:?}");
        assert!(upstream.insert(derived), "{name:?}");
    }
    for name in names {
        let derived = platform(name);
        assert!(derived == name || upstream.insert(platform(&derived)), "{name:?}");
    }
    assert_eq!(platform("550e8400-e29b-41d4-a716-446655440000"), "550e8400-e29b-41d4-a716-446655440000");
}

#[test]
fn debug_shows_nobody() {
    let principal = Principal::new("ana@example.com", HostSession::parse("host-session-7").unwrap()).unwrap();
    let text = format!("{principal:?} {:?} {:?}", principal.key(), principal.host_session());
    assert!(!text.contains("ana") && !text.contains("session-7"), "{text}");
}
