//! What is promised of verifications on every framework, as tests: one way to pass, and every other answer of the
//! platform is none.
//!
//! `biometry_gate_testkit::outcomes_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod answers;
mod enrolling;
mod verdicts;

#[doc(hidden)]
pub use self::{answers::*, enrolling::*, verdicts::*};

/// Makes one test of each promise of [`outcomes_contract`](mod@crate::outcomes_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! outcomes_contract {
    ($harness:ty) => {
        $crate::promises! { outcomes_contract, $harness:
            a_pass_of_the_platform_with_every_proof_passes,
            nothing_short_of_every_proof_passes,
            a_referral_has_a_code_of_its_own,
            the_first_attempt_enrolls_and_the_second_one_verifies,
            an_enrollment_is_never_a_pass_however_often_it_happens,
            every_shape_of_reply_is_read_alike,
            a_reply_that_is_none_is_a_platform_error,
            the_platforms_dialect_answers_a_failure_with_200,
            failures_look_alike_whatever_failed,
        }
    };
}
