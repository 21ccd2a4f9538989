//! Who the host says the caller is.
//!
//! Nothing that a client sends chooses a subject: a [`Principal`] comes from the host alone, through [`Identify`]. It
//! joins three things that the host knows: the [`Tenant`], the [`Subject`] whose biometrics are checked, and the
//! [`HostSession`] that the caller came with. Decisions are bound to all three: they open nothing for another user, and
//! nothing for the same user in another login session.
//!
//! # Naming the principal
//!
//! Most hosts have a middleware that validates a cookie or a token. It puts the principal into the request's
//! extensions, and the gate is built with [`FromExtensions`]:
//!
//! ```
//! use biometry_gate::principal::{FromExtensions, HostSession, Identify, Principal};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Usually done by the host's own session middleware, after it has validated its cookie or token.
//! let mut request = http::Request::new(());
//! let session = HostSession::parse("key-of-the-hosts-session")?;
//! request.extensions_mut().insert(Principal::new("ana@example.com", session)?);
//!
//! let (head, ()) = request.into_parts();
//! let principal = FromExtensions.identify(&head)?.expect("the middleware has put it there");
//! assert_eq!(principal.subject().as_str(), "ana@example.com");
//! # Ok(())
//! # }
//! ```
//!
//! The middleware has to run before the gate and before the mounted routes: in tower's and axum's order, it is added
//! after them. Where the principal can be read from the request's head at once, a closure does without a middleware,
//! see [`Identify`]. [`guide::host_sessions`](crate::guide::host_sessions) has recipes for the usual session crates.
//!
//! # Three outcomes
//!
//! A caller may be known, not logged in (`Ok(None)`, 401), or unknown because the session store is down
//! (an [`IdentifyError`], 503). The last is not the second: a user who is logged in is not sent to the login page by an
//! outage.

mod identify;

use std::any::Any;
use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher as _, Hash, Hasher, RandomState};
use std::sync::{Arc, LazyLock, OnceLock};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

pub use self::identify::{FromExtensions, Identified, Identify, IdentifyError};

/// The stable identifier of the user whose biometrics are checked: what the host calls the user, in any alphabet, 1 to
/// 1,024 bytes, compared byte for byte. An opaque id is better than an e-mail address, because it does not change.
///
/// To the platform it is the `X-User-Fullname`, under its [`platform_name`](Self::platform_name). It is personal data:
/// `Debug` hides it, and it appears in no log and no event.
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct Subject(Arc<str>);

/// The host's own key of the login session that the caller came with, 1 to 256 bytes of visible ASCII: decisions do not
/// outlive or leave it.
///
/// Each login draws another key, and the key is no other user's: what decisions are bound to is only as good as that. A
/// session's id is one, or a random value that the host keeps in its session; a constant, a user's id or a device's is
/// none. The gate logs a warning where one key comes with several subjects. `Debug` hides it.
///
/// A host that changes the key while the login goes on calls
/// [`BiometryGate::rotate_session`](crate::BiometryGate::rotate_session), and
/// [`BiometryGate::log_out`](crate::BiometryGate::log_out) at its end.
///
/// ```
/// use biometry_gate::principal::HostSession;
///
/// assert!(HostSession::parse("b6f1d2c47e").is_ok());
/// assert!(HostSession::parse("").is_err() && HostSession::parse("two words").is_err());
/// ```
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct HostSession(Arc<str>);

/// A customer of the host with its own users, 1 to 256 bytes of visible ASCII. Hosts with one kind of user never name
/// it: all their users are of the default tenant.
///
/// Equal subjects of two tenants are two people. Tenants may have [projects](crate::gate::Project) of their own at the
/// platform.
#[derive(Clone, Eq, Serialize, Deserialize)]
pub struct Tenant(Arc<str>);

/// How far the host has authenticated a subject. Limits and sessions are kept apart by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Authentication {
    /// The subject is logged in at the host and proves presence once more. Every principal that a host makes is of this
    /// kind.
    #[serde(rename = "StepUp")]
    LoggedIn,
    /// The subject is merely claimed, by a browser that wants to sign in by face. Its limits are apart, so that a
    /// stranger cannot lock a user out of stepping up.
    #[serde(rename = "Login")]
    Claimed,
    /// The subject is claimed by a browser that has signed in as them before. Its limits are apart from those of
    /// strangers, so that these cannot keep it out.
    KnownBrowser,
}

