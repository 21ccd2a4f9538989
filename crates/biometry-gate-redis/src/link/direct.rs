use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::Duration;

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::sentinel::{SentinelClient, SentinelClientBuilder, SentinelServerType};
use redis::{
    AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, FromRedisValue, RedisError,
    ServerErrorKind,
};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout};

use super::lanes::{Lanes, Place, lane_of_this_thread};
use super::{Step, tcp_settings};
use crate::builder::Settings;
use crate::error::ConnectError;

/// Connections to one server, made anew when they break: one for each processor, so that a step's answer comes back to the
/// thread that asked and wakes no other one. Steps that come together on one thread travel together.
pub(crate) struct Direct {
    inner: Arc<Inner>,
}

struct Inner {
    lanes: RwLock<Lanes>,
    /// The task that holds it connects; it also holds the sentinels.
    source: Arc<Mutex<Source>>,
    config: AsyncConnectionConfig,
    /// A name that sentinels answer may lead elsewhere by now: a server that hangs is a reason to ask again.
    may_move: bool,
}

/// A step that waits for its answer. Dropped before that it has waited in vain.
struct Asked<'a> {
    inner: &'a Inner,
    place: Place,
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
        let (lanes, source) = (RwLock::new(Lanes::new()), Arc::new(Mutex::new(source)));
        Self { inner: Arc::new(Inner { lanes, source, config, may_move }) }
    }

    /// Takes one step over the connection, and once more over a new one where it broke: a write is recognised by its
    /// tag, so it does no harm if it had arrived.
    pub(super) async fn take<T: FromRedisValue>(&self, step: Step<'_>) -> Result<T, RedisError> {
        let (place, mut connection) = self.connection().await?;
        let asked = Asked::now(&self.inner, place);
        let outcome = step.over(&mut connection).await;
        asked.has_ended(outcome.as_ref().err());
        let Err(error) = &outcome else { return outcome };
        if !self.inner.forget(place, error) || error.is_timeout() {
            return outcome;
        }
        let (place, mut connection) = self.connection().await?;
        step.over(&mut connection).await.inspect_err(|error| {
            self.inner.forget(place, error);
        })
    }

    /// A connection apart from those for steps, over which the server also speaks unasked.
    pub(crate) async fn listening_connection(
        &self,
        hears: impl AsyncPushSender,
    ) -> Result<MultiplexedConnection, RedisError> {
        let config = self.inner.config.clone().set_push_sender(hears);
        self.inner.source.lock().await.connect(&config).await
    }

    /// This thread's connection, another one while that is being made, or the first one. Connecting goes on where its caller
    /// has gone, so that a caller with little time does not keep those after it from ever being connected; there is at most
    /// one such task.
    async fn connection(&self) -> Result<(Place, MultiplexedConnection), RedisError> {
        let lane = lane_of_this_thread();
        let found = self.inner.lanes().find(lane);
        if let Some(connection) = found.connection {
            if found.is_wanted
                && let Ok(source) = Arc::clone(&self.inner.source).try_lock_owned()
            {
                self.connect(lane, source);
            }
            return Ok(connection);
        }
        let source = Arc::clone(&self.inner.source).lock_owned().await;
        if let Some(connection) = self.inner.lanes().find(lane).connection {
            return Ok(connection);
        }
        self.connect(lane, source).await.unwrap_or_else(|_| Err(too_late()))
    }

    fn connect(
        &self,
        lane: usize,
        mut source: OwnedMutexGuard<Source>,
    ) -> JoinHandle<Result<(Place, MultiplexedConnection), RedisError>> {
        let inner = Arc::clone(&self.inner);
        tokio::spawn(async move {
            let era = inner.lanes().era();
            let connecting = timeout(LONGEST_CONNECTING, source.connect(&inner.config));
            match connecting.await.unwrap_or_else(|_| Err(too_late())) {
                Ok(connection) => Ok((inner.lanes_mut().keep(lane, era, &connection), connection)),
                Err(error) => {
                    inner.lanes_mut().put_off(lane);
                    Err(error)
                }
            }
        })
    }
}

impl<'a> Asked<'a> {
    fn now(inner: &'a Inner, place: Place) -> Self {
        Self { inner, place, since: Some(Instant::now()) }
    }

    fn has_ended(mut self, error: Option<&RedisError>) {
        if error.is_none_or(|error| !error.is_timeout()) {
            self.since = None;
            if self.inner.lanes().is_silent(self.place) {
                self.inner.lanes_mut().is_heard(self.place);
            }
        }
    }
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if let Some(since) = self.since {
            self.inner.lanes_mut().note_silence(self.place, since);
        }
    }
}

impl Inner {
    fn lanes(&self) -> RwLockReadGuard<'_, Lanes> {
        self.lanes.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn lanes_mut(&self) -> RwLockWriteGuard<'_, Lanes> {
        self.lanes.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// Drops the connections where the error says that this one is of no more use; answers whether it is.
    fn forget(&self, place: Place, error: &RedisError) -> bool {
        let is_demoted = error.kind() == ServerErrorKind::ReadOnly.into();
        let is_lost = error.is_unrecoverable_error() || is_demoted || (self.may_move && error.is_timeout());
        if is_lost {
            self.lanes_mut().forget(place);
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

/// For finding out from sentinels, some of which may be down, where the primary is.
const LONGEST_CONNECTING: Duration = Duration::from_secs(5);
