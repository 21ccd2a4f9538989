//! What of an operation the person says: digits, in a form that tells amounts apart.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::Intent;
use crate::forward_compat::ForwardCompat;
use crate::phrase::spelled;
use crate::policy::{Policy, SpokenForm};

/// What the person says of a [line](Intent::spoken_line): an amount in a fixed form, or digits as they are.
///
/// A policy with [`speak_operation`](Policy::speak_operation) makes the phrase of these digits and of seven fresh random
/// ones, so that the capture of another amount is none of this one. All of an operation is at most five digits. One that
/// cannot be spoken is refused with 422 `invalid-request` before it is handed out for approval. `Debug` hides what it is.
///
/// ```
/// use biometry_gate::intent::{Intent, Spoken};
///
/// // Said as "one two five zero", and then as "zero four".
/// let intent = Intent::new("transfer")
///     .line("Payee", "Zoë Example")
///     .spoken_line("Amount", "1.25 AUD", Spoken::amount(125, 2))
///     .spoken_line("Account", "… 04", Spoken::digits("04"));
/// # assert_eq!(intent.display().len(), 3);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Spoken(Content);

#[derive(Clone, PartialEq, Eq)]
enum Content {
    Amount { minor_units: u64, decimals: u8 },
    Digits(Arc<str>),
}

/// A line of a pending operation together with the words that are said of it: what `start` answers in `spoken`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SpokenLine {
    label: Arc<str>,
    value: Arc<str>,
    words: Arc<str>,
    #[serde(flatten)]
    pub(crate) unknown: ForwardCompat,
}

/// Why an operation is not spoken as its policy has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotSpoken {
    /// The host's code does not fit the policy.
    Miswired(&'static str),
    /// This operation has no spoken form.
    Unspeakable(&'static str),
}

impl Spoken {
    /// An amount: how many of the smallest unit, and how many digits stand behind the point, three at most. 12.50 is
    /// `Spoken::amount(1250, 2)`.
    ///
    /// The form is fixed: all digits behind the point are said and the point is not, at least one digit stands before it,
    /// and no other zeros lead. 12.50 is *one two five zero*, 1250.00 *one two five zero zero zero*, 0.05 *zero zero
    /// five*. What tells them apart is the number of decimals, so give all amounts of a policy the same: 1250 without
    /// decimals sounds like 12.50 with two. Amounts of more than five digits take a policy that
    /// [shortens](Policy::speak_operation_shortened) them.
    pub fn amount(minor_units: u64, decimals: u8) -> Self {
        Self(Content::Amount { minor_units, decimals })
    }

    /// Digits as they are, from the first zero on: a code, or the last digits of an account. One to five ASCII digits.
    pub fn digits(digits: &str) -> Self {
        Self(Content::Digits(digits.into()))
    }

    fn in_form(&self, form: SpokenForm) -> Result<String, NotSpoken> {
        let digits = match &self.0 {
            Content::Amount { decimals, .. } if *decimals > MAX_DECIMALS => {
                return Err(NotSpoken::Miswired(TOO_MANY_DECIMALS));
            }
            Content::Amount { minor_units, decimals } => amount(*minor_units, *decimals, form)?,
            Content::Digits(digits) => digits.to_string(),
        };
        let is_plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_plain { Ok(digits) } else { Err(NotSpoken::Unspeakable(NO_DIGITS)) }
    }
}

fn amount(minor_units: u64, decimals: u8, form: SpokenForm) -> Result<String, NotSpoken> {
    let width = usize::from(decimals).saturating_add(1);
    let digits = format!("{minor_units:0>width$}");
    if form == SpokenForm::Whole || digits.len() <= LEADING {
        return Ok(digits);
    }
    // INVARIANT: this is always one digit longer than what is said whole, so that the two forms are never confused.
    let whole = digits.len().saturating_sub(usize::from(decimals));
    let leading = digits.get(..LEADING).unwrap_or_default();
    if whole <= 9 { Ok(format!("{whole}{leading}")) } else { Err(NotSpoken::Unspeakable(TOO_LONG)) }
}

impl Intent {
    /// Adds a line that is shown, bound, and spoken: a policy with [`speak_operation`](Policy::speak_operation) makes the
    /// phrase begin with it. Several of them are spoken in their order; together they are at most five digits.
    ///
    /// The value is what the person reads beside the words, so it has to say the same: the value `12.50 AUD` goes with
    /// `Spoken::amount(1250, 2)`. Under a policy that does not speak, an operation with such a line is refused with 500,
    /// and the log says why: what is not asked for would not be spoken.
    #[must_use]
    pub fn spoken_line(mut self, label: &str, value: &str, spoken: Spoken) -> Self {
        self.spoken.push((self.display.len(), spoken));
        self.line(label, value)
    }

    /// What the person says under this policy, in its order; nothing where the policy does not speak.
    ///
    /// # Errors
    /// When operation and policy do not fit each other, or the operation has no spoken form.
    pub(crate) fn spoken_lines(&self, policy: &Policy) -> Result<Vec<SpokenLine>, NotSpoken> {
        let form = match (policy.spoken_form(), self.spoken.is_empty()) {
            (None, true) => return Ok(Vec::new()),
            (None, false) => return Err(NotSpoken::Miswired(UNASKED)),
            (Some(_), true) => return Err(NotSpoken::Miswired(MISSING)),
            (Some(form), false) => form,
        };
        let (mut lines, mut count) = (Vec::new(), 0_usize);
        for (place, spoken) in &self.spoken {
            let digits = spoken.in_form(form)?;
            count = count.saturating_add(digits.len());
            if count > MAX_SPOKEN {
                return Err(NotSpoken::Unspeakable(TOO_LONG));
            }
            let line = self.display.get(*place).ok_or(NotSpoken::Miswired(MISSING))?;
            if line.label.trim().is_empty() || line.value.trim().is_empty() {
                return Err(NotSpoken::Unspeakable(BLANK));
            }
            lines.push(SpokenLine {
                label: Arc::clone(&line.label),
                value: Arc::clone(&line.value),
                words: spelled(&digits).into(),
                unknown: ForwardCompat::default(),
            });
        }
        Ok(lines)
    }
}

impl SpokenLine {
    /// The parts that an operation's digest covers.
    pub(super) fn parts(&self) -> [&str; 3] {
        [&self.label, &self.value, &self.words]
    }

    pub(super) fn words(&self) -> &str {
        &self.words
    }
}

// INVARIANT: what is said never reaches a log.
impl fmt::Debug for Spoken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spoken(…)")
    }
}