/// What the host knows of the caller: tenant, subject and host session, and when the caller logged in.
///
/// The host makes one for each request, or keeps one in its session and puts a clone into each request's extensions.
/// Cheap to clone. Two principals are equal where tenant, subject, kind of authentication and host session are.
///
/// ```
/// use biometry_gate::principal::{HostSession, Principal, Tenant};
/// use std::time::SystemTime;
///
/// let session = HostSession::parse("b6f1d2c47e")?;
/// let ana = Principal::of_tenant(Tenant::parse("acme")?, "ana", session)?.logged_in_at(SystemTime::now());
/// assert_eq!((ana.tenant().as_str(), ana.subject().as_str()), ("acme", "ana"));
/// assert!(!format!("{ana:?}").contains("ana\""), "people are in no log");
/// # Ok::<(), biometry_gate::principal::PrincipalError>(())
/// ```
pub struct Principal {
    inner: Arc<Inner>,
    /// When the host has authenticated the caller. Two principals that differ in it alone are equal.
    login_time: Option<SystemTime>,
    /// Where a gate leaves its permit in a request's own principal. Never cloned: a principal that the host keeps for
    /// later requests must not carry it there.
    permit: Option<PermitSlot>,
}

/// The parts of a permit, which only the gate knows how to read.
pub(crate) struct PermitSlot {
    pub(crate) decision: Arc<dyn Any + Send + Sync>,
    pub(crate) engine: Arc<dyn Any + Send + Sync>,
    /// The id that the host has given the request.
    pub(crate) request_id: Option<Arc<str>>,
}

struct Inner {
    key: SubjectKey,
    host_session: HostSession,
    table_hash: OnceLock<u64>,
}

/// Whose record is meant in a store: tenant, subject, and how far the subject is authenticated. Stores and
/// [administration](crate::gate::Admin) go by it; the host session is not a part of it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubjectKey {
    tenant: Tenant,
    #[serde(rename = "realm")]
    authentication: Authentication,
    subject: Subject,
}

/// A text that cannot be a subject, a host session or a tenant. `Display` and `Debug` say what it has to be, and do not
/// show it.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum PrincipalError {
    /// The subject is empty or longer than 1,024 bytes.
    Subject,
    /// The host session is not 1 to 256 bytes of visible ASCII.
    HostSession,
    /// The tenant is not 1 to 256 bytes of visible ASCII.
    Tenant,
}

impl Principal {
    /// The caller of a host with one kind of user: of the default tenant, and logged in.
    ///
    /// # Errors
    /// When `subject` is empty or longer than 1,024 bytes.
    pub fn new(subject: &str, host_session: HostSession) -> Result<Self, PrincipalError> {
        Self::of_tenant(Tenant::default(), subject, host_session)
    }

    /// The caller of a host with several tenants.
    ///
    /// # Errors
    /// As [`Principal::new`].
    pub fn of_tenant(
        tenant: Tenant,
        subject: &str,
        host_session: HostSession,
    ) -> Result<Self, PrincipalError> {
        let key = SubjectKey {
            tenant,
            authentication: Authentication::LoggedIn,
            subject: Subject::parse(subject)?,
        };
        Ok(Self::from_parts(key, host_session))
    }

    /// The subject that a browser claims which wants to sign in, for tests of stores. The gate makes these by itself,
    /// and refuses a request for which the host names one.
    ///
    /// # Errors
    /// When `browser` is not 1 to 256 bytes of visible ASCII.
    pub fn claimed(tenant: Tenant, subject: Subject, browser: &str) -> Result<Self, PrincipalError> {
        let key = SubjectKey { tenant, authentication: Authentication::Claimed, subject };
        Ok(Self::from_parts(key, HostSession::parse(browser)?))
    }

    /// A claimed subject, by a browser with this key.
    pub(crate) fn signing_in(
        tenant: Tenant,
        authentication: Authentication,
        subject: Subject,
        browser: &str,
    ) -> Result<Self, PrincipalError> {
        Ok(Self::from_parts(SubjectKey { tenant, authentication, subject }, HostSession::parse(browser)?))
    }

