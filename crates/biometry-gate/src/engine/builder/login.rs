//! The builder's group for signing in by face.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use tokio::sync::Semaphore;

use super::build::check_wait;
use crate::engine::{ConfigError, LoginTenant};
use crate::principal::{IdentifyError, Tenant};

/// Signing in by face, for callers without a principal; a group of [`Builder::login`](super::Builder::login).
///
/// Off until it names a [`policy`](Self::policy). A browser then starts a session with the name it claims, and answers
/// and times are the same for known and unknown names (against user enumeration). The host redeems a pass with
/// [`BiometryGate::redeem_login`](crate::BiometryGate::redeem_login), once, and opens its own session. Strangers who
/// sign in have limits, places and a budget of their own, so that they take nothing away from users who are logged in.
/// A browser that has signed in before counts as a member here.
///
/// ```
/// use biometry_gate::{Policy, Threshold};
/// # use biometry_gate::Builder;
/// # fn set(builder: Builder) -> Result<Builder, biometry_gate::policy::ThresholdError> {
/// let builder = builder
///     .policy(Policy::for_session("sign-in", Threshold::percent(80.0)?))
///     .login(|login| login.policy("sign-in"));
/// # Ok(builder) }
/// ```
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
    /// Lets callers without a principal start a session for `policy` with a subject they claim, in order to sign in
    /// with their face. Off by default. The policy must require Face Recognition, and becomes single-use.
    pub fn policy(mut self, policy: &str) -> Self {
        self.policy = Some(policy.to_owned());
        self
    }

    /// The tenant that callers sign in to; the default tenant by default.
    pub fn tenant(mut self, tenant: Tenant) -> Self {
        self.tenant = tenant;
        self
    }

    /// Which tenant a caller signs in to, who has no principal yet: read it from what the host trusts in a request,
    /// such as the name it was reached by, never from what a client may choose freely. By default it is the
    /// [`tenant`](Self::tenant) for all. Where `read` fails, the gate refuses the start with 503. The host redeems with
    /// [`BiometryGate::redeem_login_of`](crate::BiometryGate::redeem_login_of).
    pub fn tenants(
        mut self,
        read: impl Fn(&Parts) -> Result<Tenant, IdentifyError> + Send + Sync + 'static,
    ) -> Self {
        self.tenants = Some(Arc::new(read));
        self
    }

    /// How many uploads of strangers who sign in may be under way in this process, apart from those of members; at
    /// least one, by default a quarter of [`Platform::max_uploads`](super::Platform::max_uploads). Further ones get 503
    /// `overloaded`.
    pub fn max_uploads(mut self, uploads: usize) -> Self {
        self.max_uploads = Some(uploads);
        self
    }

    /// How many captures of strangers who sign in go to the platform in the window of
    /// [`Platform::budget`](super::Platform::budget), apart from those of members; at least one, by default a quarter
    /// of that budget. Captures that are kept from the platform cost nothing.
    pub fn budget(mut self, captures: u32) -> Self {
        self.budget = Some(captures);
        self
    }

    /// How many sign-ins strangers may start in this process in `window`, under all names together; 600 in 60 s by
    /// default. Each is a session at the platform. A rate limit by address is a matter of what stands in front of the
    /// process.
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
