use std::fmt;
use std::net::IpAddr;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::{ConnectError, ConnectErrorKind};

/// Where the database is, and how long to wait for it.
///
/// ```
/// use biometry_gate_sql::PostgresOptions;
///
/// let options = PostgresOptions::parse("postgres://bank@db.internal/bank?sslrootcert=/etc/ssl/db.pem")?;
/// let options = options.max_connections(20);
/// # let _ = options;
/// # Ok::<(), biometry_gate_sql::ConnectError>(())
/// ```
#[derive(Clone)]
pub struct PostgresOptions {
    connect: PgConnectOptions,
    pub(super) max_connections: u32,
    pub(super) time_limit: Duration,
    pub(super) connect_limit: Duration,
    pub(super) needs_standby: bool,
    pub(super) announces: bool,
}

impl PostgresOptions {
    /// Reads an address: `postgres://user:password@host:port/database?parameter=value…`, or `?host=/folder` for a socket
    /// on this machine. A password may also come from `PGPASSWORD` or the password file.
    ///
    /// Beyond this machine the connection is TLS with a certificate that is checked (`sslmode=verify-full`, unless the
    /// address says `verify-ca`): whoever could put themselves in between could bring used decisions back.
    ///
    /// # Errors
    /// When it is none, has a parameter that is not known, or asks for a connection beyond this machine that is not
    /// protected. The message does not repeat it.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        refuse_unknown_parameters(url)?;
        Self::of(url, Way::Protected)
    }

    /// [`parse`](Self::parse) for a network where nobody can put themselves in between, such as an encrypted tunnel:
    /// takes whatever `sslmode` the address asks for, `prefer` without one.
    ///
    /// Whoever is in between after all cannot read or make records, but can bring earlier ones back: a used decision is
    /// unused again.
    ///
    /// # Errors
    /// When it is no address, or has a parameter that is not known.
    pub fn parse_dangerously_without_tls(url: &str) -> Result<Self, ConnectError> {
        refuse_unknown_parameters(url)?;
        Self::of(url, Way::Trusted)
    }

    fn of(url: &str, way: Way) -> Result<Self, ConnectError> {
        let is_address = url.starts_with("postgres://") || url.starts_with("postgresql://");
        let connect = url.parse().ok().filter(|_| is_address);
        let connect = way.protect(connect.ok_or_else(|| {
            address("expected postgres://user:password@host:port/database, with special characters as %XX")
        })?)?;
        Ok(Self {
            connect,
            max_connections: DEFAULT_CONNECTIONS,
            time_limit: DEFAULT_TIME_LIMIT,
            connect_limit: DEFAULT_CONNECT_LIMIT,
            needs_standby: false,
            announces: false,
        })
    }

    /// The most connections of this process; 10 by default. Operations wait for one within their time limit.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// How long a statement may take, waiting for a connection included; 250 ms by default. The server gives up then,
    /// too.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.time_limit = limit.max(Duration::from_millis(1));
        self
    }

    /// How long [`connect`](super::PostgresRecords::connect) may take altogether; 10 s by default.
    #[must_use]
    pub fn connect_limit(mut self, limit: Duration) -> Self {
        self.connect_limit = limit;
        self
    }

    /// Refuses to start unless commits are confirmed by a standby: then a fail-over to that standby loses none.
    #[must_use]
    pub fn require_synchronous_standby(mut self) -> Self {
        self.needs_standby = true;
        self
    }

    /// Announces every write (`NOTIFY`), for [near caches](biometry_gate::store::near) of other replicas; off by default.
    /// Every replica has to announce where one has such a cache: what is written unannounced is seen there when the cache's
    /// time to live is over.
    ///
    /// PostgreSQL commits transactions that announce something one after the other, so that writes no longer share a flush
    /// of the log: reckon with as many writes a second as the disk can flush.
    #[must_use]
    pub fn announce_changes(mut self) -> Self {
        self.announces = true;
        self
    }

    pub(super) fn connection(&self) -> PgConnectOptions {
        let limit = self.time_limit.as_millis().max(1).to_string();
        self.connect
            .clone()
            .application_name("biometry-gate")
            .options([
                ("default_transaction_isolation", "read committed"),
                ("statement_timeout", &limit),
                ("lock_timeout", &limit),
                ("idle_in_transaction_session_timeout", "60000"),
            ])
            // Not even the text of statements: this crate's own are the same for everybody.
            .disable_statement_logging()
    }
}

