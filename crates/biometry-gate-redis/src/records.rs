use std::fmt::{self, Write as _};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use async_trait::async_trait;
use biometry_gate::entropy::{Entropy as _, OsEntropy};
use biometry_gate::store::shared::{RecordId, Records, Sealed, Snapshot, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind};
use redis::RedisError;
use redis::aio::{AsyncPushSender, MultiplexedConnection};
use tokio::time::timeout;

use crate::address::Address;
use crate::builder::{Builder, Settings, Wait};
use crate::check::check;
use crate::error::{ConnectError, store_error};
use crate::link::{Link, Listening, Step};
use crate::scripts::{Scripts, Swap};

/// Sealed records on Redis or Valkey. Clones use the same connections.
///
/// See the [crate](crate) for what it needs of the server, and for what a fail-over can bring back.
#[derive(Clone)]
pub struct RedisRecords {
    inner: Arc<Inner>,
}

struct Inner {
    link: Link,
    scripts: Scripts,
    prefix: String,
    settings: Settings,
    address: Address,
}

impl RedisRecords {
    /// Records at this address: see the [crate](crate#addresses) for its forms.
    pub fn builder(address: &str) -> Builder {
        Builder::new(address)
    }

    pub(crate) fn new(link: Link, prefix: String, settings: Settings, address: Address) -> Self {
        Self { inner: Arc::new(Inner { link, scripts: Scripts::new(), prefix, settings, address }) }
    }

    /// Looks whether the server still is fit to keep records, for a host that wants to know: its version, that it is a
    /// primary, that it does not evict, that there are as many replicas as have to confirm, and that a record can be written
    /// and removed. The log says where it keeps no append-only file.
    ///
    /// # Errors
    /// When it does not answer or is not fit; the message says how to mend it.
    pub async fn check(&self) -> Result<(), ConnectError> {
        check(self).await
    }

    pub(crate) fn link(&self) -> &Link {
        &self.inner.link
    }

    pub(crate) fn address(&self) -> &Address {
        &self.inner.address
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.inner.settings
    }

    /// What lies under a key, and the time.
    async fn read(&self, key: &str) -> Result<(Option<Vec<u8>>, Time), RedisError> {
        let Inner { link, scripts, .. } = &*self.inner;
        if link.is_one_server() {
            return link.take(Step::Pipeline(&Scripts::reads(&[key]))).await;
        }
        let (seconds, micros, stored) = link.take(Step::Script(&scripts.load(key))).await?;
        Ok((stored, (seconds, micros)))
    }

    /// Reads under a key that no record has.
    pub(crate) async fn try_to_read(&self) -> Result<(), RedisError> {
        self.read(&self.probe()).await.map(drop)
    }

    /// [`try_to_read`](Self::try_to_read) of one server, over a connection of its own.
    pub(crate) async fn try_to_read_over(
        &self,
        connection: &mut MultiplexedConnection,
    ) -> Result<(), RedisError> {
        let reads = Scripts::reads(&[&self.probe()]);
        Step::Pipeline(&reads).over::<(Option<Vec<u8>>, Time)>(connection).await.map(drop)
    }

    /// Has every primary announce to `hears` what is written to records.
    pub(crate) async fn listening(
        &self,
        hears: impl AsyncPushSender + Clone,
    ) -> Result<Listening, StoreError> {
        let Inner { address, settings, .. } = &*self.inner;
        let listening = Listening::open(address.clone(), settings, &self.prefix_of_keys(), hears).await;
        let listening = listening.map_err(|error| error.about(&address.to_string()));
        listening.map_err(|error| StoreError::new(StoreErrorKind::Unavailable).with_source(error))
    }

    /// What every key begins with.
    pub(crate) fn prefix_of_keys(&self) -> String {
        format!("{}:", self.inner.prefix)
    }

    fn probe(&self) -> String {
        format!("{}:{{probe}}", self.inner.prefix)
    }

