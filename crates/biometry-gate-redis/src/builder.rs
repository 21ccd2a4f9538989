use std::fmt;
use std::time::Duration;

use crate::address::{Address, Files};
use crate::check::check;
use crate::error::ConnectError;
use crate::link::Link;
use crate::records::RedisRecords;

/// How to reach the records and how to treat them; made by [`RedisRecords::builder`], used by
/// [`connect`](Self::connect).
///
/// ```no_run
/// use std::time::Duration;
///
/// use biometry_gate_redis::RedisRecords;
///
/// # async fn records() -> Result<RedisRecords, Box<dyn std::error::Error>> {
/// let records = RedisRecords::builder("redis+sentinel://10.0.0.1:26379,10.0.0.2:26379/bank")
///     .prefix("bank")
///     .time_limit(Duration::from_millis(500))
///     // A use counts only once a replica has it, too.
///     .wait_replicas(1, Duration::from_millis(200))
///     .connect()
///     .await?;
/// # Ok(records) }
/// ```
pub struct Builder {
    address: String,
    prefix: String,
    settings: Settings,
}

/// What connections need to know.
#[derive(Clone)]
pub(crate) struct Settings {
    pub(crate) time_limit: Duration,
    pub(crate) wait: Option<Wait>,
    pub(crate) sentinel_login: Option<(Option<String>, String)>,
    #[cfg(feature = "tls")]
    pub(crate) root_certificates: Option<Vec<u8>>,
    /// The certificate of this client, and its key.
    #[cfg(feature = "tls")]
    pub(crate) client_certificate: Option<(Vec<u8>, Vec<u8>)>,
}

/// How many replicas have to confirm a write, and in what time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wait {
    pub(crate) replicas: u32,
    pub(crate) time: Duration,
}

impl Builder {
    pub(crate) fn new(address: &str) -> Self {
        Self {
            address: address.to_owned(),
            prefix: "biometry-gate".to_owned(),
            settings: Settings {
                time_limit: Duration::from_millis(250),
                wait: None,
                sentinel_login: None,
                #[cfg(feature = "tls")]
                root_certificates: None,
                #[cfg(feature = "tls")]
                client_certificate: None,
            },
        }
    }

