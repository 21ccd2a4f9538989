//! From what the host says to a gate, or to a sentence on what to change.

mod auditing;
mod build;
mod login;
mod platform;
mod refusing;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use biometry_client::{Client, GeoLocation, PhoneNumber};
use http::request::Parts;

pub use self::auditing::Auditing;
pub use self::login::Login;
pub use self::platform::Platform;
pub use self::refusing::Refusing;
use super::Settings;
use super::consent_rules::ConsentRules;
use super::host_knowledge::HostKnowledge;
use super::project::Project;
use crate::Limits;
use crate::capture::CaptureLimits;
use crate::clock::{Clock, SystemClock};
use crate::cross_site::CrossSite;
use crate::document::Documents;
use crate::enrollment::EnrollmentGuard;
use crate::entropy::{Entropy, OsEntropy};
use crate::policy::Policy;
use crate::principal::{Identify, Principal, Tenant};
#[cfg(feature = "receipts")]
use crate::receipts::ReceiptIssuer;
use crate::store::DecisionStore;
#[cfg(feature = "webhooks")]
use crate::webhook::Receiver;

/// Collects what a [`BiometryGate`](crate::BiometryGate) is made of; [`build`](Self::build) checks it as a whole.
///
/// [`BiometryGate::builder`](crate::BiometryGate::builder) takes what every gate needs, a client of the platform and
/// an [`Identify`]; at least one [`policy`](Self::policy) comes next. Everything else has a default that suits one
/// process in production. Setters cannot fail; [`build`](Self::build) refuses what could not work with a message that
/// names the setting to change.
///
/// Settings that belong together come in groups, which a closure adjusts: [`platform`](Self::platform),
/// [`login`](Self::login), [`audit`](Self::audit), [`consent`](Self::consent) and [`refusing`](Self::refusing).
///
/// ```
/// use std::time::Duration;
/// # use biometry_gate::gate::Builder;
/// # fn adjust(builder: Builder) -> Builder {
/// builder
///     .platform(|platform| platform.timeout(Duration::from_secs(30)).max_uploads(64))
///     .audit(|audit| audit.required().replica_name("bank-2"))
/// # }
/// ```
#[must_use]
pub struct Builder {
    project: Project,
    tenants: Vec<(Tenant, Project)>,
    identify: Arc<dyn Identify>,
    enrollment_guard: Option<Arc<dyn EnrollmentGuard>>,
    host_knowledge: HostKnowledge,
    documents: Documents,
    store: Option<DecisionStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    cross_site: CrossSite,
    replicas: u32,
    #[cfg(feature = "receipts")]
    receipts: Option<ReceiptIssuer>,
    #[cfg(feature = "webhooks")]
    webhook: Option<Receiver>,
    platform: Platform,
    login: Login,
    audit: Auditing,
    consents: ConsentRules,
    refusing: Refusing,
    settings: Settings,
}

impl Builder {
    pub(crate) fn new(client: Client, identify: Arc<dyn Identify>) -> Self {
        Self {
            project: Project::new(client),
            tenants: Vec::new(),
            identify,
            enrollment_guard: None,
            host_knowledge: HostKnowledge::default(),
            documents: Documents::default(),
            store: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            cross_site: CrossSite::new(),
            replicas: 1,
            #[cfg(feature = "receipts")]
            receipts: None,
            #[cfg(feature = "webhooks")]
            webhook: None,
            platform: Platform::default(),
            login: Login::default(),
            audit: Auditing::default(),
            consents: ConsentRules::default(),
            refusing: Refusing::default(),
            settings: Settings::default(),
        }
    }

    /// Adds a policy. Routes and `start` name it; at least one is needed, and two of the same name are refused at
    /// [`build`](Self::build).
    pub fn policy(mut self, policy: Policy) -> Self {
        self.project = self.project.policy(policy);
        self
    }

    /// The policy that `start` means when it names none; the first one that was added by default. A name that no policy
    /// has is refused at [`build`](Self::build).
    pub fn default_policy(mut self, name: &str) -> Self {
        self.project = self.project.default_policy(name);
        self
    }

    /// Gives a tenant a project of its own: its own key, policies and sign-in. What this builder says besides is then
    /// the default tenant's, and the gate refuses a caller of a tenant that was not named with 503
    /// `identity-unavailable`.
    ///
    /// Without any such call all tenants share one project. Either way they share nothing else: sessions, consent,
    /// decisions and limits are kept apart by tenant. Every project needs each policy that routes name.
    pub fn tenant(mut self, tenant: Tenant, project: Project) -> Self {
        self.tenants.push((tenant, project));
        self
    }

    /// How the gate deals with the platform: time limits, score scale, budget, circuit breaker, labels. See
    /// [`Platform`].
    pub fn platform(mut self, adjust: impl FnOnce(Platform) -> Platform) -> Self {
        self.platform = adjust(self.platform);
        self
    }

    /// Signing in by face, for callers without a principal; off by default. See [`Login`].
    #[cfg(feature = "login")]
    pub fn login(mut self, adjust: impl FnOnce(Login) -> Login) -> Self {
        self.login = adjust(self.login);
        self
    }

    /// Where audit events go, and whether the gate acts without them. See [`Auditing`].
    pub fn audit(mut self, adjust: impl FnOnce(Auditing) -> Auditing) -> Self {
        self.audit = adjust(self.audit);
        self
    }

    /// What people agree to, and where the gate looks that up. See [`ConsentRules`].
    pub fn consent(mut self, adjust: impl FnOnce(ConsentRules) -> ConsentRules) -> Self {
        self.consents = adjust(self.consents);
        self
    }

