//! One connection to the database, with the settings that the store needs.

use std::future::poll_fn;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, timeout};
use tokio_postgres::config::SslMode;
use tokio_postgres::{AsyncMessage, Client, Config, Connection, NoTls};

use super::address::{Address, Host, TlsMode};
use super::options::PostgresOptions;
use super::statements::Statements;
use super::tls::Encryption;
use crate::error::{ConnectError, Fault};
use crate::kept::Change;
use crate::row::Found;

/// How to reach the database, once and again.
pub(super) struct Target {
    pub(super) address: Address,
    config: Config,
    encryption: Option<Encryption>,
    settings: String,
    announces: bool,
    connect_limit: Duration,
}

/// A connection, logged in and set up.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) began: Instant,
    pub(super) last_used: Instant,
    /// Which connections count; it does not where the pool has moved on.
    pub(super) era: u64,
    statements: Statements,
    driver: AbortHandle,
}

impl Target {
    /// # Errors
    /// When a file that the address names cannot be used.
    pub(super) fn new(options: &PostgresOptions) -> Result<Self, ConnectError> {
        let address = options.address.clone();
        let mode = address.tls.mode.unwrap_or(TlsMode::VerifyFull);
        let encryption = Encryption::new(&address.tls, mode)?;
        Ok(Self {
            config: config(&address, if encryption.is_some() { mode } else { TlsMode::Disable }),
            settings: settings(&address, options.time_limit),
            encryption,
            announces: options.announces,
            connect_limit: options.connect_limit,
            address,
        })
    }

    pub(super) fn fault(&self, error: &tokio_postgres::Error) -> Fault {
        Fault::of(error, &self.address)
    }

    /// Connects, within the connect limit. What the database announces goes to `hears`; a connection that announces more
    /// than is heard ends.
    pub(super) async fn connect(&self, hears: Option<mpsc::Sender<String>>) -> Result<Session, Fault> {
        timeout(self.connect_limit, self.open(hears)).await.unwrap_or_else(|_| Err(self.late()))
    }

    pub(super) fn late(&self) -> Fault {
        let (address, limit) = (&self.address, self.connect_limit);
        Fault::new(
            biometry_gate::store::StoreErrorKind::Timeout,
            format!(
                "PostgreSQL at {address}: no connection within {limit:?}: see whether it runs, can be reached, and has \
                 connections left"
            ),
        )
    }

    async fn open(&self, hears: Option<mpsc::Sender<String>>) -> Result<Session, Fault> {
        let fault = |error| self.fault(&error);
        let (client, driver) = match &self.encryption {
            Some(encryption) => {
                let (client, connection) = self.config.connect(encryption.clone()).await.map_err(fault)?;
                (client, tokio::spawn(drive(connection, hears)).abort_handle())
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await.map_err(fault)?;
                (client, tokio::spawn(drive(connection, hears)).abort_handle())
            }
        };
        let began = Instant::now();
        let statements = Statements::default();
        let session = Session { client, began, last_used: began, era: 0, statements, driver };
        session.client.batch_execute(&self.settings).await.map_err(fault)?;
        Ok(session)
    }
}

impl Session {
    /// Finds the row under an id and the one beside it, in one round trip. A database that only reads is none to ask.
    pub(super) async fn find(
        &self,
        id: &[u8],
        beside: Option<&[u8]>,
        target: &Target,
    ) -> Result<Found, Fault> {
        let fault = |error| target.fault(&error);
        let statement = self.statements.load(&self.client).await.map_err(fault)?;
        let row = self.client.query_one(statement, &[&id, &beside]).await.map_err(fault)?;
        if row.try_get(5).map_err(fault)? {
            return Err(Fault::standby(&target.address));
        }
        let value = |column: usize| row.try_get(column).map_err(fault);
        let now = row.try_get(0).map_err(fault)?;
        Ok((now, value(1)?, value(2)?, value(3)?, value(4)?))
    }

    pub(super) async fn execute(&self, change: &Change<'_>, target: &Target) -> Result<u64, Fault> {
        let executed = self.statements.execute(&self.client, change, target.announces).await;
        executed.map_err(|error| target.fault(&error))
    }

    /// Breaks the connection off, and what is under way on it.
    pub(super) fn cut(self) {
        self.driver.abort();
    }
}

/// Carries what is said over a connection, until it ends.
async fn drive<S, T>(mut connection: Connection<S, T>, hears: Option<mpsc::Sender<String>>)
where
    S: AsyncRead + AsyncWrite + Unpin,
    T: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(Ok(message)) = poll_fn(|cx| connection.poll_message(cx)).await {
        let (AsyncMessage::Notification(said), Some(hears)) = (message, &hears) else { continue };
        if hears.try_send(said.payload().to_owned()).is_err() {
            return;
        }
    }
}

fn config(address: &Address, mode: TlsMode) -> Config {
    let mut config = Config::new();
    match &address.host {
        Host::Name(name) => config.host(name),
        Host::Folder(folder) => config.host_path(folder),
    };
    if let (Host::Name(_), Some(ip)) = (&address.host, address.ip) {
        config.hostaddr(ip);
    }
    config.port(address.port).application_name(address.application.as_deref().unwrap_or(APPLICATION));
    if let Some(user) = &address.user {
        config.user(user);
    }
    if let Some(password) = &address.password {
        config.password(password);
    }
    if let Some(database) = &address.database {
        config.dbname(database);
    }
    if let Some(options) = &address.options {
        config.options(options);
    }
    config.ssl_mode(match mode {
        TlsMode::Disable => SslMode::Disable,
        TlsMode::Prefer => SslMode::Prefer,
        TlsMode::Require | TlsMode::VerifyCa | TlsMode::VerifyFull => SslMode::Require,
    });
    config.keepalives_idle(GONE_AFTER).keepalives_interval(GONE_AFTER).keepalives_retries(1);
    config.tcp_user_timeout(GONE_AFTER);
    config
}

/// Made by statements and not when the session starts: poolers hand on few parameters of a start.
fn settings(address: &Address, time_limit: Duration) -> String {
    let limit = time_limit.as_millis().max(1).to_string();
    let asked = address.settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let ours = [
        ("default_transaction_isolation", "read committed"),
        ("statement_timeout", &limit),
        ("lock_timeout", &limit),
        ("idle_in_transaction_session_timeout", "60000"),
    ];
    let set = asked
        .chain(ours)
        .map(|(name, value)| format!("SELECT set_config({}, {}, false);", quoted(name), quoted(value)));
    set.chain([DURABLE.to_owned()]).collect()
}

fn quoted(text: &str) -> String {
    format!("E'{}'", text.replace('\\', r"\\").replace('\'', r"\'"))
}

/// An acknowledged write is on the disk, whatever is set elsewhere, now or later.
const DURABLE: &str = "\
SELECT set_config('synchronous_commit',
  CASE current_setting('synchronous_commit') WHEN 'remote_apply' THEN 'remote_apply' ELSE 'on' END, false)";

const APPLICATION: &str = "biometry-gate";
/// For connections whose other end is gone without a word.
const GONE_AFTER: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_setting_is_set_to_stays_text() {
        assert_eq!(quoted(r"it's a \ "), r"E'it\'s a \\ '");
    }
}
