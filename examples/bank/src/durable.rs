use std::time::Duration;

use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::NearCache;
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate_sql::{PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};

/// Whether an address is one of a durable store.
pub(crate) fn is_durable(address: &str) -> bool {
    ["postgres:", "postgresql:", "sqlite:"].iter().any(|scheme| address.starts_with(scheme))
}

/// Opens the database that an address names, with a near cache in front of it.
///
/// # Errors
/// Why it cannot be used.
pub(crate) async fn open(
    address: &str,
    key: StoreKey,
    time_limit: Duration,
) -> Result<DecisionStore, String> {
    if address.starts_with("sqlite:") {
        let options = SqliteOptions::parse(address).map_err(|error| error.to_string())?;
        let records = SqliteRecords::open(options.time_limit(time_limit)).await;
        let store = SharedStore::new(records.map_err(|error| error.to_string())?, key);
        let near = NearCache::of_process(store).map_err(|error| error.to_string())?;
        return Ok(near.into());
    }
    let options = PostgresOptions::parse(address).map_err(|error| error.to_string())?;
    let records = PostgresRecords::connect(options.time_limit(time_limit).announce_changes()).await;
    crate::store::remembering(records.map_err(|error| error.to_string())?, key).await
}
