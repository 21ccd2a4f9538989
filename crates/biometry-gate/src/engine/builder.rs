use std::sync::Arc;
use std::time::Duration;

use biometry_client::{Client, GeoLocation, PhoneNumber, Tag};
use http::request::Parts;
use tokio::sync::Semaphore;

use super::breaker::BreakerRule;
use super::budget::Budget;
use super::clock_watch::ClockWatch;
use super::config_error::ConfigError;
use super::consent_rules::ConsentRules;
use super::host_knowledge::HostKnowledge;
use super::lint::lints;
use super::outbox::Outbox;
use super::project::{Project, Projects};
use super::request_ids::RequestIds;
use super::step_up_page::StepUpPage;
use super::tasks::Tasks;
use super::{BiometryGate, Engine, LoginTenant, Settings};
use crate::Limits;
use crate::audit::{Audit, AuditSettings, AuditSink, EventKind, KeyNames, TracingSink};
use crate::capture::CaptureLimits;
use crate::challenge::{ChallengeParams, Scheme};
use crate::clock::{Clock, SystemClock};
use crate::consent::{ConsentContext, ConsentSource, ConsentText};
use crate::cross_site::CrossSite;
use crate::denial::Render;
use crate::document::Documents;
use crate::enrollment::EnrollmentGuard;
use crate::entropy::{Entropy, OsEntropy};
use crate::policy::{Policy, ScoreScale};
use crate::principal::{Identify, IdentifyError, Principal, Tenant};
use crate::store::{DecisionStore, MemoryStore, StoreScope};
use crate::webhook::Receiver;

/// Collects what a [`BiometryGate`] is made of; [`build`](Self::build) checks it as a whole.
#[must_use]
pub struct Builder {
    project: Project,
    identify: Arc<dyn Identify>,
    tenants: Vec<(Tenant, Project)>,
    login_tenant: Tenant,
    login_tenants: Option<Arc<LoginTenant>>,
    enrollment_guard: Option<Arc<dyn EnrollmentGuard>>,
    host_knowledge: HostKnowledge,
    documents: Documents,
    store: Option<DecisionStore>,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    audit: Arc<dyn AuditSink>,
    audit_key: Option<[u8; 32]>,
    replica_name: Option<String>,
    cross_site: CrossSite,
    scheme: String,
    realm: String,
    max_uploads: usize,
    replicas: u32,
    audit_is_required: bool,
    step_up_page: Option<String>,
    render: Option<Arc<dyn Render>>,
    budget: Option<(u32, Duration)>,
    breaker: BreakerRule,
    webhook: Option<Receiver>,
    consents: ConsentRules,
    settings: Settings,
}

impl Builder {
    pub(crate) fn new(client: Client, identify: Arc<dyn Identify>) -> Self {
        Self {
            project: Project::new(client),
            identify,
            tenants: Vec::new(),
            login_tenant: Tenant::default(),
            login_tenants: None,
            enrollment_guard: None,
            host_knowledge: HostKnowledge::default(),
            documents: Documents::default(),
            store: None,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(OsEntropy),
            audit: Arc::new(TracingSink),
            audit_key: None,
            replica_name: None,
            cross_site: CrossSite::new(),
            scheme: "Bearer".to_owned(),
            realm: "biometry".to_owned(),
            max_uploads: 256,
            replicas: 1,
            audit_is_required: false,
            step_up_page: None,
            render: None,
            budget: None,
            webhook: None,
            breaker: BreakerRule { failures: 10, pause: Duration::from_secs(5) },
            consents: ConsentRules::default(),
            settings: Settings::default(),
        }
    }

