//! What both paths stand on: the projects, the store, the clock, the audit trail, the numbers.

mod breaker;
mod budget;
mod builder;
mod clock_watch;
#[cfg(feature = "login")]
mod closing;
mod config_error;
mod consent_rules;
mod gated_routes;
mod handle;
mod histories;
mod host_knowledge;
mod key_check;
mod latency_samples;
mod lint;
mod login_mode;
mod meters;
mod outbox;
mod platform;
mod platform_failure;
mod project;
mod readiness;
mod schedule;
mod sign_ins;
mod step_up_page;
mod tasks;
mod trace_source;
mod wiring;

use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use biometry_client::{Client, Tag};
use http::request::Parts;
use tokio::sync::Semaphore;
use tracing::Instrument as _;

pub(crate) use self::breaker::Health;
use self::budget::Budget;
pub use self::builder::{Auditing, Builder, Login, Platform, Refusing};
use self::clock_watch::ClockWatch;
pub use self::config_error::ConfigError;
pub use self::consent_rules::ConsentRules;
pub(crate) use self::gated_routes::{Gated, GatedRoutes};
pub use self::handle::BiometryGate;
pub(crate) use self::histories::Given;
use self::host_knowledge::HostKnowledge;
pub(crate) use self::key_check::check_keys;
pub(crate) use self::latency_samples::{Cadence, doubled};
pub use self::lint::{Lint, LintKind};
pub(crate) use self::login_mode::LoginMode;
pub(crate) use self::meters::{Asking, Checked, Meters};
use self::outbox::Outbox;
pub(crate) use self::platform::{BreakerTicket, ask, ask_about, note_failure};
pub(crate) use self::platform_failure::PlatformFailure;
pub use self::project::Project;
pub(crate) use self::project::{OpenProject, PolicyOfTenants, Projects, UnknownTenant};
pub use self::readiness::NotReady;
use self::readiness::Readiness;
pub(crate) use self::schedule::Schedule;
use self::sign_ins::SignIns;
use self::step_up_page::StepUpPage;
pub(crate) use self::step_up_page::is_own_path;
pub(crate) use self::tasks::Tasks;
use self::trace_source::TraceSource;
use self::wiring::{OwnMemory, Wiring};
use crate::Limits;
use crate::audit::{Audit, EventKind, current_trace};
use crate::capture::CaptureLimits;
use crate::challenge::ChallengeParams;
use crate::clock::Clock;
use crate::cross_site::CrossSite;
use crate::decision::Decision;
use crate::denial::Render;
use crate::document::Documents;
use crate::enrollment::EnrollmentGuard;
use crate::entropy::Entropy;
use crate::lingering::Lingering;
use crate::metrics::Stopwatch;
use crate::policy::ScoreScale;
use crate::principal::{Authentication, Identify, IdentifyError, Principal, Tenant};
#[cfg(feature = "receipts")]
use crate::receipts::ReceiptIssuer;
use crate::request_head::RequestHead;
use crate::request_ids::{RequestIds, X_REQUEST_ID, named_id};
use crate::store::{DecisionStore, StoreError, StoreErrorKind};
#[cfg(feature = "webhooks")]
use crate::webhook::Receiver;

/// What all parts of one gate share.
pub(crate) struct Engine {
    pub(crate) projects: Arc<Projects>,
    pub(crate) login_tenant: Tenant,
    pub(crate) login_tenants: Option<Arc<LoginTenant>>,
    pub(crate) store: DecisionStore,
    #[expect(dead_code, reason = "it counts for as long as the gate lives")]
    pub(crate) own_memory: Option<OwnMemory>,
    pub(crate) wiring: Wiring,
    pub(crate) identify: Arc<dyn Identify>,
    pub(crate) enrollment_guard: Option<Arc<dyn EnrollmentGuard>>,
    pub(crate) host_knowledge: HostKnowledge,
    pub(crate) documents: Documents,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) clock_watch: ClockWatch,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) request_ids: RequestIds,
    pub(crate) audit: Audit,
    pub(crate) meters: Meters,
    trace_source: Option<TraceSource>,
    pub(crate) cross_site: CrossSite,
    pub(crate) challenge_params: ChallengeParams,
    pub(crate) step_up_page: Option<StepUpPage>,
    pub(crate) render: Option<Arc<dyn Render>>,
    budget: Option<Budget>,
    #[cfg(feature = "receipts")]
    pub(crate) receipts: Option<ReceiptIssuer>,
    #[cfg(feature = "webhooks")]
    pub(crate) webhook: Option<Receiver>,
    pub(crate) gated_routes: GatedRoutes,
    uploads: Arc<Semaphore>,
    pub(crate) tasks: Tasks,
    /// Those who are heard out behind an early answer on HTTP/2.
    pub(crate) lingering: Lingering,
    pub(crate) readiness: Readiness,
    pub(crate) outbox: Outbox,
    pub(crate) consents: ConsentRules,
    pub(crate) settings: Settings,
    pub(crate) sign_ins: SignIns,
    pub(crate) lints: Vec<Lint>,
}

/// How the host names the tenant of a caller who is about to sign in.
pub(crate) type LoginTenant = dyn Fn(&Parts) -> Result<Tenant, IdentifyError> + Send + Sync;

