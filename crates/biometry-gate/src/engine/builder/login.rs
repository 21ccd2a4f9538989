use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::engine::LoginTenant;
use crate::principal::{IdentifyError, Tenant};

/// Signing in by face, for callers without a principal; see [`Builder::login`](super::Builder::login).
#[derive(Clone, Default)]
#[must_use]
pub struct Login {
    pub(crate) policy: Option<String>,
    pub(crate) tenant: Tenant,
    pub(crate) tenants: Option<Arc<LoginTenant>>,
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
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Login").field("policy", &self.policy).finish_non_exhaustive()
    }
}
