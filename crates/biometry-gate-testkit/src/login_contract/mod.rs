//! What is promised of signing in with one's face on every framework, as tests: a subject that is claimed, and not yet
//! anybody.
//!
//! `biometry_gate_testkit::login_contract!(OurFramework)` makes one of each promise, over real sockets, for
//! the same harness as the [routes' promises](mod@crate::routes_contract), which have an example.

#![expect(missing_docs, reason = "the names of promises are sentences")]

mod claims;
mod cookies;
mod limits;
mod names;
mod owners;
mod shares;
mod signing_in;

use serde_json::json;

#[doc(hidden)]
pub use self::{claims::*, cookies::*, limits::*, names::*, owners::*, shares::*, signing_in::*};
use crate::answer::Answer;
use crate::browser::Browser;
use crate::host::{Challenge, HostHarness, Stage, capture};

/// Makes one test of each promise of [`login_contract`](mod@crate::login_contract) for a
/// [`HostHarness`](crate::host::HostHarness).
#[macro_export]
macro_rules! login_contract {
    ($harness:ty) => {
        $crate::promises! { login_contract, $harness:
            a_user_who_agreed_before_signs_in_by_face_once,
            a_sign_in_belongs_to_its_browser,
            only_the_login_policy_can_be_started_without_a_login,
            known_and_unknown_subjects_look_alike,
            the_answer_to_a_bad_video_reveals_no_names,
            a_platform_that_is_down_reveals_no_names,
            a_claimed_name_consents_to_nothing,
            a_claimed_name_opens_no_gated_route,
            failed_sign_ins_lock_nobody_out_of_stepping_up,
            failed_step_ups_lock_nobody_out_of_signing_in,
            another_persons_face_does_not_sign_in,
            a_withdrawal_of_consent_voids_a_sign_in_on_its_way,
            a_forged_cookie_redeems_nothing,
            each_start_gives_the_browser_a_new_key,
            a_key_from_before_the_pass_redeems_nothing,
            redeeming_ends_the_cookie,
            strangers_keep_out_no_browser_that_has_signed_in_before,
            strangers_delay_each_other_and_block_no_name,
            the_host_lets_people_sign_in_again,
            strangers_take_no_place_of_a_members_upload,
            captures_of_strangers_are_paid_from_a_budget_of_their_own,
            strangers_start_so_many_sign_ins_and_no_more,
            a_browser_sees_of_its_sign_in_what_it_did_itself,
            a_pass_that_consent_was_withdrawn_from_looks_like_a_failure,
        }
    };
}

async fn start(browser: &Browser, subject: &str) -> Answer {
    let body = json!({ "policy": "login", "subject": subject });
    browser.post("/biometry/session/start").json(body).send().await
}

async fn verify(browser: &Browser, challenge: &Challenge) -> Answer {
    let upload = browser.post("/biometry/verify").header("x-session-id", &challenge.session);
    upload.form(&capture()).send().await
}

/// A browser that has passed a sign-in for a user who agreed before, and has not redeemed it.
async fn passed<H: HostHarness>(stage: &Stage<H>, subject: &str) -> Browser {
    let browser = stage.browser();
    let challenge = Challenge::read(&start(&browser, subject).await.granted());
    verify(&browser, &challenge).await.granted();
    browser
}

/// A browser that has signed in as a user who agreed before.
async fn signed_in<H: HostHarness>(stage: &Stage<H>, subject: &str) -> Browser {
    let browser = passed(stage, subject).await;
    assert_eq!(browser.post("/login/face").send().await.status, 200);
    browser
}

const COOKIE: &str = "__Host-biometry-login";
