//! A store of one's own: the two methods of `Records`, over a folder with a file for each record.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::{Router, http::request::Parts, routing::get};
use biometry_client::{ApiKey, BaseUrl, Client};
use biometry_gate::principal::{HostSession, IdentifyError, Principal};
use biometry_gate::store::shared::{RecordId, Records, Sealed, SharedStore, Snapshot, StoreKey, Tag, Write};
use biometry_gate::store::{StoreError, StoreErrorKind, StoreScope};
use biometry_gate::{BiometryGate, Policy, Threshold};
use biometry_gate_axum::{Verified, routes};
use biometry_sandbox::Sandbox;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let secret = std::env::var("STORE_SECRET").map_err(|_| "set STORE_SECRET, 32 random bytes or more")?;
    let sandbox = Sandbox::start().await?;
    let client = Client::connect(BaseUrl::parse(&sandbox.base_url())?, ApiKey::parse(&sandbox.mint_key())?)?;
    let gate = gate(client, Folder::open(Path::new("records"))?, secret.as_bytes())?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
    println!("listening on http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(&gate)?).await?)
}

/// `SharedStore` is the whole store, over any records: rules, retries, sealing, time to live.
pub fn gate(client: Client, records: Folder, secret: &[u8]) -> Result<BiometryGate, Box<dyn Error>> {
    let store = SharedStore::new(records, StoreKey::parse(secret)?);
    let statement = Policy::for_session("statement", Threshold::percent(70.0)?);
    Ok(BiometryGate::builder(client, by_token).policy(statement).store(store).build()?)
}

pub fn app(gate: &BiometryGate) -> Result<Router, Box<dyn Error>> {
    let statement = get(async |Verified(_): Verified| "the statement");
    let statement = statement.route_layer(gate.require("statement")?);
    Ok(Router::new().route("/statement", statement).nest_service("/biometry", routes(gate)))
}

fn by_token(head: &Parts) -> Result<Option<Principal>, IdentifyError> {
    let is_ana = head.headers.get("authorization").is_some_and(|value| value == "Bearer token-of-ana");
    let ana = || Ok(Principal::new("pass+ana@example.com", HostSession::parse("session-of-ana")?)?);
    is_ana.then(ana).transpose()
}

/// A folder that one process has to itself. Clones are the same records.
#[derive(Clone, Debug)]
pub struct Folder(Arc<(PathBuf, Mutex<File>)>);

impl Folder {
    pub fn open(path: &Path) -> io::Result<Self> {
        fs::create_dir_all(path)?;
        let lock = File::create(path.join("lock"))?;
        // Another process would not wait for the turns that are taken here.
        lock.try_lock()?;
        Ok(Self(Arc::new((path.to_owned(), Mutex::new(lock)))))
    }

    fn find(&self, id: &RecordId, now: SystemTime) -> Result<Option<Sealed>, StoreError> {
        let file = match fs::read(self.0.0.join(id.to_hex())) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unavailable(error)),
        };
        let corrupt = || StoreError::new(StoreErrorKind::Corrupt);
        let (until, record) = file.split_first_chunk().ok_or_else(corrupt)?;
        let record = Sealed::split(record).ok_or_else(corrupt)?;
        Ok((now < UNIX_EPOCH + Duration::from_millis(u64::from_be_bytes(*until))).then_some(record))
    }

    /// On the disk, whole or not at all, before it counts.
    fn put(&self, id: &RecordId, record: &Sealed, until: SystemTime) -> io::Result<()> {
        let until = until.duration_since(UNIX_EPOCH).map_err(io::Error::other)?.as_millis() as u64;
        let (folder, name) = (&self.0.0, id.to_hex());
        let mut file = File::create(folder.join("new"))?;
        file.write_all(&[&until.to_be_bytes()[..], &record.join()].concat())?;
        file.sync_all()?;
        fs::rename(folder.join("new"), folder.join(name))?;
        File::open(folder)?.sync_all()
    }
}

#[async_trait::async_trait]
impl Records for Folder {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        let now = SystemTime::now();
        tokio::task::block_in_place(|| self.find(id, now)).map(|record| Snapshot { now, record })
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        tokio::task::block_in_place(|| {
            let _turn = self.0.1.lock().unwrap_or_else(PoisonError::into_inner);
            let now = SystemTime::now();
            let there = self.find(id, now)?.map(|record| *record.tag());
            match write {
                // This very write has happened before, and its answer was lost.
                Write::Put { record, .. } if there == Some(*record.tag()) => return Ok(true),
                _ if there.as_ref() != seen => return Ok(false),
                Write::Put { record, keep } => self.put(id, &record, now + keep.unwrap_or(FOR_GOOD)),
                Write::Remove if there.is_none() => Ok(()),
                Write::Remove => fs::remove_file(self.0.0.join(id.to_hex())),
            }
            .map_err(unavailable)?;
            Ok(true)
        })
    }

    fn scope(&self) -> StoreScope {
        StoreScope::Process
    }
}

fn unavailable(error: io::Error) -> StoreError {
    StoreError::new(StoreErrorKind::Unavailable).with_source(error)
}

const FOR_GOOD: Duration = Duration::from_secs(100 * 365 * 24 * 3_600);
