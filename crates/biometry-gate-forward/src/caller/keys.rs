//! The keys of an identity provider (RFC 7517), read at the start, now and then, and when a token names a new one.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use biometry_client::{Body, HyperTransport, Transport as _};
use http::{Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Limited};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout};

use crate::config::{ConfigError, TokenSettings};

/// What a look for a key finds.
pub(super) enum Found {
    Key(Arc<DecodingKey>),
    /// The provider has no such key.
    None,
    /// It was too long ago that the keys were read.
    OutOfDate,
}

/// The keys, and the task that reads them.
pub(super) struct ProviderKeys {
    shared: Arc<Shared>,
    reader: Mutex<JoinHandle<()>>,
}

struct Shared {
    source: Source,
    held: RwLock<Held>,
    /// A token names a key that is not here.
    missed: Notify,
}

struct Held {
    keys: Vec<Key>,
    read: Instant,
}

struct Key {
    id: Option<String>,
    algorithm: Option<Algorithm>,
    key: Arc<DecodingKey>,
}

enum Source {
    File(PathBuf),
    Url(Uri, HyperTransport),
}

impl ProviderKeys {
    pub(super) async fn open(settings: &TokenSettings, folder: &Path) -> Result<Self, ConfigError> {
        let source = Source::open(settings, folder)?;
        Self::read(source).await.map_err(|why| ConfigError::new(format!("`caller.token`: {why}")))
    }

    async fn read(source: Source) -> Result<Self, String> {
        let keys = source.read().await?;
        let held = RwLock::new(Held { keys, read: Instant::now() });
        let shared = Arc::new(Shared { source, held, missed: Notify::new() });
        let reader = tokio::spawn(keep_reading(Arc::clone(&shared)));
        Ok(Self { shared, reader: Mutex::new(reader) })
    }

    /// The key with this id, for signatures of this algorithm. A token that names no key means the only one.
    pub(super) fn find(&self, id: Option<&str>, algorithm: Algorithm) -> Found {
        let held = self.shared.held.read().unwrap_or_else(PoisonError::into_inner);
        let age = held.read.elapsed();
        if age > STALE {
            self.shared.missed.notify_one();
            return Found::OutOfDate;
        }
        let named = match (id, &held.keys[..]) {
            (Some(id), keys) => keys.iter().find(|key| key.id.as_deref() == Some(id)),
            (None, [only]) => Some(only),
            (None, _) => None,
        };
        match named {
            Some(key) if key.algorithm.is_none_or(|own| own == algorithm) => Found::Key(Arc::clone(&key.key)),
            Some(_) => Found::None,
            None => {
                // The provider may have a new one by now. Until it is read, its tokens are as good as anyone's.
                if id.is_some() && age > PAUSE {
                    self.shared.missed.notify_one();
                }
                Found::None
            }
        }
    }
}

impl Drop for ProviderKeys {
    fn drop(&mut self) {
        self.reader.get_mut().unwrap_or_else(PoisonError::into_inner).abort();
    }
}

async fn keep_reading(shared: Arc<Shared>) {
    loop {
        sleep(PAUSE).await;
        // Elapsed or missed: it is time to read in either case.
        let _ = timeout(EVERY, shared.missed.notified()).await;
        match shared.source.read().await {
            Ok(keys) => {
                let mut held = shared.held.write().unwrap_or_else(PoisonError::into_inner);
                *held = Held { keys, read: Instant::now() };
            }
            Err(why) => tracing::warn!(why, "the identity provider's keys stay as they were"),
        }
    }
}

impl Source {
    fn open(settings: &TokenSettings, folder: &Path) -> Result<Self, ConfigError> {
        let wrong = |what: &str| ConfigError::new(format!("`caller.token`: `keys_url`: {what}"));
        match (&settings.keys_url, &settings.keys_file) {
            (Some(url), _) => {
                let uri = Uri::from_str(url).map_err(|error| wrong(&error.to_string()))?;
                // Keys that come in plain text could be anyone's.
                if !is_safe(&uri) {
                    return Err(wrong("it is https, or http at an address of the loopback interface"));
                }
                let transport = HyperTransport::builder().total_limit(PATIENCE).build();
                Ok(Self::Url(uri, transport.map_err(|error| wrong(&error.to_string()))?))
            }
            (None, Some(name)) => Ok(Self::File(folder.join(name))),
            (None, None) => Err(wrong("it is missing")),
        }
    }

    /// The keys that verify signatures; an error where there is none.
    async fn read(&self) -> Result<Vec<Key>, String> {
        let text = match self {
            Self::File(path) => tokio::fs::read(path)
                .await
                .map_err(|error| format!("{} cannot be read: {error}", path.display()))?,
            Self::Url(uri, transport) => fetch(uri, transport).await?,
        };
        let keys = parse(&text).ok_or("what was read is no JSON Web Key Set")?;
        if keys.is_empty() {
            return Err("the JSON Web Key Set has no key that verifies signatures".to_owned());
        }
        Ok(keys)
    }
}

