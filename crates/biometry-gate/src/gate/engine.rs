use std::fmt;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use biometry_client::Tag;
use http::request::Parts;
use tokio::sync::Semaphore;

use super::Tasks;
use super::budget::Budget;
use super::caller_facts::CallerFacts;
use super::clock_watch::ClockWatch;
use super::facts::Facts;
use super::lint::Lint;
use super::navigation::StepUpPage;
use super::project::{OpenProject, Projects, UnknownTenant};
use super::render::Render;
use super::request_ids::RequestIds;
use crate::audit::{Audit, EventKind};
use crate::capture::CaptureLimits;
use crate::challenge::Words;
use crate::clock::Clock;
use crate::consents::ConsentRules;
use crate::cross_site::CrossSite;
use crate::document::Documents;
use crate::enrollment::EnrollmentGuard;
use crate::entropy::Entropy;
use crate::ledger::Limits;
use crate::policy::ScoreScale;
use crate::principal::{Identify, IdentifyError, Principal, Realm, Tenant};
use crate::store::{DecisionStore, StoreError, StoreErrorKind};
use crate::upkeep::Upkeep;
use crate::webhook::Receiver;

/// What all parts of one gate share.
pub(crate) struct Engine {
    pub(crate) projects: Arc<Projects>,
    pub(super) login_tenant: Tenant,
    pub(super) login_tenants: Option<Arc<LoginTenant>>,
    pub(crate) store: Arc<dyn DecisionStore>,
    pub(super) identify: Arc<dyn Identify>,
    pub(crate) enrollment_guard: Option<Arc<dyn EnrollmentGuard>>,
    pub(crate) caller_facts: CallerFacts,
    pub(crate) documents: Documents,
    pub(crate) clock: Arc<dyn Clock>,
    pub(super) clock_watch: ClockWatch,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(super) request_ids: RequestIds,
    pub(crate) audit: Audit,
    pub(crate) cross_site: CrossSite,
    pub(crate) words: Words,
    pub(super) step_up_page: Option<StepUpPage>,
    pub(super) render: Option<Arc<dyn Render>>,
    pub(crate) budget: Option<Budget>,
    pub(crate) webhook: Option<Receiver>,
    pub(crate) uploads: Arc<Semaphore>,
    pub(crate) tasks: Tasks,
    pub(crate) upkeep: Upkeep,
    pub(crate) consents: ConsentRules,
    pub(crate) settings: Settings,
    pub(super) lints: Vec<Lint>,
}

/// How the host tells the tenant of somebody who is about to sign in.
pub(super) type LoginTenant = dyn Fn(&Parts) -> Result<Tenant, IdentifyError> + Send + Sync;

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
            alternative: None,
            tags: Vec::new(),
        }
    }
}

impl Settings {
    /// Longer than an upload and its judgement can take, so that a claim outlives its work and not much more.
    pub(crate) fn lease(&self) -> Duration {
        self.capture.total() + self.platform_timeout * 2 + self.store_timeout * 4
    }
}

impl Engine {
    /// The time. A clock that was set back since somebody asked last is told of.
    pub(crate) fn now(&self) -> SystemTime {
        let now = self.clock.now();
        if let Some(back) = self.clock_watch.look(now) {
            let back = format!("set-back({}s)", back.as_secs());
            self.audit.note(&self.audit.anonymous(EventKind::ClockAnomaly).reason(back));
        }
        now
    }

    pub(crate) fn identify(&self, head: &impl Facts) -> Result<Option<Principal>, IdentifyError> {
        let caller = head.caller(&*self.identify)?;
        // Whoever is merely claimed is not logged in, whatever the host says.
        let is_claimed = caller.as_ref().is_some_and(|caller| caller.realm() == Realm::Login);
        if is_claimed { Err(IdentifyError) } else { Ok(caller) }
    }

    /// The project that a caller's verifications belong to.
    pub(crate) fn project(&self, owner: &Principal) -> Result<&OpenProject, UnknownTenant> {
        self.projects.of(owner.tenant())
    }

    /// An id for an answer that has none from the platform.
    pub(crate) fn request_id(&self) -> String {
        self.request_ids.next()
    }

    /// Waits for the store, but not for long.
    pub(crate) async fn store<T>(
        &self,
        step: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        let mut step = pin!(step);
        // A store in memory answers at once, and needs no timer for it.
        let at_once = poll_fn(|cx| Poll::Ready(step.as_mut().poll(cx))).await;
        let outcome = match at_once {
            Poll::Ready(outcome) => Ok(outcome),
            Poll::Pending => tokio::time::timeout(self.settings.store_timeout, step).await,
        };
        match outcome {
            Ok(outcome) => outcome.inspect_err(|error| tracing::warn!(%error, "the store failed")),
            Err(_) => {
                tracing::warn!("the store did not answer in time");
                Err(StoreError::new(StoreErrorKind::Timeout))
            }
        }
    }
}

impl fmt::Debug for Engine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Engine").field("settings", &self.settings).finish_non_exhaustive()
    }
}
