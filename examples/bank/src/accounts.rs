use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use serde::Serialize;

use crate::transfer::Transfer;

/// Everybody's account. It opens with 10,000.00 the first time it is looked at, and is gone with the process.
#[derive(Debug, Default)]
pub struct Accounts {
    entries: Mutex<HashMap<String, Vec<Entry>>>,
}

/// A transfer that was made.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its number.
    pub id: String,
    /// Who was paid.
    pub to: String,
    /// How much, with two decimals.
    pub amount: String,
    /// When, as RFC 3339.
    pub at: String,
    #[serde(skip)]
    cents: u64,
}

/// What an account's owner sees.
#[derive(Clone, Debug, Serialize)]
pub struct Statement {
    /// What is left, with two decimals.
    pub balance: String,
    /// Every transfer that was made, newest first.
    pub entries: Vec<Entry>,
}

/// How much may leave the account, with two decimals: what those see who have shown a document.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct TransferLimits {
    /// In one day.
    pub daily: &'static str,
    /// In one transfer.
    pub single: &'static str,
}

impl TransferLimits {
    /// Those of customers whose face was found in their document.
    pub const RAISED: Self = Self { daily: "50000.00", single: "10000.00" };
}

/// The account does not hold that much.
#[derive(Clone, Copy, Debug)]
pub struct InsufficientFunds;

impl Accounts {
    /// Makes a transfer at this moment.
    ///
    /// # Errors
    /// When the account does not hold that much.
    pub fn transfer(
        &self,
        email: &str,
        transfer: &Transfer,
        at: SystemTime,
    ) -> Result<Entry, InsufficientFunds> {
        let mut accounts = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = accounts.entry(email.to_owned()).or_default();
        if transfer.cents() > balance(entries) {
            return Err(InsufficientFunds);
        }
        let entry = Entry {
            id: format!("T-{:06}", entries.len() + 1),
            to: transfer.to().to_owned(),
            amount: transfer.amount(),
            at: humantime::format_rfc3339_seconds(at).to_string(),
            cents: transfer.cents(),
        };
        entries.insert(0, entry.clone());
        Ok(entry)
    }

    /// Whether the account holds that much now.
    pub fn covers(&self, email: &str, transfer: &Transfer) -> bool {
        let accounts = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        transfer.cents() <= balance(accounts.get(email).map_or(&[], Vec::as_slice))
    }

    /// What the owner sees.
    pub fn statement(&self, email: &str) -> Statement {
        let accounts = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entries = accounts.get(email).cloned().unwrap_or_default();
        Statement { balance: decimal(balance(&entries)), entries }
    }
}

fn balance(entries: &[Entry]) -> u64 {
    OPENING_CENTS.saturating_sub(entries.iter().map(|entry| entry.cents).sum())
}

/// Cents as a number with two decimals.
pub(crate) fn decimal(cents: u64) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

impl fmt::Display for InsufficientFunds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the account does not hold that much")
    }
}

impl std::error::Error for InsufficientFunds {}

const OPENING_CENTS: u64 = 1_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_that_is_not_there_cannot_be_sent() {
        let accounts = Accounts::default();
        let all = Transfer::parse(br#"{"to":"Zoe","amount":"10000"}"#).unwrap();
        assert_eq!(accounts.transfer("ana", &all, SystemTime::UNIX_EPOCH).unwrap().amount, "10000.00");
        assert!(accounts.transfer("ana", &all, SystemTime::UNIX_EPOCH).is_err());
        assert_eq!(accounts.statement("ana").balance, "0.00");
        assert_eq!(accounts.statement("bob").balance, "10000.00");
    }
}