    /// Says when the host authenticated the caller. Checks for a recent login, such as
    /// [`LoggedInWithin`](crate::enrollment::LoggedInWithin), take it from here; without it no login is recent.
    #[must_use]
    pub fn logged_in_at(mut self, at: SystemTime) -> Self {
        self.login_time = Some(at);
        self
    }

    /// When the host authenticated the caller, where it has said so.
    pub fn login_time(&self) -> Option<SystemTime> {
        self.login_time
    }

    /// A subject for work in the background: the host session is none of the host's.
    pub(crate) fn in_background(key: &SubjectKey) -> Result<Self, PrincipalError> {
        Ok(Self::from_parts(key.clone(), HostSession::parse("-")?))
    }

    fn from_parts(key: SubjectKey, host_session: HostSession) -> Self {
        let inner = Inner { key, host_session, table_hash: OnceLock::new() };
        Self { inner: Arc::new(inner), login_time: None, permit: None }
    }

    /// The [`table_hash`](SubjectKey::table_hash) of the key, which is worked out once for a principal and its clones: for
    /// a host that keeps one for a session, that is not once for each request.
    pub(crate) fn table_hash(&self) -> u64 {
        *self.inner.table_hash.get_or_init(|| self.inner.key.table_hash())
    }

    pub(crate) fn permit(&self) -> Option<&PermitSlot> {
        self.permit.as_ref()
    }

    pub(crate) fn set_permit(&mut self, permit: Option<PermitSlot>) {
        self.permit = permit;
    }

    /// The same subject as one who is logged in: consent is kept there.
    pub(crate) fn logged_in_key(&self) -> SubjectKey {
        self.inner.key.with_authentication(Authentication::LoggedIn)
    }

    /// The user whose biometrics are checked.
    pub fn subject(&self) -> &Subject {
        &self.inner.key.subject
    }

    /// The tenant, the default one where the host has named none.
    pub fn tenant(&self) -> &Tenant {
        &self.inner.key.tenant
    }

    /// The host's session.
    pub fn host_session(&self) -> &HostSession {
        &self.inner.host_session
    }

    /// Whether the subject is logged in or merely claimed.
    pub fn authentication(&self) -> Authentication {
        self.inner.key.authentication
    }

    /// The key of the subject's record in a store: this principal without its host session.
    pub fn key(&self) -> &SubjectKey {
        &self.inner.key
    }
}

impl SubjectKey {
    /// The key of the record of a subject who is logged in.
    pub(crate) fn of_member(tenant: Tenant, subject: Subject) -> Self {
        Self { tenant, authentication: Authentication::LoggedIn, subject }
    }

    /// The tenant.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// Whether the subject is logged in or merely claimed.
    pub fn authentication(&self) -> Authentication {
        self.authentication
    }

    /// The subject.
    pub fn subject(&self) -> &Subject {
        &self.subject
    }

    /// The hash that tables of this process find it by, under a random key that the process has made for itself.
    pub(crate) fn table_hash(&self) -> u64 {
        TABLE_KEY.hash_one(self)
    }

    /// The same subject as those who sign in as them: strangers, and browsers that have done so before.
    pub(crate) fn signing_in(&self) -> [Self; 2] {
        [Authentication::Claimed, Authentication::KnownBrowser].map(|how| self.with_authentication(how))
    }

    pub(crate) fn with_authentication(&self, authentication: Authentication) -> Self {
        Self { authentication, ..self.clone() }
    }
}

macro_rules! visible_text {
    ($name:ident) => {
        text!($name);

        impl $name {
            /// Reads the text.
            ///
            /// # Errors
            /// When it is not 1 to 256 bytes of visible ASCII.
            pub fn parse(text: &str) -> Result<Self, PrincipalError> {
                let fits = (1..=MAX_LEN).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
                if fits { Ok(Self(text.into())) } else { Err(PrincipalError::$name) }
            }
        }
    };
}

