#![cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "no database is chosen")
)]
//! A durable store for [BiometryGate](biometry_gate): PostgreSQL for any number of replicas, SQLite for one machine.
//!
//! The rules and the sealing are [`SharedStore`](biometry_gate::store::shared::SharedStore)'s; this crate keeps its
//! records.
//!
//! ```no_run
//! # #[cfg(feature = "postgres")]
//! # async fn store(secret: &[u8]) -> Result<(), Box<dyn std::error::Error>> {
//! use biometry_gate::store::shared::{SharedStore, StoreKey};
//! use biometry_gate_sql::{PostgresOptions, PostgresRecords};
//!
//! let options = PostgresOptions::parse("postgres://bank@db.internal/bank")?;
//! let records = PostgresRecords::connect(options).await?;
//! let store = SharedStore::new(records, StoreKey::parse(secret)?);
//! # let _ = store;
//! # Ok(())
//! # }
//! ```
#![doc = include_str!("docs/promises.md")]

mod error;
mod kept;
#[cfg(feature = "postgres")]
mod postgres;
mod row;
mod schema;
#[cfg(feature = "sqlite")]
mod sqlite;
mod sweep;

pub use self::error::{ConnectError, ConnectErrorKind};
#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresOptions, PostgresRecords};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteOptions, SqliteRecords};
