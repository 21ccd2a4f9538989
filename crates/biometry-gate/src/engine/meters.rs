//! The handles of one gate, made when it is built.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::platform_failure::PlatformFailure;
use crate::challenge::Code;
use crate::decision::Conclusion;
use crate::denial::Denial;
use crate::metrics::{
    BREAKERS_OPEN, CHECKS, Counter, Gauge, GaugeUnit, Histogram, Metric, PLATFORM_FAILURES, PLATFORM_SECONDS,
    REFUSALS, STORE_FAILURES, STORE_SECONDS, UPLOAD_BYTES, UPLOADS_IN_FLIGHT, VERDICTS, describe,
};
use crate::policy::Policy;
use crate::store::StoreErrorKind;

/// What one gate counts.
pub(crate) struct Meters {
    of_policies: HashMap<Arc<str>, OfPolicy>,
    refusals: Vec<Counter>,
    uploads: Gauge,
    upload_bytes: Counter,
    calls: OfPlatform,
    captures: OfPlatform,
    store_seconds: Histogram,
    store_failures: [Counter; 5],
}

/// How a check at a gated route came out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Checked {
    Allowed,
    Denied,
    Failed,
}

/// In what way the platform is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Asking {
    Call,
    Upload,
}

struct OfPolicy {
    checks: [Counter; 3],
    verdicts: [Counter; 4],
}

struct OfPlatform {
    seconds: Histogram,
    failures: [Counter; 5],
}

impl Meters {
    pub(crate) fn new<'a>(policies: impl Iterator<Item = &'a Arc<str>>) -> Self {
        Metric::ALL.iter().for_each(describe);
        Self {
            of_policies: policies.map(|name| (Arc::clone(name), OfPolicy::new(name))).collect(),
            refusals: Code::ALL.iter().map(|code| Counter::of(&REFUSALS, &[code.as_str()])).collect(),
            uploads: Gauge::of(&UPLOADS_IN_FLIGHT, &[]),
            upload_bytes: Counter::of(&UPLOAD_BYTES, &[]),
            calls: OfPlatform::new(Asking::Call),
            captures: OfPlatform::new(Asking::Upload),
            store_seconds: Histogram::of(&STORE_SECONDS, &[]),
            store_failures: ["unavailable", "timeout", "full", "corrupt", "contended"]
                .map(|cause| Counter::of(&STORE_FAILURES, &[cause])),
        }
    }

    pub(crate) fn check(&self, policy: &Policy, checked: Checked) {
        let place = match checked {
            Checked::Allowed => 0,
            Checked::Denied => 1,
            Checked::Failed => 2,
        };
        if let Some(of_policy) = self.of_policy(policy) {
            of_policy.checks[place].add(1);
        }
    }

    pub(crate) fn verdict(&self, policy: &Policy, conclusion: &Conclusion) {
        let place = match conclusion {
            Conclusion::Pass => 0,
            Conclusion::Fail(_) => 1,
            Conclusion::Refer => 2,
            Conclusion::EnrolledNotVerified => 3,
        };
        if let Some(of_policy) = self.of_policy(policy) {
            of_policy.verdicts[place].add(1);
        }
    }

    pub(crate) fn refusal(&self, code: Code) {
        if let Some(counter) = self.refusals.get(code as usize) {
            counter.add(1);
        }
    }

    /// An upload that is under way until what this answers is dropped.
    pub(crate) fn upload(&self) -> GaugeUnit {
        self.uploads.enter()
    }

    pub(crate) fn relayed(&self, bytes: u64) {
        self.upload_bytes.add(bytes);
    }

    pub(crate) fn answered(&self, asking: Asking, took: Duration) {
        self.of_platform(asking).seconds.record(took);
    }

    pub(crate) fn unanswered(&self, asking: Asking, failure: PlatformFailure) {
        let place = match failure {
            PlatformFailure::Unavailable => 0,
            PlatformFailure::Resting(_) => 1,
            PlatformFailure::KeyRejected => 2,
            PlatformFailure::Timeout => 3,
            PlatformFailure::Nonsense => 4,
        };
        self.of_platform(asking).failures[place].add(1);
    }

    pub(crate) fn store_step(&self, took: Duration, failure: Option<StoreErrorKind>) {
        self.store_seconds.record(took);
        let place = match failure {
            None => return,
            Some(StoreErrorKind::Unavailable) => 0,
            Some(StoreErrorKind::Timeout) => 1,
            Some(StoreErrorKind::Full) => 2,
            Some(StoreErrorKind::Corrupt) => 3,
            Some(StoreErrorKind::Contended) => 4,
        };
        self.store_failures[place].add(1);
    }

    fn of_policy(&self, policy: &Policy) -> Option<&OfPolicy> {
        if cfg!(feature = "metrics") { self.of_policies.get(policy.name()) } else { None }
    }

    fn of_platform(&self, asking: Asking) -> &OfPlatform {
        match asking {
            Asking::Call => &self.calls,
            Asking::Upload => &self.captures,
        }
    }
}

impl OfPolicy {
    fn new(policy: &str) -> Self {
        Self {
            checks: ["allowed", "denied", "failed"].map(|outcome| Counter::of(&CHECKS, &[policy, outcome])),
            verdicts: ["passed", "failed", "referred", "enrolled"]
                .map(|outcome| Counter::of(&VERDICTS, &[policy, outcome])),
        }
    }
}

impl OfPlatform {
    fn new(asking: Asking) -> Self {
        let asking = asking.as_str();
        Self {
            seconds: Histogram::of(&PLATFORM_SECONDS, &[asking]),
            failures: ["unavailable", "resting", "key_rejected", "timeout", "nonsense"]
                .map(|cause| Counter::of(&PLATFORM_FAILURES, &[asking, cause])),
        }
    }
}

impl Checked {
    pub(crate) fn of(denial: &Denial) -> Self {
        if denial.is_failure() { Self::Failed } else { Self::Denied }
    }
}

impl Asking {
    /// How many circuit breakers of this kind are open.
    pub(crate) fn breakers_open(self) -> Gauge {
        Gauge::of(&BREAKERS_OPEN, &[self.as_str()])
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Upload => "upload",
        }
    }
}

impl fmt::Debug for Meters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meters")
    }
}
