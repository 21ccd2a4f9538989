use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use biometry_gate_receipts::{KeySet, ReceiptVerifier};
use bytes::Bytes;
use http::Uri;
use http_body_util::{BodyExt as _, Empty, Limited};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;

/// Where the bank shows its keys.
#[derive(Clone, Debug)]
pub struct Keys {
    client: Client<HttpConnector, Empty<Bytes>>,
    uri: Uri,
}

impl Keys {
    /// Keys at an `http://` address.
    ///
    /// # Errors
    /// When it is none.
    pub fn at(address: &str) -> Result<Self, Box<dyn Error + Send + Sync>> {
        let client = Client::builder(TokioExecutor::new()).build_http();
        Ok(Self { client, uri: address.parse()? })
    }

    /// Fetches the set, for 5 seconds and 64 KiB at most.
    ///
    /// # Errors
    /// When there is none in time.
    pub async fn fetch(&self) -> Result<KeySet, Box<dyn Error + Send + Sync>> {
        let set = async {
            let answer = self.client.get(self.uri.clone()).await?;
            if !answer.status().is_success() {
                return Err(format!("the bank answers {} instead of its keys", answer.status()).into());
            }
            let body = Limited::new(answer.into_body(), LARGEST).collect().await?.to_bytes();
            Ok(KeySet::parse(body)?)
        };
        tokio::time::timeout(PATIENCE, set).await?
    }

    /// Fetches the set again every five minutes, for as long as the service runs. Where that fails the verifier keeps the
    /// set that it has.
    pub async fn keep_up(self, verifier: Arc<ReceiptVerifier>) {
        let mut ticks = tokio::time::interval(EVERY);
        loop {
            ticks.tick().await;
            match self.fetch().await {
                Ok(keys) => verifier.replace_keys(keys),
                Err(error) => tracing::warn!(%error, "the bank's keys could not be fetched"),
            }
        }
    }
}

const LARGEST: usize = 64 * 1024;
const PATIENCE: Duration = Duration::from_secs(5);
const EVERY: Duration = Duration::from_secs(300);
