//! What lies between the client and the proxy: plain HTTP/1.1, HTTP/2 without TLS, or HTTP/1.1 within TLS 1.3.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::upload::Target;

/// How the client speaks to the proxy. The proxy speaks plain HTTP/1.1 to the upstream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wire {
    /// HTTP/1.1.
    #[default]
    Http1,
    /// HTTP/2 with prior knowledge, one upload for each connection.
    Http2,
    /// HTTP/1.1 within TLS 1.3.
    Tls,
}

/// A certificate of this run's own, in files, because the peers read it from there.
#[derive(Debug)]
pub struct Identity {
    folder: tempfile::TempDir,
    client: Arc<ClientConfig>,
}

/// A connection.
pub trait Duplex: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Duplex for T {}

impl Wire {
    /// What the tables call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Http1 => "HTTP/1.1",
            Self::Http2 => "HTTP/2 without TLS",
            Self::Tls => "HTTP/1.1 within TLS 1.3",
        }
    }

    /// The word that `relay-proxy` takes.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Http1 => "http1",
            Self::Http2 => "http2",
            Self::Tls => "tls",
        }
    }

    /// The wire that goes by this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Http1, Self::Http2, Self::Tls].into_iter().find(|wire| wire.as_str() == word)
    }
}

impl Identity {
    /// Makes one up.
    ///
    /// # Errors
    /// When it cannot be made or written.
    pub fn make() -> io::Result<Self> {
        let own = rcgen::generate_simple_self_signed(vec![NAME.to_owned()]).map_err(io::Error::other)?;
        let folder = tempfile::tempdir()?;
        let (certificate, key) = (own.cert.pem(), own.signing_key.serialize_pem());
        fs::write(folder.path().join(CERTIFICATE), &certificate)?;
        fs::write(folder.path().join(KEY), &key)?;
        fs::write(folder.path().join(BOTH), certificate + &key)?;
        let mut roots = RootCertStore::empty();
        roots.add(own.cert.der().clone()).map_err(io::Error::other)?;
        let client = ClientConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self { folder, client: Arc::new(client) })
    }

    /// The folder with the files.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The file with certificate and key.
    pub(super) fn both(&self) -> PathBuf {
        self.folder().join(BOTH)
    }
}

/// How a proxy of ours speaks TLS, with the certificate in `folder`.
///
/// # Errors
/// When the files cannot be read.
pub fn server_config(folder: &Path) -> io::Result<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(folder.join(CERTIFICATE)).map_err(io::Error::other)?;
    let key = PrivateKeyDer::from_pem_file(folder.join(KEY)).map_err(io::Error::other)?;
    ServerConfig::builder_with_protocol_versions(&[&rustls::version::TLS13])
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .map_err(io::Error::other)
}

/// A connection to the proxy, within TLS where the wire says so.
pub(super) async fn connect(to: &Target) -> io::Result<Box<dyn Duplex>> {
    let stream = TcpStream::connect(to.address).await?;
    match (to.wire, &to.identity) {
        (Wire::Tls, Some(identity)) => {
            let name = ServerName::try_from(NAME).map_err(io::Error::other)?;
            let stream = TlsConnector::from(Arc::clone(&identity.client)).connect(name, stream).await?;
            Ok(Box::new(stream))
        }
        _ => Ok(Box::new(stream)),
    }
}

const NAME: &str = "relay.bench.example";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";
const BOTH: &str = "both.pem";
