use biometry_gate::gate::Operation;
use biometry_gate::intent::Intent;
use serde::Deserialize;

/// An operation of the [`App`](super::App) as a value: what the gates of `/gated/typed` read, and their handlers take.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Payment {
    /// Who is paid.
    pub to: String,
    /// How much.
    pub amount: u32,
}

impl Operation for Payment {
    fn describe(&self) -> Intent {
        Intent::new("payment").line("To", &self.to).line("Amount", &self.amount.to_string())
    }
}
