use std::sync::Arc;
use std::time::Duration;

use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::NearCache;
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate_sql::{PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};

/// Whether an address is one of a durable store.
pub(crate) fn is_durable(address: &str) -> bool {
    ["postgres:", "postgresql:", "sqlite:"].iter().any(|scheme| address.starts_with(scheme))
}

/// A database, to be closed at the end.
#[derive(Clone, Debug)]
pub(crate) enum Database {
    Sqlite(SqliteRecords),
    Postgres(PostgresRecords),
}

impl Database {
    pub(crate) fn records(&self) -> Arc<dyn Records> {
        match self {
            Self::Sqlite(records) => Arc::new(records.clone()),
            Self::Postgres(records) => Arc::new(records.clone()),
        }
    }

    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(records) => records.close().await,
            Self::Postgres(records) => records.close().await,
        }
    }
}

/// Opens the database that an address names, with a near cache in front of it.
///
/// # Errors
/// Why it cannot be used.
pub(crate) async fn open(
    address: &str,
    key: StoreKey,
    time_limit: Duration,
) -> Result<(DecisionStore, Database), String> {
    if address.starts_with("sqlite:") {
        let options = SqliteOptions::parse(address).map_err(|error| error.to_string())?;
        let records = SqliteRecords::open(options.time_limit(time_limit)).await;
        let records = records.map_err(|error| error.to_string())?;
        let store = SharedStore::new(records.clone(), key);
        let near = NearCache::of_process(store).map_err(|error| error.to_string())?;
        return Ok((near.into(), Database::Sqlite(records)));
    }
    let options = PostgresOptions::parse(address).map_err(|error| error.to_string())?;
    let records = PostgresRecords::connect(options.time_limit(time_limit).announce_changes()).await;
    let records = records.map_err(|error| error.to_string())?;
    let store = crate::store::remembering(records.clone(), key).await?;
    Ok((store, Database::Postgres(records)))
}
