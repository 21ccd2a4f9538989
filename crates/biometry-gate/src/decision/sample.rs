//! A decision as tests of other rooms need one.

use std::time::SystemTime;

use serde_json::json;

use super::Decision;
use crate::entropy::OsEntropy;
use crate::id::DecisionId;
use crate::policy::Policy;

/// A decision that was made at `now` for this policy, and for this operation where there is one.
pub(crate) fn sample(
    policy: &Policy,
    intent: Option<crate::intent::IntentDigest>,
    now: SystemTime,
) -> Decision {
    let evidence = json!({
        "verdict": "Pass", "score": 92.5, "score_is_sound": true,
        "findings": ["Absent", { "Passed": null }, { "Passed": null }, "Absent", { "Passed": null }],
        "identity": "Named", "removed_services": false, "auto_enrolled": false,
    });
    Decision {
        id: DecisionId::random(&OsEntropy).unwrap(),
        policy: policy.shared_name(),
        policy_version: 1,
        action: policy.purpose(),
        intent,
        evidence: serde_json::from_value(evidence).unwrap(),
        auth_time: now,
        expires_at: now + policy.freshness(),
        single_use: policy.is_single_use(),
        given_back: 0,
        document: None,
        unknown: crate::forward_compat::ForwardCompat::default(),
    }
}
