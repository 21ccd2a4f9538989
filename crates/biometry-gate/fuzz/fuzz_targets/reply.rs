//! The platform's reply: whatever it holds, it is read without a panic, and passes only if it says so and proves it.

#![no_main]

use biometry_client::{Body, ProcessVideo, Upload, UserFullname};
use biometry_gate::fuzzing::is_pass;
use biometry_gate::phrase::Phrase;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::Subject;
use biometry_gate_fuzz::{Canned, client, run};
use libfuzzer_sys::fuzz_target;

const SUBJECT: &str = "ana@example.com";

fuzz_target!(|body: &[u8]| {
    let phrase: Phrase = serde_json::from_str(r#""one two three four""#).expect("a phrase");
    let user = UserFullname::parse(SUBJECT).expect("a name");
    let call = ProcessVideo::new(user, phrase.as_str(), Upload::webm(Body::empty()));
    let client = client(Canned { status: 200, body: body.to_vec() });
    let Ok(reply) = run(client.process_video(call)) else { return };
    let subject = Subject::parse(SUBJECT).expect("a subject");
    let policy = Policy::for_session("p", Threshold::percent(70.0).expect("a threshold"));
    if !is_pass(&reply, &phrase, &subject, &policy) {
        return;
    }
    let root: serde_json::Value = serde_json::from_slice(body).expect("a pass is sound json");
    let verdict = &root["scoring_result"];
    let legacy = &root["result_conditions"]["status"];
    assert!(verdict == "pass" || verdict["status"] == "pass" || legacy == "pass");
    assert!(root["score"].as_f64().is_some_and(|score| (70.0..=100.0).contains(&score)));
    let services = root["data"].as_object().expect("services");
    for required in ["Face Liveness Detection", "Face Recognition", "Visual Speech Recognition"] {
        assert!(services.contains_key(required), "{required} is missing");
    }
});
