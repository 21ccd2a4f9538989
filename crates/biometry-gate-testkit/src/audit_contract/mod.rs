//! What is promised of the audit trail on every framework, as tests.
//!
//! `biometry_gate_testkit::audit_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod events;
mod hints;
mod trails;

#[doc(hidden)]
pub use self::{events::*, hints::*, trails::*};

/// Makes one test of each promise of [`audit_contract`](mod@crate::audit_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! audit_contract {
    ($harness:ty) => {
        $crate::promises! { audit_contract, $harness:
            events_that_belong_together_say_so,
            what_a_verdict_hints_at_is_an_event_of_its_own,
            events_name_people_by_pseudonyms_and_no_secrets,
            the_platforms_own_id_of_a_verification_is_kept,
            asking_for_another_operation_than_the_approved_one_is_an_event,
            events_name_the_key_and_the_replica,
            an_operation_is_one_pseudonym_from_its_approval_to_its_run,
            a_challenge_whose_time_is_over_is_recorded_once,
            a_challenge_that_ran_out_is_not_superseded,
            a_decision_that_is_too_old_is_an_event,
            a_store_that_does_not_answer_is_an_event,
            a_lock_out_that_the_host_lifts_is_an_event,
            a_clock_that_is_set_back_is_an_event,
            a_required_trail_that_is_lost_lets_nobody_in,
            a_use_that_could_not_be_recorded_is_given_back,
            a_sign_in_that_could_not_be_recorded_is_redeemed_later,
            a_trail_that_is_not_required_may_be_lost,
            a_spent_budget_refuses_every_caller_until_it_is_renewed,
        }
    };
}