    /// Writes a record of its own and removes it again.
    pub(crate) async fn try_to_write(&self) -> Result<(), RedisError> {
        let mut bytes = [0; 32 + Tag::LEN];
        OsEntropy.fill(&mut bytes).map_err(|_| std::io::Error::other("this machine has no randomness"))?;
        let (id, tag) = bytes.split_first_chunk::<32>().unwrap_or((&[0; 32], &[]));
        let mut hex = String::with_capacity(2 * id.len());
        for byte in id {
            let _ = write!(hex, "{byte:02x}");
        }
        let key = format!("{}:{{{hex}}}", self.inner.prefix);
        let tag = Tag::new(tag.try_into().unwrap_or([0; Tag::LEN]));
        let record = Sealed::new(tag, b"probe".to_vec());
        let put = Write::Put { record, keep: Some(Duration::from_secs(60)) };
        let Inner { link, scripts, .. } = &*self.inner;
        for swap in [Swap::new(None, &put), Swap::new(Some(&tag), &Write::Remove)] {
            link.take::<u8>(Step::Script(&scripts.swap(&key, &swap))).await?;
        }
        Ok(())
    }

    fn store_error(&self, error: &RedisError) -> StoreError {
        store_error(error, &self.inner.address.to_string())
    }

    fn key(&self, id: &RecordId) -> String {
        // The braces are a cluster's: what is between them chooses the node.
        format!("{}:{{{}}}", self.inner.prefix, id.to_hex())
    }

    async fn write(&self, key: &str, swap: &Swap) -> Result<bool, StoreError> {
        let Inner { link, scripts, settings, .. } = &*self.inner;
        let Some(Wait { replicas, time }) = settings.wait else {
            let written = link.take::<u8>(Step::Script(&scripts.swap(key, swap))).await;
            return Ok(written.map_err(|error| self.store_error(&error))? == 1);
        };
        // In one go, and so over one connection: `WAIT` waits for what went over its own.
        let mut both = redis::pipe();
        both.add_command(Scripts::swap_by_text(key, swap));
        both.cmd("WAIT").arg(replicas).arg(u64::try_from(time.as_millis()).unwrap_or(u64::MAX));
        let answers = link.take::<(u8, u32)>(Step::Pipeline(&both)).await;
        let (written, confirmed) = answers.map_err(|error| self.store_error(&error))?;
        if written == 1 && confirmed < replicas {
            return Err(StoreError::new(StoreErrorKind::Timeout)
                .with_source("fewer replicas than are asked for have confirmed a write"));
        }
        Ok(written == 1)
    }

    async fn in_time<T>(&self, step: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        let outcome = timeout(self.inner.settings.time_limit, step).await;
        outcome.unwrap_or_else(|_| {
            let why = format!("Redis at {}: it has not answered in time", self.inner.address);
            Err(StoreError::new(StoreErrorKind::Timeout).with_source(why))
        })
    }
}

#[async_trait]
impl Records for RedisRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        self.in_time(async {
            let found = self.read(&self.key(id)).await;
            let (stored, time) = found.map_err(|error| self.store_error(&error))?;
            snapshot(stored, time)
        })
        .await
    }

    async fn load_both(&self, id: &RecordId, beside: &RecordId) -> Result<[Snapshot; 2], StoreError> {
        if !self.inner.link.is_one_server() {
            // Two nodes of a cluster may have them.
            let (one, other) = tokio::try_join!(self.load(id), self.load(beside))?;
            return Ok([one, other]);
        }
        self.in_time(async {
            let reads = Scripts::reads(&[&self.key(id), &self.key(beside)]);
            let found = self.inner.link.take::<(_, _, Time)>(Step::Pipeline(&reads)).await;
            let (one, other, time) = found.map_err(|error| self.store_error(&error))?;
            Ok([snapshot(one, time)?, snapshot(other, time)?])
        })
        .await
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        self.in_time(self.write(&self.key(id), &Swap::new(seen, &write))).await
    }
}

impl fmt::Debug for RedisRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RedisRecords").field("prefix", &self.inner.prefix).finish_non_exhaustive()
    }
}

/// Seconds and microseconds.
type Time = (u64, u32);

fn snapshot(stored: Option<Vec<u8>>, (seconds, micros): Time) -> Result<Snapshot, StoreError> {
    let now = moment(seconds, micros).ok_or_else(corrupt)?;
    let record = stored.map(|stored| Sealed::split(&stored).ok_or_else(corrupt)).transpose()?;
    Ok(Snapshot { now, record })
}

fn moment(seconds: u64, micros: u32) -> Option<SystemTime> {
    let since = Duration::from_secs(seconds).checked_add(Duration::from_micros(micros.into()))?;
    SystemTime::UNIX_EPOCH.checked_add(since)
}

fn corrupt() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt).with_source("what lies under a record's key is no record")
}
