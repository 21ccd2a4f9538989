use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue, RedisError,
    ServerErrorKind,
};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Step, tcp_settings};
use crate::builder::Settings;
use crate::error::ConnectError;

/// One connection to one server that all steps share, made anew when it breaks.
pub(crate) struct Direct {
    inner: Arc<Inner>,
}

struct Inner {
    present: RwLock<Present>,
    /// The task that holds it connects; it also holds the sentinels.
    source: Arc<Mutex<Source>>,
    config: AsyncConnectionConfig,
    /// A name that sentinels answer may lead elsewhere by now: a server that hangs is a reason to ask again.
    may_move: bool,
}

/// The connection, and its number.
#[derive(Clone, Default)]
struct Present {
    number: u64,
    connection: Option<MultiplexedConnection>,
    /// Since when nothing has been answered over it; `None` where the last answer came.
    silent_since: Option<Instant>,
}

/// A step that waits for its answer. Dropped before that it has waited in vain.
struct Asked<'a> {
    inner: &'a Inner,
    number: u64,
    since: Option<Instant>,
}

enum Source {
    Server(Box<Client>),
    Sentinels(Box<SentinelClient>),
}

impl Direct {
    pub(super) fn to_server(server: ConnectionInfo, settings: &Settings) -> Result<Self, ConnectError> {
        let server = server.set_tcp_settings(tcp_settings());
        #[cfg(feature = "tls")]
        let client = match certificates(settings) {
            Some(certificates) => Client::build_with_tls(server, certificates)?,
            None => Client::open(server)?,
        };
        #[cfg(not(feature = "tls"))]
        let client = Client::open(server)?;
        Ok(Self::new(Source::Server(Box::new(client)), settings))
    }

    pub(super) fn through_sentinels(
        sentinels: Vec<ConnectionInfo>,
        name: &str,
        server: &ConnectionInfo,
        settings: &Settings,
    ) -> Result<Self, ConnectError> {
        let login = server.redis_settings();
        let is_secure = matches!(server.addr(), ConnectionAddr::TcpTls { .. });
        let addresses = sentinels.iter().map(|sentinel| sentinel.addr().clone());
        let mut client = SentinelClientBuilder::new(addresses, name, SentinelServerType::Master)?
            .set_client_to_redis_db(login.db())
            .set_client_to_redis_protocol(login.protocol())
            .set_client_to_redis_tcp_settings(tcp_settings())
            .set_client_to_sentinel_tcp_settings(tcp_settings());
        if let Some(user) = login.username() {
            client = client.set_client_to_redis_username(user);
        }
        if let Some(password) = login.password() {
            client = client.set_client_to_redis_password(password);
        }
        if let Some((user, password)) = &settings.sentinel_login {
            client = client.set_client_to_sentinel_password(password);
            client = user.iter().fold(client, SentinelClientBuilder::set_client_to_sentinel_username);
        }
        if is_secure {
            client = client.set_client_to_redis_tls_mode(redis::TlsMode::Secure);
        }
        #[cfg(feature = "tls")]
        if let Some(certificates) = certificates(settings).filter(|_| is_secure) {
            client = client
                .set_client_to_redis_certificates(certificates.clone())
                .set_client_to_sentinel_certificates(certificates);
        }
        Ok(Self::new(Source::Sentinels(Box::new(client.build()?)), settings))
    }

    fn new(source: Source, settings: &Settings) -> Self {
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(settings.time_limit))
            .set_response_timeout(Some(settings.time_limit));
        let may_move = matches!(source, Source::Sentinels(_));
        let source = Arc::new(Mutex::new(source));
        Self { inner: Arc::new(Inner { present: RwLock::default(), source, config, may_move }) }
    }

    /// Takes one step over the connection, and once more over a new one where it broke: a write is recognised by its
    /// tag, so it does no harm if it had arrived.
    pub(super) async fn take<T: FromRedisValue>(&self, step: Step<'_>) -> Result<T, RedisError> {
        let (number, mut connection) = self.connection().await?;
        let asked = Asked::now(&self.inner, number);
        let outcome = step.over(&mut connection).await;
        asked.has_ended(outcome.as_ref().err());
        let Err(error) = &outcome else { return outcome };
        if !self.inner.forget(number, error) || error.is_timeout() {
            return outcome;
        }
        let (number, mut connection) = self.connection().await?;
        step.over(&mut connection).await.inspect_err(|error| {
            self.inner.forget(number, error);
        })
    }

    /// A connection apart from the one for steps, over which the server also speaks unasked.
    pub(crate) async fn listening_connection(
        &self,
        hears: impl AsyncPushSender,
    ) -> Result<MultiplexedConnection, RedisError> {
        let config = self.inner.config.clone().set_push_sender(hears);
        self.inner.source.lock().await.connect(&config).await
    }

    /// The connection that there is, or a new one. Connecting goes on where its caller has gone, so that a caller with
    /// little time does not keep those after it from ever being connected; there is at most one such task.
    async fn connection(&self) -> Result<(u64, MultiplexedConnection), RedisError> {
        if let Some(present) = self.inner.present() {
            return Ok(present);
        }
        let mut source = Arc::clone(&self.inner.source).lock_owned().await;
        if let Some(present) = self.inner.present() {
            return Ok(present);
        }
        let inner = Arc::clone(&self.inner);
        let connecting = tokio::spawn(async move {
            let connecting = timeout(LONGEST_CONNECTING, source.connect(&inner.config));
            let connection = connecting.await.map_err(|_| too_late())??;
            Ok(inner.keep(connection))
        });
        connecting.await.unwrap_or_else(|_| Err(too_late()))
    }
}

