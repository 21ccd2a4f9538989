use std::fmt;

use redis::{ConnectionInfo, IntoConnectionInfo as _, ProtocolVersion};

use crate::error::ConnectError;

/// Where records are kept, as an address of text says it.
#[derive(Clone, Debug)]
pub(crate) enum Address {
    /// One server.
    Server(Box<ConnectionInfo>),
    /// A cluster, by some of its nodes.
    Cluster(Vec<ConnectionInfo>),
    /// The server that these sentinels know by this name.
    Sentinels {
        sentinels: Vec<ConnectionInfo>,
        name: String,
        /// How to speak to the server; its host and port are the first sentinel's.
        server: Box<ConnectionInfo>,
    },
}

/// Files in PEM form that an address names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files {
    pub(crate) cacert: Option<String>,
    pub(crate) cert: Option<String>,
    pub(crate) key: Option<String>,
}

impl Files {
    /// Takes the files out of what stands behind the `?` of an address; answers with the rest.
    fn take(query: &str) -> (Self, String) {
        let (mut files, mut rest) = (Self::default(), Vec::new());
        for part in query.split('&').filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name {
                "cacert" => files.cacert = Some(value.to_owned()),
                "cert" => files.cert = Some(value.to_owned()),
                "key" => files.key = Some(value.to_owned()),
                _ => rest.push(part),
            }
        }
        (files, rest.join("&"))
    }
}

impl Address {
    /// Reads an address and the files that it names.
    ///
    /// # Errors
    /// When the text is no address. The message does not show it: there may be a password in it.
    pub(crate) fn parse_with_files(text: &str) -> Result<(Self, Files), ConnectError> {
        let Some((place, query)) = text.split_once('?') else {
            return Ok((Self::parse(text)?, Files::default()));
        };
        let (files, rest) = Files::take(query);
        let address = if rest.is_empty() { place.to_owned() } else { format!("{place}?{rest}") };
        Ok((Self::parse(&address)?, files))
    }

    /// # Errors
    /// When the text is no address, or names files. The message does not show it.
    pub(crate) fn parse(text: &str) -> Result<Self, ConnectError> {
        if text.contains('#') {
            return Err(ConnectError::settings("an address with a fragment is not supported"));
        }
        let (scheme, rest) = text.split_once("://").ok_or_else(malformed)?;
        match scheme.split_once('+') {
            Some((base, "cluster")) => Ok(Self::Cluster(nodes(base, rest)?.0)),
            Some((base, "sentinel")) => sentinels(base, rest),
            _ => Ok(Self::Server(Box::new(connection(text)?))),
        }
    }

    /// Whether anything at this address is spoken to by TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn needs_tls(&self) -> bool {
        let is_tls = |info: &ConnectionInfo| matches!(info.addr(), redis::ConnectionAddr::TcpTls { .. });
        match self {
            Self::Server(server) => is_tls(server),
            Self::Cluster(nodes) => nodes.iter().any(is_tls),
            Self::Sentinels { sentinels, server, .. } => is_tls(server) || sentinels.iter().any(is_tls),
        }
    }

    /// The same server, spoken to in the version of the protocol in which it also speaks unasked.
    pub(crate) fn with_announcements(self) -> Self {
        let speak = |server: ConnectionInfo| {
            let settings = server.redis_settings().clone().set_protocol(ProtocolVersion::RESP3);
            server.set_redis_settings(settings)
        };
        match self {
            Self::Server(server) => Self::Server(Box::new(speak(*server))),
            Self::Sentinels { sentinels, name, server } => {
                Self::Sentinels { sentinels, name, server: Box::new(speak(*server)) }
            }
            Self::Cluster(nodes) => Self::Cluster(nodes.into_iter().map(speak).collect()),
        }
    }
}

/// Where the server is, for people; no user and no password.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (nodes, name) = match self {
            Self::Server(server) => return server.addr().fmt(f),
            Self::Cluster(nodes) => (nodes, None),
            Self::Sentinels { sentinels, name, .. } => (sentinels, Some(name)),
        };
        let nodes: Vec<_> = nodes.iter().map(|node| node.addr().to_string()).collect();
        match name {
            Some(name) => write!(f, "{name} of the sentinels {}", nodes.join(", ")),
            None => write!(f, "the cluster {}", nodes.join(", ")),
        }
    }
}

fn sentinels(scheme: &str, rest: &str) -> Result<Address, ConnectError> {
    let (authority, path) = rest.split_once('/').ok_or_else(nameless)?;
    let (name, db) = path.split_once('/').unwrap_or((path, "0"));
    if name.is_empty() {
        return Err(nameless());
    }
    let (user, hosts) = split_user(authority);
    let server =
        connection(&format!("{scheme}://{user}{}/{db}", hosts.split(',').next().unwrap_or_default()))?;
    // The password is the servers': sentinels have none, unless the builder has one for them.
    let (sentinels, _) = nodes(scheme, hosts)?;
    Ok(Address::Sentinels { sentinels, name: name.to_owned(), server: Box::new(server) })
}

/// The nodes of a list, each with the list's user.
fn nodes<'a>(scheme: &str, rest: &'a str) -> Result<(Vec<ConnectionInfo>, &'a str), ConnectError> {
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    if !path.is_empty() {
        return Err(ConnectError::settings("a cluster has one database: the address ends after its nodes"));
    }
    let (user, hosts) = split_user(authority);
    let nodes: Result<_, _> =
        hosts.split(',').map(|host| connection(&format!("{scheme}://{user}{host}"))).collect();
    Ok((nodes?, path))
}

