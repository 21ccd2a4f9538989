//! Settings that are allowed and weaken a gate.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use biometry_client::Service;

use super::Settings;
use crate::policy::Policy;

/// A setting that is allowed and weakens the gate. A setting that could not work, or would be unsafe whatever else is
/// true, is an [error](super::ConfigError) instead.
///
/// All of them go to the audit trail when the gate is built, as `config.lint`, and
/// [`BiometryGate::lints`](super::BiometryGate::lints) lists them. Hosts that want none hold on to that by a test:
///
/// ```
/// # use biometry_gate::BiometryGate;
/// fn assert_strict(gate: &BiometryGate) {
///     let weak: Vec<_> = gate.lints().iter().map(|lint| format!("{lint}: {}", lint.advice())).collect();
///     assert!(weak.is_empty(), "{weak:#?}");
/// }
/// # let _ = assert_strict;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lint {
    kind: LintKind,
    policy: Option<Arc<str>>,
}

/// What a [`Lint`] is about. New versions may add kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LintKind {
    /// A policy does not require a live face: a photo of the subject passes.
    WithoutLiveness,
    /// A policy is content with a score below 50 percent.
    LowThreshold,
    /// Decisions of a policy count for more than an hour: an unattended browser stays trusted for as long.
    LongLived,
    /// More than 10 failures in a row are allowed before a lock-out.
    ManyFailures,
    /// A lock-out lasts less than 30 seconds.
    ShortCoolDown,
    /// A phrase may be spoken for more than 10 minutes, which leaves time to forge a video of it.
    LongChallenge,
    /// The browser learns which checks fell short, and so does an attacker who tries forged videos.
    ReasonsDisclosed,
    /// The browser is handed the portrait of an accepted document.
    PortraitDisclosed,
    /// Replicas share a store and have no audit key in common: a person has another pseudonym on each.
    PseudonymsApart,
}

impl Lint {
    /// What it is about, to match on.
    pub fn kind(&self) -> LintKind {
        self.kind
    }

    /// The name of the policy that it is about, where it is about one.
    pub fn policy(&self) -> Option<&str> {
        self.policy.as_deref()
    }

    /// Why it weakens the gate, and which setting to change, in one sentence.
    pub fn advice(&self) -> &'static str {
        match self.kind {
            LintKind::WithoutLiveness => {
                "a person who holds a photo of the subject passes: do without `dangerous_without_liveness`"
            }
            LintKind::LowThreshold => {
                "a score below 50 percent says that it is rather another person: raise the policy's `Threshold::percent`"
            }
            LintKind::LongLived => {
                "an unattended browser stays trusted for as long: shorten the policy's `max_age` to an hour or less"
            }
            LintKind::ManyFailures => "allow at most 10 failures in a row: lower `Limits::failures`",
            LintKind::ShortCoolDown => {
                "a lock-out should slow guessing down: raise the cool-down of `Limits::failures`"
            }
            LintKind::LongChallenge => {
                "a long-lived phrase leaves time to make a video of it: shorten `challenge_ttl`"
            }
            LintKind::ReasonsDisclosed => {
                "an attacker who tries forged videos learns what to improve: do without `dangerous_disclose_reasons`"
            }
            LintKind::PortraitDisclosed => {
                "the person at the browser may be a stranger and gets the holder's face: do without `dangerous_disclose_portrait`"
            }
            LintKind::PseudonymsApart => "give all replicas the same `Auditing::key`",
        }
    }
}

/// What is weak about the settings and policies of a gate.
pub(crate) fn lints<'a>(
    settings: &Settings,
    policies: impl Iterator<Item = &'a Arc<Policy>>,
    discloses_portrait: bool,
    has_pseudonyms_apart: bool,
) -> Vec<Lint> {
    let limits = &settings.limits;
    let of_gate = [
        (limits.max_failures > MOST_FAILURES, LintKind::ManyFailures),
        (limits.cool_down < SHORTEST_COOL_DOWN, LintKind::ShortCoolDown),
        (settings.challenge_ttl > LONGEST_CHALLENGE, LintKind::LongChallenge),
        (settings.disclose_reasons, LintKind::ReasonsDisclosed),
        (discloses_portrait, LintKind::PortraitDisclosed),
        (has_pseudonyms_apart, LintKind::PseudonymsApart),
    ];
    let of_gate = of_gate.into_iter().filter(|(holds, _)| *holds);
    let of_gate = of_gate.map(|(_, kind)| Lint { kind, policy: None });
    let of_policies = policies.flat_map(|policy| {
        let about = [
            (!policy.required().contains(Service::FaceLivenessDetection), LintKind::WithoutLiveness),
            (
                policy.threshold().minimum().is_some_and(|minimum| minimum < LOWEST_SCORE),
                LintKind::LowThreshold,
            ),
            (policy.freshness() > LONGEST_FRESHNESS, LintKind::LongLived),
        ];
        let about = about.into_iter().filter(|(holds, _)| *holds);
        about.map(|(_, kind)| Lint { kind, policy: Some(policy.shared_name()) })
    });
    of_gate.chain(of_policies).collect()
}

impl LintKind {
    /// The word that the audit trail uses, `low-threshold` for example.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::WithoutLiveness => "without-liveness",
            Self::LowThreshold => "low-threshold",
            Self::LongLived => "long-lived",
            Self::ManyFailures => "many-failures",
            Self::ShortCoolDown => "short-cool-down",
            Self::LongChallenge => "long-challenge",
            Self::ReasonsDisclosed => "reasons-disclosed",
            Self::PortraitDisclosed => "portrait-disclosed",
            Self::PseudonymsApart => "pseudonyms-apart",
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.policy {
            Some(policy) => write!(f, "{}({policy})", self.kind.as_str()),
            None => f.write_str(self.kind.as_str()),
        }
    }
}

const LOWEST_SCORE: f64 = 50.0;
const MOST_FAILURES: u32 = 10;
const SHORTEST_COOL_DOWN: Duration = Duration::from_secs(30);
const LONGEST_CHALLENGE: Duration = Duration::from_secs(600);
const LONGEST_FRESHNESS: Duration = Duration::from_secs(3600);