impl<'a> Asked<'a> {
    fn now(inner: &'a Inner, number: u64) -> Self {
        Self { inner, number, since: Some(Instant::now()) }
    }

    fn has_ended(mut self, error: Option<&RedisError>) {
        if error.is_none_or(|error| !error.is_timeout()) {
            self.since = None;
            self.inner.is_heard(self.number);
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.inner.is_silent(self.number, since);
        }
    }
}

impl Inner {
    fn is_heard(&self, number: u64) {
        let was_silent = |present: &Present| present.number == number && present.silent_since.is_some();
        if was_silent(&self.present.read().unwrap_or_else(PoisonError::into_inner)) {
            self.present.write().unwrap_or_else(PoisonError::into_inner).silent_since = None;
        }
    }

    /// Nothing was answered since then. After a while the connection is dropped: what it leads to may hang, or be gone
    /// without a word behind a proxy, and the address may lead to another server by now.
    fn is_silent(&self, number: u64, since: Instant) {
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        if present.number != number {
            return;
        }
        let silent_since = *present.silent_since.get_or_insert(since);
        if silent_since.elapsed() >= LONGEST_SILENCE {
            present.connection = None;
            present.silent_since = None;
        }
    }

    fn present(&self) -> Option<(u64, MultiplexedConnection)> {
        let present = self.present.read().unwrap_or_else(PoisonError::into_inner);
        present.connection.clone().map(|connection| (present.number, connection))
    }

    fn keep(&self, connection: MultiplexedConnection) -> (u64, MultiplexedConnection) {
        let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
        present.number += 1;
        present.connection = Some(connection.clone());
        present.silent_since = None;
        (present.number, connection)
    }

    /// Drops the connection with this number where the error says that it is of no more use; answers whether it is.
    fn forget(&self, number: u64, error: &RedisError) -> bool {
        let is_demoted = error.kind() == ServerErrorKind::ReadOnly.into();
        let is_lost = error.is_unrecoverable_error() || is_demoted || (self.may_move && error.is_timeout());
        if is_lost {
            let mut present = self.present.write().unwrap_or_else(PoisonError::into_inner);
            present.connection = present.connection.take().filter(|_| present.number != number);
        }
        is_lost
    }
}

impl Source {
    async fn connect(&mut self, config: &AsyncConnectionConfig) -> Result<MultiplexedConnection, RedisError> {
        match self {
            Self::Server(client) => client.get_multiplexed_async_connection_with_config(config).await,
            Self::Sentinels(client) => client.get_async_connection_with_config(config).await,
        }
    }
}

/// The authorities to trust, where they are not the machine's, and the client's own certificate.
#[cfg(feature = "tls")]
pub(super) fn certificates(settings: &Settings) -> Option<redis::TlsCertificates> {
    let (root_cert, client) = (settings.root_certificates.clone(), settings.client_certificate.clone());
    if root_cert.is_none() && client.is_none() {
        return None;
    }
    let client_tls =
        client.map(|(client_cert, client_key)| redis::ClientTlsConfig { client_cert, client_key });
    Some(redis::TlsCertificates { client_tls, root_cert })
}

fn too_late() -> RedisError {
    std::io::Error::from(std::io::ErrorKind::TimedOut).into()
}

/// How long a connection may leave everything unanswered.
const LONGEST_SILENCE: Duration = Duration::from_secs(1);
/// For finding out from sentinels, some of which may be down, where the primary is.
const LONGEST_CONNECTING: Duration = Duration::from_secs(5);
