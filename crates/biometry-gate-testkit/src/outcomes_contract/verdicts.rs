use biometry_gate::audit::EventKind;
use biometry_sandbox::{Operation, Shape};

use crate::host::{HostHarness, Setup, Stage};

pub async fn a_pass_of_the_platform_with_every_proof_passes<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for who in ["pass", "score+70", "score+100", "digits"] {
        let member = stage.consented(&format!("{who}@example.com")).await;
        member.pass("reusable").await;
        member.enters().await;
    }
    assert_eq!(stage.audit.count(EventKind::VerifyPassed), 4);
}

pub async fn nothing_short_of_every_proof_passes<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for who in NOT_VERIFIED {
        let member = stage.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("reusable").await;
        let answer = member.verify(&challenge).await;
        let failed = answer.problem("verification-failed");
        let platforms_id = stage.seen(Operation::ProcessVideo).pop().map(|video| video.request_id);
        assert_eq!(answer.header("x-request-id"), platforms_id.as_deref(), "{who}");
        assert_eq!(failed["attempts_left"], 4, "{who}");
        assert_ne!(failed["phrase"], challenge.phrase.as_str(), "{who}: a fresh phrase");
        assert_eq!(member.enter().await.problem("step-up-required")["reason"], "absent", "{who}");
    }
    assert_eq!(stage.audit.count(EventKind::VerifyFailed), NOT_VERIFIED.len());
    assert_eq!(stage.audit.count(EventKind::VerifyPassed), 0);
}

pub async fn a_referral_has_a_code_of_its_own<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let member = stage.consented("refer@example.com").await;
    let challenge = member.start("reusable").await;
    let referred = member.verify(&challenge).await.problem("verification-referred");
    assert_eq!(referred["attempts_left"], 4);
    assert!(referred["phrase"].is_string());
    member.enter().await.problem("step-up-required");
}

pub async fn every_shape_of_reply_is_read_alike<H: HostHarness>() {
    for shape in [Shape::Sdk, Shape::Guide, Shape::Legacy] {
        let stage = Setup::new().sandbox(|sandbox| sandbox.shape(shape)).open::<H>().await;
        for who in ["fail", "fail+liveness", "refer", "unknown", "someone-else", "removed", "without+face"] {
            let member = stage.consented(&format!("{who}@example.com")).await;
            let challenge = member.start("reusable").await;
            let answer = member.verify(&challenge).await;
            assert_eq!(answer.status, 403, "{shape:?} {who}: {answer:?}");
        }
        stage.consented("pass@example.com").await.pass("reusable").await;
    }
}

pub async fn a_reply_that_is_none_is_a_platform_error<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    for who in ["malformed", "empty", "huge", "duplicate-keys"] {
        let member = stage.consented(&format!("{who}@example.com")).await;
        let challenge = member.start("reusable").await;
        member.verify(&challenge).await.problem("platform-error");
        assert_eq!(member.state(&challenge).await, "issued", "{who}");
        member.enter().await.problem("step-up-required");
    }
}

/// Personas whose verification is answered and proves too little.
const NOT_VERIFIED: &[&str] = &[
    "fail",
    "fail+liveness",
    "fail+face",
    "fail+speech",
    "fail+liveness+still-pass",
    "fail+face+still-pass",
    "fail+speech+still-pass",
    "unknown",
    "noverdict",
    "lowscore",
    "noscore",
    "textscore",
    "score+69.99",
    "score+-1",
    "score+100.01",
    "score+1e300",
    "removed",
    "without+face",
    "without+liveness",
    "without+speech",
    "errored+face",
    "errored+face+still-pass",
    "errored+liveness+still-pass",
    "someone-else",
    "two-people",
    "no-face",
    "many-faces",
    "not-centred",
    "no-face+still-pass",
    "misread",
    "minimal",
    "nodata",
    // Consent to storage was not given, so nothing was enrolled and there is no one to compare with.
    "new",
];
