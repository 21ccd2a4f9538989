//! What is promised of spoken operations on every framework, as tests: the phrase contains what is approved, and a capture
//! in which something else is spoken approves nothing.
//!
//! `biometry_gate_testkit::spoken_contract!(OurFramework)` makes one of each promise, over real sockets, for the same
//! harness as the [gate's promises](mod@crate::gate_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod captures;
mod mistakes;
mod phrases;

use serde_json::Value;

#[doc(hidden)]
pub use self::{captures::*, mistakes::*, phrases::*};
use crate::host::{Challenge, HostHarness, Person, Setup, Stage};

/// Makes one test of each promise of [`spoken_contract`](mod@crate::spoken_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! spoken_contract {
    ($harness:ty) => {
        $crate::promises! { spoken_contract, $harness:
            the_phrase_says_the_operation_and_fresh_digits,
            several_lines_are_said_in_their_order,
            amounts_that_look_alike_sound_different,
            a_failed_attempt_keeps_what_is_said_and_has_fresh_digits,
            the_platforms_dialect_says_what_is_spoken,
            the_right_amount_passes_and_the_decision_says_that_it_was_spoken,
            a_capture_of_another_amount_approves_nothing,
            a_capture_of_the_same_amount_from_before_approves_nothing,
            another_amount_needs_another_phrase,
            an_operation_too_long_to_be_spoken_is_refused,
            an_operation_that_says_nothing_is_a_mistake_of_the_host,
            a_spoken_operation_under_a_silent_policy_is_a_mistake_of_the_host,
            what_was_handed_out_before_the_policy_changed_is_asked_for_anew,
            a_session_from_before_the_policy_spoke_is_over,
        }
    };
}

/// A host whose policy `operation` speaks its operations whole.
async fn speaking<H: HostHarness>() -> Stage<H> {
    Setup::new().operations(biometry_gate::Policy::speak_operation).open().await
}

/// Starts a session for an operation that is refused; the whole answer.
async fn start(person: &Person, operation: &str) -> Value {
    let refusal = person.operate(operation).await.problem("step-up-required");
    let step_up = &refusal["step_up"];
    let body = serde_json::json!({ "policy": step_up["policy"], "intent": step_up["intent"]["id"] });
    person.try_start(body).await.granted()
}

/// The random words that follow what is said of the operation.
#[track_caller]
fn fresh(answer: &Value) -> String {
    let phrase = answer["phrase"].as_str().expect("a phrase");
    let spoken = answer["spoken"].as_array().unwrap_or_else(|| panic!("nothing is spoken: {answer}"));
    let words: Vec<_> = spoken.iter().map(|line| line["words"].as_str().expect("words")).collect();
    let fresh =
        phrase.strip_prefix(&words.join(" ")).unwrap_or_else(|| panic!("another beginning: {answer}"));
    assert_eq!(fresh.split_ascii_whitespace().count(), 7, "{answer}");
    assert!(phrase.split(' ').count() <= 12, "{answer}");
    fresh.trim_start().to_owned()
}

fn challenge(answer: &Value) -> Challenge {
    Challenge::read(answer)
}