/// How far the network is trusted.
#[derive(Clone, Copy)]
enum Way {
    Protected,
    Trusted,
}

impl Way {
    fn protect(self, connect: PgConnectOptions) -> Result<PgConnectOptions, ConnectError> {
        match (self, connect.get_ssl_mode()) {
            (Self::Trusted, _) | (Self::Protected, PgSslMode::VerifyFull | PgSslMode::VerifyCa) => {
                Ok(connect)
            }
            (Self::Protected, _) if is_on_this_machine(&connect) => Ok(connect),
            // The default of the protocol's clients: whatever the other end likes.
            (Self::Protected, PgSslMode::Prefer) => Ok(connect.ssl_mode(PgSslMode::VerifyFull)),
            (Self::Protected, PgSslMode::Disable | PgSslMode::Allow | PgSslMode::Require) => {
                Err(ConnectError::new(
                    ConnectErrorKind::Insecure,
                    "beyond this machine the database has to be reached over TLS with a certificate that is checked: \
                     use sslmode=verify-full, and sslrootcert for a certificate authority of your own",
                ))
            }
        }
    }
}

fn is_on_this_machine(connect: &PgConnectOptions) -> bool {
    let host = connect.get_host();
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    connect.get_socket().is_some()
        || host.starts_with('/')
        || host.eq_ignore_ascii_case("localhost")
        || address.is_ok_and(|address| address.is_loopback())
}

/// A parameter that is misspelt would be left out, and its value would stand in the log.
fn refuse_unknown_parameters(url: &str) -> Result<(), ConnectError> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let names =
        query.split('&').filter(|part| !part.is_empty()).map(|part| part.split('=').next().unwrap_or(part));
    let is_known =
        |name: &str| PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'));
    if names.into_iter().all(is_known) {
        return Ok(());
    }
    Err(address("the database's address has a parameter that is not known"))
}

fn address(problem: &str) -> ConnectError {
    ConnectError::new(ConnectErrorKind::Address, problem)
}

impl fmt::Debug for PostgresOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOptions")
            .field("max_connections", &self.max_connections)
            .field("time_limit", &self.time_limit)
            .field("connect_limit", &self.connect_limit)
            .finish_non_exhaustive()
    }
}

const DEFAULT_CONNECTIONS: u32 = 10;
const DEFAULT_TIME_LIMIT: Duration = Duration::from_millis(250);
const DEFAULT_CONNECT_LIMIT: Duration = Duration::from_secs(10);

const PARAMETERS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Option<PgSslMode> {
        PostgresOptions::parse(url).ok().map(|options| options.connect.get_ssl_mode())
    }

    #[test]
    fn beyond_this_machine_the_certificate_is_checked() {
        let verified = |url| matches!(mode(url), Some(PgSslMode::VerifyFull | PgSslMode::VerifyCa));
        assert!(verified("postgres://bank@db.example/bank"));
        assert!(verified("postgresql://bank@10.0.0.1/bank?sslmode=verify-ca"));
        for weak in ["disable", "allow", "require"] {
            let url = format!("postgres://bank@db.example/bank?sslmode={weak}");
            assert_eq!(PostgresOptions::parse(&url).unwrap_err().kind(), ConnectErrorKind::Insecure);
            assert!(PostgresOptions::parse_dangerously_without_tls(&url).is_ok());
        }
        for local in [
            "postgres://bank@127.0.0.1:5433/bank?sslmode=disable",
            "postgres://bank@localhost/x",
            "postgres://b@[::1]/x",
        ] {
            assert!(mode(local).is_some_and(|mode| !matches!(mode, PgSslMode::VerifyFull)), "{local}");
        }
        assert!(mode("postgres:///bank?host=/run/postgresql&sslmode=disable").is_some());
    }

    #[test]
    fn what_is_no_address_is_refused_and_not_repeated() {
        for url in [
            "",
            "mysql://root:hunter2@db/x",
            "postgres//bank:hunter2@db",
            "postgres://bank:hunter2@db:port/x",
            "postgres://bank@localhost/x?pasword=hunter2",
            "postgres://bank@localhost/x?sslmode=hunter2",
        ] {
            let error = PostgresOptions::parse(url).unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::Address, "{url}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
        }
        let options = PostgresOptions::parse("postgres://bank:hunter2@localhost/x").unwrap();
        assert!(!format!("{options:?}").contains("hunter2"));
    }
}
