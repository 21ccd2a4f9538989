//! What the mounted routes promise on every framework, as tests: one per promise, over real sockets.
//!
//! They run against the same harness as the [gate's promises](mod@crate::gate_contract); the essay of
//! [`host`](crate::host) has a whole one.
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
//! biometry_gate_testkit::routes_contract!(OurFramework);
//!
//! // Where the server speaks cleartext HTTP/2, too.
//! mod over_http2 {
//!     biometry_gate_testkit::routes_over_http2_contract!(super::OurFramework);
//! }
//! # fn main() {}
//! ```
//!
//! The tests need the crate that calls the macros to depend on `tokio` with its macros and its multi-threaded runtime.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod answers;
mod arrival;
mod breaks;
mod outages;
mod refusals;
mod sessions;
mod sites;
mod subjects;

use serde_json::json;

#[doc(hidden)]
pub use self::{
    answers::*, arrival::*, breaks::*, outages::*, refusals::*, sessions::*, sites::*, subjects::*,
};
use crate::browser::Browser;
use crate::form::Form;
use crate::host::{Challenge, HostHarness, Person, Setup, Stage, capture};
use crate::media;
use crate::request::Request;

/// Makes one test of each promise of [`routes_contract`](mod@crate::routes_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! routes_contract {
    ($harness:ty) => {
        $crate::promises! { routes_contract, $harness:
            everything_under_the_mount_is_answered_in_json,
            head_is_answered_as_get_without_the_body,
            the_hosts_id_of_a_request_is_taken_where_it_is_trusted,
            every_native_answer_has_exactly_its_members,
            the_platforms_own_paths_do_the_same_in_its_own_words,
            every_route_asks_for_a_login,
            refusals_that_close_say_so_and_others_keep_the_connection,
            a_session_runs_out,
            an_upload_that_began_in_time_may_end_late,
            a_newer_session_supersedes_the_one_before,
            a_settled_session_takes_no_second_upload,
            an_ended_session_takes_no_upload_and_ends_once,
            a_session_is_named_once,
            sessions_of_others_look_like_sessions_that_never_were,
            of_parallel_uploads_on_one_session_one_is_taken,
            of_parallel_starts_one_session_lives,
            a_session_that_takes_no_upload_says_why,
            only_a_verdict_burns_a_phrase,
            a_withdrawal_of_consent_voids_a_pass_on_its_way,
            other_sites_change_nothing,
            an_allowed_origin_is_let_in,
            the_strict_setting_wants_a_browsers_word,
            an_origin_is_compared_as_scheme_host_and_port,
            a_token_without_a_cookie_is_let_in_where_the_host_says_so,
            a_header_that_names_another_subject_is_a_conflict,
            a_query_that_names_another_subject_is_a_conflict,
            a_body_that_names_another_subject_is_a_conflict,
            a_form_field_that_names_another_subject_is_a_conflict,
            naming_oneself_is_fine,
            nothing_a_client_authenticates_with_reaches_the_platform,
            a_capture_arrives_intact_however_it_is_cut,
            a_capture_is_passed_on_while_it_arrives,
            a_capture_beyond_the_usual_limits_of_frameworks_arrives,
            a_platform_that_does_not_read_slows_the_client_down,
            a_client_may_ask_before_it_sends,
            an_upload_that_breaks_off_dies_upstream,
            an_upload_that_is_reset_dies_upstream,
            a_verdict_is_settled_for_those_who_do_not_wait,
            a_silent_client_is_given_up,
            an_upload_that_takes_too_long_in_all_is_given_up,
            a_short_body_is_short_and_comes_in_time,
            too_many_uploads_at_once_are_shed,
            what_is_no_multipart_form_is_refused,
            broken_framing_is_a_400_that_closes,
            a_body_that_announces_too_much_is_refused_unread,
            a_file_that_turns_out_too_large_is_refused,
            a_refusal_before_the_body_costs_no_read,
            a_store_that_is_down_closes_every_route,
            a_store_that_hangs_closes_every_route,
            a_host_that_cannot_tell_who_calls_closes_every_route,
            a_pass_that_cannot_be_kept_is_none,
        }
    };
}

/// Makes one test of each promise about HTTP/2 for a [`HostHarness`](crate::host::HostHarness) whose server speaks it
/// without TLS.
#[macro_export]
macro_rules! routes_over_http2_contract {
    ($harness:ty) => {
        $crate::promises! { routes_contract, $harness:
            a_capture_arrives_intact_over_http2,
            an_upload_that_breaks_off_over_http2_dies_upstream,
            a_silent_stream_is_given_up_over_http2,
        }
    };
}

/// A user who has consented, and a session that waits for a capture.
async fn ready<H: HostHarness>(setup: Setup) -> (Stage<H>, Person, Challenge) {
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let challenge = ana.start("reusable").await;
    (stage, ana, challenge)
}

/// Session and phrase are as before: the very phrase that was issued still passes.
async fn still_good<H: HostHarness>(stage: &Stage<H>, person: &Person, challenge: &Challenge) {
    person.idle(challenge).await;
    let before = stage.captures();
    let form = Form::new().text("phrase", &challenge.phrase).file("video", media::webm(20_000));
    person.upload(challenge).form(&form).send().await.granted();
    assert_eq!(stage.captures(), before + 1);
    let status = person.browser.get("/biometry/session").send().await.granted();
    assert_eq!(status["attempts_left"], json!(5));
}

/// One request to each mounted route that everybody has.
fn mounted(browser: &Browser) -> Vec<Request> {
    let mut requests = asking_the_store_first(browser);
    requests.extend([
        browser.post("/biometry/consent").json(json!({ "authorization": true })),
        browser.post("/biometry/api-consent/consent").json(json!({ "is_consent_given": true })),
    ]);
    requests
}

/// The same without those that give consent, which the platform hears of first.
fn asking_the_store_first(browser: &Browser) -> Vec<Request> {
    vec![
        browser.post("/biometry/session/start"),
        browser.get("/biometry/session"),
        browser.post("/biometry/session/end"),
        browser.get("/biometry/consent"),
        browser.delete("/biometry/consent"),
        browser.post("/biometry/verify").form(&capture()),
        browser.post("/biometry/api-gateway/sessions/start"),
        browser.get("/biometry/api-consent/history"),
        browser.post("/biometry/api-gateway/process-video").form(&capture()),
    ]
}
