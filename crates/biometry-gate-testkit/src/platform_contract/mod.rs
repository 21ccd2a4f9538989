//! What is promised on every framework when the platform does not do its part, as tests: one defined answer each, no
//! verdict, and everything as before.
//!
//! `biometry_gate_testkit::platform_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod outages;
mod refusals;
mod silence;

use serde_json::json;

#[doc(hidden)]
pub use self::{outages::*, refusals::*, silence::*};
use crate::host::Person;

/// Makes one test of each promise of [`platform_contract`](mod@crate::platform_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! platform_contract {
    ($harness:ty) => {
        $crate::promises! { platform_contract, $harness:
            a_revoked_key_is_the_operators_business,
            every_refusal_of_a_start_has_its_code,
            every_failure_to_judge_has_its_code_and_changes_nothing,
            what_personas_do_to_a_reply_has_its_code,
            a_redirect_is_not_followed,
            a_platform_that_never_answers_is_given_up,
            a_platform_that_stops_reading_is_given_up,
            an_answer_before_the_end_is_no_verdict,
            a_client_that_still_sends_gets_to_see_an_early_answer,
            a_capture_is_never_sent_twice,
            an_outage_leaves_decisions_as_they_are,
            a_platform_that_does_not_answer_is_spared_and_tried_again,
            what_callers_do_wrong_is_not_held_against_the_platform,
        }
    };
}

/// No attempt is used up, and the session waits as it did.
async fn is_as_before(person: &Person) {
    let status = person.browser.get("/biometry/session").send().await.granted();
    assert_eq!((&status["attempts_left"], &status["state"]), (&json!(5), &json!("issued")));
}
