//! Ids of requests: those that hosts and platforms give, and the gate's own.

use std::hash::{BuildHasher as _, RandomState};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderName;

use crate::entropy::{Entropy, EntropyError};

/// Ids of answers: no two alike, and none that simply counts how many there were before. They protect nothing, so they ask
/// the source of randomness once, at the start.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u64,
    /// Before the scattering and behind it.
    keys: [u64; 2],
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let draw = || {
            let mut bytes = [0; 8];
            entropy.fill(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        Ok(Self { process: draw()?, keys: [draw()?, draw()?], next: AtomicU64::new(0) })
    }

    /// Those of answers that no gate has a part in.
    pub(crate) fn of_process() -> &'static Self {
        static OF_PROCESS: LazyLock<RequestIds> = LazyLock::new(|| {
            let random = RandomState::new();
            let keys = [random.hash_one(1), random.hash_one(2)];
            RequestIds { process: random.hash_one(0), keys, next: AtomicU64::new(0) }
        });
        &OF_PROCESS
    }

    /// 32 hexadecimal digits.
    pub(crate) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut text = String::with_capacity(32);
        for half in [self.process, scatter(number ^ self.keys[0]) ^ self.keys[1]] {
            text.extend(half.to_be_bytes().iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 0xf)]));
        }
        text
    }
}

/// The id that a request came with, where it has one and that is a plain token: the id goes into headers and log lines.
pub(crate) fn named_id<'a>(mut values: impl Iterator<Item = &'a [u8]>) -> Option<&'a str> {
    match (values.next(), values.next()) {
        (Some(id), None) => std::str::from_utf8(id).ok().filter(|id| is_plain(id)),
        _ => None,
    }
}

/// 1 to 128 letters, digits and `-`, `_`, `.`, `:`, `+`, `/`, `=`, `@`: nothing that a log line, a page or a shell reads as
/// more than a name.
pub(crate) fn is_plain(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:+/=@".contains(&byte);
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_plain)
}

/// Of four bits; `format!` takes ten times as long.
fn digit(nibble: u8) -> char {
    char::from(if nibble < 10 { b'0' + nibble } else { b'a' - 10 + nibble })
}

/// A permutation of all numbers (the last step of splitmix64): different ones stay different.
fn scatter(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// The header of answers that names the id of their request.
pub(crate) const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const LONGEST: usize = 128;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    #[test]
    fn no_two_ids_are_alike() {
        let (here, there) = (RequestIds::new(&OsEntropy).unwrap(), RequestIds::new(&OsEntropy).unwrap());
        let ids: std::collections::HashSet<_> =
            (0..1_000).flat_map(|_| [here.next(), there.next()]).collect();
        assert_eq!(ids.len(), 2_000);
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit())));
    }

    #[test]
    fn only_a_plain_token_is_passed_on() {
        for plain in
            ["req-1", "550e8400-e29b-41d4-a716-446655440000", "Root=1-67891233:a/b+c==", &"x".repeat(128)]
        {
            assert!(is_plain(plain), "{plain}");
        }
        for other in ["", "a b", "a\"b", "<script>", "a,b", "a;b", "\u{e9}", "a\tb", "{a}", &"x".repeat(129)]
        {
            assert!(!is_plain(other), "{other}");
        }
        let named = |ids: &[&'static str]| named_id(ids.iter().map(|id| id.as_bytes()));
        assert_eq!(named(&["req-1"]), Some("req-1"));
        assert_eq!((named(&[]), named(&["a b"]), named(&["a", "a"])), (None, None, None));
    }
}
