//! From the file to a gate.

use std::path::Path;
use std::time::Duration;

use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::cross_site::CrossSite;
use biometry_gate::gate::Builder;
use biometry_gate::receipts::{ReceiptIssuer, ReceiptKey};
use biometry_gate::store::shared::{SharedStore, StoreKey};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_redis::RedisRecords;

use super::{Config, ConfigError, PolicySettings, Speaks};
use crate::caller::Callers;

impl Config {
    /// Builds the gate that the file describes, and opens its store.
    pub(crate) async fn gate(&self, callers: Callers) -> Result<BiometryGate, ConfigError> {
        let file = &self.file;
        let site = CrossSite::new()
            .public_origin(&file.public_origin)
            .map_err(|error| wrong("public_origin", error))?;
        let mut builder = BiometryGate::builder(self.client()?, callers)
            .cross_site(site)
            .receipts(self.issuer()?)
            .refusing(|refusing| {
                let refusing = refusing.mounted_at(&file.mount);
                match &file.step_up_page {
                    Some(page) => refusing.step_up_page(page),
                    None => refusing,
                }
            });
        for policy in &file.policies {
            builder = builder.policy(policy.policy()?);
        }
        let builder = self.store(builder).await?;
        builder.build().map_err(|error| ConfigError::new(error.to_string()))
    }

    fn client(&self) -> Result<Client, ConfigError> {
        let platform = &self.file.platform;
        let key =
            ApiKey::parse(&self.secret(&platform.key_file)?).map_err(|error| wrong("key_file", error))?;
        let base = match &platform.base_url {
            Some(url) => BaseUrl::parse(url).map_err(|error| wrong("base_url", error))?,
            None => BaseUrl::production(),
        };
        Client::connect(base, key).map_err(|error| wrong("platform", error))
    }

    fn issuer(&self) -> Result<ReceiptIssuer, ConfigError> {
        let settings = &self.file.receipts;
        let key = |name: &Path| {
            ReceiptKey::from_pkcs8_pem(&self.secret(name)?)
                .map_err(|error| wrong(&name.display().to_string(), error))
        };
        let issuer = ReceiptIssuer::new(&settings.issuer, key(&settings.key_file)?);
        settings.publish_files.iter().try_fold(issuer, |issuer, name| Ok(issuer.publish(key(name)?)))
    }

    async fn store(&self, builder: Builder) -> Result<Builder, ConfigError> {
        let store = &self.file.store;
        let Some(url) = &store.url else { return Ok(builder) };
        let secret = store.secret_file.as_ref().ok_or_else(|| {
            ConfigError::new("[store] needs `secret_file`, the same on every replica, to seal what it keeps")
        })?;
        let key =
            StoreKey::parse(self.long_secret(secret)?.as_bytes()).map_err(|error| wrong("store", error))?;
        let records = RedisRecords::builder(url).connect().await.map_err(|error| wrong("store", error))?;
        Ok(builder.store(SharedStore::new(records, key)))
    }
}

impl PolicySettings {
    fn policy(&self) -> Result<Policy, ConfigError> {
        let threshold = Threshold::percent(self.min_score).map_err(|error| wrong("min_score", error))?;
        let policy = if self.approves_operations {
            Policy::for_operation(&self.name, threshold)
        } else {
            Policy::for_session(&self.name, threshold)
        };
        let policy = policy.max_age(Duration::from_secs(self.max_age_secs));
        let policy = match self.speaks {
            None => policy,
            Some(Speaks::Whole) => policy.speak_operation(),
            Some(Speaks::Shortened) => policy.speak_operation_shortened(),
        };
        Ok(if self.single_use { policy.single_use() } else { policy })
    }
}

fn wrong(what: &str, error: impl std::fmt::Display) -> ConfigError {
    ConfigError::new(format!("{what}: {error}"))
}
