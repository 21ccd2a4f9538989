//! Numbers for a monitor, through the [`metrics`](https://docs.rs/metrics) facade; with the feature `metrics`.
//!
//! The gate counts what it does. Where the numbers go is the recorder's business: Prometheus or OpenTelemetry, for example.
//! [`Metric::ALL`] has every name with its unit and its labels, and [the chapter on running it](crate::guide::running) has
//! the same as a page.
//!
//! **Install the recorder before the gate is built.** [`Builder::build`](crate::Builder::build) asks it for a handle of
//! every series, and the gate keeps to these: a recorder that comes later gets nothing from a gate that exists. In return a
//! request registers nothing, and every series that there can be is there from the beginning, at zero.
//!
//! ```
//! use biometry_gate::metrics::{Kind, Metric};
//!
//! let checks = Metric::ALL.iter().find(|metric| metric.name() == "biometry_gate_checks_total");
//! assert_eq!(checks.map(|metric| metric.kind()), Some(Kind::Counter));
//! ```
//!
//! No label holds anything of a request but the name of its policy, and policies are the host's own: a caller cannot add a
//! series. Tenants are counted together.
//!
//! Without the feature the gate counts nothing, and a check costs what it did.

mod handles;

use std::borrow::Cow;

pub(crate) use self::handles::{Counter, Gauge, GaugeUnit, Histogram, Stopwatch, describe};
use crate::challenge::Code;

/// One of the gate's metrics: a row of the table [`Metric::ALL`].
#[derive(Clone, Copy, Debug)]
pub struct Metric {
    name: &'static str,
    kind: Kind,
    unit: &'static str,
    labels: &'static [Label],
    meaning: &'static str,
}

/// What a metric's numbers are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// It only grows, until the process ends.
    Counter,
    /// It goes up and down.
    Gauge,
    /// How its values are distributed.
    Histogram,
}

/// What tells the series of one metric apart.
#[derive(Clone, Copy, Debug)]
pub struct Label {
    name: &'static str,
    values: Values,
}

#[derive(Clone, Copy, Debug)]
enum Values {
    OneOf(&'static [&'static str]),
    Codes,
    Policies,
}

/// What a near cache counts.
#[cfg(feature = "shared-store")]
#[derive(Debug)]
pub(crate) struct Lookups {
    pub(crate) hits: Counter,
    pub(crate) misses: Counter,
}

#[cfg(feature = "shared-store")]
impl Lookups {
    pub(crate) fn new() -> Self {
        let of = |outcome| Counter::of(&NEAR_CACHE_LOOKUPS, &[outcome]);
        Self { hits: of("hit"), misses: of("miss") }
    }
}

/// How many audit events were lost.
pub(crate) fn audit_events_lost() -> Counter {
    Counter::of(&AUDIT_EVENTS_LOST, &[])
}

impl Metric {
    /// Every metric that this version has.
    pub const ALL: &[Self] = &[
        CHECKS,
        REFUSALS,
        VERDICTS,
        UPLOADS_IN_FLIGHT,
        UPLOAD_BYTES,
        PLATFORM_SECONDS,
        PLATFORM_FAILURES,
        BREAKERS_OPEN,
        STORE_SECONDS,
        STORE_FAILURES,
        NEAR_CACHE_LOOKUPS,
        AUDIT_EVENTS_LOST,
    ];

    /// The name, in the form that Prometheus has: with the unit, and `_total` where it only grows. Names never change.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it counts, goes up and down, or is a distribution.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What it is counted in, `seconds` for example.
    pub fn unit(&self) -> &'static str {
        self.unit
    }

    /// What tells its series apart; empty where there is one.
    pub fn labels(&self) -> &'static [Label] {
        self.labels
    }

    /// What the numbers say, in a sentence.
    pub fn meaning(&self) -> &'static str {
        self.meaning
    }
}

impl Label {
    /// The label's name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The values that there can be; `None` where they are the names of the gate's policies.
    pub fn values(&self) -> Option<Cow<'static, [&'static str]>> {
        match self.values {
            Values::OneOf(values) => Some(Cow::Borrowed(values)),
            Values::Codes => Some(Code::ALL.iter().map(|code| code.as_str()).collect()),
            Values::Policies => None,
        }
    }
}

