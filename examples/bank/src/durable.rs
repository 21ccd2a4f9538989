use std::sync::Arc;
use std::time::Duration;

use biometry_gate::store::shared::Records;
use biometry_gate_sql::{PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};

/// Whether an address is one of a durable store.
pub(crate) fn is_durable(address: &str) -> bool {
    ["postgres:", "postgresql:", "sqlite:"].iter().any(|scheme| address.starts_with(scheme))
}

/// Opens the database that an address names.
///
/// # Errors
/// Why it cannot be used.
pub(crate) async fn open(address: &str, time_limit: Duration) -> Result<Arc<dyn Records>, String> {
    let records: Arc<dyn Records> = if address.starts_with("sqlite:") {
        let options = SqliteOptions::parse(address).map_err(|error| error.to_string())?;
        let records = SqliteRecords::open(options.time_limit(time_limit)).await;
        Arc::new(records.map_err(|error| error.to_string())?)
    } else {
        let options = PostgresOptions::parse(address).map_err(|error| error.to_string())?;
        let records = PostgresRecords::connect(options.time_limit(time_limit)).await;
        Arc::new(records.map_err(|error| error.to_string())?)
    };
    Ok(records)
}
