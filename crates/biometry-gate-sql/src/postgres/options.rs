use std::fmt;
use std::time::Duration;

use super::address::{Address, Host, TlsMode};
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
    pub(super) address: Address,
    pub(super) max_connections: u32,
    pub(super) time_limit: Duration,
    pub(super) connect_limit: Duration,
    pub(super) needs_standby: bool,
    pub(super) announces: bool,
}

impl PostgresOptions {
    /// Reads an address: `postgres://user:password@host:port/database?parameter=value…`, or `?host=/folder` for a socket
    /// on this machine.
    ///
    /// | parameter | what it says |
    /// |---|---|
    /// | `host`, `hostaddr`, `port`, `dbname`, `user`, `password` | as in the address itself; `hostaddr` is the IP address to connect to, where `host` is the name in the certificate |
    /// | `sslmode` | `verify-full` beyond this machine, whether it is said or not; on this machine `prefer` unless said otherwise |
    /// | `sslrootcert` | a file in PEM form with the authorities to trust **and no others**; `system` and no word trust those of the machine |
    /// | `sslcert`, `sslkey` | files in PEM form: the certificate of this client and its key |
    /// | `options[setting]` | a setting of the sessions, made by `SET` once they are connected: `options[search_path]=gate` |
    /// | `options` | sent as it is when a session starts, `-c …`; poolers refuse it as a rule |
    /// | `application_name` | what the server shows; `biometry-gate` by default |
    ///
    /// A password that the address does not have comes from `PGPASSWORD` or from the password file (`PGPASSFILE`,
    /// `~/.pgpass`); no other variable is read.
    ///
    /// Beyond this machine the connection is TLS with a certificate that is checked for its authority and its name: an
    /// attacker in between could bring used decisions back.
    ///
    /// # Errors
    /// When it is no address, has a parameter that is not known, or asks for a connection beyond this machine that is not
    /// protected. The message does not repeat the address.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        Self::of(url, Way::Protected)
    }

    /// [`parse`](Self::parse) for a network without attackers, such as an encrypted tunnel: takes the
    /// `sslmode` that the address asks for, `prefer` without one.
    ///
    /// An attacker who is in between after all cannot read or make records, but can bring earlier ones back: a used
    /// decision is unused again.
    ///
    /// # Errors
    /// When it is no address, or has a parameter that is not known.
    pub fn parse_dangerously_without_tls(url: &str) -> Result<Self, ConnectError> {
        Self::of(url, Way::Trusted)
    }

    fn of(url: &str, way: Way) -> Result<Self, ConnectError> {
        let mut address = Address::parse(url)?;
        way.protect(&mut address)?;
        Ok(Self {
            address,
            max_connections: DEFAULT_CONNECTIONS,
            time_limit: DEFAULT_TIME_LIMIT,
            connect_limit: DEFAULT_CONNECT_LIMIT,
            needs_standby: false,
            announces: false,
        })
    }

    /// The most connections of this process; 10 by default, and one more where it
    /// [follows announcements](biometry_gate::store::near). The database, the role and a pooler have to allow that many for
    /// each replica. Operations wait for a connection within their time limit; two are kept open.
    #[must_use]
    pub fn max_connections(mut self, connections: u32) -> Self {
        self.max_connections = connections.max(1);
        self
    }

    /// How long a step may take, waiting for a connection included; 250 ms by default. The server ends the statement then,
    /// too. Where connecting takes longer, which the log says at the start, a step that needs a new connection is refused
    /// while it is being made, and later ones find it.
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
}

/// How far the network is trusted.
#[derive(Clone, Copy)]
enum Way {
    Protected,
    Trusted,
}

impl Way {
    fn protect(self, address: &mut Address) -> Result<(), ConnectError> {
        let is_here = address.is_on_this_machine();
        let mode = match (self, address.tls.mode) {
            _ if matches!(address.host, Host::Folder(_)) => TlsMode::Disable,
            // An authority that is named is to be asked.
            (_, Some(TlsMode::Require)) if address.tls.root.is_some() && is_here => TlsMode::VerifyCa,
            (_, None) if address.tls.root.is_some() => TlsMode::VerifyFull,
            (Self::Trusted, mode) => mode.unwrap_or(TlsMode::Prefer),
            (Self::Protected, mode) if is_here => mode.unwrap_or(TlsMode::Prefer),
            (Self::Protected, None | Some(TlsMode::Prefer | TlsMode::VerifyFull)) => TlsMode::VerifyFull,
            (Self::Protected, Some(TlsMode::VerifyCa)) => {
                return Err(insecure(
                    "sslmode=verify-ca takes a certificate for any name, so any server with one of the same authority could \
                     stand in between: use sslmode=verify-full",
                ));
            }
            (Self::Protected, Some(TlsMode::Disable | TlsMode::Require)) => {
                return Err(insecure(
                    "beyond this machine the database has to be reached over TLS with a certificate that is checked: \
                     use sslmode=verify-full, and sslrootcert for a certificate authority of your own",
                ));
            }
        };
        address.tls.mode = Some(mode);
        Ok(())
    }
}

fn insecure(problem: &str) -> ConnectError {
    ConnectError::new(ConnectErrorKind::Insecure, problem)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(url: &str) -> Option<TlsMode> {
        PostgresOptions::parse(url).ok().and_then(|options| options.address.tls.mode)
    }

    #[test]
    fn beyond_this_machine_the_certificate_is_checked() {
        assert_eq!(mode("postgres://bank@db.example/bank"), Some(TlsMode::VerifyFull));
        assert_eq!(mode("postgresql://bank@10.0.0.1/bank?sslmode=prefer"), Some(TlsMode::VerifyFull));
        for weak in ["disable", "require", "verify-ca"] {
            let url = format!("postgres://bank@db.example/bank?sslmode={weak}");
            assert_eq!(PostgresOptions::parse(&url).unwrap_err().kind(), ConnectErrorKind::Insecure);
            assert!(PostgresOptions::parse_dangerously_without_tls(&url).is_ok());
        }
        for local in [
            "postgres://bank@127.0.0.1:5433/bank?sslmode=disable",
            "postgres://bank@localhost/x",
            "postgres://b@[::1]/x",
        ] {
            assert!(mode(local).is_some_and(|mode| mode != TlsMode::VerifyFull), "{local}");
        }
        let named = "postgres://b@localhost/x?sslrootcert=/ca.pem";
        assert_eq!(mode(named), Some(TlsMode::VerifyFull), "an authority that is named is asked");
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
