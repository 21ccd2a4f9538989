//! Where the database is, as its address says it.

mod password;

use std::collections::HashMap;
use std::fmt;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use percent_encoding::percent_decode_str;

use self::password::remembered;
use crate::error::{ConnectError, ConnectErrorKind};

/// An address, taken apart.
#[derive(Clone)]
pub(super) struct Address {
    pub(super) host: Host,
    /// The address to connect to, where it is not to be looked up by the host's name.
    pub(super) ip: Option<IpAddr>,
    pub(super) port: u16,
    pub(super) user: Option<String>,
    pub(super) password: Option<String>,
    pub(super) database: Option<String>,
    pub(super) application: Option<String>,
    /// Sent when a session starts, as they are: `options=-c …`.
    pub(super) options: Option<String>,
    /// Set once a session has started: `options[name]=value`.
    pub(super) settings: Vec<(String, String)>,
    pub(super) tls: Tls,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Host {
    Name(String),
    /// The folder of a socket.
    Folder(PathBuf),
}

/// How the way to the database is protected.
#[derive(Clone, Debug, Default)]
pub(super) struct Tls {
    pub(super) mode: Option<TlsMode>,
    /// `sslrootcert`: a file, or `system`.
    pub(super) root: Option<PathBuf>,
    pub(super) certificate: Option<PathBuf>,
    pub(super) key: Option<PathBuf>,
}

/// `sslmode`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TlsMode {
    Disable,
    Prefer,
    Require,
    VerifyCa,
    VerifyFull,
}

impl Address {
    /// # Errors
    /// When the text is no address. The message does not repeat it.
    pub(super) fn parse(text: &str) -> Result<Self, ConnectError> {
        let rest = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let rest = rest.ok_or_else(malformed)?;
        let (place, query) = rest.split_once('?').unwrap_or((rest, ""));
        refuse_split_password(query)?;
        let (authority, database) = place.split_once('/').unwrap_or((place, ""));
        let (login, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let (user, password) = match login.split_once(':') {
            Some((user, password)) => (user, Some(decode(password)?)),
            None => (login, None),
        };
        let (host, port) = split_port(host)?;
        let mut given = parameters(query)?;
        let mut address = Self {
            host: Host::Name(String::new()),
            ip: take(&mut given, "hostaddr").map(|ip| ip.parse().map_err(|_| malformed())).transpose()?,
            port: match take(&mut given, "port") {
                Some(port) => port.parse().map_err(|_| malformed())?,
                None => port,
            },
            user: non_empty(take(&mut given, "user").unwrap_or(decode(user)?)),
            password: take(&mut given, "password").or(password),
            database: non_empty(take(&mut given, "dbname").unwrap_or(decode(database)?)),
            application: take(&mut given, "application_name"),
            options: take(&mut given, "options"),
            settings: settings(&mut given)?,
            tls: Tls::of(&mut given)?,
        };
        address.host = Host::of(take(&mut given, "host").unwrap_or(decode(host)?), &address);
        if let Some(unknown) = given.keys().next() {
            return Err(unknown_parameter(unknown));
        }
        address.password = address.password.take().or_else(|| remembered(&address));
        Ok(address)
    }

    /// Whether nothing leaves this machine on the way to the database.
    pub(super) fn is_on_this_machine(&self) -> bool {
        match (&self.host, self.ip) {
            (Host::Folder(_), _) => true,
            (_, Some(ip)) => ip.is_loopback(),
            (Host::Name(name), None) => {
                name.eq_ignore_ascii_case("localhost")
                    || name.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
            }
        }
    }
}

/// Where the database is, for people; no user, no password, no database.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let port = self.port;
        match (&self.host, self.ip) {
            (Host::Folder(folder), _) => write!(f, "{}/.s.PGSQL.{port}", folder.display()),
            (Host::Name(name), Some(ip)) => write!(f, "{name}:{port} ({ip})"),
            (Host::Name(name), None) if name.contains(':') => write!(f, "[{name}]:{port}"),
            (Host::Name(name), None) => write!(f, "{name}:{port}"),
        }
    }
}

impl Host {
    fn of(text: String, address: &Address) -> Self {
        if text.starts_with('/') {
            return Self::Folder(text.into());
        }
        match (text.is_empty(), address.ip) {
            (false, _) => Self::Name(text),
            (true, Some(ip)) => Self::Name(ip.to_string()),
            (true, None) => usual(address.port),
        }
    }
}

/// Where a server on this machine usually is: a socket, or else the loopback.
fn usual(port: u16) -> Host {
    let is_there = |folder: &&str| Path::new(folder).join(format!(".s.PGSQL.{port}")).exists();
    match ["/run/postgresql", "/tmp"].iter().find(|folder| is_there(folder)) {
        Some(folder) => Host::Folder(folder.into()),
        None => Host::Name("localhost".to_owned()),
    }
}

impl Tls {
    fn of(given: &mut HashMap<String, String>) -> Result<Self, ConnectError> {
        let mode = match take(given, "sslmode").as_deref() {
            None => None,
            Some("disable") => Some(TlsMode::Disable),
            Some("allow" | "prefer") => Some(TlsMode::Prefer),
            Some("require") => Some(TlsMode::Require),
            Some("verify-ca") => Some(TlsMode::VerifyCa),
            Some("verify-full") => Some(TlsMode::VerifyFull),
            Some(_) => {
                return Err(refused(
                    "sslmode is one of disable, allow, prefer, require, verify-ca and verify-full",
                ));
            }
        };
        let mut file = |name| take(given, name).map(PathBuf::from);
        let (root, certificate, key) = (file("sslrootcert"), file("sslcert"), file("sslkey"));
        if certificate.is_some() != key.is_some() {
            return Err(refused("a client certificate is sslcert and sslkey together"));
        }
        Ok(Self { mode, root, certificate, key })
    }
}

