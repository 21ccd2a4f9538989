//! PostgreSQL: every replica on one database.

mod address;
mod check;
mod fault;
mod feed;
mod migrate;
mod options;
mod pool;
mod session;
mod statements;
mod tls;

use std::fmt;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::store::StoreError;
use biometry_gate::store::shared::{RecordId, Records, Snapshot, Tag, Write};
use tokio::time::Instant;

pub use self::options::PostgresOptions;
use self::pool::{Lease, Pool};
use self::session::Target;
use crate::error::{ConnectError, ConnectErrorKind, Connection, Fault};
use crate::kept::{Change, Database, Kept};
use crate::row::Found;

/// Records in a PostgreSQL database. Clones share their connections.
///
/// Every write is one statement that compares and sets, and is on the disk before it counts: see the
/// [crate](crate#what-it-promises).
#[derive(Clone)]
pub struct PostgresRecords {
    inner: Arc<Kept<Postgres>>,
}

struct Postgres {
    pool: Pool,
    connect_limit: Duration,
    needs_standby: bool,
    announces: bool,
}

impl PostgresRecords {
    /// Connects, brings the tables up to date, and [checks](Self::check) what the database promises. A record of its own is
    /// written, changed and removed on the way.
    ///
    /// Several replicas may start at once: one of them changes the tables, the others wait for it. A role that may not
    /// change tables is enough where they are up to date.
    ///
    /// # Errors
    /// When the database cannot be reached or used within the options' connect limit, its tables are of a newer version,
    /// it could lose what it has acknowledged, or a pooler in front of it hands out connections for single transactions.
    /// The message says what to do.
    pub async fn connect(options: PostgresOptions) -> Result<Self, ConnectError> {
        refuse_forgetful(&options)?;
        let (limit, time_limit) = (options.connect_limit, options.time_limit);
        let most = usize::try_from(options.max_connections).unwrap_or(usize::MAX);
        let postgres = Postgres {
            pool: Pool::new(Target::new(&options)?, most),
            connect_limit: limit,
            needs_standby: options.needs_standby,
            announces: options.announces,
        };
        let records = Self { inner: Arc::new(Kept::new(postgres, time_limit)) };
        match tokio::time::timeout(limit, records.start(most)).await {
            Ok(outcome) => outcome.map(|()| records),
            Err(_) => {
                let postgres = &records.inner.database;
                Err(postgres.pool.last_failure().unwrap_or_else(|| postgres.pool.target().late()).into())
            }
        }
    }

    async fn start(&self, most: usize) -> Result<(), ConnectError> {
        let Kept { database: Postgres { pool, needs_standby, connect_limit, .. }, time_limit, .. } =
            &*self.inner;
        let target = pool.target();
        let began = Instant::now();
        let one = pool.take().await?;
        let took = began.elapsed();
        check::settings(one.session(), target, *time_limit, *needs_standby).await?;
        if most > 1 {
            let other = pool.take().await?;
            check::sessions(one.session(), other.session(), target).await?;
            other.give_back();
        }
        migrate::run(&one.session().client, target).await?;
        check::table(one.session(), target, *connect_limit).await?;
        one.give_back();
        if took > *time_limit {
            tracing::warn!(
                ?took,
                limit = ?time_limit,
                "a connection to PostgreSQL takes longer than a step may: steps that need a new one are refused while it \
                 is made; a longer time limit of the store mends that"
            );
        }
        Ok(())
    }

    /// Whether the database still promises what the store needs: commits that are on the disk when they are
    /// acknowledged (`fsync`, `full_page_writes`, a table that is logged), that it is no standby, and that records can be
    /// written.
    ///
    /// # Errors
    /// When it does not, or cannot be reached. The message says what to change.
    pub async fn check(&self) -> Result<(), ConnectError> {
        let Kept { database: Postgres { pool, needs_standby, .. }, time_limit, .. } = &*self.inner;
        let checked = async {
            let lease = pool.take().await?;
            check::settings(lease.session(), pool.target(), *time_limit, *needs_standby).await?;
            check::table(lease.session(), pool.target(), *time_limit).await?;
            lease.give_back();
            Ok(())
        };
        let late = |_| Err(pool.target().late().into());
        tokio::time::timeout(*time_limit, checked).await.unwrap_or_else(late)
    }