    /// Adds a policy. Routes and `start` name it; at least one is needed.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.project = self.project.policy(policy);
        self
    }

    /// The policy that `start` means when it names none; the first one by default.
    pub fn default_policy(mut self, name: &str) -> Self {
        self.project = self.project.default_policy(name);
        self
    }

    /// Lets callers without a principal start a session for `policy` with a subject they claim, in order to sign in
    /// with their face. Off by default. The policy has to require Face Recognition and becomes single-use.
    pub fn login_mode(mut self, policy: &str) -> Self {
        self.project = self.project.login_mode(policy);
        self
    }

    /// Opens the routes that enroll a face or a voice to those of whom `guard` says that they are who they claim to be,
    /// by a factor of the host's own. Without one they are closed.
    ///
    /// [`LoggedInWithin`](crate::enrollment::LoggedInWithin) is the least that a guard may ask: whoever enrolls another
    /// face passes every later verification. See [`enrollment`](crate::enrollment).
    pub fn enrollment_guard(mut self, guard: impl EnrollmentGuard) -> Self {
        self.enrollment_guard = Some(Arc::new(guard));
        self
    }

    /// The caller's phone number, from the host's own records: the platform checks it for a swapped SIM when the
    /// caller's session ends. None by default; a number that a client sends is never passed on, and nobody's is for a name
    /// that is merely claimed.
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

    /// How identity documents are checked and what the browser is told of them: nothing, by default.
    pub fn documents(mut self, documents: Documents) -> Self {
        self.documents = documents;
        self
    }

    /// Labels that go to the platform with every upload; none by default.
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.settings.tags.extend(tags);
        self
    }

    /// The tenant of those who sign in with their face; the default tenant by default.
    pub fn login_tenant(mut self, tenant: Tenant) -> Self {
        self.login_tenant = tenant;
        self
    }

    /// Gives a tenant a project of its own: its own key, policies and sign-in. What this builder says besides is the
    /// default tenant's then, and a caller of a tenant that was not named is refused, with 503.
    ///
    /// Without any such call all tenants share one project. Either way they share nothing else: sessions, consent,
    /// decisions and limits are kept apart by tenant. A policy that routes name is needed in every project.
    pub fn tenant(mut self, tenant: Tenant, project: Project) -> Self {
        self.tenants.push((tenant, project));
        self
    }

    /// How to tell the tenant of somebody who is about to sign in with their face, and so has no principal: from what
    /// the host trusts in a request, such as the name it was reached by, never from what a client may choose freely.
    /// By default everybody signs in to the [`login_tenant`](Self::login_tenant). Where it cannot tell, nobody
    /// starts, with 503. The host redeems with [`BiometryGate::redeem_login_of`].
    pub fn login_tenants(
        mut self,
        tenant: impl Fn(&Parts) -> Result<Tenant, IdentifyError> + Send + Sync + 'static,
    ) -> Self {
        self.login_tenants = Some(Arc::new(tenant));
        self
    }

    /// Where decisions are kept; a [`MemoryStore`] on the gate's clock by default, which serves one process only.
    pub fn store(mut self, store: impl Into<DecisionStore>) -> Self {
        self.store = Some(store.into());
        self
    }

    /// [`store`](Self::store), with a store that others hold, too: clones of a [`DecisionStore`] are the same store.
    pub fn shared_store(self, store: impl Into<DecisionStore>) -> Self {
        self.store(store)
    }

    /// How often a subject may start and fail.
    pub fn limits(mut self, limits: Limits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// What an upload may be, and how slow.
    pub fn capture_limits(mut self, limits: CaptureLimits) -> Self {
        self.settings.capture = limits;
        self
    }

    /// How long a phrase may be spoken: an upload has to begin within this time after the start; 180 s by default.
    pub fn challenge_ttl(mut self, time_to_live: Duration) -> Self {
        self.settings.challenge_ttl = time_to_live;
        self
    }

    /// On which scale the platform gives its score; percent by default.
    pub fn score_scale(mut self, scale: ScoreScale) -> Self {
        self.settings.scale = scale;
        self
    }

    /// How long the platform may keep us waiting: for the answer to a call, for the verdict after the last byte, and
    /// for taking more of an upload; 60 s by default.
    pub fn platform_timeout(mut self, timeout: Duration) -> Self {
        self.settings.platform_timeout = timeout;
        self
    }

    /// How long the store may take for one step; 250 ms by default.
    pub fn store_timeout(mut self, timeout: Duration) -> Self {
        self.settings.store_timeout = timeout;
        self
    }

    /// How many uploads may be under way in this process; 256 by default. Further ones are answered with 503.
    pub fn max_uploads(mut self, uploads: usize) -> Self {
        self.max_uploads = uploads;
        self
    }

    /// How many processes share the work; 1 by default. More than one needs a store that they share.
    pub fn replicas(mut self, replicas: u32) -> Self {
        self.replicas = replicas;
        self
    }

    /// At most `captures` are judged in each `window` by this process, all users together; unlimited by default.
    /// Further ones are answered with 503 until the window is over.
    pub fn budget(mut self, captures: u32, window: Duration) -> Self {
        self.budget = Some((captures, window));
        self
    }

    /// After `failures` calls in a row that could not reach the platform or that it did not answer in time, nothing is
    /// asked of it for `pause`, and callers are told at once; then one call tries whether it is back. 10 and 5 s by
    /// default; every further pause is twice as long as the one before, up to a minute. Uploads and all other calls are
    /// counted apart, and so are tenants with projects of their own.
    pub fn circuit_breaker(mut self, failures: u32, pause: Duration) -> Self {
        self.breaker = BreakerRule { failures, pause };
        self
    }

    /// Takes what the platform delivers to `POST /webhook` below the mount; there is no such route by default. See
    /// [`webhook`](crate::webhook).
    pub fn webhook(mut self, receiver: Receiver) -> Self {
        self.webhook = Some(receiver);
        self
    }

    /// The page, `/step-up` for example, to which browsers that navigate to a gated page are sent with 303 and the
    /// parameters `return` and `policy`; none by default, and they get the problem like everybody else. With the feature
    /// `ui` there is a ready one below the mount: `/biometry/ui/`.
    ///
    /// The page hands `return` to `GET /session?return=…`, which answers the place to go back to as `return_to`,
    /// once, after a pass.
    pub fn step_up_page(mut self, path: &str) -> Self {
        self.step_up_page = Some(path.to_owned());
        self
    }

    /// A way through for people who cannot or do not want to use their biometrics, `/mfa` for example: refusals name it
    /// as `alternative`. None by default; consent is free only where refusing it leads somewhere.
    pub fn alternative(mut self, href: &str) -> Self {
        self.settings.alternative = Some(href.to_owned());
        self
    }

    /// Tells the browser which checks fell short, as `reasons` of a failed verification. Off by default: whoever probes
    /// with forged videos learns which one to improve.
    pub fn dangerous_disclose_reasons(mut self) -> Self {
        self.settings.disclose_reasons = true;
        self
    }

    /// Renders denials of gated routes in another way.
    pub fn render(mut self, render: impl Render) -> Self {
        self.render = Some(Arc::new(render));
        self
    }

    /// Registers a text that people agree to; of each purpose's texts the one registered last is the one that is shown
    /// now. None by default: receipts then say of a text what the page says.
    ///
    /// Where texts are registered, the page may name one of them, and only one that still suffices; a client that names
    /// none means the current one.
    pub fn consent_text(mut self, text: ConsentText) -> Self {
        self.consents.texts.push(text);
        self
    }

    /// What of a request that gives or withdraws consent goes on record; nothing by default.
    pub fn consent_context(
        mut self,
        read: impl Fn(&http::request::Parts) -> ConsentContext + Send + Sync + 'static,
    ) -> Self {
        self.consents.context = Some(Arc::new(read));
        self
    }

    /// Who is asked whether consent was given; this gate's own store by default.
    pub fn consent_source(mut self, source: ConsentSource) -> Self {
        self.consents.source = source;
        self
    }

    /// Which origins may call state-changing routes; the host's own by default.
    pub fn cross_site(mut self, rule: CrossSite) -> Self {
        self.cross_site = rule;
        self
    }

    /// The authentication scheme that challenges name; `Bearer` by default (RFC 9470).
    pub fn challenge_scheme(mut self, scheme: &str) -> Self {
        scheme.clone_into(&mut self.scheme);
        self
    }

    /// The realm that challenges name; `biometry` by default.
    pub fn realm(mut self, realm: &str) -> Self {
        realm.clone_into(&mut self.realm);
        self
    }

    /// Where audit events go; to `tracing` by default.
    pub fn audit(mut self, sink: impl AuditSink) -> Self {
        self.audit = Arc::new(sink);
        self
    }

    /// Lets nothing in and judges nothing that the audit trail does not take. Off by default: events that are lost are
    /// lost, and [counted](BiometryGate::lost_audit_events).
    ///
    /// A single use that was claimed for a request that is then refused for it is given back.
    pub fn require_audit(mut self) -> Self {
        self.audit_is_required = true;
        self
    }

    /// The key of the pseudonyms in audit events; random for each process by default. Replicas whose events are to be
    /// read together share one.
    pub fn audit_key(mut self, key: [u8; 32]) -> Self {
        self.audit_key = Some(key);
        self
    }

    /// What this process is called in audit events, `bank-2` for example: 1 to 64 visible ASCII characters. None by
    /// default.
    pub fn replica_name(mut self, name: &str) -> Self {
        self.replica_name = Some(name.to_owned());
        self
    }

    /// The clock for expiry and freshness; the system's by default.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = clock;
        self
    }

    /// The source of phrases and handles; the operating system's generator by default.
    pub fn entropy(mut self, entropy: Arc<dyn Entropy>) -> Self {
        self.entropy = entropy;
        self
    }

    /// Checks the whole and builds the gate.
    ///
    /// # Errors
    /// For anything that could not work, or would be unsafe: the message says what to change.
    pub fn build(self) -> Result<BiometryGate, ConfigError> {
        self.check_numbers()?;
        let projects = Arc::new(Projects::open(self.project, self.tenants, self.breaker)?);
        let scheme = Scheme::parse(&self.scheme).ok_or_else(|| {
            ConfigError::new(
                "the challenge scheme has to be a token such as Bearer, and not one that browsers prompt for",
            )
        })?;
        let settings = AuditSettings {
            key: self.audit_key.map_or_else(|| random_key(&*self.entropy), Ok)?,
            is_required: self.audit_is_required,
            clock: Arc::clone(&self.clock),
            keys: Arc::clone(&projects) as Arc<dyn KeyNames>,
            replica: self.replica_name.as_deref().map(parse_replica_name).transpose()?,
        };
        let audit = Audit::new(self.audit, settings);
        let request_ids =
            RequestIds::new(&*self.entropy).map_err(|error| ConfigError::new(error.to_string()))?;
        let store = self.store.unwrap_or_else(|| MemoryStore::with_clock(Arc::clone(&self.clock)).into());
        if self.replicas > 1 && store.scope() == StoreScope::Process {
            return Err(ConfigError::new(
                "several replicas need a store that they share: with this one a decision made here is unknown there, \
                 and a single use could happen once on each",
            ));
        }
        let step_up_page = self.step_up_page.as_deref().map(StepUpPage::parse).transpose()?;
        let budget = self.budget.map(|(most, window)| Budget::new(most, window, self.clock.now()));
        let lints = lints(
            &self.settings,
            projects.all().flat_map(|project| project.policies.values()),
            self.documents.discloses_portrait(),
            store.scope() == StoreScope::Shared && self.audit_key.is_none(),
        );
        for lint in &lints {
            audit.note(&audit.anonymous(EventKind::ConfigLint).reason(lint.to_string()));
        }
        Ok(BiometryGate(Arc::new(Engine {
            projects,
            login_tenant: self.login_tenant,
            login_tenants: self.login_tenants,
            store,
            identify: self.identify,
            enrollment_guard: self.enrollment_guard,
            host_knowledge: self.host_knowledge,
            documents: self.documents,
            clock: self.clock,
            clock_watch: ClockWatch::default(),
            entropy: self.entropy,
            request_ids,
            audit,
            cross_site: self.cross_site,
            challenge_params: ChallengeParams::new(scheme, &self.realm),
            step_up_page,
            render: self.render,
            budget,
            webhook: self.webhook,
            uploads: Arc::new(Semaphore::new(self.max_uploads)),
            tasks: Tasks::default(),
            outbox: Outbox::default(),
            consents: self.consents,
            settings: self.settings,
            lints,
        })))
    }

    fn check_numbers(&self) -> Result<(), ConfigError> {
        let settings = &self.settings;
        if let Some(shortcoming) = settings.limits.shortcoming() {
            return Err(ConfigError::new(shortcoming));
        }
        let waits = [settings.challenge_ttl, settings.platform_timeout, settings.store_timeout];
        if waits.iter().any(Duration::is_zero) {
            return Err(ConfigError::new("the challenge's lifetime and the timeouts have to last"));
        }
        if let Some(shortcoming) = settings.capture.shortcoming().or(self.documents.shortcoming()) {
            return Err(ConfigError::new(shortcoming));
        }
        if self.budget.is_some_and(|(most, window)| most == 0 || window.is_zero()) {
            return Err(ConfigError::new("a budget has to allow something, for some time"));
        }
        if self.breaker.failures == 0 || self.breaker.pause.is_zero() {
            return Err(ConfigError::new("a circuit breaker opens after failures, for some time"));
        }
        if let Some(shortcoming) = self.consents.texts.shortcoming() {
            return Err(ConfigError::new(shortcoming));
        }
        if self.max_uploads == 0 || self.max_uploads > Semaphore::MAX_PERMITS {
            return Err(ConfigError::new("at least one upload has to be allowed at a time"));
        }
        Ok(())
    }
}

fn parse_replica_name(name: &str) -> Result<Arc<str>, ConfigError> {
    let is_one = (1..=64).contains(&name.len()) && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| name.into()).ok_or_else(|| {
        ConfigError::new(
            "the name of a replica has to be 1 to 64 visible ascii characters: choose another one",
        )
    })
}

fn random_key(entropy: &dyn Entropy) -> Result<[u8; 32], ConfigError> {
    let mut key = [0; 32];
    entropy.fill(&mut key).map_err(|error| ConfigError::new(error.to_string()))?;
    Ok(key)
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("project", &self.project).finish_non_exhaustive()
    }
}
