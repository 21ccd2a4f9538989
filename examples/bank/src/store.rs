use std::error::Error as _;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::{Invalidations, NearCache};
use biometry_gate::store::shared::{Records, SharedStore, StoreKey};
use biometry_gate_redis::RedisRecords;

use crate::config::SessionSecret;
use crate::ended::EndedLogins;

/// Where decisions are kept: `STORE_URL`. The address may have a password in it; it is not shown.
pub(crate) enum StoreUrl {
    /// In this process.
    Memory,
    /// On Redis or Valkey, for several replicas.
    Redis(String),
    /// In PostgreSQL or in a file of SQLite's, where a restart finds it again.
    #[cfg(feature = "sql")]
    Durable(String),
}

/// A store that was opened, to be closed when the bank has served its last request.
#[derive(Clone, Debug, Default)]
pub struct OpenStore {
    /// What replicas share.
    records: Option<Arc<dyn Records>>,
    #[cfg(feature = "sql")]
    database: Option<crate::durable::Database>,
}

impl OpenStore {
    fn of(records: impl Records) -> Self {
        Self {
            records: Some(Arc::new(records)),
            #[cfg(feature = "sql")]
            database: None,
        }
    }

    pub(crate) fn ended_logins(&self) -> EndedLogins {
        self.records.clone().map_or_else(EndedLogins::here, EndedLogins::there)
    }

    /// Closes it. A file of SQLite's is whole by itself then, without the log beside it.
    #[cfg_attr(not(feature = "sql"), expect(clippy::unused_async, reason = "there is nothing to close"))]
    pub async fn close(&self) {
        #[cfg(feature = "sql")]
        if let Some(database) = &self.database {
            database.close().await;
        }
    }
}

impl StoreUrl {
    /// Reads the variable; `None` where it names no store.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (scheme, _) = text.split_once(':')?;
        match scheme.split('+').next()? {
            _ if text == "memory:" => Some(Self::Memory),
            "redis" | "rediss" | "valkey" | "valkeys" => Some(Self::Redis(text.to_owned())),
            #[cfg(feature = "sql")]
            _ if crate::durable::is_durable(text) => Some(Self::Durable(text.to_owned())),
            _ => None,
        }
    }

    /// Opens the store, with a key that comes from the host's secret, so that replicas with one secret share it, and with
    /// a near cache in front of it; `None` for the one that the gate has by default.
    ///
    /// # Errors
    /// Why it cannot be used.
    pub(crate) async fn open(
        &self,
        secret: Option<&SessionSecret>,
        time_limit: Duration,
    ) -> Result<Option<(DecisionStore, OpenStore)>, String> {
        match self {
            Self::Memory => Ok(None),
            Self::Redis(address) => {
                let key = store_key(secret)?;
                let records = RedisRecords::builder(address).time_limit(time_limit).connect().await;
                let records = records.map_err(|error| error.to_string())?;
                let store = remembering(records.clone(), key).await?;
                Ok(Some((store, OpenStore::of(records))))
            }
            #[cfg(feature = "sql")]
            Self::Durable(address) => {
                let secret = secret
                    .ok_or("what is kept there is found again with the same SESSION_SECRET only: set it")?;
                let key = store_key(Some(secret))?;
                let (store, database) = crate::durable::open(address, key, time_limit).await?;
                let records = Some(database.records());
                Ok(Some((store, OpenStore { records, database: Some(database) })))
            }
        }
    }
}

/// The store of replicas: what one of them writes is announced to the others, so that each may remember what it has let
/// through a moment ago.
///
/// # Errors
/// Why nothing is announced.
pub(crate) async fn remembering(
    records: impl Records + Invalidations + Clone,
    key: StoreKey,
) -> Result<DecisionStore, String> {
    let store = SharedStore::new(records.clone(), key.clone());
    match NearCache::following(store, key, records).await {
        Ok(near) => Ok(near.into()),
        Err(error) => {
            let why = error.source().map_or_else(|| error.to_string(), ToString::to_string);
            Err(format!("changes are not announced: {why}"))
        }
    }
}

/// Without a secret the key is this process's own: no other process, and no later start, finds its records.
fn store_key(secret: Option<&SessionSecret>) -> Result<StoreKey, String> {
    let mut random = [0; 32];
    let key = match secret {
        Some(secret) => StoreKey::parse(secret.as_bytes()),
        None => {
            OsEntropy.fill(&mut random).map_err(|error| error.to_string())?;
            StoreKey::parse(&random)
        }
    };
    key.map_err(|error| error.to_string())
}

impl fmt::Debug for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "Memory",
            Self::Redis(_) => "Redis(…)",
            #[cfg(feature = "sql")]
            Self::Durable(_) => "Durable(…)",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_by_its_scheme_and_never_shown() {
        for text in
            ["redis://u:hunter2@db", "rediss://db/1", "redis+cluster://a,b", "valkey+sentinel://a/main"]
        {
            let url = StoreUrl::parse(text);
            assert!(matches!(url, Some(StoreUrl::Redis(_))), "{text}");
            assert!(!format!("{url:?}").contains("hunter2"));
        }
        #[cfg(feature = "sql")]
        for text in ["postgres://u:hunter2@db/x", "postgresql://db/x", "sqlite:gate.db"] {
            let url = StoreUrl::parse(text);
            assert!(matches!(url, Some(StoreUrl::Durable(_))), "{text}");
            assert!(!format!("{url:?}").contains("hunter2"));
        }
        assert!(matches!(StoreUrl::parse("memory:"), Some(StoreUrl::Memory)));
        for text in ["", "memory", "memory:x", "redis", "mysql://root:hunter2@db", "file:///tmp/x"] {
            assert!(StoreUrl::parse(text).is_none(), "{text}");
        }
    }
}
