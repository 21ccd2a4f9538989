//! A project on the platform: one key, and what its verifications are held against.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use biometry_client::{ApiKey, Client, Service};
use sha2::{Digest as _, Sha256};

use super::breaker::{Breaker, BreakerRule};
use super::config_error::ConfigError;
use super::latency_samples::LatencySamples;
use super::login_mode::LoginMode;
use super::meters::Asking;
use crate::audit::KeyNames;
use crate::clock::A_YEAR;
use crate::denial::Denial;
use crate::policy::Policy;
use crate::principal::Tenant;

/// One tenant's project on the platform: a client with the tenant's own key, and the tenant's policies. For hosts whose
/// tenants have keys of their own; see [`Builder::tenant`](super::Builder::tenant).
///
/// ```
/// use biometry_gate::gate::Project;
/// use biometry_gate::{Policy, Tenant, Threshold};
/// # use biometry_gate::Builder;
///
/// # fn set(builder: Builder, acmes: biometry_client::Client) -> Result<Builder, Box<dyn std::error::Error>> {
/// let acme = Project::new(acmes).policy(Policy::for_session("statement", Threshold::percent(80.0)?));
/// let builder = builder.tenant(Tenant::parse("acme")?, acme);
/// # Ok(builder) }
/// ```
#[must_use]
pub struct Project {
    client: Client,
    policies: Vec<Policy>,
    default_policy: Option<String>,
    login_policy: Option<String>,
}

impl Project {
    /// A project that is reached through this client, and with its keys.
    pub fn new(client: Client) -> Self {
        Self { client, policies: Vec::new(), default_policy: None, login_policy: None }
    }

    /// Adds a policy. Routes and `start` name it; at least one is needed, and every policy that a route names.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policies.push(policy);
        self
    }

    /// The policy that `start` means when it names none; the first one by default.
    pub fn default_policy(mut self, name: &str) -> Self {
        self.default_policy = Some(name.to_owned());
        self
    }

    /// Lets callers without a principal start a session for `policy`, in order to sign in with their face; off by
    /// default. See [`Login::policy`](super::Login::policy).
    #[cfg(feature = "login")]
    pub fn login_mode(self, policy: &str) -> Self {
        self.login_policy(Some(policy.to_owned()))
    }

    /// Sets the policy that sign-ins are held against, where one is named.
    pub(super) fn login_policy(mut self, policy: Option<String>) -> Self {
        self.login_policy = policy.or(self.login_policy);
        self
    }

    /// Checks the project as a whole.
    fn open(self, rule: BreakerRule) -> Result<OpenProject, ConfigError> {
        check_project(&self.client)?;
        let login = self.login_policy.as_deref();
        let mut policies = HashMap::new();
        for policy in &self.policies {
            check_policy(policy, &self.client)?;
            // A sign-in is handed to the host once.
            let is_login = login == Some(policy.name());
            let policy = if is_login { policy.clone().single_use() } else { policy.clone() };
            if policies.insert(policy.shared_name(), Arc::new(policy)).is_some() {
                return Err(ConfigError::new("two policies have the same name: give each `policy` its own"));
            }
        }
        let named = |name: &str| policies.get(name).cloned().ok_or_else(|| ConfigError::unknown_policy(name));
        let default_policy = match (&self.default_policy, self.policies.first()) {
            (Some(name), _) => named(name)?,
            (None, Some(first)) => named(first.name())?,
            (None, None) => return Err(ConfigError::new("no policy: add one with `policy`")),
        };
        let login = login.map(named).transpose()?.map(LoginMode::new).transpose()?;
        let (calls, captures) = (Breaker::new(rule, Asking::Call), Breaker::new(rule, Asking::Upload));
        let (client, latency) = (self.client, LatencySamples::default());
        Ok(OpenProject { client, calls, captures, latency, policies, default_policy, login })
    }
}

/// A project that has been found in order.
pub(crate) struct OpenProject {
    pub(crate) client: Client,
    /// Short calls and uploads fail for different reasons, and are counted apart.
    pub(crate) calls: Breaker,
    pub(crate) captures: Breaker,
    pub(crate) latency: LatencySamples,
    pub(crate) policies: HashMap<Arc<str>, Arc<Policy>>,
    pub(crate) default_policy: Arc<Policy>,
    pub(crate) login: Option<LoginMode>,
}

impl OpenProject {
    pub(crate) fn policy(&self, name: &str) -> Option<&Arc<Policy>> {
        self.policies.get(name)
    }