    /// The beginning of every key, for servers that keep other things as well; `biometry-gate` by default, 1 to 64
    /// bytes of visible ASCII without braces. Gates with the same prefix, server and key of the store share their
    /// subjects.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.prefix);
        self
    }

    /// How long one step may take, connecting included; 250 ms by default, above zero. A step that takes longer is an
    /// error, and the gate refuses with 503. Keep it within
    /// [`Builder::store_timeout`](biometry_gate::Builder::store_timeout) of the gate.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.settings.time_limit = limit;
        self
    }

    /// Lets a write count only after this many replicas have confirmed it, within this time, which has to be at least 1
    /// ms and less than the time limit; by default none has to. It costs each write a round trip to the replicas. See
    /// the [crate](crate#what-a-fail-over-or-a-crash-can-bring-back) for what that is good for.
    #[must_use]
    pub fn wait_replicas(mut self, replicas: u32, time: Duration) -> Self {
        self.settings.wait = Some(Wait { replicas, time });
        self
    }

    /// How to log in at the sentinels, where they ask for it: a user, where they have users, and the password. None by
    /// default; the user and password of the address are those of the servers.
    #[must_use]
    pub fn sentinel_login(mut self, user: Option<&str>, password: &str) -> Self {
        self.settings.sentinel_login = Some((user.map(str::to_owned), password.to_owned()));
        self
    }

    /// Authorities in PEM form to trust instead of the machine's, for servers with a certificate of an authority of your
    /// own; `?cacert=` of the address names them by their file.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn root_certificates(mut self, pem: &[u8]) -> Self {
        self.settings.root_certificates = Some(pem.to_vec());
        self
    }

    /// The certificate of this client and its key, both in PEM form, for servers that ask for one (`tls-auth-clients`);
    /// `?cert=` and `?key=` of the address name them by their files.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn client_certificate(mut self, certificate: &[u8], key: &[u8]) -> Self {
        self.settings.client_certificate = Some((certificate.to_vec(), key.to_vec()));
        self
    }

    /// Connects, and looks whether the server is fit to keep records; writes a record of its own and removes it again.
    /// Call it once at start-up.
    ///
    /// # Errors
    /// When the address or another setting makes no sense, the server does not answer within the time limit, or it is
    /// not fit. The message says which server it is and how to mend it.
    /// [`ConnectError::kind`](crate::ConnectError::kind) has the three kinds.
    pub async fn connect(self) -> Result<RedisRecords, ConnectError> {
        let (address, files) = Address::parse_with_files(&self.address)?;
        #[cfg(feature = "tls")]
        let this = self.with_files(&files)?;
        #[cfg(not(feature = "tls"))]
        let this = self.without_files(&files)?;
        this.connect_to(address).await
    }

    #[cfg(feature = "tls")]
    fn with_files(mut self, files: &Files) -> Result<Self, ConnectError> {
        let read = |name, file: &Option<String>| file.as_deref().map(|file| read(name, file)).transpose();
        if let Some(authorities) = read("cacert", &files.cacert)? {
            self.settings.root_certificates = Some(authorities);
        }
        match (read("cert", &files.cert)?, read("key", &files.key)?) {
            (None, None) => {}
            (Some(certificate), Some(key)) => self.settings.client_certificate = Some((certificate, key)),
            _ => return Err(ConnectError::settings("a certificate of the client is cert and key together")),
        }
        Ok(self)
    }

    #[cfg(not(feature = "tls"))]
    fn without_files(self, files: &Files) -> Result<Self, ConnectError> {
        if files.cacert.is_some() || files.cert.is_some() || files.key.is_some() {
            return Err(ConnectError::settings("certificates need the feature `tls` of biometry-gate-redis"));
        }
        Ok(self)
    }

    async fn connect_to(self, address: Address) -> Result<RedisRecords, ConnectError> {
        if let Some(shortcoming) = self.shortcoming() {
            return Err(ConnectError::settings(shortcoming));
        }
        #[cfg(feature = "tls")]
        if address.needs_tls() {
            provide_cryptography()?;
        }
        let place = address.to_string();
        let link = Link::open(address.clone(), &self.settings).await.map_err(|error| error.about(&place))?;
        let records = RedisRecords::new(link, self.prefix, self.settings, address);
        check(&records).await?;
        Ok(records)
    }

    fn shortcoming(&self) -> Option<&'static str> {
        let Settings { time_limit, wait, .. } = &self.settings;
        if time_limit.is_zero() {
            return Some("a time limit of nothing leaves no time to answer");
        }
        let fits = |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b'{' | b'}');
        if !(1..=MAX_PREFIX).contains(&self.prefix.len()) || !self.prefix.bytes().all(fits) {
            return Some("a prefix has to be 1 to 64 bytes of visible ascii without braces");
        }
        match wait {
            Some(Wait { replicas: 0, .. }) => Some("waiting for no replica is not waiting: leave it out"),
            Some(Wait { time, .. }) if time.as_millis() == 0 || time >= time_limit => {
                Some("replicas have to confirm in a time that is at least 1 ms and less than the time limit")
            }
            _ => None,
        }
    }
}

#[cfg(feature = "tls")]
fn read(parameter: &str, file: &str) -> Result<Vec<u8>, ConnectError> {
    std::fs::read(file).map_err(|error| {
        ConnectError::settings(format!("the file of {parameter} cannot be read: {}", error.kind()))
    })
}

/// The Redis client's TLS panics in a process without a default provider of rustls, so that one has to be there first.
/// A host's own is never replaced.
#[cfg(feature = "tls")]
fn provide_cryptography() -> Result<(), ConnectError> {
    #[cfg(feature = "tls-ring")]
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // It fails only where another thread was faster.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    match rustls::crypto::CryptoProvider::get_default() {
        Some(_) => Ok(()),
        None => Err(ConnectError::settings(
            "TLS needs a provider of rustls: install one as the process's default before connecting \
             (`rustls::crypto::aws_lc_rs::default_provider().install_default()`), or switch on the feature \
             `tls-ring` of biometry-gate-redis",
        )),
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

const MAX_PREFIX: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ConnectErrorKind;

    #[tokio::test]
    async fn settings_that_make_no_sense_are_refused_before_a_connection_is_made() {
        let limit = Duration::from_millis(250);
        let builder = || Builder::new("redis://hunter2@127.0.0.1:9");
        for builder in [
            builder().prefix(""),
            builder().prefix("a{b}"),
            builder().prefix(&"x".repeat(65)),
            builder().time_limit(Duration::ZERO),
            builder().wait_replicas(0, limit / 2),
            builder().wait_replicas(1, limit),
            builder().wait_replicas(1, Duration::from_micros(10)),
            Builder::new("mysql://hunter2"),
        ] {
            assert!(!format!("{builder:?}").contains("hunter2"));
            assert_eq!(builder.connect().await.unwrap_err().kind(), ConnectErrorKind::Settings);
        }
    }

    #[tokio::test]
    async fn an_absent_server_is_an_error_without_the_password() {
        let error = Builder::new("redis://hunter2@127.0.0.1:9").connect().await.unwrap_err();
        assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
        assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
    }
}
