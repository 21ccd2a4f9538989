//! A ledger that books nothing without a receipt of the bank's.

mod keys;
mod ledger;

pub use self::keys::Keys;
pub use self::ledger::ledger;
