//! Whether the store is fit and lets the gate do its work: the checks that each store makes when a host starts.

use std::error::Error as _;
use std::time::Duration;

use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::{Invalidations, NearCache};
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate_redis::RedisRecords;

use crate::arguments::Ask;
use crate::findings::{Check, Findings};

/// A store, as far as it could be opened.
pub(crate) enum Store {
    /// The one that a gate has by default.
    Memory,
    Open(DecisionStore),
    Unusable,
}

pub(crate) async fn look(ask: &Ask, findings: &mut Findings) -> Store {
    let Some(address) = ask.store.as_deref().filter(|address| *address != "memory:") else {
        let text = "in this process's memory: decisions end with the process, and replicas know nothing of each other's";
        findings.note(Check::Store, text);
        return Store::Memory;
    };
    match open(address, ask.store_timeout).await {
        Ok(store) => {
            findings.fine(Check::Store, "it is fit to keep decisions, and lets the gate read and write");
            Store::Open(store)
        }
        Err(why) => {
            findings.fault(Check::Store, why);
            Store::Unusable
        }
    }
}

async fn open(address: &str, time_limit: Duration) -> Result<DecisionStore, String> {
    let scheme = address.split([':', '+']).next().unwrap_or_default();
    match scheme {
        "redis" | "rediss" | "valkey" | "valkeys" => {
            let records = RedisRecords::builder(address).time_limit(time_limit).connect().await;
            announced(records.map_err(|error| error.to_string())?).await
        }
        #[cfg(feature = "sql")]
        "postgres" | "postgresql" => {
            let options =
                biometry_gate_sql::PostgresOptions::parse(address).map_err(|error| error.to_string())?;
            let options = options.time_limit(time_limit).announce_changes();
            let records = biometry_gate_sql::PostgresRecords::connect(options).await;
            announced(records.map_err(|error| error.to_string())?).await
        }
        #[cfg(feature = "sql")]
        "sqlite" => {
            let options =
                biometry_gate_sql::SqliteOptions::parse(address).map_err(|error| error.to_string())?;
            let records = biometry_gate_sql::SqliteRecords::open(options.time_limit(time_limit)).await;
            let records = records.map_err(|error| error.to_string())?;
            Ok(SharedStore::new(records, key()?).into())
        }
        _ => {
            Err("the address of the store is none of these: memory:, redis://, rediss://, redis+cluster://, \
                  redis+sentinel://, valkey://; with the feature sql also postgres:// and sqlite:"
                .to_owned())
        }
    }
}

/// The store with the near cache that listens for the changes of other replicas.
async fn announced(records: impl Records + Invalidations + Clone) -> Result<DecisionStore, String> {
    let key = key()?;
    let store = SharedStore::new(records.clone(), key.clone());
    match NearCache::following(store, key, records).await {
        Ok(near) => Ok(near.into()),
        Err(error) => {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Err(format!("changes are not announced, so that no replica can remember anything: {why}"))
        }
    }
}

/// Of this run: no other run uses the record that tries the store.
fn key() -> Result<StoreKey, String> {
    let mut secret = [0; 32];
    OsEntropy.fill(&mut secret).map_err(|error| error.to_string())?;
    StoreKey::parse(&secret).map_err(|error| error.to_string())
}
