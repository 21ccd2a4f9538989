//! What is promised of limits on every framework, as tests: how often one may start and fail.
//!
//! `biometry_gate_testkit::limits_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod failures;
mod lock_outs;
mod starts;

use std::time::Duration;

use biometry_gate::Limits;

#[doc(hidden)]
pub use self::{failures::*, lock_outs::*, starts::*};
use crate::host::Setup;

/// Makes one test of each promise of [`limits_contract`](mod@crate::limits_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! limits_contract {
    ($harness:ty) => {
        $crate::promises! { limits_contract, $harness:
            failures_count_down_to_a_lock_out_that_ends,
            a_locked_out_user_keeps_decisions,
            a_lock_out_holds_in_every_browser_of_the_user_and_for_nobody_else,
            every_further_lock_out_lasts_twice_as_long,
            a_lock_out_for_good_says_so_until_the_host_lifts_it,
            a_pass_forgives_earlier_failures,
            referrals_count_and_technical_errors_do_not,
            the_host_can_lift_a_lock_out,
            starts_are_limited_whatever_becomes_of_them,
            starts_of_all_browsers_count_together,
            refused_starts_do_not_reach_the_platform,
            captures_of_a_day_are_limited_whatever_comes_of_them,
            limits_that_are_reached_are_events,
        }
    };
}

/// A host that locks a user out after so many failures, for so many seconds.
fn failures(count: u32, cool_down: u64) -> Setup {
    limited(Limits::default().failures(count, Duration::from_secs(cool_down)))
}

/// A host that lets a user start so many sessions in so many seconds.
fn starts(count: u32, window: u64) -> Setup {
    limited(Limits::default().starts(count, Duration::from_secs(window)))
}

fn limited(limits: Limits) -> Setup {
    Setup::new().gate(move |gate| gate.limits(limits))
}