    /// Removes at most 500 records that have run out, and answers how many. The store does so by itself, once a
    /// minute while it writes.
    ///
    /// # Errors
    /// When the database does not answer in time.
    pub async fn sweep(&self) -> Result<u64, StoreError> {
        self.inner.sweep().await
    }

    /// Closes the connections. Later requests are refused.
    #[expect(clippy::unused_async, reason = "closing a file waits, and both stores are closed alike")]
    pub async fn close(&self) {
        self.inner.database.pool.close();
    }

    fn target(&self) -> &Target {
        self.inner.database.pool.target()
    }
}

/// The store sets `synchronous_commit` itself; an address that says otherwise contradicts it.
fn refuse_forgetful(options: &PostgresOptions) -> Result<(), ConnectError> {
    let is_weak = |(name, value): &(String, String)| {
        name.eq_ignore_ascii_case("synchronous_commit") && !matches!(value.as_str(), "on" | "remote_apply")
    };
    if options.address.settings.iter().any(is_weak) {
        return Err(ConnectError::new(
            ConnectErrorKind::NotDurable,
            "the address turns synchronous_commit down, so a crash of the database could let a used decision be used \
             again: leave it out, the store sets it to on",
        ));
    }
    Ok(())
}

impl Postgres {
    /// Gives a connection back, or lets it go where the step has shown that it is of no use; continues where the step is
    /// to be taken once more.
    fn settle<T>(
        lease: Lease,
        outcome: Result<T, Fault>,
        retry: Retry,
    ) -> ControlFlow<Result<T, StoreError>> {
        let fault = match outcome {
            Ok(done) => {
                lease.give_back();
                return ControlFlow::Break(Ok(done));
            }
            Err(fault) => fault,
        };
        let may_repeat = match fault.connection {
            Connection::Good => {
                lease.give_back();
                return ControlFlow::Break(Err(fault.into()));
            }
            Connection::Useless => retry != Retry::Never,
            Connection::Broken => retry == Retry::Always,
        };
        lease.lose();
        if may_repeat { ControlFlow::Continue(()) } else { ControlFlow::Break(Err(fault.into())) }
    }
}

/// Whether a step may be taken once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Retry {
    Always,
    /// Where it has certainly not happened.
    Unhappened,
    Never,
}

impl Database for Postgres {
    const TICK: Duration = Duration::from_micros(1);

    async fn find(&self, id: &[u8], beside: Option<&[u8]>) -> Result<Found, StoreError> {
        let mut retry = Retry::Always;
        loop {
            let lease = self.pool.take().await?;
            let found = lease.session().find(id, beside, self.pool.target()).await;
            match Self::settle(lease, found, retry) {
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(()) => retry = Retry::Never,
            }
        }
    }

    async fn execute(&self, change: &Change<'_>) -> Result<u64, StoreError> {
        // A row that was put where there was none may have been removed again meanwhile: it would come back.
        let is_new = matches!(change, Change::Insert { .. });
        let mut retry = if is_new { Retry::Unhappened } else { Retry::Always };
        loop {
            let lease = self.pool.take().await?;
            let done = lease.session().execute(change, self.pool.target()).await;
            match Self::settle(lease, done, retry) {
                ControlFlow::Break(outcome) => return outcome,
                ControlFlow::Continue(()) => retry = Retry::Never,
            }
        }
    }

    fn why_late(&self) -> Option<String> {
        self.pool.last_failure().map(|fault| fault.message)
    }
}

#[async_trait]
impl Records for PostgresRecords {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        self.inner.load(id).await
    }

    async fn load_both(&self, id: &RecordId, beside: &RecordId) -> Result<[Snapshot; 2], StoreError> {
        self.inner.load_both(id, beside).await
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        self.inner.swap(id, seen, write).await
    }
}

impl fmt::Debug for PostgresRecords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresRecords")
            .field("connections", &self.inner.database.pool.size())
            .finish_non_exhaustive()
    }
}