fn split_port(host: &str) -> Result<(&str, u16), ConnectError> {
    if host.contains(',') {
        return Err(refused("the address names several hosts: give the one that leads to the primary"));
    }
    let (host, port) = match host.strip_prefix('[') {
        Some(rest) => {
            let (host, port) = rest.split_once(']').ok_or_else(malformed)?;
            (host, port.strip_prefix(':'))
        }
        None => host.split_once(':').map_or((host, None), |(host, port)| (host, Some(port))),
    };
    let port = port.filter(|port| !port.is_empty());
    Ok((host, port.map_or(Ok(PORT), str::parse).map_err(|_| malformed())?))
}

fn parameters(query: &str) -> Result<HashMap<String, String>, ConnectError> {
    let mut given = HashMap::new();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        if given.insert(decode(name)?, decode(value)?).is_some() {
            return Err(refused("the address has the same parameter twice"));
        }
    }
    Ok(given)
}

fn settings(given: &mut HashMap<String, String>) -> Result<Vec<(String, String)>, ConnectError> {
    let setting = |name: &str| Some(name.strip_prefix("options[")?.strip_suffix(']')?.to_owned());
    let (ours, rest): (HashMap<_, _>, _) = given.drain().partition(|(name, _)| setting(name).is_some());
    *given = rest;
    let mut settings: Vec<_> =
        ours.into_iter().filter_map(|(name, value)| Some((setting(&name)?, value))).collect();
    settings.sort();
    let is_name = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(&byte));
    if settings.iter().all(|(name, _)| is_name(name)) {
        return Ok(settings);
    }
    Err(refused("the address has options[…] with something in brackets that is no name of a setting"))
}

fn take(given: &mut HashMap<String, String>, name: &str) -> Option<String> {
    given.remove(name)
}

fn non_empty(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn decode(text: &str) -> Result<String, ConnectError> {
    percent_decode_str(text).decode_utf8().map(Into::into).map_err(|_| malformed())
}

/// What stands behind a `?` may be part of a password that holds one.
fn refuse_split_password(query: &str) -> Result<(), ConnectError> {
    if query.contains('@') {
        return Err(refused(
            "the address has an @ behind its ?: write special characters of a password as %XX, a ? as %3F for example",
        ));
    }
    Ok(())
}

fn unknown_parameter(name: &str) -> ConnectError {
    let is_name = name.len() <= 32 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    let which = if is_name { format!("the parameter {name}") } else { "a parameter".to_owned() };
    refused(&format!(
        "the address has {which}, which is not supported: there are host, hostaddr, port, dbname, user, password, \
         sslmode, sslrootcert, sslcert, sslkey, application_name, options and options[setting]"
    ))
}

fn malformed() -> ConnectError {
    refused("expected postgres://user:password@host:port/database, with special characters as %XX")
}

fn refused(problem: &str) -> ConnectError {
    ConnectError::new(ConnectErrorKind::Address, problem)
}

const PORT: u16 = 5432;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let text = "postgres://bank:s%40fe%3F@db.internal:5433/b%61nk?sslmode=verify-full&sslrootcert=/ca.pem\
                    &options[search_path]=gate&options[role]=x&application_name=teller";
        let address = Address::parse(text).unwrap();
        assert_eq!((address.host, address.port), (Host::Name("db.internal".into()), 5433));
        assert_eq!((address.user.as_deref(), address.password.as_deref()), (Some("bank"), Some("s@fe?")));
        assert_eq!(address.database.as_deref(), Some("bank"));
        assert_eq!(address.tls.mode, Some(TlsMode::VerifyFull));
        assert_eq!(address.tls.root.as_deref(), Some(Path::new("/ca.pem")));
        assert_eq!(address.settings, [("role".into(), "x".into()), ("search_path".into(), "gate".into())]);
    }

    #[test]
    fn a_socket_is_a_folder_however_it_is_written() {
        for text in [
            "postgres:///bank?host=/run/pg&user=bank",
            "postgres://bank@%2Frun%2Fpg/bank",
            "postgres://bank@%2Frun%2Fpg:5432/bank",
        ] {
            let address = Address::parse(text).unwrap();
            assert_eq!(address.to_string(), "/run/pg/.s.PGSQL.5432", "{text}");
            assert!(address.is_on_this_machine());
        }
    }

    #[test]
    fn this_machine_is_set_apart_from_others() {
        for text in ["postgres://localhost/x", "postgres://127.0.0.1:5433/x", "postgres://b@[::1]/x"] {
            assert!(Address::parse(text).unwrap().is_on_this_machine(), "{text}");
        }
        for text in ["postgres://db/x", "postgres://10.0.0.1/x", "postgres://localhost/x?hostaddr=10.0.0.1"] {
            assert!(!Address::parse(text).unwrap().is_on_this_machine(), "{text}");
        }
    }

    #[test]
    fn an_unknown_parameter_is_named_unless_it_may_be_a_password() {
        let problem = |text: &str| Address::parse(text).err().unwrap().to_string();
        assert!(problem("postgres://db/x?connect_timeout=3").contains("connect_timeout"));
        let secret = problem("postgres://bank:one?hunter=2@db/x");
        assert!(secret.contains("%3F") && !secret.contains("hunter"), "{secret}");
        assert!(problem("postgres://a,b/x").contains("several hosts"));
    }
}
