//! Whether an instance can serve, for a load balancer's readiness probe.

use std::fmt;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, timeout};

use super::{Engine, PlatformFailure};
use crate::challenge::{Code, Problem};
use crate::id::ClaimId;
use crate::principal::{HostSession, Principal, SubjectKey, Tenant};

/// Why a gate cannot serve; see [`BiometryGate::ready`](crate::BiometryGate::ready). It converts to a [`Problem`] with
/// status 503:
///
/// ```
/// use biometry_gate::{BiometryGate, challenge::Problem};
///
/// /// `GET /readyz`
/// async fn readyz(gate: BiometryGate) -> http::Response<bytes::Bytes> {
///     match gate.ready().await {
///         Ok(()) => http::Response::default(),
///         Err(why) => Problem::from(why).into_response(),
///     }
/// }
/// # let _ = readyz;
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotReady {
    /// The store does not take what has to be kept: it is gone, read-only, or has no connection left within its time.
    /// `store-unavailable`.
    Store,
    /// The platform does not take an API key: it was revoked, or is another project's. `platform-unavailable`; an
    /// operator has to act.
    PlatformKey,
}

/// What was found last, and when.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    store: Mutex<Option<Finding>>,
    keys: Mutex<Option<Finding>>,
}

#[derive(Clone, Copy, Debug)]
struct Finding {
    is_good: bool,
    at: Instant,
}

impl Readiness {
    /// Looks after store and keys, where the last look was too long ago. However many ask at a time, one looks.
    pub(crate) async fn look(&self, engine: &Engine) -> Result<(), NotReady> {
        if !find(&self.store, STORE_FOR, STORE_FOR, is_store_usable(engine)).await {
            return Err(NotReady::Store);
        }
        if !find(&self.keys, KEYS_FOR, BAD_KEYS_FOR, are_keys_taken(engine)).await {
            return Err(NotReady::PlatformKey);
        }
        Ok(())
    }

    /// A call has shown that a key is not taken: the next question asks the platform again.
    pub(crate) fn doubt_keys(&self) {
        if let Ok(mut keys) = self.keys.try_lock() {
            *keys = None;
        }
    }
}

async fn find(
    last: &Mutex<Option<Finding>>,
    good_for: Duration,
    bad_for: Duration,
    look: impl Future<Output = bool>,
) -> bool {
    let mut last = last.lock().await;
    let known = last.filter(|found| found.at.elapsed() < if found.is_good { good_for } else { bad_for });
    if let Some(found) = known {
        return found.is_good;
    }
    let is_good = look.await;
    *last = Some(Finding { is_good, at: Instant::now() });
    is_good
}

/// Writes a record that is over at once: a store that can only be read is of no use.
async fn is_store_usable(engine: &Engine) -> bool {
    let (Some(key), Ok(claim)) = (probe(), ClaimId::random(&*engine.entropy)) else { return false };
    engine.store(engine.store.mark_delivered(&key, &claim, PROBE_FOR)).await.is_ok()
}

/// Beside people, under a tenant that no host has.
fn probe() -> Option<SubjectKey> {
    let tenant = Tenant::parse("biometry-gate/readiness").ok()?;
    let owner = Principal::of_tenant(tenant, "probe", HostSession::parse("readiness").ok()?).ok()?;
    Some(owner.key().clone())
}

/// Whether no key is known to be refused. A platform that does not answer refuses none: decisions that exist are good
/// without it.
async fn are_keys_taken(engine: &Engine) -> bool {
    for project in engine.projects.all() {
        let longest = engine.settings.platform_timeout.min(LONGEST_ASKING);
        let is_taken = match timeout(longest, project.client.key_info()).await {
            Ok(Ok(reply)) => reply.into_inner().is_active(),
            Ok(Err(error)) => PlatformFailure::from(&error) != PlatformFailure::KeyRejected,
            Err(_) => true,
        };
        if !is_taken {
            return false;
        }
    }
    true
}

impl fmt::Display for NotReady {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Store => "the store does not take what has to be kept",
            Self::PlatformKey => "the platform does not take the api key",
        })
    }
}

impl std::error::Error for NotReady {}

/// A 503 as a problem document.
impl From<NotReady> for Problem {
    fn from(why: NotReady) -> Self {
        let code = match why {
            NotReady::Store => Code::StoreUnavailable,
            NotReady::PlatformKey => Code::PlatformUnavailable,
        };
        Self::new(code, why.to_string()).retry_after(BAD_KEYS_FOR)
    }
}

const STORE_FOR: Duration = Duration::from_secs(1);
/// Over when the next one is written.
const PROBE_FOR: Duration = Duration::from_millis(1);
const KEYS_FOR: Duration = Duration::from_secs(30);
const BAD_KEYS_FOR: Duration = Duration::from_secs(5);
const LONGEST_ASKING: Duration = Duration::from_secs(2);