/// Numbers with defaults.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) limits: Limits,
    pub(crate) capture: CaptureLimits,
    pub(crate) challenge_ttl: Duration,
    pub(crate) intent_ttl: Duration,
    pub(crate) scale: ScoreScale,
    pub(crate) platform_timeout: Duration,
    pub(crate) store_timeout: Duration,
    pub(crate) disclose_reasons: bool,
    pub(crate) trusts_request_ids: bool,
    pub(crate) alternative: Option<String>,
    pub(crate) tags: Vec<Tag>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            capture: CaptureLimits::default(),
            challenge_ttl: Duration::from_secs(180),
            intent_ttl: Duration::from_secs(600),
            scale: ScoreScale::default(),
            platform_timeout: Duration::from_secs(60),
            store_timeout: Duration::from_millis(250),
            disclose_reasons: false,
            trusts_request_ids: false,
            alternative: None,
            tags: Vec::new(),
        }
    }
}

impl Settings {
    /// Longer than an upload and its judgement can take, so that a claim outlives its work and not much more.
    pub(crate) fn lease(&self) -> Duration {
        let platform = self.platform_timeout.saturating_mul(2);
        self.capture.total().saturating_add(platform).saturating_add(self.store_timeout.saturating_mul(4))
    }
}

impl Engine {
    /// The time. Where the clock was set back since the last question, the audit trail gets an event.
    pub(crate) fn now(&self) -> SystemTime {
        let now = self.clock.now();
        if let Some(back) = self.clock_watch.look(now) {
            let back = format!("set-back({}s)", back.as_secs());
            self.audit.note(&self.audit.anonymous(EventKind::ClockAnomaly).reason(back));
        }
        now
    }

    pub(crate) fn identify(&self, head: &impl RequestHead) -> Result<Option<Principal>, IdentifyError> {
        let caller = head
            .caller(&*self.identify)
            .inspect_err(|error| tracing::warn!(%error, "a caller is unknown"))?;
        // A claimed name is not logged in, whatever the host says.
        let is_claimed =
            caller.as_ref().is_some_and(|caller| caller.authentication() != Authentication::LoggedIn);
        if is_claimed {
            tracing::error!("the host names a caller who has only claimed a name");
            return Err(IdentifyError::new("it names a caller who has only claimed a name"));
        }
        self.wiring.note_caller(caller.as_ref());
        Ok(caller)
    }

    /// How often the caller may start and fail.
    pub(crate) fn limits(&self, owner: &Principal) -> &Limits {
        match owner.authentication() {
            Authentication::LoggedIn => &self.settings.limits,
            Authentication::Claimed => &self.sign_ins.limits_of_strangers,
            Authentication::KnownBrowser => &self.sign_ins.limits_of_known_browsers,
        }
    }

    /// The places for uploads that the caller takes one of.
    pub(crate) fn places(&self, owner: &Principal) -> &Arc<Semaphore> {
        if owner.authentication() == Authentication::Claimed { &self.sign_ins.uploads } else { &self.uploads }
    }

    /// The budget that the caller's captures are paid from, where there is one.
    pub(crate) fn budget(&self, owner: &Principal) -> Option<&Budget> {
        let is_stranger = owner.authentication() == Authentication::Claimed;
        if is_stranger { self.sign_ins.budget.as_ref() } else { self.budget.as_ref() }
    }

    /// The project that a caller's verifications belong to.
    pub(crate) fn project(&self, owner: &Principal) -> Result<&OpenProject, UnknownTenant> {
        self.projects.of(owner.tenant())
    }

    /// The project's client, for a call that belongs to the trace of the request that is being worked on.
    pub(crate) fn client_of(&self, project: &OpenProject) -> Client {
        let of_the_host = self.trace_source.as_ref().and_then(TraceSource::current);
        match of_the_host.or_else(current_trace) {
            Some(trace) => project.client.in_trace(trace),
            None => project.client.clone(),
        }
    }

    /// The id that the host has given a request, where it is trusted to.
    pub(crate) fn hosts_request_id(&self, head: &impl RequestHead) -> Option<String> {
        let trusted = self.settings.trusts_request_ids.then(|| named_id(head.values(&X_REQUEST_ID)));
        trusted.flatten().map(str::to_owned)
    }

    /// An id for an answer that has none from the platform.
    pub(crate) fn request_id(&self) -> String {
        self.request_ids.next()
    }

    /// Gives a used decision back, while its time is not over.
    pub(crate) async fn restore(&self, owner: &Principal, claimed: &Decision) -> Result<(), StoreError> {
        self.store(self.store.restore(owner, claimed)).await?;
        let event = self.audit.event(EventKind::Restored, owner);
        self.audit.note(&event.decided(self.audit.decision(claimed.id())));
        Ok(())
    }

    /// Waits for the store, but not for long.
    pub(crate) async fn store<T>(
        &self,
        step: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let (began, mut step) = (Stopwatch::start(), pin!(step));
        // A store in memory answers at once, and needs no timer for it.
        let at_once = poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx))).await;
        let outcome = match at_once {
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => {
                let answer = tokio::time::timeout(self.settings.store_timeout, step);
                answer.instrument(tracing::debug_span!("biometry_gate.store")).await
            }
        };
        let outcome = match outcome {
            Ok(outcome) => outcome.inspect_err(|error| {
                tracing::warn!(%error, cause = error.cause(), "the store failed");
            }),
            Err(_) => {
                tracing::warn!("the store did not answer in time");
                Err(StoreError::new(StoreErrorKind::Timeout))
            }
        };
        self.meters.store_step(began.elapsed(), outcome.as_ref().err().map(StoreError::kind));
        outcome
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}