macro_rules! text {
    ($name:ident) => {
        impl $name {
            /// The text. It is personal data: do not log it.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        // Most of the time it is the very same text.
        impl PartialEq for $name {
            #[inline]
            fn eq(&self, other: &Self) -> bool {
                Arc::ptr_eq(&self.0, &other.0) || self.0 == other.0
            }
        }

        impl Hash for $name {
            fn hash<H: Hasher>(&self, state: &mut H) {
                self.0.hash(state);
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    };
}

text!(Subject);
impl Subject {
    /// Reads the text.
    ///
    /// # Errors
    /// When it is empty or longer than 1,024 bytes.
    pub fn parse(text: &str) -> Result<Self, PrincipalError> {
        let fits = (1..=LONGEST_SUBJECT).contains(&text.len());
        if fits { Ok(Self(text.into())) } else { Err(PrincipalError::Subject) }
    }

    /// What the platform calls the subject. It is the same text wherever the platform's header can carry that as it is: 1 to
    /// 256 bytes of visible ASCII, for HTTP clients disagree on how to encode anything else there. Otherwise it is `sha256-`
    /// and the SHA-256 of the text's UTF-8, in 64 lower-case hexadecimal digits.
    ///
    /// It never changes, and no two subjects share one: a text that begins with `sha256-` itself is derived, too.
    ///
    /// ```
    /// use biometry_gate::principal::Subject;
    ///
    /// assert_eq!(Subject::parse("ana@example.com")?.platform_name(), "ana@example.com");
    /// let jose = Subject::parse("Jos\u{e9}")?;
    /// assert_eq!(jose.platform_name(), "sha256-24c2ab65b7adab7e070ba05a00a3f3ae074e28b8bcdd59735b7107e7a538a551");
    /// # Ok::<(), biometry_gate::principal::PrincipalError>(())
    /// ```
    pub fn platform_name(&self) -> Cow<'_, str> {
        let text = self.as_str();
        let travels = text.len() <= MAX_LEN && text.bytes().all(|byte| byte.is_ascii_graphic());
        if travels && !text.starts_with(DERIVED) {
            return Cow::Borrowed(text);
        }
        let digest = Sha256::digest(text);
        let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        let digits = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
        Cow::Owned(DERIVED.chars().chain(digits).collect())
    }
}
visible_text!(HostSession);
visible_text!(Tenant);

impl Default for Tenant {
    fn default() -> Self {
        DEFAULT_TENANT.clone()
    }
}

// A check hashes one key, and all subjects may be of the default tenant: that one is left out.
impl Hash for SubjectKey {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if self.tenant != *DEFAULT_TENANT {
            state.write(self.tenant.0.as_bytes());
            state.write_u8(0);
        }
        state.write(self.subject.0.as_bytes());
        // Keys that run into each other are compared anyway.
        state.write_u8(match self.authentication {
            Authentication::LoggedIn => 1,
            Authentication::Claimed => 2,
            Authentication::KnownBrowser => 3,
        });
    }
}

impl Clone for Principal {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner), login_time: self.login_time, permit: None }
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        let (own, others) = (&self.inner, &other.inner);
        Arc::ptr_eq(own, others) || (own.key == others.key && own.host_session == others.host_session)
    }
}

impl Eq for Principal {}

impl Hash for Principal {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.key.hash(state);
        self.inner.host_session.hash(state);
    }
}

impl fmt::Debug for Principal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Principal").field("realm", &self.authentication()).finish_non_exhaustive()
    }
}

impl fmt::Debug for SubjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubjectKey").field("authentication", &self.authentication).finish_non_exhaustive()
    }
}

impl fmt::Display for PrincipalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Subject => "a subject has to be 1 to 1,024 bytes",
            Self::HostSession => "a host session has to be 1 to 256 bytes of visible ascii",
            Self::Tenant => "a tenant has to be 1 to 256 bytes of visible ascii",
        })
    }
}

/// Programs that print it with `Debug` when they end say the same.
impl fmt::Debug for PrincipalError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for PrincipalError {}

static TABLE_KEY: LazyLock<RandomState> = LazyLock::new(RandomState::new);
static DEFAULT_TENANT: LazyLock<Tenant> = LazyLock::new(|| Tenant("default".into()));
const MAX_LEN: usize = 256;
const LONGEST_SUBJECT: usize = 1024;
/// What stands in front of names that are derived.
const DERIVED: &str = "sha256-";

#[cfg(test)]
mod tests;