async fn fetch(uri: &Uri, transport: &HyperTransport) -> Result<Vec<u8>, String> {
    let request = Request::get(uri.clone()).body(Body::empty()).map_err(|error| error.to_string())?;
    let answer = transport.send(request).await.map_err(|error| format!("the provider: {error}"))?;
    if answer.status() != StatusCode::OK {
        return Err(format!("the provider answers {}", answer.status().as_u16()));
    }
    let body = Limited::new(answer.into_body(), LONGEST).collect().await;
    Ok(body.map_err(|error| format!("the provider's answer: {error}"))?.to_bytes().to_vec())
}

fn is_safe(uri: &Uri) -> bool {
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
    match uri.scheme_str() {
        Some("https") => !host.is_empty(),
        Some("http") => host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback()),
        _ => false,
    }
}

/// A set may hold keys of kinds that are not known here (RFC 7517, section 5): they are left out.
fn parse(text: &[u8]) -> Option<Vec<Key>> {
    let set: Value = serde_json::from_slice(text).ok()?;
    let keys = set.get("keys")?.as_array()?;
    Some(keys.iter().filter_map(|key| Key::parse(key.clone())).collect())
}

impl Key {
    fn parse(key: Value) -> Option<Self> {
        let jwk: Jwk = serde_json::from_value(key).ok()?;
        if !matches!(jwk.common.public_key_use, None | Some(PublicKeyUse::Signature)) {
            return None;
        }
        let algorithm = match &jwk.common.key_algorithm {
            Some(named) => Some(Algorithm::from_str(&named.to_string()).ok()?),
            None => None,
        };
        let key = Arc::new(DecodingKey::from_jwk(&jwk).ok()?);
        Some(Self { id: jwk.common.key_id, algorithm, key })
    }
}

const PATIENCE: Duration = Duration::from_secs(10);
/// Between two reads, however many tokens name keys that are not here.
const PAUSE: Duration = Duration::from_secs(30);
const EVERY: Duration = Duration::from_secs(600);
/// Keys older than this may have been withdrawn.
const STALE: Duration = Duration::from_secs(24 * 3600);
const LONGEST: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_that_verify_no_signature_are_left_out() {
        let point = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        let set = json!({ "keys": [
            { "kty": "OKP", "crv": "Ed25519", "x": point, "kid": "one", "alg": "EdDSA", "use": "sig" },
            { "kty": "OKP", "crv": "Ed25519", "x": point, "kid": "two", "use": "enc" },
            { "kty": "AKP", "alg": "ML-DSA-44", "pub": "AAAA", "kid": "three" },
            { "kty": "OKP", "crv": "Ed25519", "x": point, "kid": "four", "alg": "RSA-OAEP" },
        ] });
        let keys = parse(set.to_string().as_bytes()).unwrap();
        let ids: Vec<_> = keys.iter().map(|key| key.id.as_deref()).collect();
        assert_eq!(ids, [Some("one")]);
        assert!(parse(b"{}").is_none() && parse(b"not JSON").is_none());
    }

    /// A set with one key, which is of a fake provider.
    fn set_with(id: &str) -> String {
        let x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";
        json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x, "kid": id, "alg": "EdDSA" }] }).to_string()
    }

    #[tokio::test(start_paused = true)]
    async fn a_new_key_is_found_a_while_after_it_was_missed() {
        let folder = tempfile::tempdir().unwrap();
        let write = |text: &str| std::fs::write(folder.path().join("keys.json"), text).unwrap();
        write(&set_with("old"));
        let source = Source::File(folder.path().join("keys.json"));
        let keys = ProviderKeys::read(source).await.unwrap();
        let find = |id| keys.find(Some(id), Algorithm::EdDSA);
        assert!(matches!(find("old"), Found::Key(_)));
        assert!(matches!(keys.find(None, Algorithm::EdDSA), Found::Key(_)));
        assert!(matches!(keys.find(Some("old"), Algorithm::ES256), Found::None));
        assert!(matches!(find("new"), Found::None), "they were read a moment ago");

        write(&set_with("new"));
        sleep(PAUSE + Duration::from_secs(1)).await;
        assert!(matches!(find("new"), Found::None), "and has it read");
        while matches!(find("new"), Found::None) {
            sleep(Duration::from_secs(1)).await;
        }
        assert!(matches!(find("new"), Found::Key(_)) && matches!(find("old"), Found::None));

        write("no keys at all");
        sleep(STALE / 2).await;
        assert!(matches!(find("new"), Found::Key(_)), "a provider may be down");
        sleep(STALE).await;
        assert!(matches!(find("new"), Found::OutOfDate), "but not for ever");
        write(&set_with("new"));
        sleep(PAUSE * 2).await;
        assert!(matches!(find("new"), Found::Key(_)), "it is asked again soon after it was missed");
    }

    #[test]
    fn keys_travel_by_tls_or_not_at_all() {
        for (url, expected) in [
            ("https://login.example/keys?p=1", true),
            ("http://127.0.0.1:8080/keys", true),
            ("http://[::1]:8080/keys", true),
            ("http://login.example/keys", false),
            ("http://localhost/keys", false),
            ("/keys", false),
        ] {
            assert_eq!(is_safe(&url.parse().unwrap()), expected, "{url}");
        }
    }
}
