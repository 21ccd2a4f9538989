//! The Content-Type parser: what it takes for a boundary is one by the rules, and is in the field as it stands.

#![no_main]

use biometry_gate::fuzzing::read_content_type;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|field: &[u8]| {
    let Ok(delimiter) = read_content_type(field) else { return };
    let boundary =
        delimiter.strip_prefix(b"\r\n--").expect("a delimiter begins with a line break and two hyphens");
    assert!((1..=70).contains(&boundary.len()));
    assert!(!boundary.ends_with(b" "));
    assert!(boundary.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' '));
    assert!(!boundary.iter().any(|byte| b"\"\\;".contains(byte)));
    assert!(field.windows(boundary.len()).any(|window| window == boundary));
});
