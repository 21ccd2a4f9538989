use std::time::Duration;

use redis::cluster::ClusterClient;
use redis::cluster_async::ClusterConnection;
use redis::cluster_routing::{MultipleNodeRoutingInfo, RoutingInfo};
use redis::{Cmd, ConnectionInfo, RedisError};
use tokio::time::timeout;

use super::tcp_settings;
use crate::builder::Settings;
use crate::error::ConnectError;

/// A cluster's nodes. The client follows slots that move and primaries that change.
pub(crate) struct Cluster {
    connection: ClusterConnection,
}

impl Cluster {
    pub(super) async fn open(nodes: Vec<ConnectionInfo>, settings: &Settings) -> Result<Self, ConnectError> {
        let limit = settings.time_limit;
        // Repeating is safe: a write is recognised by its tag. It all ends with the time limit.
        let client = ClusterClient::builder(nodes)
            .connection_timeout(limit)
            .response_timeout(limit)
            .overall_response_timeout(Some(limit))
            .retries(RETRIES)
            .min_retry_wait(SHORTEST_WAIT_MS)
            .max_retry_wait(LONGEST_WAIT_MS)
            .tcp_settings(tcp_settings());
        #[cfg(feature = "tls")]
        let client = match super::direct::certificates(settings) {
            Some(certificates) => client.certs(certificates),
            None => client,
        };
        let connecting = client.build()?;
        let connecting = connecting.get_async_connection();
        let connection = timeout(LONGEST_DISCOVERY.max(limit), connecting)
            .await
            .map_err(|_| ConnectError::too_late())??;
        Ok(Self { connection })
    }

    /// A handle for one step.
    pub(super) fn connection(&self) -> ClusterConnection {
        self.connection.clone()
    }

    pub(super) async fn ask_primaries(&self, command: Cmd) -> Result<Vec<String>, RedisError> {
        let all = RoutingInfo::MultiNode((MultipleNodeRoutingInfo::AllMasters, None));
        let answers = self.connection().route_command(command, all).await?;
        let answers: std::collections::HashMap<String, String> = redis::from_redis_value(answers)?;
        Ok(answers.into_values().collect())
    }
}

const RETRIES: u32 = 3;
const SHORTEST_WAIT_MS: u64 = 5;
const LONGEST_WAIT_MS: u64 = 50;
/// For the first look at a cluster, some of whose nodes may be down.
const LONGEST_DISCOVERY: Duration = Duration::from_secs(5);
