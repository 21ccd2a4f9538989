//! What of an operation can be shown so that a person sees what is there.

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory as _};

use super::{Intent, Line};

/// An operation cannot be shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Undisplayable;

impl Intent {
    /// Whether its lines are few, short, and hold nothing that hides or turns around what stands beside it.
    pub(crate) fn check_display(&self) -> Result<(), Undisplayable> {
        let texts = || self.display.iter().flat_map(Line::texts);
        let bytes: usize = texts().map(str::len).sum();
        let fits = self.display.len() <= MAX_LINES && bytes <= MAX_BYTES;
        if fits && texts().all(is_displayable) { Ok(()) } else { Err(Undisplayable) }
    }
}

impl Line {
    fn texts(&self) -> [&str; 2] {
        [&self.label, &self.value]
    }
}

fn is_displayable(text: &str) -> bool {
    let is_seen = |letter: char| {
        !matches!(
            letter.general_category(),
            GeneralCategory::Control
                | GeneralCategory::Format
                | GeneralCategory::LineSeparator
                | GeneralCategory::ParagraphSeparator
        )
    };
    text.len() <= MAX_TEXT && text.chars().all(is_seen)
}

const MAX_LINES: usize = 32;
const MAX_TEXT: usize = 256;
const MAX_BYTES: usize = 8 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(label: &str, value: &str) -> bool {
        Intent::new("transfer").line("Payee", "Zoe").line(label, value).check_display().is_ok()
    }

    #[test]
    fn letters_of_any_alphabet_are_shown() {
        for text in
            ["", "Zo\u{eb} & S\u{f6}hne", "\u{5e9}\u{5dc}\u{5d5}\u{5dd}", "\u{738b}", "e\u{301}", "\u{1f600}"]
        {
            assert!(shown("Payee", text) && shown(text, "Zoe"), "{text}");
        }
    }

    #[test]
    fn what_cannot_be_seen_is_not_shown() {
        for hidden in [
            '\0',
            '\n',
            '\r',
            '\t',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200d}',
            '\u{200e}',
            '\u{2028}',
            '\u{2029}',
            '\u{202e}',
            '\u{2060}',
            '\u{2066}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let text = format!("Zoe{hidden}eoZ");
            assert!(!shown("Payee", &text) && !shown(&text, "Zoe"), "{hidden:?}");
        }
    }

    #[test]
    fn there_is_an_end_to_what_is_shown() {
        let lines = |count: usize, text: &str| {
            let lines = (0..count).fold(Intent::new("transfer"), |intent, _| intent.line("", text));
            lines.check_display().is_ok()
        };
        assert!(lines(32, &"x".repeat(256)) && !lines(33, "x") && !lines(1, &"x".repeat(257)));
        let labelled = Intent::new("transfer").line("x", "");
        let full = (0..31).fold(labelled, |intent, _| intent.line("", &"x".repeat(256)));
        assert!(full.clone().check_display().is_ok());
        assert_eq!(full.line("", &"x".repeat(256)).check_display(), Err(Undisplayable));
        let twice =
            (0..17).fold(Intent::new("t"), |intent, _| intent.line(&"x".repeat(256), &"x".repeat(256)));
        assert_eq!(twice.check_display(), Err(Undisplayable));
        let unseen = Intent::new("transfer").bind("whole", &"x\u{202e}".repeat(10_000));
        assert!(unseen.check_display().is_ok(), "what is bound and not shown has no such bounds");
    }
}
