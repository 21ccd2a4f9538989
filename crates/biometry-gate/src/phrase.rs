//! The spoken phrase: made here, used once, compared loosely in form and exactly in content.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::entropy::{Entropy, EntropyError};

/// Digits to speak, as lower-case English words: the platform's default vocabulary `en_digits`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phrase(Arc<str>);

impl Phrase {
    /// Draws a phrase of eight independent digits, about 26.6 bits.
    pub(crate) fn random(entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        Ok(Self(draw(DIGITS, entropy)?.into()))
    }

    /// What the person says of an operation, where that is something, and behind it seven independent digits, about 23.3
    /// bits.
    pub(crate) fn speaking(words: &str, entropy: &dyn Entropy) -> Result<Self, EntropyError> {
        if words.is_empty() {
            return Self::random(entropy);
        }
        Ok(Self(format!("{words} {}", draw(FRESH_DIGITS, entropy)?).into()))
    }

    /// Whether it is made of these words, which are some, and of as many fresh digits behind them as there have to be.
    pub(crate) fn speaks(&self, words: &str) -> bool {
        let fresh = self.0.strip_prefix(words).filter(|_| !words.is_empty());
        fresh.is_some_and(|fresh| {
            fresh.starts_with(' ') && fresh.split_ascii_whitespace().count() == FRESH_DIGITS
        })
    }

    /// The words, for the person to read aloud. A secret until then: do not log them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether `text` says the same: letter case, white space, and digits or words do not matter.
    pub fn is_said_by(&self, text: &str) -> bool {
        match (digits_of(&self.0), digits_of(text)) {
            (Some(expected), Some(said)) => expected == said,
            _ => false,
        }
    }
}

impl fmt::Debug for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phrase(…)")
    }
}

/// So many independent random digits, as words.
fn draw(count: usize, entropy: &dyn Entropy) -> Result<String, EntropyError> {
    let mut words = Vec::with_capacity(count);
    while words.len() < count {
        let mut byte = [0];
        entropy.fill(&mut byte)?;
        // 250 is the largest multiple of ten in a byte: what lies above would favour small digits.
        if byte[0] < 250 {
            words.push(WORDS[usize::from(byte[0] % 10)]);
        }
    }
    Ok(words.join(" "))
}

/// ASCII digits as words.
pub(crate) fn spelled(digits: &str) -> String {
    let word = |byte: u8| WORDS.get(usize::from(byte.wrapping_sub(b'0'))).copied();
    digits.bytes().filter_map(word).collect::<Vec<_>>().join(" ")
}

/// The digits that a text spells, or `None` where it holds anything else.
fn digits_of(text: &str) -> Option<Vec<u8>> {
    if text.len() > MAX_LEN {
        return None;
    }
    let mut digits = Vec::new();
    for token in text.split(|c: char| c.is_ascii_whitespace()).filter(|token| !token.is_empty()) {
        if token.bytes().all(|b| b.is_ascii_digit()) {
            digits.extend(token.bytes().map(|b| b - b'0'));
        } else {
            let word = WORDS.iter().position(|word| token.eq_ignore_ascii_case(word))?;
            digits.push(u8::try_from(word).ok()?);
        }
    }
    (!digits.is_empty()).then_some(digits)
}

const DIGITS: usize = 8;
/// Beside what is spoken of an operation, which an attacker may choose: it adds nothing to them.
const FRESH_DIGITS: usize = 7;
const MAX_LEN: usize = 256;
const WORDS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entropy::OsEntropy;

    fn phrase(text: &str) -> Phrase {
        Phrase(text.into())
    }

    #[test]
    fn form_does_not_matter_and_content_does() {
        let issued = phrase("three nine one zero");
        for same in [
            "three nine one zero",
            "THREE NINE  ONE\tZERO",
            "3910",
            "3 9 1 0",
            "three 91 Zero",
            " three nine one zero ",
        ] {
            assert!(issued.is_said_by(same), "{same}");
        }
        for other in [
            "",
            "three nine one",
            "three nine one zero zero",
            "nine three one zero",
            "threenineonezero",
            "three, nine, one, zero",
            "３９１０",
            "three nine one o",
        ] {
            assert!(!issued.is_said_by(other), "{other}");
        }
    }

    #[test]
    fn a_random_phrase_has_eight_known_words() {
        let phrase = Phrase::random(&OsEntropy).unwrap();
        assert_eq!(phrase.as_str().split(' ').count(), 8);
        assert!(phrase.is_said_by(phrase.as_str()));
        assert_eq!(format!("{phrase:?}"), "Phrase(…)");
    }

    #[test]
    fn an_operation_is_spoken_before_fresh_digits() {
        let words = spelled("0125");
        assert_eq!(words, "zero one two five");
        let (one, other) =
            (Phrase::speaking(&words, &OsEntropy).unwrap(), Phrase::speaking(&words, &OsEntropy).unwrap());
        assert!(one.as_str().starts_with("zero one two five ") && one.as_str().split(' ').count() == 11);
        assert!(one.speaks(&words) && one != other, "two phrases in ten million are alike");
        for wrong in ["", "zero one two", "zero one two five six", "one two five"] {
            assert!(!phrase("zero one two five 1 2 3 4 5 6 7").speaks(wrong), "{wrong}");
        }
        assert!(!phrase("zero one two five one").speaks(&words) && !phrase(&words).speaks(&words));
        assert_eq!(Phrase::speaking("", &OsEntropy).unwrap().as_str().split(' ').count(), 8);
    }

    #[test]
    fn every_digit_is_drawn_equally_often() {
        #[derive(Debug)]
        struct Counting(std::sync::atomic::AtomicU8);
        impl Entropy for Counting {
            fn fill(&self, bytes: &mut [u8]) -> Result<(), EntropyError> {
                for byte in bytes {
                    *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                }
                Ok(())
            }
        }
        let source = Counting(0.into());
        let mut seen = std::collections::HashMap::new();
        // 250 usable bytes of every 256 give 2,000 digits in 250 phrases.
        for _ in 0..250 {
            for word in Phrase::random(&source).unwrap().as_str().split(' ') {
                *seen.entry(word.to_owned()).or_insert(0) += 1;
            }
        }
        assert!(seen.len() == 10 && seen.values().all(|&n| n == 200), "{seen:?}");
    }
}
