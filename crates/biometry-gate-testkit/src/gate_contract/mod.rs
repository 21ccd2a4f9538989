//! What a gate promises on every framework, as tests: one per promise, over real sockets.
//!
//! An adapter's author says how the framework puts the [`App`](crate::host::App) together, as the essay of
//! [`host`](crate::host) does for axum, and has all of them with one line:
//!
//! ```
//! use biometry_gate_testkit::host::{App, HostHarness, Serving};
//!
//! struct OurFramework;
//!
//! impl HostHarness for OurFramework {
//!     async fn serve(app: App) -> Serving {
//!         // The app's few routes, put together and served on a free port.
//! #       let _ = app;
//! #       unreachable!("an example")
//!     }
//! }
//!
//! biometry_gate_testkit::gate_contract!(OurFramework);
//! # fn main() {}
//! ```
//!
//! The tests need the crate that calls the macro to depend on `tokio` with its macros and its multi-threaded runtime.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod cross_site;
mod decisions;
mod isolation;
mod navigation;
mod operations;
mod outages;
mod races;
mod refusals;
mod targets;
mod typed;

use http::StatusCode;
use serde_json::Value;

#[doc(hidden)]
pub use self::{
    cross_site::*, decisions::*, isolation::*, navigation::*, operations::*, outages::*, races::*,
    refusals::*, targets::*, typed::*,
};
use crate::answer::Answer;
use crate::host::Person;

/// Makes one test of each promise of [`gate_contract`](mod@crate::gate_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! gate_contract {
    ($harness:ty) => {
        $crate::promises! { gate_contract, $harness:
            a_caller_without_a_login_does_not_learn_what_a_gated_route_asks_for,
            a_refusal_says_what_to_do_next,
            links_are_paths_where_the_host_says_where_the_routes_are,
            a_refusal_has_the_hosts_request_id_where_that_is_trusted,
            a_refusal_is_whole_on_head_requests_too,
            preflights_pass_without_a_permit,
            a_route_without_a_gate_stays_open,
            no_header_of_a_client_names_who_is_let_in,
            a_reusable_decision_opens_until_it_is_stale,
            a_single_use_decision_opens_once,
            a_decision_for_another_policy_is_none,
            a_decision_from_the_future_counts_for_nothing,
            a_verification_that_is_being_judged_is_pending,
            gated_answers_are_not_for_caches,
            a_glance_uses_nothing_up,
            a_log_out_voids_decisions_and_passes_on_their_way,
            the_host_can_revoke_all_that_a_subject_holds,
            a_refused_operation_is_handed_out_for_approval,
            the_same_operation_keeps_its_handle_and_another_one_gets_its_own,
            an_approved_operation_runs_once_and_exactly_as_it_was_approved,
            an_approval_goes_stale_unused,
            an_approval_stands_while_other_operations_are_refused,
            an_operation_that_cannot_be_read_is_refused,
            a_body_with_two_readings_is_refused_whatever_stands_in_front,
            an_operation_that_cannot_be_shown_is_refused,
            an_operation_beyond_the_gates_reading_is_refused,
            an_operation_that_breaks_off_uses_nothing_up,
            an_approval_is_for_one_path_and_query,
            an_approval_is_for_one_method,
            parameters_of_the_path_reach_what_is_shown,
            what_the_host_registers_opens_one_path_and_query,
            what_no_request_could_run_is_not_registered,
            the_value_that_was_approved_is_what_the_handler_gets,
            a_form_is_an_operation_too,
            what_is_no_such_operation_wastes_no_approval,
            a_handler_that_takes_no_approved_value_is_answered_for,
            what_refuses_in_front_of_a_handler_wastes_no_approval,
            of_parallel_runs_some_of_which_are_refused_one_takes_the_approval,
            what_the_gate_answers_for_a_handler_has_the_hosts_request_id,
            another_user_stays_locked_out,
            names_of_any_alphabet_are_verified_and_kept_apart,
            another_host_session_of_the_same_user_stays_locked_out,
            an_operation_of_another_host_session_cannot_be_approved,
            of_parallel_requests_on_one_use_one_is_let_in,
            of_parallel_runs_of_one_operation_one_is_let_in,
            a_reusable_decision_opens_any_number_of_times_at_once,
            a_store_that_is_down_lets_nobody_in,
            a_store_that_hangs_lets_nobody_in,
            a_consumption_of_unknown_outcome_lets_nobody_in,
            a_host_that_cannot_tell_who_calls_lets_nobody_in,
            an_audit_trail_that_is_required_and_lost_lets_nobody_in,
            other_sites_are_refused,
            the_hosts_own_pages_are_let_in,
            reading_is_open_to_links_from_elsewhere,
            no_link_from_elsewhere_uses_an_approval_up,
            a_navigation_is_sent_to_the_step_up_page_and_back,
            only_navigations_are_sent_elsewhere,
            a_return_handle_works_once_and_for_its_owner,
            the_way_back_is_answered_after_a_pass_only,
            a_caller_without_a_login_is_not_redirected,
            nothing_that_a_client_says_chooses_the_way_back,
        }
    };
}

/// A visit to a gated page.
async fn visit(person: &Person, path: &str) -> Answer {
    person.browser.get(path).send().await
}

/// Asks the host to run an operation.
async fn run(person: &Person, what: &str) -> Answer {
    person.browser.post(OPERATION).header("content-type", "text/plain").body(what.to_owned()).send().await
}

/// Has an operation refused, and approves it.
async fn approve(person: &Person, what: &str) {
    let refusal = run(person, what).await.problem("step-up-required");
    let challenge = person.start_approval(&refusal).await;
    person.pass_with(&challenge).await;
}

/// What the gated handler says of a request that was let in.
#[track_caller]
fn inside(answer: &Answer) -> Value {
    assert_eq!(answer.status, StatusCode::OK, "{answer:?}");
    answer.json()
}

/// Why a request was refused.
#[track_caller]
fn reason(answer: &Answer) -> String {
    answer.problem("step-up-required")["reason"].as_str().expect("a reason").to_owned()
}

const REUSABLE: &str = "/gated/reusable";
const ONCE: &str = "/gated/once";
const OPERATION: &str = "/gated/operation";
