//! The request forms of the platform's other official clients: the Flutter package, and the web components that post to a
//! host's own endpoint. Written down from what is known of their wire, as raw requests.

use biometry_gate_testkit::{File, Form, Request, media};
use biometry_sandbox::Operation;
use serde_json::json;

use crate::harness::{Challenge, Host, Member, Setup, World};

on_every_host! {
    the_flutter_package_goes_all_the_way,
    two_names_of_the_session_have_to_agree,
    what_a_mobile_client_says_of_its_place_goes_nowhere,
    an_enrollment_element_reads_its_code_at_the_top,
    a_document_element_gets_the_outcome_by_the_status,
    a_video_element_with_a_phrase_of_its_own_is_refused,
}

/// Headers of every call, fields before files, labels as they come, no body where there is nothing to say.
async fn the_flutter_package_goes_all_the_way<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    let started = post(&ana, "api-gateway/sessions/start?warmup=true").send().await;
    assert_eq!(started.status, 200, "exactly 200 counts as started");
    let challenge = Challenge::read(&started.granted());
    for path in ["api-consent/consent", "api-consent/strg-consent"] {
        // Here the session has its older name alone.
        let consent = post(&ana, path).header("x-request-user-provided-id", &challenge.session);
        let consent = consent.header("x-device-info", DEVICE).header("x-geo-location", PLACE);
        let given =
            consent.json(json!({ "is_consent_given": true, "user_fullname": ana.email })).send().await;
        assert_eq!(given.granted()["data"]["is_consent_given"], true);
    }
    let history =
        ana.browser.get("/biometry/api-consent/history?user_fullname=ana%40example.com").send().await;
    let history = history.granted();
    for record in ["consent", "storage_consent"] {
        assert_eq!(history["data"][record]["history"][0]["is_consent_given"], true, "{history}");
    }

    let face = Form::new().text("is_document", "false").file("face", media::jpeg(5_000));
    let enrolled = gateway(&ana, "enroll/face", &challenge).form(&face).send().await.granted();
    assert_eq!(enrolled["data"]["enrollment_result"]["code"], 0);
    let voice = Form::new().text("unique_id", &ana.email).text("phrase", &titled(&challenge.phrase));
    let voice = voice.file("voice", labelled(media::mp4(5_000), "video/mp4"));
    let enrolled = gateway(&ana, "enroll/voice", &challenge).form(&voice).send().await.granted();
    assert_eq!(enrolled["data"]["status"], "good");
    let document = Form::new().file("document", labelled(media::jpeg(5_000), "image/png"));
    let checked = gateway(&ana, "docauth/check", &challenge).form(&document).send().await.granted();
    assert_eq!(checked["scoring_result"], "pass");
    let video = Form::new().text("phrase", &titled(&challenge.phrase));
    let video = video.file("video", labelled(media::webm(5_000), "video/mp4"));
    let verified = gateway(&ana, "process-video", &challenge).form(&video).send().await.granted();
    assert_eq!(verified["scoring_result"], "pass");
    let own = Form::new().text("X-Request-User-Provided-ID", &challenge.session);
    let own = own.file("image", labelled(media::png(5_000), "application/png"));
    let own = own.file("video", labelled(media::mp4(5_000), "video/mp4"));
    let matched = gateway(&ana, "match-faces", &challenge).form(&own).send().await.granted();
    assert_eq!(matched["data"]["result"], 1);
    let ended = post(&ana, &format!("api-gateway/sessions/end/{}", challenge.session)).send().await;
    ended.granted();

    let seen = world.sandbox.journal();
    let labels: Vec<_> =
        seen.iter().flat_map(|entry| &entry.files).map(|file| file.content_type.as_deref()).collect();
    let true_ones = ["image/jpeg", "audio/mp4", "image/jpeg", "video/webm", "image/png", "video/mp4"];
    assert_eq!(labels, true_ones.map(Some), "what it is goes upstream, not what it was called");
    assert!(seen.iter().all(|entry| entry.header("x-client-app").is_none()));
}

async fn two_names_of_the_session_have_to_agree<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let old = ana.start("statement").await;
    let new = ana.start("statement").await;
    let video = Form::new().file("video", media::webm(5_000));
    let upload = post(&ana, "api-gateway/process-video").header("x-session-id", &new.session);
    let upload = upload.header("x-request-user-provided-id", &old.session);
    upload.form(&video).send().await.problem("invalid-request");
    let upload = post(&ana, "api-gateway/process-video").header("x-request-user-provided-id", &old.session);
    upload.form(&video).send().await.problem("session-busy");
    let upload = post(&ana, "api-gateway/process-video").header("x-request-user-provided-id", &new.session);
    assert_eq!(upload.form(&video).send().await.granted()["scoring_result"], "pass");
}

