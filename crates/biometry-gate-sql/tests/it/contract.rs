//! What every store promises, of these two, and of a near cache in front of one.

use std::sync::{Arc, LazyLock};

use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::store::DecisionStore;
use biometry_gate_sql::{PostgresOptions, PostgresRecords, SqliteOptions, SqliteRecords};
use biometry_gate_testkit::PostgresServer;
use biometry_gate_testkit::store_contract::StoreHarness;
use tempfile::TempDir;

use crate::people::shared;

/// One server for all promises; each has a schema of its own.
static SERVER: LazyLock<PostgresServer> = LazyLock::new(PostgresServer::start);

mod postgres {
    use super::*;

    /// Two replicas, each with connections of its own.
    struct OnPostgres {
        replicas: [PostgresRecords; 2],
        clock: Arc<ManualClock>,
        turn: std::sync::atomic::AtomicUsize,
    }

    impl StoreHarness for OnPostgres {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let options = PostgresOptions::parse(&SERVER.url()).expect("an address");
            let options = options.max_connections(5).time_limit(biometry_gate_testkit::PATIENCE);
            let one = PostgresRecords::connect(options.clone()).await.expect("a server");
            let two = PostgresRecords::connect(options).await.expect("a server");
            Self { replicas: [one, two], clock, turn: Default::default() }
        }

        fn replica(&self) -> DecisionStore {
            let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let records = self.replicas[turn % 2].clone();
            shared(records).with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>).into()
        }
    }

    biometry_gate_testkit::store_contract!(OnPostgres);
}

/// A file with two handles on it, as two processes have them.
async fn handles(folder: &TempDir) -> [SqliteRecords; 2] {
    let options = SqliteOptions::file(folder.path().join("gate.db"));
    let options = options.time_limit(biometry_gate_testkit::PATIENCE);
    let one = SqliteRecords::open(options.clone()).await.expect("a file");
    let two = SqliteRecords::open(options).await.expect("a file");
    [one, two]
}

mod sqlite {
    use super::*;

    struct OnSqlite {
        handles: [SqliteRecords; 2],
        clock: Arc<ManualClock>,
        turn: std::sync::atomic::AtomicUsize,
        _folder: TempDir,
    }

    impl StoreHarness for OnSqlite {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            Self { handles: handles(&folder).await, clock, turn: Default::default(), _folder: folder }
        }

        fn replica(&self) -> DecisionStore {
            let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let records = self.handles[turn % 2].clone();
            shared(records).with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>).into()
        }
    }

    biometry_gate_testkit::store_contract!(OnSqlite);
}

/// One cache in front of a database that announces what is written to it.
mod near_postgres {
    use biometry_gate::store::near::NearCache;

    use super::*;
    use crate::people::key;

    struct Near(Arc<NearCache>);

    impl StoreHarness for Near {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let options = PostgresOptions::parse(&SERVER.url()).expect("an address");
            let options = options.max_connections(2).time_limit(biometry_gate_testkit::PATIENCE);
            let records = PostgresRecords::connect(options.announce_changes()).await.expect("a server");
            let clock: Arc<dyn Clock> = clock;
            let inner = shared(records.clone()).with_clock(Arc::clone(&clock));
            let cache = NearCache::following(inner, key(), records).await.expect("a feed");
            Self(Arc::new(cache.with_clock(clock)))
        }

        fn replica(&self) -> DecisionStore {
            Arc::clone(&self.0).into()
        }
    }

    biometry_gate_testkit::store_contract!(Near);
}

mod near {
    use biometry_gate::store::near::NearCache;

    use super::*;

    struct Near {
        cache: Arc<NearCache>,
        _folder: TempDir,
    }

    impl StoreHarness for Near {
        async fn open(clock: Arc<ManualClock>) -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let [records, _] = handles(&folder).await;
            let clock: Arc<dyn Clock> = clock;
            let inner = shared(records).with_clock(Arc::clone(&clock));
            let cache = NearCache::of_process(inner).expect("a file is of this process");
            Self { cache: Arc::new(cache.with_clock(clock)), _folder: folder }
        }

        fn replica(&self) -> DecisionStore {
            Arc::clone(&self.cache).into()
        }
    }

    biometry_gate_testkit::store_contract!(Near);
}
