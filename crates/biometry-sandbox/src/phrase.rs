//! What a person was asked to say, and what was read from their lips.

/// The words of a phrase in lower case; a run of digits becomes their words.
pub(crate) fn words(phrase: &str) -> Vec<String> {
    phrase.split_whitespace().flat_map(spoken).collect()
}

/// The same number of words, every one of them another.
pub(crate) fn misread(words: &[String]) -> Vec<String> {
    words.iter().map(|word| next_digit(word).to_owned()).collect()
}

/// Digit words as digits in one run; any other word as it is, set apart.
pub(crate) fn as_digits(words: &[String]) -> String {
    let digits: Option<String> =
        words.iter().map(|word| position(word).map(|at| char::from(b'0' + at))).collect();
    digits.unwrap_or_else(|| words.join(" "))
}

fn spoken(token: &str) -> Vec<String> {
    if token.bytes().all(|byte| byte.is_ascii_digit()) {
        token.bytes().map(|byte| DIGITS[usize::from(byte - b'0')].to_owned()).collect()
    } else {
        vec![token.to_lowercase()]
    }
}

fn next_digit(word: &str) -> &'static str {
    position(word).map_or(DIGITS[0], |at| DIGITS[(usize::from(at) + 1) % DIGITS.len()])
}

fn position(word: &str) -> Option<u8> {
    (0_u8..).zip(DIGITS).find(|(_, digit)| *digit == word).map(|(at, _)| at)
}

const DIGITS: [&str; 10] = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_digits_are_the_same_phrase() {
        for phrase in ["One  two\tNINE", "129", "1 2 9", "one 29"] {
            assert_eq!(words(phrase), ["one", "two", "nine"], "{phrase:?}");
        }
    }

    #[test]
    fn a_misread_phrase_shares_no_word_with_the_spoken_one() {
        let said = words("0 1 9 hello");
        let read = misread(&said);
        assert_eq!(read, ["one", "two", "zero", "zero"]);
        assert!(said.iter().zip(&read).all(|(said, read)| said != read));
    }

    #[test]
    fn only_digit_words_become_digits() {
        assert_eq!(as_digits(&words("three nine zero")), "390");
        assert_eq!(as_digits(&words("three blind mice")), "three blind mice");
    }
}
