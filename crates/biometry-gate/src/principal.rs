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
mod names;
mod subject_key;

use std::any::Any;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

pub use self::identify::{FromExtensions, Identified, Identify, IdentifyError};
pub use self::names::{HostSession, PrincipalError, Subject, Tenant};
pub use self::subject_key::{Authentication, SubjectKey};

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

#[cfg(test)]
mod tests;