impl fmt::Debug for SpokenLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SpokenLine(…)")
    }
}

const MAX_DECIMALS: u8 = 3;
/// How many digits of a shortened amount are said.
const LEADING: usize = 4;
/// With seven fresh digits these are twelve words: what one says in one breath.
const MAX_SPOKEN: usize = 5;
const MISSING: &str = "the policy speaks its operations and this one says nothing: describe it with `Intent::spoken_line`, \
                       or drop `Policy::speak_operation`";
const UNASKED: &str = "the operation is described with `Intent::spoken_line` and its policy does not speak: add \
                       `Policy::speak_operation`, or use `Intent::line`";
const TOO_MANY_DECIMALS: &str =
    "an amount that is spoken has at most three decimals: correct `Spoken::amount`";
const BLANK: &str = "a line that is spoken has a label and a value, which stand beside the words";
const NO_DIGITS: &str = "what is spoken of an operation is digits alone";
const TOO_LONG: &str =
    "the operation is too long to be spoken: an amount and what is spoken beside it are at most five digits";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Threshold;

    fn whole() -> Policy {
        Policy::for_operation("transfer", Threshold::vendor_verdict_only()).speak_operation()
    }

    fn shortened() -> Policy {
        Policy::for_operation("transfer", Threshold::vendor_verdict_only()).speak_operation_shortened()
    }

    fn said(policy: &Policy, spoken: Spoken) -> Result<String, NotSpoken> {
        let lines = Intent::new("transfer").spoken_line("Amount", "…", spoken).spoken_lines(policy)?;
        Ok(lines.iter().map(SpokenLine::words).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn an_amount_is_said_with_all_its_decimals() {
        for (minor_units, decimals, words) in [
            (1250, 2, "one two five zero"),
            (12500, 2, "one two five zero zero"),
            (5, 2, "zero zero five"),
            (0, 2, "zero zero zero"),
            (0, 0, "zero"),
            (7, 0, "seven"),
            (99_999, 2, "nine nine nine nine nine"),
            (1, 3, "zero zero zero one"),
            (99_999, 0, "nine nine nine nine nine"),
        ] {
            assert_eq!(said(&whole(), Spoken::amount(minor_units, decimals)).unwrap(), words);
        }
        for (minor_units, decimals) in [(125_000, 2), (100_000, 0), (u64::MAX, 2)] {
            let refused = said(&whole(), Spoken::amount(minor_units, decimals));
            assert_eq!(refused, Err(NotSpoken::Unspeakable(TOO_LONG)), "{minor_units}");
        }
    }

    #[test]
    fn a_long_amount_is_said_by_its_length_and_its_first_digits() {
        for (minor_units, decimals, words) in [
            (1250, 2, "one two five zero"),
            (12_500, 2, "three one two five zero"),
            (125_000, 2, "four one two five zero"),
            (1_250_000, 2, "five one two five zero"),
            (99_999_999_999, 2, "nine nine nine nine nine"),
            (125_000, 0, "six one two five zero"),
            (12_345, 3, "two one two three four"),
            (5, 2, "zero zero five"),
        ] {
            assert_eq!(said(&shortened(), Spoken::amount(minor_units, decimals)).unwrap(), words);
        }
        let refused = said(&shortened(), Spoken::amount(100_000_000_000, 2));
        assert_eq!(refused, Err(NotSpoken::Unspeakable(TOO_LONG)));
    }

    #[test]
    fn a_line_without_a_label_or_a_value_is_not_spoken() {
        for (label, value) in [("", "12.50"), (" ", "12.50"), ("Amount", ""), ("Amount", "\t")] {
            let intent = Intent::new("transfer").spoken_line(label, value, Spoken::amount(1250, 2));
            let refused = intent.spoken_lines(&whole()).map(drop);
            assert_eq!(refused, Err(NotSpoken::Unspeakable(BLANK)), "{label:?} {value:?}");
        }
    }

    /// Two amounts sound alike only where they agree in length and in their first four digits: by less than a thousandth.
    #[test]
    fn amounts_that_sound_alike_differ_by_less_than_a_thousandth() {
        for decimals in 0..=MAX_DECIMALS {
            let mut heard = std::collections::HashMap::new();
            let amounts = (0..20_000).chain((20_000..30_000_000).step_by(997));
            for minor_units in amounts {
                let words = said(&shortened(), Spoken::amount(minor_units, decimals)).unwrap();
                let first = *heard.entry(words).or_insert(minor_units);
                assert!(
                    (minor_units - first) * 1000 <= first || minor_units == first,
                    "{first} {minor_units}"
                );
                assert!(minor_units == first || minor_units >= 10_000, "{first} {minor_units}");
            }
        }
    }

    #[test]
    fn digits_keep_their_zeros() {
        for (digits, words) in
            [("0421", "zero four two one"), ("0", "zero"), ("00000", "zero zero zero zero zero")]
        {
            for policy in [whole(), shortened()] {
                assert_eq!(said(&policy, Spoken::digits(digits)).unwrap(), words);
            }
        }
        for wrong in ["", "12a", " 1", "1 2", "-1", "١٢", "1.5"] {
            let refused = said(&whole(), Spoken::digits(wrong));
            assert_eq!(refused, Err(NotSpoken::Unspeakable(NO_DIGITS)), "{wrong:?}");
        }
        assert_eq!(said(&whole(), Spoken::digits("123456")), Err(NotSpoken::Unspeakable(TOO_LONG)));
    }

    #[test]
    fn several_lines_are_five_digits_together() {
        let intent = Intent::new("transfer")
            .spoken_line("Amount", "1.25", Spoken::amount(125, 2))
            .line("Payee", "Zoe")
            .spoken_line("Account", "… 04", Spoken::digits("04"));
        let lines = intent.spoken_lines(&whole()).unwrap();
        let parts: Vec<_> = lines.iter().map(SpokenLine::parts).collect();
        assert_eq!(parts, [["Amount", "1.25", "one two five"], ["Account", "… 04", "zero four"]]);
        let longer = intent.spoken_line("Code", "7", Spoken::digits("7"));
        assert_eq!(longer.spoken_lines(&whole()), Err(NotSpoken::Unspeakable(TOO_LONG)));
    }

    #[test]
    fn operation_and_policy_have_to_fit_each_other() {
        let silent = Intent::new("transfer").line("Amount", "12.50");
        let spoken = silent.clone().spoken_line("Code", "7", Spoken::digits("7"));
        let quiet = Policy::for_operation("transfer", Threshold::vendor_verdict_only());
        assert_eq!(silent.spoken_lines(&quiet), Ok(Vec::new()));
        assert_eq!(silent.spoken_lines(&whole()), Err(NotSpoken::Miswired(MISSING)));
        assert_eq!(spoken.spoken_lines(&quiet), Err(NotSpoken::Miswired(UNASKED)));
        let odd = said(&whole(), Spoken::amount(1, 4));
        assert_eq!(odd, Err(NotSpoken::Miswired(TOO_MANY_DECIMALS)));
    }

    #[test]
    fn what_is_said_is_not_in_debug() {
        let intent = Intent::new("transfer").spoken_line("Amount", "7", Spoken::digits("7"));
        let lines = intent.spoken_lines(&whole()).unwrap();
        assert_eq!(format!("{lines:?} {:?}", Spoken::digits("7")), "[SpokenLine(…)] Spoken(…)");
    }
}
