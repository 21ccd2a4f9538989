use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use tokio::sync::Semaphore;

use super::check_wait;
use crate::engine::{ConfigError, LoginTenant};
use crate::principal::{IdentifyError, Tenant};

/// Signing in by face, for callers without a principal; see [`Builder::login`](super::Builder::login).
#[derive(Clone)]
#[must_use]
pub struct Login {
    pub(crate) policy: Option<String>,
    pub(crate) tenant: Tenant,
    pub(crate) tenants: Option<Arc<LoginTenant>>,
    pub(crate) max_uploads: Option<usize>,
    pub(crate) budget: Option<u32>,
    pub(crate) starts: (u32, Duration),
}

impl Default for Login {
    fn default() -> Self {
        Self {
            policy: None,
            tenant: Tenant::default(),
            tenants: None,
            max_uploads: None,
            budget: None,
            starts: (600, Duration::from_secs(60)),
        }
    }
}

impl Login {
    /// Lets callers without a principal start a session for `policy` with a subject they claim, in order to sign in with
    /// their face. Off by default. The policy has to require Face Recognition and becomes single-use.
    pub fn policy(mut self, policy: &str) -> Self {
        self.policy = Some(policy.to_owned());
        self
    }

    /// The tenant that callers sign in to; the default tenant by default.
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// Which tenant a caller signs in to, who has no principal yet: read it from what the host trusts in a request, such
    /// as the name it was reached by, never from what a client may choose freely. By default it is the
    /// [`tenant`](Self::tenant) for all. Where `read` fails, the start is refused with 503. The host redeems with
    /// [`BiometryGate::redeem_login_of`](crate::BiometryGate::redeem_login_of).
    pub fn tenants(
        mut self,
        read: impl Fn(&Parts) -> Result<Tenant, IdentifyError> + Send + Sync + 'static,
    ) -> Self {
        self.tenants = Some(Arc::new(read));
        self
    }

    /// How many uploads of strangers who sign in may be under way in this process, apart from those of members; by default a
    /// quarter of [`Platform::max_uploads`](super::Platform::max_uploads). A browser that has signed in before counts as a
    /// member here, and in the next two.
    pub fn max_uploads(mut self, uploads: usize) -> Self {
        self.max_uploads = Some(uploads);
        self
    }

    /// How many captures of strangers who sign in go to the platform in the window of
    /// [`Platform::budget`](super::Platform::budget), apart from those of members; by default a quarter of that budget.
    /// Captures that are kept from the platform cost nothing.
    pub fn budget(mut self, captures: u32) -> Self {
        self.budget = Some(captures);
        self
    }

    /// How many sign-ins strangers may start in this process in `window`, under all names together; 600 in 60 s by default.
    /// Each is a session at the platform. Limits by address are for what stands in front of the process.
    pub fn starts(mut self, count: u32, window: Duration) -> Self {
        self.starts = (count, window);
        self
    }

    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let (starts, window) = self.starts;
        check_wait(window, "Login::starts")?;
        if starts == 0 || self.budget == Some(0) || self.max_uploads == Some(0) {
            return Err(ConfigError::new(
                "at least one sign-in has to be allowed: raise `Login::starts`, `budget` and `max_uploads`, or leave out \
                 `Login::policy`",
            ));
        }
        if self.max_uploads.is_some_and(|uploads| uploads > Semaphore::MAX_PERMITS) {
            return Err(ConfigError::new("so many uploads cannot be counted: lower `Login::max_uploads`"));
        }
        Ok(())
    }
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("policy", &self.policy).finish_non_exhaustive()
    }
}