async fn what_a_mobile_client_says_of_its_place_goes_nowhere<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let video = Form::new().file("video", media::webm(5_000));
    gateway(&ana, "process-video", &challenge).form(&video).send().await.granted();
    let arrived = world.seen(Operation::ProcessVideo).remove(0);
    assert_eq!(arrived.header("x-geo-location"), None);
    let device: serde_json::Value =
        serde_json::from_str(arrived.header("x-device-info").expect("the device")).expect("an object");
    assert_eq!(device, json!({ "device_os": "android", "device_os_version": "14" }));
}

/// `<biometry-enrollment>`: 0 is success, 1 to 3 are what it has words for.
async fn an_enrollment_element_reads_its_code_at_the_top<H: Host>() {
    let world = World::open::<H>().await;
    for (email, code) in [
        ("ana@example.com", 0),
        ("no-face@example.com", 1),
        ("many-faces@example.com", 2),
        ("not-centred@example.com", 3),
    ] {
        let member = world.log_in(email).await;
        member.consent_to_all().await;
        let photo = File { name: "onboard-face.jpg".to_owned(), ..media::jpeg(5_000) };
        let form = Form::new().file("photo", photo).text("userFullname", email);
        let answer =
            member.browser.post("/biometry/api-gateway/enroll/face").form(&form).send().await.granted();
        assert_eq!((&answer["code"], answer["description"].is_string()), (&json!(code), true), "{email}");
    }
}

/// `<doc-auth>` reads nothing but whether the status says success, so it belongs to the native route.
async fn a_document_element_gets_the_outcome_by_the_status<H: Host>() {
    let world = World::open::<H>().await;
    for (email, accepted) in [("pass@example.com", true), ("doc+failed@example.com", false)] {
        let member = world.consented(email).await;
        let scan = File { name: "id-document.jpg".to_owned(), ..media::jpeg(5_000) };
        let form = Form::new().file("document", scan).text("userFullname", email);
        let answer = member.browser.post("/biometry/document/check").form(&form).send().await;
        assert_eq!(answer.status.is_success(), accepted, "{answer:?}");
    }
}

/// `<process-video>` makes its phrase up in the browser. A video with such a phrase does not show that the person is there now.
async fn a_video_element_with_a_phrase_of_its_own_is_refused<H: Host>() {
    let world = Setup::new().open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let challenge = ana.start("statement").await;
    let capture = |phrase: &str| {
        let video = File { name: "recorded_video.webm".to_owned(), ..media::webm(5_000) };
        Form::new().file("video", video).text("phrase", phrase).text("userFullname", "pass@example.com")
    };
    let own = "one two three four five six seven eight";
    for path in ["/biometry/verify", "/biometry/api-gateway/process-video"] {
        ana.browser.post(path).form(&capture(own)).send().await.problem("phrase-mismatch");
    }
    assert_eq!(world.captures(), 0);
    // Its form is fine; with the server's phrase it passes.
    let answer = ana.browser.post("/biometry/verify").form(&capture(&challenge.phrase)).send().await;
    assert_eq!(answer.granted()["scoring_result"], "pass");
}

/// A call of the Flutter package: it names the user on every one.
fn post(member: &Member, path: &str) -> Request {
    let call = member.browser.post(&format!("/biometry/{path}")).header("x-user-fullname", &member.email);
    call.header("authorization", "Bearer a-key-that-the-app-made-up")
}

/// An upload of the Flutter package: the session under both of its names, device, place and the app itself.
fn gateway(member: &Member, path: &str, challenge: &Challenge) -> Request {
    let call = post(member, &format!("api-gateway/{path}")).header("x-session-id", &challenge.session);
    let call = call.header("x-request-user-provided-id", &challenge.session).header("x-device-info", DEVICE);
    call.header("x-geo-location", PLACE)
        .header("x-client-app", "example")
        .header("x-client-app-version", "1.0")
}

fn labelled(file: File, content_type: &str) -> File {
    File { content_type: content_type.to_owned(), ..file }
}

/// `One Two Three`, as its phrases are written.
fn titled(phrase: &str) -> String {
    let words = phrase.split(' ').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect::<Vec<_>>().join(" ")
}

const DEVICE: &str = r#"{ "device_os": "android", "device_os_version": "14" }"#;
const PLACE: &str = r#"{"lat":48.2,"lng":16.4,"country":"AT","city":"Vienna","ip":"192.0.2.7"}"#;
