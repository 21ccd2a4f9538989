//! Connections over which servers announce what changes: one to each primary.

use redis::aio::{AsyncPushSender, MultiplexedConnection};
use redis::{Cmd, ConnectionAddr, ConnectionInfo, RedisError};

use super::direct::Direct;
use super::layout::{Layout, Node};
use super::{Link, Step};
use crate::address::Address;
use crate::builder::Settings;
use crate::error::ConnectError;

/// The servers that announce, each over a connection of its own.
pub(crate) struct Listening {
    connections: Vec<MultiplexedConnection>,
    /// Of a cluster: who has which slots, as all of them say.
    layout: Option<Layout>,
}

impl Listening {
    /// Has every primary announce the keys with this prefix to `hears`.
    pub(crate) async fn open(
        address: Address,
        settings: &Settings,
        prefix: &str,
        hears: impl AsyncPushSender + Clone,
    ) -> Result<Self, ConnectError> {
        match address.with_announcements() {
            Address::Cluster(nodes) => Self::to_cluster(nodes, settings, prefix, hears).await,
            address => match Link::open(address, settings).await? {
                Link::Direct(server) => {
                    let connection = announcing(&server, prefix, hears).await?;
                    Ok(Self { connections: vec![connection], layout: None })
                }
                Link::Cluster(_) => Err(ConnectError::settings("a cluster has an address of its own")),
            },
        }
    }

    async fn to_cluster(
        nodes: Vec<ConnectionInfo>,
        settings: &Settings,
        prefix: &str,
        hears: impl AsyncPushSender + Clone,
    ) -> Result<Self, ConnectError> {
        let (seed, layout) = look_at(nodes, settings).await?;
        let mut connections = Vec::new();
        for node in layout.primaries() {
            let server = Direct::to_server(at(&seed, node), settings)?;
            connections.push(announcing(&server, prefix, hears.clone()).await?);
        }
        let mut listening = Self { connections, layout: Some(layout) };
        // What has moved before all of them announce may have been written unannounced.
        if listening.is_whole().await? { Ok(listening) } else { Err(ConnectError::moved()) }
    }

    /// The one server's connection; `None` where there are several.
    pub(crate) fn only(&mut self) -> Option<&mut MultiplexedConnection> {
        if self.layout.is_some() { None } else { self.connections.first_mut() }
    }

    /// Whether every primary of the cluster answers, and says that the slots are where they were.
    pub(crate) async fn is_whole(&mut self) -> Result<bool, RedisError> {
        let Some(layout) = &self.layout else { return Ok(true) };
        for (connection, node) in self.connections.iter_mut().zip(layout.primaries()) {
            if read_layout(connection, node).await? != *layout {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// The first node that answers, and what it says.
async fn look_at(
    nodes: Vec<ConnectionInfo>,
    settings: &Settings,
) -> Result<(ConnectionInfo, Layout), ConnectError> {
    let mut last = ConnectError::too_late();
    for seed in nodes {
        let server = Direct::to_server(seed.clone(), settings)?;
        let Some(node) = Node::of(seed.addr()) else { continue };
        let looking = async {
            let mut connection = server.listening_connection(|_| Ok::<(), ()>(())).await?;
            read_layout(&mut connection, &node).await
        };
        match looking.await {
            Ok(layout) => return Ok((seed, layout)),
            Err(error) => last = error.into(),
        }
    }
    Err(last)
}

async fn announcing(
    server: &Direct,
    prefix: &str,
    hears: impl AsyncPushSender,
) -> Result<MultiplexedConnection, RedisError> {
    let mut connection = server.listening_connection(hears).await?;
    let mut tracking = redis::cmd("CLIENT");
    tracking.arg("TRACKING").arg("ON").arg("BCAST").arg("PREFIX").arg(prefix);
    Step::Command(&tracking).over::<()>(&mut connection).await?;
    Ok(connection)
}

async fn read_layout(connection: &mut MultiplexedConnection, asked: &Node) -> Result<Layout, RedisError> {
    let mut slots = Cmd::new();
    slots.arg("CLUSTER").arg("SLOTS");
    let answer = Step::Command(&slots).over::<redis::Value>(connection).await?;
    Layout::read(&answer, asked)
}

/// How to reach a node of a cluster: as another one, elsewhere.
fn at(seed: &ConnectionInfo, node: &Node) -> ConnectionInfo {
    let mut address = seed.addr().clone();
    match &mut address {
        ConnectionAddr::Tcp(host, port) | ConnectionAddr::TcpTls { host, port, .. } => {
            (*host, *port) = (node.host.clone(), node.port);
        }
        // A cluster's nodes are reached over the network.
        _ => {}
    }
    seed.clone().set_addr(address)
}