    /// How gates refuse, and where they send people. See [`Refusing`].
    pub fn refusing(mut self, adjust: impl FnOnce(Refusing) -> Refusing) -> Self {
        self.refusing = adjust(self.refusing);
        self
    }

    /// Opens the routes that enroll a face or a voice to those callers for whom `guard` answers yes, by a factor of the
    /// host's own. Without a guard the routes are closed: 403 `enrollment-closed`.
    ///
    /// [`LoggedInWithin`](crate::enrollment::LoggedInWithin) is the least that a guard may ask, because a caller who
    /// enrolls another face passes every later verification. See [`enrollment`](crate::enrollment).
    pub fn enrollment_guard(mut self, guard: impl EnrollmentGuard) -> Self {
        self.enrollment_guard = Some(Arc::new(guard));
        self
    }

    /// The caller's phone number, from the host's own records: the platform checks it for a swapped SIM when the
    /// caller's session ends. None by default; a number that a client sends is never passed on, and none is ever sent for
    /// unauthenticated sign-in attempts.
    ///
    /// It is asked in the background, when the caller may be gone: of the principal it is handed, the tenant and the
    /// subject count, and not the host session. It must not block.
    pub fn phone(
        mut self,
        phone: impl Fn(&Principal) -> Option<PhoneNumber> + Send + Sync + 'static,
    ) -> Self {
        self.host_knowledge.phone = Some(Arc::new(phone));
        self
    }

    /// Where the caller is, by the host's knowledge. None by default, and then the platform takes the place of this
    /// server for the caller's; what a client says of it is never passed on.
    ///
    /// It is asked on the request's path: it must not block.
    pub fn geo(
        mut self,
        geo: impl Fn(&Principal, &Parts) -> Option<GeoLocation> + Send + Sync + 'static,
    ) -> Self {
        self.host_knowledge.geo = Some(Arc::new(geo));
        self
    }

    /// How identity documents are checked and what the browser learns of them: nothing, by default. See
    /// [`document`](crate::document).
    #[cfg(feature = "documents")]
    pub fn documents(mut self, documents: Documents) -> Self {
        self.documents = documents;
        self
    }

    /// Where decisions, sessions and consents are kept; a [`MemoryStore`](crate::MemoryStore) on the gate's clock by
    /// default, which serves one process only and forgets with it. See [`store`](crate::store) for the choice.
    pub fn store(mut self, store: impl Into<DecisionStore>) -> Self {
        self.store = Some(store.into());
        self
    }

    /// [`store`](Self::store), with a store that others hold, too: clones of a [`DecisionStore`] are the same store.
    pub fn shared_store(self, store: impl Into<DecisionStore>) -> Self {
        self.store(store)
    }

    /// How long the store may take for one step, before the gate refuses with 503 `store-unavailable`; 250 ms by
    /// default, above zero and at most a year. Raise it for a database in another region: a step may take several round
    /// trips.
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.settings.store_timeout = timeout;
        self
    }

    /// How many processes share the work; 1 by default. With more than one, [`build`](Self::build) refuses a store of
    /// one process.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// How often a subject may start sessions and fail verifications; see [`Limits`] for the defaults.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// What an upload may cost in bytes, parts and time; see [`CaptureLimits`] for the defaults.
    pub fn capture_limits(mut self, limits: CaptureLimits) -> Self {
        self.settings.capture = limits;
        self
    }

    /// How long a phrase may be spoken: an upload has to begin within this time after the start; 180 s by default,
    /// above zero and at most a year. More than ten minutes is a [lint](crate::gate::LintKind::LongChallenge).
    pub fn challenge_ttl(mut self, time_to_live: Duration) -> Self {
        self.settings.challenge_ttl = time_to_live;
        self
    }

    /// Issues receipts, by which services behind the app see that a person was verified: see
    /// [`receipts`](crate::receipts). None by default, and then `GET /jwks.json` below the mount is 404.
    #[cfg(feature = "receipts")]
    pub fn receipts(mut self, issuer: ReceiptIssuer) -> Self {
        self.receipts = Some(issuer);
        self
    }

    /// Takes what the platform delivers to `POST /webhook` below the mount; there is no such route by default. See
    /// [`webhook`](crate::webhook).
    #[cfg(feature = "webhooks")]
    pub fn webhook(mut self, receiver: Receiver) -> Self {
        self.webhook = Some(receiver);
        self
    }

    /// Which origins may call state-changing routes and gated routes; the host's own by default. See
    /// [`cross_site`](crate::cross_site).
    pub fn cross_site(mut self, rule: CrossSite) -> Self {
        self.cross_site = rule;
        self
    }

    /// Takes the `X-Request-Id` of a request to a mounted route for the id of its answer and of its audit events, where it
    /// is a plain token of at most 128 characters (letters, digits and `-_.:+/=@`). Off by default, and ids are the gate's
    /// own, or the platform's where it was asked, because a client may send that header, too.
    ///
    /// For hosts that set it themselves, by a proxy that replaces what clients send or by tower-http's `SetRequestIdLayer`.
    pub fn trust_request_ids(mut self) -> Self {
        self.settings.trusts_request_ids = true;
        self
    }

    /// The clock for expiry and freshness; the system's by default. Tests hand in a
    /// [`ManualClock`](crate::clock::ManualClock).
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source of phrases and handles; the operating system's generator by default.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("project", &self.project).finish_non_exhaustive()
    }
}
