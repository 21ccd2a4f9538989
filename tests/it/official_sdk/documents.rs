//! `checkDocAuth` and `matchFaces`.

use biometry_gate_testkit::media;
use biometry_sandbox::Operation;
use serde_json::{Value, json};

use super::sdk::{Node, Sdk, file};
use crate::harness::{Challenge, Host, Member, World};

on_every_host! {
    a_document_is_accepted_and_nothing_of_it_is_shown,
    a_document_that_is_not_accepted_is_an_answer,
    who_checks_is_the_hosts_choice,
    faces_are_matched_with_the_sessions_video_or_ones_own,
    faces_that_do_not_match_are_an_answer,
    faces_are_matched_only_after_a_pass,
    document_video_and_match_open_what_asks_for_them,
}

async fn a_document_is_accepted_and_nothing_of_it_is_shown<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "pass@example.com").await;
    let checked = sdk.call("checkDocAuth", json!([file(&media::jpeg(20_000)), ana.email])).await;
    let body = checked.body();
    assert_eq!(
        (&body["scoring_result"], &body["data"]["current_result"]),
        (&json!("pass"), &json!("Passed"))
    );
    for secret in ["ERIKSSON", "D23145890", "1974", "iVBOR"] {
        assert!(!body.to_string().contains(secret), "{body}");
    }
    let arrived = world.seen(Operation::CheckDocument).remove(0);
    assert_eq!(checked.header("x-request-id"), arrived.request_id);
    assert_eq!(arrived.file("document").expect("a document").len, 20_000);
}

async fn a_document_that_is_not_accepted_is_an_answer<H: Host>() {
    let world = World::open::<H>().await;
    for email in ["doc+failed@example.com", "doc+contradiction@example.com"] {
        let (_, mut sdk) = willing(&world, email).await;
        let checked = sdk.call("checkDocAuth", json!([file(&media::png(5_000)), email])).await;
        let body = checked.body();
        assert_eq!(
            (&body["scoring_result"], &body["data"]["current_result"]),
            (&json!("fail"), &json!("Failed"))
        );
    }
}

async fn who_checks_is_the_hosts_choice<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "pass@example.com").await;
    let wishes = json!({ "inHouseCheck": false, "mrzValidation": true });
    sdk.call("checkDocAuth", json!([file(&media::png(5_000)), ana.email])).await.body();
    sdk.call("checkDocAuth", json!([file(&media::png(5_000)), ana.email, wishes])).await.body();
    let asked: Vec<_> = world
        .seen(Operation::CheckDocument)
        .into_iter()
        .map(|mut entry| (entry.headers.remove("x-inhouse-docauth"), entry.headers.remove("x-inhouse-mrz")))
        .collect();
    assert_eq!(asked[0], asked[1]);
}

async fn faces_are_matched_with_the_sessions_video_or_ones_own<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "pass@example.com").await;
    let challenge = ana.pass("statement").await;
    let more = json!({ "sessionId": challenge.session });
    let (picture, video) = (file(&media::jpeg(5_000)), file(&media::webm(9_000)));
    for args in
        [json!([picture, null, ana.email, true, more]), json!([picture, video, ana.email, false, more])]
    {
        let matched = sdk.call("matchFaces", args).await;
        let body = matched.body();
        assert_eq!((&body["data"]["result"], &body["data"]["code"]), (&json!(1), &json!(0)));
        assert_eq!(body["scoring_result"]["status"], "pass");
    }
    let seen = world.seen(Operation::MatchFaces);
    let prefilled: Vec<_> =
        seen.iter().map(|entry| (entry.header("x-use-prefilled-video"), entry.files.len())).collect();
    assert_eq!(prefilled, [(Some("true"), 1), (None, 2)]);
}

async fn faces_that_do_not_match_are_an_answer<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "nomatch@example.com").await;
    let challenge = ana.pass("statement").await;
    let failed = sdk.call("matchFaces", prefilled(&ana, &challenge)).await;
    let body = failed.body();
    assert_eq!((&body["data"]["result"], &body["scoring_result"]["status"]), (&json!(0), &json!("fail")));
}

async fn faces_are_matched_only_after_a_pass<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "pass@example.com").await;
    let challenge = ana.start("statement").await;
    sdk.call("matchFaces", prefilled(&ana, &challenge)).await.refused(409);
    let unknown = Challenge { session: "sess_never".to_owned(), ..challenge };
    sdk.call("matchFaces", prefilled(&ana, &unknown)).await.refused(404);
    assert!(world.seen(Operation::MatchFaces).is_empty());
}

async fn document_video_and_match_open_what_asks_for_them<H: Host>() {
    let world = World::open::<H>().await;
    let (ana, mut sdk) = willing(&world, "pass@example.com").await;
    // The one thing that the SDK has no words for: which policy.
    let challenge = ana.start("limits").await;
    let more = json!({ "sessionId": challenge.session });
    let page = file(&media::jpeg(30_000));
    sdk.call("checkDocAuth", json!([page, ana.email, more])).await.body();
    let video = json!([file(&media::webm(9_000)), challenge.phrase, ana.email, more]);
    assert_eq!(sdk.call("processVideo", video).await.body()["scoring_result"], "pass");
    ana.browser.get("/api/limits").send().await.problem("step-up-required");
    let matched = sdk.call("matchFaces", json!([page, null, ana.email, true, more])).await;
    assert_eq!(matched.body()["document_matched"], true);
    ana.browser.get("/api/limits").send().await.ok();
}

async fn willing(world: &World, email: &str) -> (Member, Sdk<Node>) {
    let member = world.log_in(email).await;
    let mut sdk = Sdk::of(&member);
    sdk.consent(email).await;
    (member, sdk)
}

fn prefilled(member: &Member, challenge: &Challenge) -> Value {
    json!([file(&media::png(5_000)), null, member.email, true, { "sessionId": challenge.session }])
}