impl Kind {
    /// The kind as Prometheus calls it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

pub(crate) const CHECKS: Metric = Metric {
    name: "biometry_gate_checks_total",
    kind: Kind::Counter,
    unit: "requests",
    labels: &[POLICY, Label { name: "outcome", values: Values::OneOf(&["allowed", "denied", "failed"]) }],
    meaning: "Requests at gated routes: let in, refused for want of something on the caller's side, or refused because \
              the store, the host or the gate's wiring failed.",
};

pub(crate) const REFUSALS: Metric = Metric {
    name: "biometry_gate_refusals_total",
    kind: Kind::Counter,
    unit: "answers",
    labels: &[Label { name: "code", values: Values::Codes }],
    meaning: "Refusals of gates and mounted routes, by the code of the problem. A browser that is sent to the step-up page counts \
              as `step-up-required`.",
};

pub(crate) const VERDICTS: Metric = Metric {
    name: "biometry_gate_verdicts_total",
    kind: Kind::Counter,
    unit: "verifications",
    labels: &[
        POLICY,
        Label { name: "outcome", values: Values::OneOf(&["passed", "failed", "referred", "enrolled"]) },
    ],
    meaning: "Verifications that the platform judged, by what follows from the evidence under the policy.",
};

pub(crate) const UPLOADS_IN_FLIGHT: Metric = Metric {
    name: "biometry_gate_uploads_in_flight",
    kind: Kind::Gauge,
    unit: "uploads",
    labels: &[],
    meaning: "Uploads that hold one of this process's places.",
};

pub(crate) const UPLOAD_BYTES: Metric = Metric {
    name: "biometry_gate_upload_bytes_total",
    kind: Kind::Counter,
    unit: "bytes",
    labels: &[],
    meaning: "Bytes of files that were relayed to the platform, broken uploads included.",
};

pub(crate) const PLATFORM_SECONDS: Metric = Metric {
    name: "biometry_gate_platform_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    labels: &[ASKING],
    meaning: "How long the platform took for a usable answer: to a call, or to an upload after its last byte.",
};

pub(crate) const PLATFORM_FAILURES: Metric = Metric {
    name: "biometry_gate_platform_failures_total",
    kind: Kind::Counter,
    unit: "calls",
    labels: &[
        ASKING,
        Label {
            name: "cause",
            values: Values::OneOf(&["unavailable", "resting", "key_rejected", "timeout", "nonsense"]),
        },
    ],
    meaning: "Calls and uploads to which the platform gave no usable answer; `resting` ones were not made, because a \
              circuit breaker was open.",
};

pub(crate) const BREAKERS_OPEN: Metric = Metric {
    name: "biometry_gate_breakers_open",
    kind: Kind::Gauge,
    unit: "breakers",
    labels: &[ASKING],
    meaning: "Circuit breakers that are open, or wait for one call that tries: at most one for each tenant's project.",
};

pub(crate) const STORE_SECONDS: Metric = Metric {
    name: "biometry_gate_store_seconds",
    kind: Kind::Histogram,
    unit: "seconds",
    labels: &[],
    meaning: "How long a step of the store took. A check that is answered out of this process's memory takes no step.",
};

pub(crate) const STORE_FAILURES: Metric = Metric {
    name: "biometry_gate_store_failures_total",
    kind: Kind::Counter,
    unit: "steps",
    labels: &[Label {
        name: "cause",
        values: Values::OneOf(&["unavailable", "timeout", "full", "corrupt", "contended"]),
    }],
    meaning: "Steps that the store failed at, or did not finish in time.",
};

pub(crate) const NEAR_CACHE_LOOKUPS: Metric = Metric {
    name: "biometry_gate_near_cache_lookups_total",
    kind: Kind::Counter,
    unit: "lookups",
    labels: &[Label { name: "outcome", values: Values::OneOf(&["hit", "miss"]) }],
    meaning: "Checks that the near cache answered, and those that it passed on to the store.",
};

pub(crate) const AUDIT_EVENTS_LOST: Metric = Metric {
    name: "biometry_gate_audit_events_lost_total",
    kind: Kind::Counter,
    unit: "events",
    labels: &[],
    meaning: "Audit events that the sink did not take.",
};

const POLICY: Label = Label { name: "policy", values: Values::Policies };
const ASKING: Label = Label { name: "asking", values: Values::OneOf(&["call", "upload"]) };
