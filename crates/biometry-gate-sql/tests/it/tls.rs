//! PostgreSQL over TLS: the authority that the address names is trusted and no other, and clients show a certificate.

use std::path::{Path, PathBuf};

use biometry_gate_sql::{ConnectErrorKind, PostgresOptions, PostgresRecords};
use biometry_gate_testkit::{PATIENCE, PostgresServer};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};

/// An authority and what it has certified.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
}

impl Authority {
    fn new(name: &str) -> Self {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let pem = pem("CERTIFICATE", certificate.der());
        Self { issuer: Issuer::new(parameters, key), pem }
    }

    /// A certificate for a name, and its key.
    fn certify(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(vec![name.to_owned()]).expect("a name");
        parameters.distinguished_name.push(DnType::CommonName, name);
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        (pem("CERTIFICATE", certificate.der()), pem("PRIVATE KEY", &key.serialize_der()))
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    use base64::Engine as _;
    let text = base64::prelude::BASE64_STANDARD.encode(der);
    format!("-----BEGIN {label}-----\n{text}\n-----END {label}-----\n")
}

fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
    let file = folder.join(name);
    std::fs::write(&file, text).expect("a file");
    file
}

async fn connect(server: &PostgresServer, rest: &str) -> Result<(), String> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let url =
        format!("postgres://gate@localhost:{}/postgres?hostaddr=127.0.0.1{rest}", server.address().port());
    let options = PostgresOptions::parse(&url).map_err(|error| error.to_string())?;
    let records = PostgresRecords::connect(options.time_limit(PATIENCE).connect_limit(PATIENCE)).await;
    records.map(drop).map_err(|error| error.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_authority_that_the_address_names_is_trusted_and_no_other() {
    let (ours, others) = (Authority::new("ours"), Authority::new("theirs"));
    let folder = tempfile::tempdir().unwrap();
    let root = file(folder.path(), "root.pem", &ours.pem);
    let other_root = file(folder.path(), "other.pem", &others.pem);
    let server = PostgresServer::start_on_loopback();
    let (certificate, key) = ours.certify("localhost");
    server.encrypt(&certificate, &key, None);
    let trusting = |root: &Path| format!("&sslrootcert={}", root.display());
    connect(&server, &trusting(&root)).await.expect("its certificate is of this authority");
    for rest in [trusting(&other_root), "&sslmode=verify-full".to_owned()] {
        let said = connect(&server, &rest).await.unwrap_err();
        assert!(said.contains("sslrootcert"), "{said}");
    }
    let said = connect(&server, "&sslrootcert=/no/such/file").await.unwrap_err();
    assert!(said.contains("sslrootcert names no file"), "{said}");
    let (certificate, key) = ours.certify("elsewhere.example");
    server.encrypt(&certificate, &key, None);
    let renewed = async {
        loop {
            if let Err(said) = connect(&server, &trusting(&root)).await {
                return said;
            }
        }
    };
    let said = tokio::time::timeout(PATIENCE, renewed).await.expect("the new certificate is shown");
    assert!(said.contains("for another name"), "{said}");
    let by_chain = format!("{}&sslmode=verify-ca", trusting(&root));
    connect(&server, &by_chain).await.expect("on this machine the chain alone will do");
    let beyond = PostgresOptions::parse("postgres://gate@db.example/x?sslmode=verify-ca").unwrap_err();
    assert_eq!(beyond.kind(), ConnectErrorKind::Insecure);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_shows_its_certificate_where_the_server_wants_one() {
    let authority = Authority::new("ours");
    let folder = tempfile::tempdir().unwrap();
    let root = file(folder.path(), "root.pem", &authority.pem);
    let server = PostgresServer::start_on_loopback();
    let (certificate, key) = authority.certify("localhost");
    server.encrypt(&certificate, &key, Some(&authority.pem));
    let (certificate, key) = authority.certify("gate");
    let certificate = file(folder.path(), "client.pem", &certificate);
    let key = file(folder.path(), "client.key", &key);
    let root = format!("&sslrootcert={}", root.display());
    let shown = format!("{root}&sslcert={}&sslkey={}", certificate.display(), key.display());
    connect(&server, &shown).await.expect("the client has a certificate");
    let said = connect(&server, &root).await.unwrap_err();
    assert!(said.contains("28000") || said.contains("sslcert"), "{said}");
    let said = connect(&server, &format!("{root}&sslcert={}", certificate.display())).await.unwrap_err();
    assert!(said.contains("sslkey"), "{said}");
}