    /// The policy with the name of this one. Asked for each request where a handler checks for itself; most gates have one
    /// policy.
    pub(crate) fn namesake(&self, policy: &Policy) -> Option<&Arc<Policy>> {
        if self.default_policy.is_named(policy.own_name()) {
            return Some(&self.default_policy);
        }
        self.policy(policy.name())
    }
}

/// Each tenant's project. A tenant without one is not served by another tenant's.
pub(crate) struct Projects {
    /// The only one there is, of all tenants; the default tenant's, where others have their own.
    shared: OpenProject,
    of_tenants: HashMap<Tenant, OpenProject>,
}

/// The host knows the caller's tenant, and we do not.
#[derive(Clone, Copy, Debug)]
pub(crate) struct UnknownTenant;

impl Projects {
    pub(crate) fn open(
        shared: Project,
        of_tenants: Vec<(Tenant, Project)>,
        rule: BreakerRule,
    ) -> Result<Self, ConfigError> {
        let mut open = HashMap::new();
        for (tenant, project) in of_tenants {
            if tenant == Tenant::default() {
                return Err(ConfigError::new(
                    "the default tenant's project is the builder's own: name another in `tenant`",
                ));
            }
            if open.insert(tenant, project.open(rule)?).is_some() {
                return Err(ConfigError::new("a tenant has two projects: give it one with `tenant`"));
            }
        }
        Ok(Self { shared: shared.open(rule)?, of_tenants: open })
    }

    /// The project that a tenant's verifications belong to.
    #[inline]
    pub(crate) fn of(&self, tenant: &Tenant) -> Result<&OpenProject, UnknownTenant> {
        if self.of_tenants.is_empty() || *tenant == Tenant::default() {
            return Ok(&self.shared);
        }
        self.of_tenants.get(tenant).ok_or(UnknownTenant)
    }

    /// The project of this tenant, or the only one there is.
    fn meant(&self, tenant: Option<&Tenant>) -> Option<&OpenProject> {
        match tenant {
            Some(tenant) => self.of(tenant).ok(),
            None => self.of_tenants.is_empty().then_some(&self.shared),
        }
    }

    /// The project of a tenant that has its own or is the default one.
    pub(crate) fn all(&self) -> impl Iterator<Item = &OpenProject> {
        std::iter::once(&self.shared).chain(self.of_tenants.values())
    }

    /// The policy with this name, of every tenant.
    pub(crate) fn policy(&self, name: &str) -> Result<PolicyOfTenants, ConfigError> {
        let shared = self.shared.policy(name).ok_or_else(|| ConfigError::unknown_policy(name))?;
        let mut of_tenants = HashMap::new();
        for (tenant, project) in &self.of_tenants {
            let policy = project.policy(name).ok_or_else(|| ConfigError::unknown_policy(name))?;
            if policy.is_bound_to_intent() != shared.is_bound_to_intent() {
                return Err(ConfigError::new(format!(
                    "the policy {name} approves operations for one tenant and opens routes for another: a route is either, so \
                     make both with `Policy::for_session` or both with `Policy::for_operation`",
                )));
            }
            if policy.speaks_operation() != shared.speaks_operation() {
                return Err(ConfigError::new(format!(
                    "the policy {name} speaks its operations for one tenant alone, and a route describes them alike for all: \
                     add `Policy::speak_operation` to both, or to none",
                )));
            }
            of_tenants.insert(tenant.clone(), Arc::clone(policy));
        }
        let of_tenants = (!of_tenants.is_empty()).then(|| Arc::new(of_tenants));
        Ok(PolicyOfTenants { shared: Arc::clone(shared), of_tenants })
    }
}

/// A tenant that the gate does not know is a caller that it cannot place.
impl From<UnknownTenant> for Denial {
    fn from(_: UnknownTenant) -> Self {
        Self::IdentityUnavailable
    }
}

impl KeyNames for Projects {
    fn in_use(&self, tenant: Option<&Tenant>) -> Option<Arc<str>> {
        self.meant(tenant).map(|project| key_id(project.client.key_in_use()))
    }

    fn rejected(&self, tenant: Option<&Tenant>) -> Option<Arc<str>> {
        let client = &self.meant(tenant)?.client;
        Some(key_id(client.rejected_key().unwrap_or_else(|| client.key_in_use())))
    }
}

/// What one name of a policy means to each tenant.
#[derive(Clone, Debug)]
pub(crate) struct PolicyOfTenants {
    shared: Arc<Policy>,
    /// Absent where no tenant has policies of its own.
    of_tenants: Option<Arc<HashMap<Tenant, Arc<Policy>>>>,
}

