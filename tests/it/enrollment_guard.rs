//! Who may enroll: those of whom the host's own other factor says so, and who have agreed.

use std::future::pending;
use std::time::Duration;

use async_trait::async_trait;
use biometry_gate::audit::EventKind;
use biometry_gate::enrollment::{Asked, EnrollmentGuard, LoggedInWithin, Sample};
use biometry_gate::principal::IdentifyError;
use biometry_gate_testkit::{Form, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Host, Setup, World};

on_every_host! {
    the_bank_enrolls_those_who_have_just_logged_in,
    a_caller_whom_the_guard_refuses_enrolls_nothing,
    a_login_of_long_ago_is_not_enough,
    a_guard_may_let_faces_and_no_voices,
    a_guard_that_cannot_tell_refuses,
    a_guard_that_does_not_answer_refuses,
    enrolling_needs_both_consents,
    nothing_is_read_of_those_who_are_refused,
    a_stranger_enrolls_nothing,
    a_caller_who_merely_claims_a_name_enrolls_nothing,
    another_site_enrolls_nothing,
}

async fn the_bank_enrolls_those_who_have_just_logged_in<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    ana.enroll_face().await.granted();
    assert_eq!(world.seen(Operation::EnrollFace).len(), 1);
}

async fn a_caller_whom_the_guard_refuses_enrolls_nothing<H: Host>() {
    let world = Setup::new().gate(|gate| gate.enrollment_guard(|_: &Asked<'_>| false)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    let challenge = ana.start("statement").await;
    for path in ROUTES {
        let upload = ana.browser.post(path).header("x-session-id", &challenge.session);
        upload.form(&anything()).send().await.problem("enrollment-closed");
    }
    nothing_was_enrolled(&world);
    let reasons = world.audit.reasons(EventKind::EnrollmentRefused);
    assert_eq!(reasons, ["face guard", "voice guard", "face guard", "voice guard"]);
}

async fn a_login_of_long_ago_is_not_enough<H: Host>() {
    let guard = LoggedInWithin::new(Duration::from_secs(300));
    // By the gate's own clock, which stands still far from now, no login is recent.
    let world = Setup::new().gate(move |gate| gate.enrollment_guard(guard)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    ana.enroll_face().await.problem("enrollment-closed");
    nothing_was_enrolled(&world);
}

async fn a_guard_may_let_faces_and_no_voices<H: Host>() {
    let guard = |asked: &Asked<'_>| {
        asked.sample() == Sample::Face && asked.caller().subject().as_str() == "ana@example.com"
    };
    let world = Setup::new().gate(move |gate| gate.enrollment_guard(guard)).open::<H>().await;
    for (email, lets_in) in [("ana@example.com", true), ("ben@example.com", false)] {
        let member = world.log_in(email).await;
        member.consent_to_all().await;
        let answer = member.enroll_face().await;
        assert_eq!(answer.status.is_success(), lets_in, "{answer:?}");
        member.start("statement").await;
        let voice = Form::new().file("voice", media::wav(5_000));
        let answer = member.browser.post("/biometry/enroll/voice").form(&voice).send().await;
        answer.problem("enrollment-closed");
    }
}

struct Unsure;

#[async_trait]
impl EnrollmentGuard for Unsure {
    async fn allows(&self, _: &Asked<'_>) -> Result<bool, IdentifyError> {
        tokio::task::yield_now().await;
        Err(IdentifyError::new("the other factor is out of order"))
    }
}

async fn a_guard_that_cannot_tell_refuses<H: Host>() {
    let world = Setup::new().gate(|gate| gate.enrollment_guard(Unsure)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    ana.enroll_face().await.problem("identity-unavailable");
    nothing_was_enrolled(&world);
}

struct Silent;

#[async_trait]
impl EnrollmentGuard for Silent {
    async fn allows(&self, _: &Asked<'_>) -> Result<bool, IdentifyError> {
        pending().await
    }
}

async fn a_guard_that_does_not_answer_refuses<H: Host>() {
    let world = Setup::new().gate(|gate| gate.enrollment_guard(Silent)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    ana.enroll_face().await.problem("identity-unavailable");
    nothing_was_enrolled(&world);
}

async fn enrolling_needs_both_consents<H: Host>() {
    let world = World::open::<H>().await;
    for (given, missing) in [
        (json!({ "authorization": false }), json!(["authorization", "storage"])),
        (json!({ "authorization": true }), json!(["storage"])),
        (json!({ "authorization": false }), json!(["authorization", "storage"])),
    ] {
        let ana = world.log_in("ana@example.com").await;
        ana.give_consent(given).await.granted();
        let challenge = ana.start("statement").await;
        for path in ROUTES {
            let upload = ana.browser.post(path).header("x-session-id", &challenge.session);
            let refused = upload.form(&sample_of(path)).send().await.problem("consent-required");
            assert_eq!(refused["purposes"], missing, "{path}");
        }
    }
    nothing_was_enrolled(&world);
}

/// A megabyte is announced and nothing of it sent: the answer cannot have waited for it.
async fn nothing_is_read_of_those_who_are_refused<H: Host>() {
    let world = Setup::new().gate(|gate| gate.enrollment_guard(|_: &Asked<'_>| false)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    for (browser, code) in
        [(&ana.browser, "enrollment-closed"), (&world.browser(), "authentication-required")]
    {
        for path in ROUTES {
            let upload = browser
                .post(path)
                .header("content-type", &anything().content_type())
                .header("content-length", "1000000")
                .header("expect", "100-continue")
                .open();
            let answer = upload.answer().await;
            answer.problem(code);
            assert_eq!(answer.header("connection"), Some("close"), "{path}");
        }
    }
    nothing_was_enrolled(&world);
}

async fn a_stranger_enrolls_nothing<H: Host>() {
    let world = World::open::<H>().await;
    for path in ROUTES {
        let upload = world.browser().post(path).header("x-user-fullname", "ana@example.com");
        upload.form(&anything()).send().await.problem("authentication-required");
    }
    nothing_was_enrolled(&world);
}

async fn a_caller_who_merely_claims_a_name_enrolls_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("pass@example.com").await;
    ana.consent_to_all().await;
    ana.pass("statement").await;
    let browser = world.browser();
    let claim = json!({ "policy": "login", "subject": "pass@example.com" });
    let started = browser.post("/biometry/session/start").json(claim).send().await.granted();
    let session = started["data"].as_str().expect("a session");
    for path in ROUTES {
        let upload = browser.post(path).header("x-session-id", session).form(&sample_of(path));
        upload.send().await.problem("authentication-required");
    }
    nothing_was_enrolled(&world);
}

async fn another_site_enrolls_nothing<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.consent_to_all().await;
    for path in ROUTES {
        let upload = ana.browser.post(path).header("sec-fetch-site", "cross-site");
        upload.form(&sample_of(path)).send().await.problem("cross-site");
    }
    nothing_was_enrolled(&world);
}

fn nothing_was_enrolled(world: &World) {
    assert!(world.seen(Operation::EnrollFace).is_empty() && world.seen(Operation::EnrollVoice).is_empty());
}

fn sample_of(path: &str) -> Form {
    if path.ends_with("face") {
        Form::new().file("face", media::jpeg(5_000))
    } else {
        Form::new().file("voice", media::wav(5_000))
    }
}

fn anything() -> Form {
    Form::new().file("face", media::jpeg(5_000))
}

const ROUTES: [&str; 4] = [
    "/biometry/enroll/face",
    "/biometry/enroll/voice",
    "/biometry/api-gateway/enroll/face",
    "/biometry/api-gateway/enroll/voice",
];
