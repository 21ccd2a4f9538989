use std::fmt;

use biometry_gate::Denial;
use biometry_gate::gate::Operation;
use biometry_gate::intent::{Intent, Line, Spoken};
use serde::Deserialize;

use crate::accounts::decimal;

/// A payment that the user wants to make: `{"to":"…","amount":"12.50"}` with a payee of 1 to 100 characters and an amount above
/// zero with at most two decimals.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Wire")]
pub struct Transfer {
    to: String,
    cents: u64,
}

/// The request holds no transfer that could be made.
#[derive(Clone, Copy, Debug)]
pub struct TransferError;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    to: String,
    amount: String,
}

impl Transfer {
    /// Reads the body of a request.
    ///
    /// # Errors
    /// When it is not `{"to":"…","amount":"12.50"}` with a payee of 1 to 100 characters and an amount above zero with
    /// at most two decimals.
    pub fn parse(body: &[u8]) -> Result<Self, TransferError> {
        crate::json::parse_object(body).ok_or(TransferError)
    }

    /// Reads an operation back that it has described, from a gate's refusal.
    pub fn refused(denial: &Denial) -> Option<Self> {
        let Denial::StepUpRequired(step_up) = denial else { return None };
        let value = |label| step_up.display().iter().find(|line| line.label() == label).map(Line::value);
        let cents = parse_cents(value(AMOUNT)?.strip_suffix(CURRENCY)?)?;
        Some(Self { to: value(PAYEE)?.to_owned(), cents })
    }

    /// Who is to be paid.
    pub fn to(&self) -> &str {
        &self.to
    }

    /// How much, in cents.
    pub fn cents(&self) -> u64 {
        self.cents
    }

    /// How much, with two decimals.
    pub fn amount(&self) -> String {
        decimal(self.cents)
    }
}

impl Operation for Transfer {
    fn describe(&self) -> Intent {
        let amount = format!("{}{CURRENCY}", self.amount());
        let spoken = Spoken::amount(self.cents, DECIMALS);
        Intent::new("transfer").line(PAYEE, self.to()).spoken_line(AMOUNT, &amount, spoken)
    }
}

impl TryFrom<Wire> for Transfer {
    type Error = TransferError;

    fn try_from(wire: Wire) -> Result<Self, TransferError> {
        let to = wire.to.trim();
        let readable = (1..=100).contains(&to.chars().count()) && !to.chars().any(char::is_control);
        let cents = parse_cents(&wire.amount).filter(|&cents| cents > 0);
        match cents {
            Some(cents) if readable => Ok(Self { to: to.to_owned(), cents }),
            _ => Err(TransferError),
        }
    }
}

fn parse_cents(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "00"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole) || !digits(fraction) || fraction.len() > 2 || whole.len() > 9 {
        return None;
    }
    let fraction_cents = fraction.parse::<u64>().ok()? * if fraction.len() == 1 { 10 } else { 1 };
    Some(whole.parse::<u64>().ok()? * 100 + fraction_cents)
}

impl fmt::Display for TransferError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a transfer needs a payee and an amount above zero, such as 12.50")
    }
}

impl std::error::Error for TransferError {}

const PAYEE: &str = "Payee";
const AMOUNT: &str = "Amount";
const CURRENCY: &str = " EUR";
/// Of every amount, so that what is spoken of them is in one form.
const DECIMALS: u8 = 2;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_exactly_or_not_at_all() {
        for (text, cents) in [("12.50", 1250), ("12.5", 1250), ("12", 1200), ("0.01", 1), ("007", 700)] {
            assert_eq!(parse_cents(text), Some(cents), "{text}");
        }
        for text in ["", ".", "1.", ".5", "1.234", "-1", "+1", "1e3", "1,5", " 1", "NaN", "99999999999"] {
            assert_eq!(parse_cents(text), None, "{text}");
        }
    }

    #[test]
    fn a_body_that_says_two_things_is_none() {
        for body in [
            r#"{"to":"a","to":"b","amount":"1"}"#,
            r#"{"to":"a","amount":"1","amount":"1000"}"#,
            r#"{"to":"a","amount":"1","note":"x"}"#,
            r#"{"to":"a","amount":1}"#,
            r#"{"to":"  ","amount":"1"}"#,
            r#"{"to":"a","amount":"0.00"}"#,
            r#"{"to":"a","amount":"1"} {}"#,
            r#"["a","1"]"#,
        ] {
            assert!(Transfer::parse(body.as_bytes()).is_err(), "{body}");
        }
    }
}
