use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::entropy::{Entropy, EntropyError};

/// Ids of answers: no two alike, and none that tells how many there were before. They protect nothing, so they ask the
/// source of randomness once, at the start.
#[derive(Debug)]
pub(crate) struct RequestIds {
    process: u64,
    key: u64,
    next: AtomicU64,
}

impl RequestIds {
    pub(crate) fn new(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        let draw = || {
            let mut bytes = [0; 8];
            entropy.fill(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        Ok(Self { process: draw()?, key: draw()?, next: AtomicU64::new(0) })
    }

    /// 32 hexadecimal digits.
    pub(crate) fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let mut text = String::with_capacity(32);
        let _ = write!(text, "{:016x}{:016x}", self.process, scatter(number ^ self.key));
        text
    }
}

/// A permutation of all numbers (the last step of splitmix64): different ones stay different.
fn scatter(mut number: u64) -> u64 {
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

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
}