/// The part up to the last `@`, with it, and what is behind.
fn split_user(authority: &str) -> (&str, &str) {
    authority.split_at(authority.rfind('@').map_or(0, |at| at + 1))
}

fn connection(url: &str) -> Result<ConnectionInfo, ConnectError> {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let mut names = parameters.split('&').filter_map(|parameter| parameter.split('=').next());
    if let Some(unknown) = names.find(|name| !name.is_empty() && !PARAMETERS.contains(name)) {
        return Err(unknown_parameter(unknown, parameters));
    }
    let info = url.into_connection_info().map_err(|_| malformed())?;
    if info.addr().is_supported() {
        return Ok(info);
    }
    Err(ConnectError::settings("an address with TLS needs the feature `tls` of biometry-gate-redis"))
}

fn malformed() -> ConnectError {
    ConnectError::settings("expected an address such as redis://127.0.0.1:6379")
}

fn unknown_parameter(name: &str, query: &str) -> ConnectError {
    if query.contains('@') {
        return ConnectError::settings(
            "the address has an @ behind its ?: write special characters of a password as %XX, a ? as %3F for example",
        );
    }
    let is_name = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let which = if is_name { format!("the parameter {name}") } else { "a parameter".to_owned() };
    ConnectError::settings(format!(
        "the address has {which}, which is not supported: there are protocol, cacert, cert and key, and for sockets db, \
         user and pass"
    ))
}

fn nameless() -> ConnectError {
    ConnectError::settings(
        "an address of sentinels ends with the primary's name: redis+sentinel://127.0.0.1:26379/name",
    )
}

/// What the Redis client reads behind the question mark of an address: all but the last for sockets of this machine only.
const PARAMETERS: [&str; 4] = ["db", "user", "pass", "protocol"];

#[cfg(test)]
mod tests {
    use super::*;

    fn hosts(nodes: &[ConnectionInfo]) -> Vec<String> {
        nodes.iter().map(|node| node.addr().to_string()).collect()
    }

    #[test]
    fn one_server() {
        let Ok(Address::Server(server)) = Address::parse("redis://gate:s%40fe@redis.internal/3") else {
            panic!("one server");
        };
        assert_eq!(server.addr().to_string(), "redis.internal:6379");
        let settings = server.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (Some("gate"), Some("s@fe"), 3)
        );
        for other in ["valkey://localhost", "redis+unix:///run/redis.sock", "unix:///run/redis.sock"] {
            assert!(matches!(Address::parse(other), Ok(Address::Server(_))), "{other}");
        }
    }

    #[test]
    fn a_parameter_that_means_nothing_is_refused() {
        for known in
            ["redis://db?protocol=resp3", "redis+unix:///run/redis.sock?db=2&user=a&pass=b", "redis://db?"]
        {
            assert!(Address::parse(known).is_ok(), "{known}");
        }
        for unknown in
            ["redis://db?timeout=5", "redis://db/1?protocol=resp3&hunter2=x", "redis+unix:///s?databse=2"]
        {
            let error = Address::parse(unknown).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{unknown}");
        }
    }

    #[test]
    fn a_cluster_by_its_nodes() {
        let Ok(Address::Cluster(nodes)) =
            Address::parse("redis+cluster://gate:secret@a:7000,b:7001,[::1]:7002")
        else {
            panic!("a cluster");
        };
        assert_eq!(hosts(&nodes), ["a:7000", "b:7001", "::1:7002"]);
        assert!(nodes.iter().all(|node| node.redis_settings().password() == Some("secret")));
    }

    #[test]
    fn a_primary_by_its_sentinels() {
        let address = Address::parse("redis+sentinel://gate:secret@a:26379,b:26380/main/2");
        let Ok(Address::Sentinels { sentinels, name, server }) = address else { panic!("sentinels") };
        assert_eq!((hosts(&sentinels), &*name), (vec!["a:26379".to_owned(), "b:26380".to_owned()], "main"));
        let settings = server.redis_settings();
        assert_eq!(
            (settings.username(), settings.password(), settings.db()),
            (Some("gate"), Some("secret"), 2)
        );
        assert!(sentinels.iter().all(|node| node.redis_settings().password().is_none()));
    }

    #[test]
    fn parameters_are_files_or_refused_by_name() {
        let (address, files) =
            Address::parse_with_files("redis+cluster://a:7000,b:7001?cacert=/ca.pem&cert=/c.pem&key=/k.pem")
                .unwrap();
        assert_eq!(address.to_string(), "the cluster a:7000, b:7001");
        assert_eq!(files.cacert.as_deref(), Some("/ca.pem"));
        let said = |text: &str| Address::parse_with_files(text).err().unwrap().to_string();
        assert!(said("redis://localhost?protocl=resp3").contains("protocl"));
        let secret = said("redis://u:one?hunter=2@localhost");
        assert!(secret.contains("%3F") && !secret.contains("hunter"), "{secret}");
    }

    #[test]
    fn what_is_no_address_is_refused_without_being_shown() {
        for text in [
            "",
            "redis",
            "redis://",
            "http://hunter2",
            "redis://hunter2@host:port",
            "redis://host/hunter2",
            "rediss://host/#insecure",
            "redis+cluster://",
            "redis+cluster://a:7000,,b:7000",
            "redis+cluster://a:7000/3",
            "redis+sentinel://hunter2@a:26379",
            "redis+sentinel://hunter2@a:26379/",
            "redis+sentinel://hunter2@a:26379/main/first",
            "postgres+cluster://a:7000",
        ] {
            let error = Address::parse(text).unwrap_err();
            assert_eq!(error.kind(), crate::ConnectErrorKind::Settings, "{text}");
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{text}: {error}");
        }
    }
}
