//! What is promised of consent on every framework, as tests: nothing is verified without it,
//! and a withdrawal counts at once.
//!
//! `biometry_gate_testkit::consent_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod giving;
mod receipts;
mod withdrawing;

use biometry_gate::principal::{HostSession, Principal};

#[doc(hidden)]
pub use self::{giving::*, receipts::*, withdrawing::*};

/// Makes one test of each promise of [`consent_contract`](mod@crate::consent_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! consent_contract {
    ($harness:ty) => {
        $crate::promises! { consent_contract, $harness:
            consent_reaches_the_platform_before_it_counts_here,
            consent_that_the_platform_does_not_take_is_not_given,
            a_withdrawal_counts_whatever_the_platform_answers,
            what_is_not_understood_withdraws_nothing,
            an_array_is_no_object,
            a_withdrawal_is_reported_to_the_platform,
            verifying_after_a_withdrawal_is_refused,
            consent_is_true_or_false_and_nothing_else,
            one_purpose_can_be_given_and_the_other_withdrawn_at_once,
            consent_of_one_user_says_nothing_of_another,
            the_platforms_dialect_withdraws_with_false,
            storage_needs_authorization,
            a_withdrawn_authorization_takes_storage_along,
            a_history_in_the_platforms_dialect_is_as_the_platform_writes_it,
            a_receipt_says_what_was_agreed_to_when_by_whom_and_where,
            a_page_names_texts_that_exist,
            what_is_given_again_is_no_second_receipt,
            a_withdrawal_that_could_not_be_reported_is_reported_later,
            a_platform_that_takes_no_withdrawals_gets_one_report,
            the_host_withdraws_on_its_own_account,
        }
    };
}

/// The same user, in a session of the host that does not matter.
fn principal(subject: &str) -> Principal {
    Principal::new(subject, HostSession::parse("another-session-of-the-host").expect("a key"))
        .expect("a principal")
}