impl PolicyOfTenants {
    pub(crate) fn shared(&self) -> &Arc<Policy> {
        &self.shared
    }

    #[inline]
    pub(crate) fn of(&self, tenant: &Tenant) -> Result<&Arc<Policy>, UnknownTenant> {
        match &self.of_tenants {
            Some(of_tenants) if *tenant != Tenant::default() => of_tenants.get(tenant).ok_or(UnknownTenant),
            _ => Ok(&self.shared),
        }
    }
}

fn check_policy(policy: &Policy, client: &Client) -> Result<(), ConfigError> {
    if policy.name().is_empty() || !policy.name().bytes().all(|b| b.is_ascii_graphic() && b != b'"') {
        return Err(ConfigError::new(
            "a policy's name has to be visible ascii: correct that of `Policy::for_session` or `Policy::for_operation`",
        ));
    }
    if policy.required().iter().next().is_none() {
        return Err(ConfigError::new(format!(
            "the policy {} requires no service, and every upload would pass: add one with `Policy::require`",
            policy.name()
        )));
    }
    if policy.acr_value().is_empty() || !policy.acr_value().bytes().all(|b| b.is_ascii_graphic() && b != b'"')
    {
        return Err(ConfigError::new(format!(
            "the context class of the policy {} has to be visible ascii: correct `Policy::acr`",
            policy.name()
        )));
    }
    let reads_lips = policy.required().contains(Service::VisualSpeechRecognition);
    if policy.speaks_operation() && !(policy.is_bound_to_intent() && reads_lips) {
        return Err(ConfigError::new(format!(
            "the policy {} speaks its operations, which takes one that is made with `Policy::for_operation` and requires \
             Visual Speech Recognition: make it so, or drop `Policy::speak_operation`",
            policy.name()
        )));
    }
    if policy.freshness() > A_YEAR {
        return Err(ConfigError::new(format!(
            "decisions of the policy {} count for at most a year: shorten `Policy::max_age`",
            policy.name()
        )));
    }
    if policy.minimums().iter().any(|(_, minimum)| !minimum.is_finite() || *minimum <= 0.0) {
        return Err(ConfigError::new(format!(
            "the policy {} asks a service for a score that says nothing: `Policy::require_at_least` takes one above 0",
            policy.name()
        )));
    }
    for client in client.for_each_key() {
        let claims = client.api_key().claims();
        if let Some(service) = policy.required().iter().find(|&service| !claims.includes(service)) {
            return Err(ConfigError::new(format!(
                "the policy {} requires {}, which the api key does not include: select the service for the key in the \
                 platform's console, or do not require it",
                policy.name(),
                service.as_str(),
            )));
        }
    }
    Ok(())
}

/// What the audit trail calls a key: what the platform calls it, where the key says so in a few visible characters.
fn key_id(key: &ApiKey) -> Arc<str> {
    let fits = |id: &&str| (1..=64).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    if let Some(id) = key.claims().id().filter(fits) {
        return id.into();
    }
    let digest = Sha256::digest(key.expose_secret());
    let short: String = digest.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{short}").into()
}

/// A spare key of another project would look for sessions and faces where there are none.
fn check_project(client: &Client) -> Result<(), ConfigError> {
    let own = client.api_key().claims().project_id().map(str::to_owned);
    if client.for_each_key().all(|client| client.api_key().claims().project_id() == own.as_deref()) {
        return Ok(());
    }
    Err(ConfigError::new("a spare api key belongs to another project: use keys of one project only"))
}

impl fmt::Debug for Project {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Project").field("policies", &self.policies).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id_of(claims: &str) -> Arc<str> {
        use base64::Engine as _;
        let claims = base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(claims);
        key_id(&ApiKey::parse(&format!("eyJhbGciOiJIUzI1NiJ9.{claims}.c2ln")).unwrap())
    }

    #[test]
    fn a_key_is_called_what_the_platform_calls_it_or_by_its_digest() {
        assert_eq!(&*id_of(r#"{"id":"k-1"}"#), "k-1");
        let long = "k".repeat(65);
        for claims in ["{}", r#"{"id":""}"#, r#"{"id":"a b"}"#, &format!(r#"{{"id":"{long}"}}"#)] {
            let id = id_of(claims);
            assert!(id.starts_with("sha256:") && id.len() == 23, "{id}");
            assert_eq!(id, id_of(claims));
        }
        assert_ne!(id_of("{}"), id_of(r#"{"project_id":"p"}"#));
    }
}
