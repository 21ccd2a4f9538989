//! The texts that people agree to.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::{Grant, Purpose};

/// A text that people agree to, registered at the gate so that receipts say which one was shown.
///
/// Of each purpose's texts the one registered last is the current one; earlier ones stay registered, so that the gate
/// can tell what was agreed to before. [`Builder::build`](crate::Builder::build) refuses two texts of one purpose with
/// the same version.
#[derive(Clone, Debug)]
pub struct ConsentText {
    purpose: Purpose,
    version: Arc<str>,
    hash: TextHash,
    is_material: bool,
}

/// The SHA-256 of a text. `Display` and `Debug` write it in 64 lower-case hexadecimal digits.
///
/// ```
/// use biometry_gate::consent::TextHash;
///
/// let empty = TextHash::of("");
/// assert_eq!(empty.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TextHash([u8; 32]);

/// All registered texts, the oldest ones first.
#[derive(Clone, Debug, Default)]
pub(crate) struct ConsentTexts(Vec<ConsentText>);

impl ConsentText {
    /// The text of one purpose in one version. A version has 1 to 128 bytes and no control characters;
    /// [`Builder::build`](crate::Builder::build) refuses another one.
    ///
    /// The same version in several languages is one text to the gate: register the one that binds.
    pub fn new(purpose: Purpose, version: &str, text: &str) -> Self {
        Self { purpose, version: version.into(), hash: TextHash::of(text), is_material: false }
    }

    /// Says that the text asks for something else than those before it: consent that was given to an earlier one no
    /// longer suffices. By default it does.
    #[must_use]
    pub fn material(mut self) -> Self {
        self.is_material = true;
        self
    }

    /// The version, as it was given.
    pub fn version(&self) -> &str {
        &self.version
    }

    pub(crate) fn shared_version(&self) -> Arc<str> {
        Arc::clone(&self.version)
    }

    /// The hash of the text, which receipts keep in its place.
    pub fn hash(&self) -> TextHash {
        self.hash
    }
}

impl TextHash {
    /// The hash of this text's UTF-8, byte for byte: a changed line end is another text.
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text).into())
    }
}

impl ConsentTexts {
    /// Adds the current text of its purpose.
    pub(crate) fn push(&mut self, text: ConsentText) {
        self.0.push(text);
    }

    /// What is wrong with them, if anything.
    pub(crate) fn shortcoming(&self) -> Option<&'static str> {
        let repeated = self.0.iter().enumerate().any(|(place, text)| {
            self.0[..place].iter().any(|other| other.purpose == text.purpose && other.version == text.version)
        });
        match self.0.iter().all(|text| is_version(&text.version)) {
            false => Some(
                "the version of a consent text has 1 to 128 bytes and no control characters: correct `ConsentText::new`",
            ),
            true if repeated => Some(
                "two consent texts for one purpose have the same version: give each `ConsentText::new` its own",
            ),
            true => None,
        }
    }

    /// The text that is shown now; `None` where the host has registered none.
    pub(crate) fn current(&self, purpose: Purpose) -> Option<&ConsentText> {
        self.of(purpose).last()
    }

    pub(crate) fn find(&self, purpose: Purpose, version: &str) -> Option<&ConsentText> {
        self.of(purpose).find(|text| *text.version == *version)
    }

    /// Whether a person who agrees to this text now agrees to enough.
    pub(crate) fn is_outdated(&self, text: &ConsentText) -> bool {
        self.of(text.purpose)
            .skip_while(|other| other.version != text.version)
            .skip(1)
            .any(|later| later.is_material)
    }

    /// Whether what was agreed to is still what is asked. Where no text is material, it is, whatever was shown.
    pub(super) fn suffice(&self, purpose: Purpose, grant: &Grant) -> bool {
        if !self.of(purpose).any(|text| text.is_material) {
            return true;
        }
        let shown = grant.text_version().and_then(|version| self.find(purpose, version));
        // The same version with another hash is a text that was changed behind its version's back.
        shown.is_some_and(|text| grant.text_hash() == Some(text.hash) && !self.is_outdated(text))
    }

    fn of(&self, purpose: Purpose) -> impl Iterator<Item = &ConsentText> {
        self.0.iter().filter(move |text| text.purpose == purpose)
    }
}

/// Whether this can be a text's version.
pub(crate) fn is_version(text: &str) -> bool {
    (1..=MAX_VERSION).contains(&text.len()) && !text.chars().any(char::is_control)
}

impl fmt::Display for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for TextHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

const MAX_VERSION: usize = 128;

#[cfg(test)]
mod tests {
    use std::time::SystemTime;

    use super::super::{Consent, Receipt};
    use super::*;

    const STORAGE: Purpose = Purpose::Storage;

    fn texts(texts: &[(&str, bool)]) -> ConsentTexts {
        let mut all = ConsentTexts::default();
        for (version, is_material) in texts {
            let text = ConsentText::new(STORAGE, version, &format!("text {version}"));
            all.push(if *is_material { text.material() } else { text });
        }
        all
    }

    fn agreed(version: Option<&str>, hash: Option<TextHash>) -> Consent {
        let mut consent = Consent::default();
        let receipt = Receipt::new(STORAGE, true, SystemTime::UNIX_EPOCH);
        consent.apply(&receipt.text(version.map(Into::into), hash));
        consent
    }

    #[test]
    fn a_material_change_makes_earlier_agreements_stale_and_nothing_else_does() {
        let hash = |version: &str| Some(TextHash::of(&format!("text {version}")));
        let registered = [("1", false), ("2", true), ("3", false)];
        for (version, hash, suffices) in [
            (Some("1"), hash("1"), false),
            (Some("2"), hash("2"), true),
            (Some("3"), hash("3"), true),
            (Some("3"), hash("another text"), false),
            (Some("3"), None, false),
            (Some("4"), hash("4"), false),
            (None, None, false),
        ] {
            let seen = agreed(version, hash).under(&texts(&registered));
            let grant = seen.grant(STORAGE);
            assert_eq!((grant.is_given(), grant.is_stale()), (suffices, !suffices), "{version:?}");
        }
        for texts in [texts(&[]), texts(&[("1", false), ("2", false)])] {
            assert!(agreed(None, None).under(&texts).is_given(STORAGE));
            assert!(agreed(Some("1"), None).under(&texts).is_given(STORAGE));
        }
        let nothing = Consent::default().under(&texts(&registered));
        assert!(!nothing.is_given(STORAGE) && !nothing.grant(STORAGE).is_stale());
    }

    #[test]
    fn a_text_is_outdated_by_a_later_material_one() {
        let all = texts(&[("1", true), ("2", false), ("3", true), ("4", false)]);
        for (version, outdated) in [("1", true), ("2", true), ("3", false), ("4", false)] {
            assert_eq!(all.is_outdated(all.find(STORAGE, version).unwrap()), outdated, "{version}");
        }
        assert_eq!(all.current(STORAGE).unwrap().version(), "4");
        assert!(all.current(Purpose::Authorization).is_none());
    }

    #[test]
    fn texts_with_the_same_version_are_refused() {
        assert_eq!(texts(&[("1", false), ("2", false)]).shortcoming(), None);
        for odd in [&[("1", false), ("1", true)][..], &[("", false)], &[("a\nb", false)]] {
            assert!(texts(odd).shortcoming().is_some(), "{odd:?}");
        }
    }
}
