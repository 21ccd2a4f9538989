//! Who is measured, and the databases below.

use biometry_gate_testkit::{PostgresServer, RedisServer};
use tempfile::TempDir;

/// One server that is measured.
#[derive(Clone, Copy, Debug)]
pub struct Contender {
    /// What the table calls it.
    pub name: &'static str,
    /// What its program calls it.
    pub kind: &'static str,
    /// Where its decisions or sessions lie.
    pub place: Place,
    /// Whether it is of the earlier build.
    pub is_earlier: bool,
}

/// Where decisions or sessions lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the name of the place")]
pub enum Place {
    Process,
    Redis,
    Postgres,
    Sqlite,
}

impl Contender {
    const fn new(name: &'static str, kind: &'static str, place: Place) -> Self {
        Self { name, kind, place, is_earlier: false }
    }

    const fn earlier(name: &'static str, kind: &'static str, place: Place) -> Self {
        Self { name, kind, place, is_earlier: true }
    }

    /// Whether a caller is let in once only.
    pub fn is_single_use(&self) -> bool {
        self.kind.ends_with("-once")
    }
}

/// All contenders, the bare router first.
pub fn contenders() -> Vec<Contender> {
    use Place::{Postgres, Process, Redis, Sqlite};
    let (new, earlier) = (Contender::new, Contender::earlier);
    vec![
        new("bare router", "bare", Process),
        new("reusable, in this process", "ours", Process),
        new("reusable, Redis, near cache", "ours-near", Redis),
        new("tower-sessions, Redis, one read", "tower-sessions", Redis),
        new("axum-login `login_required!`, Redis", "axum-login", Redis),
        new("reusable, Redis, asked each time", "ours", Redis),
        earlier("reusable, Redis, asked each time, earlier", "ours", Redis),
        new("single use, Redis", "ours-once", Redis),
        earlier("single use, Redis, earlier", "ours-once", Redis),
        new("bare actix-web", "actix-bare", Process),
        new("actix-session, Redis, one read", "actix-session", Redis),
        new("reusable, Redis, asked each time, actix-web", "actix-ours", Redis),
        new("tower-sessions, PostgreSQL, one read", "tower-sessions", Postgres),
        new("reusable, PostgreSQL, asked each time", "ours", Postgres),
        new("single use, PostgreSQL", "ours-once", Postgres),
        earlier("single use, PostgreSQL, earlier", "ours-once", Postgres),
        new("tower-sessions, SQLite, one read", "tower-sessions", Sqlite),
        new("reusable, SQLite, asked each time", "ours", Sqlite),
        new("single use, SQLite", "ours-once", Sqlite),
    ]
}

/// The databases; each contender has a part of its own.
#[derive(Debug)]
pub struct Databases {
    redis: RedisServer,
    postgres: PostgresServer,
    folder: TempDir,
}

impl Databases {
    /// Starts them.
    pub async fn start() -> Self {
        let redis = RedisServer::start().await;
        let postgres = PostgresServer::start_on_loopback();
        Self { redis, postgres, folder: TempDir::new().expect("a folder") }
    }

    /// The address of contender `number`'s part of its place.
    pub fn address(&self, place: Place, number: usize) -> String {
        match place {
            Place::Process => "-".to_owned(),
            Place::Redis => format!("{}/{}", self.redis.url(), number % 16),
            Place::Postgres => {
                let name = format!("bench_{number}");
                if self
                    .postgres
                    .sql(&format!("SELECT 1 FROM pg_database WHERE datname = '{name}'"))
                    .is_empty()
                {
                    self.postgres.sql(&format!("CREATE DATABASE {name}"));
                }
                format!("postgres://gate@{}/{name}?sslmode=disable", self.postgres.address())
            }
            Place::Sqlite => self.folder.path().join(format!("bench-{number}.db")).display().to_string(),
        }
    }

    /// Where a place can be reached over the network.
    pub fn socket(&self, place: Place) -> Option<std::net::SocketAddr> {
        match place {
            Place::Redis => Some(([127, 0, 0, 1], self.redis.port()).into()),
            Place::Postgres => Some(self.postgres.address()),
            Place::Process | Place::Sqlite => None,
        }
    }
}
