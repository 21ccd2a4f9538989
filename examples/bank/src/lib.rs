//! The example bank without a web framework: what the axum bank and the actix bank have in common.
//!
//! ```
//! use bank::{Accounts, Transfer};
//!
//! let accounts = Accounts::default();
//! let transfer = Transfer::parse(br#"{"to":"Zoe","amount":"12.50"}"#).expect("a transfer");
//! let receipt = accounts.transfer("ana@example.com", &transfer, std::time::UNIX_EPOCH).expect("there is enough money");
//! assert_eq!(accounts.statement("ana@example.com").entries[0].id, receipt.id);
//! ```

mod accounts;
mod caller;
mod config;
#[cfg(feature = "sql")]
mod durable;
mod ended;
mod funds;
mod json;
mod login;
mod page;
mod scrapes;
mod setup;
mod store;
mod transfer;

pub use self::accounts::{Accounts, Entry, InsufficientFunds, Statement, TransferLimits};
pub use self::caller::Caller;
pub use self::config::{Config, ConfigError, MetricsToken, SessionSecret};
pub use self::ended::EndedLogins;
pub use self::funds::{insufficient_funds, is_beyond_funds};
pub use self::json::parse_object;
pub use self::login::{HostLogin, LoginError};
pub use self::page::{Asset, SECURITY_HEADERS, asset};
pub use self::scrapes::{NotForScrapes, SCRAPE_TYPE, Scrapes, WHO_SCRAPES};
pub use self::setup::{Bank, SetupError};
pub use self::store::OpenStore;
pub use self::transfer::{Transfer, TransferError};

/// The bytes of the largest body that the bank's own routes take.
pub const MAX_BODY: usize = 64 * 1024;
