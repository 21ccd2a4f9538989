//! The connections: one server, the primary that the sentinels name, or a cluster.

mod cluster;
mod direct;
mod lanes;
mod layout;
mod listen;

use std::time::Duration;

use redis::aio::ConnectionLike;
use redis::{Cmd, FromRedisValue, Pipeline, RedisError, ScriptInvocation};

use self::cluster::Cluster;
use self::direct::Direct;
pub(crate) use self::listen::Listening;
use crate::address::Address;
use crate::builder::Settings;
use crate::error::ConnectError;

/// How the records are reached.
pub(crate) enum Link {
    Direct(Direct),
    Cluster(Cluster),
}

/// What a server is asked to do.
#[derive(Clone, Copy)]
pub(crate) enum Step<'a> {
    Script(&'a ScriptInvocation<'a>),
    /// Commands that go over one connection.
    Pipeline(&'a Pipeline),
    Command(&'a Cmd),
}

impl Link {
    pub(crate) async fn open(address: Address, settings: &Settings) -> Result<Self, ConnectError> {
        match address {
            Address::Server(server) => Direct::to_server(*server, settings).map(Self::Direct),
            Address::Sentinels { sentinels, name, server } => {
                Direct::through_sentinels(sentinels, &name, &server, settings).map(Self::Direct)
            }
            Address::Cluster(nodes) => Cluster::open(nodes, settings).await.map(Self::Cluster),
        }
    }

    /// Takes a step, where the key of it lies.
    pub(crate) async fn take<T: FromRedisValue>(&self, step: Step<'_>) -> Result<T, RedisError> {
        match self {
            Self::Direct(direct) => direct.take(step).await,
            Self::Cluster(cluster) => step.over(&mut cluster.connection()).await,
        }
    }

    /// Whether all keys lie on one server.
    pub(crate) fn is_one_server(&self) -> bool {
        matches!(self, Self::Direct(_))
    }

    /// What every primary says of itself.
    pub(crate) async fn info(&self) -> Result<Vec<String>, RedisError> {
        let mut command = redis::cmd("INFO");
        command.arg("server").arg("memory").arg("persistence").arg("replication").arg("cluster");
        match self {
            Self::Direct(direct) => Ok(vec![direct.take(Step::Command(&command)).await?]),
            Self::Cluster(cluster) => cluster.ask_primaries(command).await,
        }
    }
}

impl Step<'_> {
    pub(crate) async fn over<T: FromRedisValue>(
        self,
        connection: &mut (impl ConnectionLike + Send),
    ) -> Result<T, RedisError> {
        match self {
            Self::Script(script) => script.invoke_async(connection).await,
            Self::Pipeline(commands) => commands.query_async(connection).await.map_err(first),
            Self::Command(command) => command.query_async(connection).await,
        }
    }
}

/// What the first of several commands was refused with: the error of all of them has no code.
fn first(error: RedisError) -> RedisError {
    let refused = error.clone().into_server_errors();
    let first = refused.and_then(|refused| refused.first().map(|(_, first)| first.clone()));
    first.map_or(error, RedisError::from)
}

/// For connections whose other end is gone without a word.
fn tcp_settings() -> redis::io::tcp::TcpSettings {
    let keepalive =
        redis::io::tcp::socket2::TcpKeepalive::new().with_time(GONE_AFTER).with_interval(GONE_AFTER);
    let settings = redis::io::tcp::TcpSettings::default().set_nodelay(true).set_keepalive(keepalive);
    #[cfg(target_os = "linux")]
    let settings = settings.set_user_timeout(GONE_AFTER);
    settings
}

const GONE_AFTER: Duration = Duration::from_secs(5);
