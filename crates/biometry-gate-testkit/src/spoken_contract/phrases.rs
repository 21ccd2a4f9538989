//! What the person is asked to say.

use biometry_gate::Policy;
use serde_json::{Value, json};

use super::{challenge, fresh, speaking, start};
use crate::host::{HostHarness, Setup, capture};

pub async fn the_phrase_says_the_operation_and_fresh_digits<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let (one, other) = (start(&ana, "say 12.50 to Zoe").await, start(&ana, "say 12.50 to Zoe").await);
    let said = json!([{ "label": "Amount", "value": "12.50", "words": "one two five zero" }]);
    assert_eq!((&one["spoken"], &other["spoken"]), (&said, &said));
    assert_ne!(fresh(&one), fresh(&other), "two in ten million are alike");
    // Where nothing of an operation is spoken, nothing is said of it.
    let silent = ana.try_start(json!({ "policy": "reusable" })).await.granted();
    assert_eq!(silent.get("spoken"), None);
    assert_eq!(silent["phrase"].as_str().expect("a phrase").split(' ').count(), 8);
}

pub async fn several_lines_are_said_in_their_order<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    let answer = start(&ana, "say 1.25 04 to Zoe").await;
    let said = json!([
        { "label": "Amount", "value": "1.25", "words": "one two five" },
        { "label": "Account", "value": "04", "words": "zero four" },
    ]);
    assert_eq!(answer["spoken"], said);
    fresh(&answer);
    ana.pass_with(&challenge(&answer)).await;
    ana.operates("say 1.25 04 to Zoe").await;
}

pub async fn amounts_that_look_alike_sound_different<H: HostHarness>() {
    let whole = [
        ("12.50", "one two five zero"),
        ("125.00", "one two five zero zero"),
        ("1.25", "one two five"),
        ("0.05", "zero zero five"),
        ("0.50", "zero five zero"),
        ("0.00", "zero zero zero"),
    ];
    let shortened = [
        ("12.50", "one two five zero"),
        ("125.00", "three one two five zero"),
        ("1250.00", "four one two five zero"),
        ("12500.00", "five one two five zero"),
        ("0.00", "zero zero zero"),
    ];
    sounds::<H>(Policy::speak_operation, &whole).await;
    sounds::<H>(Policy::speak_operation_shortened, &shortened).await;
}

async fn sounds<H: HostHarness>(form: fn(Policy) -> Policy, amounts: &[(&str, &str)]) {
    let stage = Setup::new().operations(form).open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    for (amount, words) in amounts {
        let answer = start(&ana, &format!("say {amount} to Zoe")).await;
        assert_eq!(answer["spoken"][0]["words"], *words, "{amount}");
        fresh(&answer);
    }
}

pub async fn a_failed_attempt_keeps_what_is_said_and_has_fresh_digits<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let started = start(&member, "say 12.50 to Zoe").await;
    let mut challenge = challenge(&started);
    let mut seen = vec![fresh(&started)];
    for _ in 0..2 {
        let failed = member.verify(&challenge).await.problem("verification-failed");
        assert_eq!(failed["spoken"], started["spoken"]);
        let digits = fresh(&failed);
        assert!(!seen.contains(&digits), "two in ten million are alike");
        seen.push(digits);
        challenge = challenge.renewed(&failed);
    }
}

pub async fn the_platforms_dialect_says_what_is_spoken<H: HostHarness>() {
    let stage = speaking::<H>().await;
    let member = stage.consented("fail@example.com").await;
    let refusal = member.operate("say 12.50 to Zoe").await.problem("step-up-required");
    let intent = refusal["step_up"]["intent"]["id"].as_str().expect("an id");
    let path = format!("/biometry/api-gateway/sessions/start?policy=operation&intent={intent}");
    let started: Value = member.browser.post(&path).send().await.granted();
    fresh(&started);
    let verify = member.browser.post("/biometry/api-gateway/process-video");
    let session = challenge(&started).session;
    let failed = verify.header("x-session-id", &session).form(&capture()).send().await.granted();
    assert_eq!((&failed["scoring_result"], &failed["spoken"]), (&json!("fail"), &started["spoken"]));
    assert_ne!(fresh(&failed), fresh(&started));
}
