//! From the settings to a gate, or to a sentence on what to change.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use super::Builder;
use crate::audit::{Audit, EventKind, KeyNames};
use crate::clock::A_YEAR;
use crate::engine::budget::Budget;
use crate::engine::clock_watch::ClockWatch;
use crate::engine::config_error::ConfigError;
use crate::engine::gated_routes::GatedRoutes;
use crate::engine::lint::{Lint, lints};
use crate::engine::outbox::Outbox;
use crate::engine::project::Projects;
use crate::engine::readiness::Readiness;
use crate::engine::sign_ins::SignIns;
use crate::engine::tasks::Tasks;
use crate::engine::wiring::{OwnMemory, Wiring};
use crate::engine::{BiometryGate, Engine, Meters, Settings};
use crate::lingering::Lingering;
#[cfg(feature = "receipts")]
use crate::receipts::ReceiptIssuer;
use crate::request_ids::RequestIds;
use crate::store::{MemoryStore, StoreScope};
#[cfg(feature = "webhooks")]
use crate::webhook::Receiver;

impl Builder {
    /// Checks the whole and builds the gate. It asks neither the store nor the platform anything;
    /// [`Admin::check_platform`](crate::gate::Admin::check_platform) and [`BiometryGate::ready`] do.
    ///
    /// # Errors
    /// For every setting that could not work, or would be unsafe whatever else is true. The message says what to
    /// change:
    ///
    /// - no policy, a policy that could not work, or one that needs a service which the API key does not include;
    /// - a time of zero or of more than a year, a limit of zero;
    /// - several replicas and a store of one process;
    /// - keys of different projects, two projects of one tenant;
    /// - a challenge scheme, a path or a name that is not of the form it has to have.
    ///
    /// A setting that is merely weak is a [lint](BiometryGate::lints).
    pub fn build(self) -> Result<BiometryGate, ConfigError> {
        self.check_numbers()?;
        let Self { platform, login, audit, refusing, clock, entropy, .. } = self;
        let project = self.project.login_policy(login.policy.clone());
        let projects = Arc::new(Projects::open(project, self.tenants, platform.breaker)?);
        let meters = Meters::new(projects.all().flat_map(|project| project.policies.keys()));
        let (challenge_params, step_up_page) = (refusing.params()?, refusing.page()?);
        let has_audit_key = audit.key.is_some();
        let audit = audit.open(Arc::clone(&clock), &*entropy, Arc::clone(&projects) as Arc<dyn KeyNames>)?;
        let request_ids = RequestIds::new(&*entropy).map_err(|error| ConfigError::new(error.to_string()))?;
        let store = self.store.unwrap_or_else(|| MemoryStore::with_clock(Arc::clone(&clock)).into());
        check_scope(self.replicas, store.scope())?;
        let own_memory = store.backend().memory().map(OwnMemory::claim);
        let settings = Settings {
            scale: platform.scale,
            platform_timeout: platform.timeout,
            tags: platform.tags.clone(),
            disclose_reasons: refusing.disclose_reasons,
            alternative: refusing.alternative,
            ..self.settings
        };
        let sign_ins = SignIns::new(&login, &platform, &settings.limits, clock.now());
        let lints = lints(
            &settings,
            projects.all().flat_map(|project| project.policies.values()),
            self.documents.discloses_portrait(),
            store.scope() == StoreScope::Shared && !has_audit_key,
        );
        record_lints(&audit, &lints);
        Ok(BiometryGate(Arc::new(Engine {
            projects,
            login_tenant: login.tenant,
            login_tenants: login.tenants,
            store,
            own_memory,
            wiring: Wiring::default(),
            identify: self.identify,
            enrollment_guard: self.enrollment_guard,
            host_knowledge: self.host_knowledge,
            documents: self.documents,
            budget: platform.budget.map(|(most, window)| Budget::new(most, window, clock.now())),
            clock,
            clock_watch: ClockWatch::default(),
            entropy,
            request_ids,
            audit,
            meters,
            trace_source: platform.trace_source,
            cross_site: self.cross_site,
            challenge_params,
            step_up_page,
            render: refusing.render,
            #[cfg(feature = "receipts")]
            receipts: self.receipts,
            #[cfg(feature = "webhooks")]
            webhook: self.webhook,
            gated_routes: GatedRoutes::default(),
            uploads: Arc::new(Semaphore::new(platform.max_uploads)),
            tasks: Tasks::default(),
            lingering: Lingering::default(),
            readiness: Readiness::default(),
            outbox: Outbox::default(),
            consents: self.consents,
            sign_ins,
            settings,
            lints,
        })))
    }

    /// Refuses numbers with which nothing could work.
    fn check_numbers(&self) -> Result<(), ConfigError> {
        let settings = &self.settings;
        check_wait(settings.challenge_ttl, "challenge_ttl")?;
        check_wait(settings.store_timeout, "store_timeout")?;
        if self.replicas == 0 {
            return Err(ConfigError::new("at least one process does the work: raise `replicas`"));
        }
        self.platform.check()?;
        self.login.check()?;
        #[cfg(feature = "receipts")]
        self.check_receipts()?;
        let shortcoming = settings
            .limits
            .shortcoming()
            .or(settings.capture.shortcoming())
            .or(self.documents.shortcoming())
            .or(self.consents.texts.shortcoming());
        #[cfg(feature = "webhooks")]
        let shortcoming = shortcoming.or(self.webhook.as_ref().and_then(Receiver::shortcoming));
        shortcoming.map_or(Ok(()), |shortcoming| Err(ConfigError::new(shortcoming)))
    }
}

#[cfg(feature = "receipts")]
impl Builder {
    fn check_receipts(&self) -> Result<(), ConfigError> {
        let shortcoming = self.receipts.as_ref().and_then(ReceiptIssuer::shortcoming);
        shortcoming.map_or(Ok(()), |shortcoming| Err(ConfigError::new(shortcoming)))
    }
}

/// A wait is longer than nothing and no longer than a year: one that never ends is a mistake here.
pub(super) fn check_wait(wait: Duration, method: &str) -> Result<(), ConfigError> {
    match wait {
        Duration::ZERO => {
            Err(ConfigError::new(format!("the time given to `{method}` has to last: raise it")))
        }
        wait if wait > A_YEAR => {
            Err(ConfigError::new(format!("the time given to `{method}` is more than a year: shorten it")))
        }
        _ => Ok(()),
    }
}

fn check_scope(replicas: u32, scope: StoreScope) -> Result<(), ConfigError> {
    if replicas <= 1 || scope != StoreScope::Process {
        return Ok(());
    }
    Err(ConfigError::new(
        "several `replicas` need a store that they share: with this one a decision made here is unknown there, and a \
         single use could happen once on each. Name one with `shared_store`",
    ))
}

fn record_lints(audit: &Audit, lints: &[Lint]) {
    for lint in lints {
        audit.note(&audit.anonymous(EventKind::ConfigLint).reason(lint.to_string()));
    }
}
