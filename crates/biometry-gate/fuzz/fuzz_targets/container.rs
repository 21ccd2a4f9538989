//! The container sniffer: it decides within 64 bytes, and more bytes never change its mind.

#![no_main]

use biometry_gate::fuzzing::read_container;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|file: &[u8]| {
    let mut decided = None;
    for length in 0..=file.len().min(80) {
        let verdict = read_container(&file[..length]);
        assert!(length < 64 || verdict != "undecided");
        assert!(decided.is_none_or(|before| before == verdict), "a longer start changed the verdict");
        decided = (verdict != "undecided").then_some(verdict);
    }
});
