//! Identity documents: what is accepted, what of them is shown, and what the platform is asked.

mod upstream;

use biometry_client::DocumentProvider;
use biometry_gate::audit::EventKind;
use biometry_gate::document::{DocumentField, Documents};
use biometry_gate_testkit::{Answer, Form, StoreOperation, media};
use biometry_sandbox::{Entry, Fault, Operation};
use serde_json::json;

use crate::harness::{Host, Member, Setup, World, sha256};

on_every_host! {
    a_document_is_accepted_and_nothing_of_it_is_shown,
    a_document_that_does_not_pass_is_rejected_in_both_dialects,
    the_browser_sees_the_fields_that_the_host_names,
    a_portrait_leaves_the_server_only_where_the_host_says_so,
    a_zone_that_disagrees_is_no_document_where_the_host_asks_for_it,
    a_document_joins_the_live_session_and_needs_none,
    a_document_needs_a_caller_who_has_agreed,
    a_form_has_exactly_its_fields_and_containers,
    no_caller_shows_a_document_as_another_user,
    an_answer_that_says_nothing_is_no_acceptance,
    a_store_that_fails_keeps_no_document,
}

async fn a_document_is_accepted_and_nothing_of_it_is_shown<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let page = media::jpeg(200_000);
    let answer = ana.show_document(&page).await;
    let seen = world.seen(Operation::CheckDocument).remove(0);
    assert_eq!(answer.header("x-request-id"), Some(&*seen.request_id));
    assert_eq!(answer.granted(), json!({ "message": "the document is accepted", "document": {} }));
    let sent = seen.file("document").expect("a document");
    assert_eq!((&*sent.sha256, &*sent.file_name), (&*sha256(&page.bytes), "document.jpg"));
    assert_eq!((seen.user.as_deref(), seen.fields.len()), (Some("ana@example.com"), 0));
    for name in ["x-inhouse-docauth", "x-inhouse-mrz", "x-action-trigger", "x-session-id"] {
        assert_eq!(seen.header(name), None, "{name}");
    }
    let answer = in_platforms_words(&ana).await.granted();
    let data = json!({ "current_result": "Passed" });
    let message = "the document is accepted";
    assert_eq!(answer, json!({ "data": data, "scoring_result": "pass", "message": message }));
    says_nothing(&ana.browser.answers());
    assert_eq!(world.audit.count(EventKind::DocumentAccepted), 2);
    assert!(!format!("{:?}", world.audit.events()).contains("ERIKSSON"));
}

async fn a_document_that_does_not_pass_is_rejected_in_both_dialects<H: Host>() {
    let setup = || Documents::new().disclose(ALL).dangerous_disclose_portrait();
    let world = Setup::new().gate(move |gate| gate.documents(setup())).open::<H>().await;
    for who in ["doc+failed", "doc+contradiction"] {
        let member = world.consented(&format!("{who}@example.com")).await;
        member.show_document(&media::png(5_000)).await.problem("document-rejected");
        let answer = in_platforms_words(&member).await.granted();
        assert_eq!(answer["scoring_result"], "fail", "{who}");
        assert_eq!(answer["data"], json!({ "current_result": "Failed" }), "{who}");
        says_nothing(&member.browser.answers());
    }
    assert_eq!(world.audit.count(EventKind::DocumentRejected), 4);
    assert_eq!(world.audit.count(EventKind::DocumentAccepted), 0);
}

async fn the_browser_sees_the_fields_that_the_host_names<H: Host>() {
    let documents = Documents::new().disclose([DocumentField::LastName, DocumentField::ExpiryDate]);
    let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let told = json!({ "last_name": "ERIKSSON", "expiry_date": "2032-04-15" });
    assert_eq!(ana.show_document(&media::png(5_000)).await.granted()["document"], told);
    let data = &in_platforms_words(&ana).await.granted()["data"];
    assert_eq!((&data["last_name"], &data["expiry_date"]), (&told["last_name"], &told["expiry_date"]));
    assert_eq!(data.as_object().expect("an object").len(), 3);

    let world = Setup::new().gate(|gate| gate.documents(Documents::new().disclose(ALL))).open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let told = ana.show_document(&media::png(5_000)).await.granted();
    assert_eq!(told["document"]["document_number"], "D23145890");
    assert!(!told.to_string().contains("iVBOR"), "a portrait is no field: {told}");
}

async fn a_portrait_leaves_the_server_only_where_the_host_says_so<H: Host>() {
    let documents = Documents::new().dangerous_disclose_portrait();
    let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let told = ana.show_document(&media::png(5_000)).await.granted();
    assert!(told["document"]["face_image_base64"].as_str().is_some_and(|face| face.starts_with("iVBOR")));
    assert_eq!(told["document"].as_object().expect("an object").len(), 2, "{told}");
    let ben = world.consented("doc+noportrait@example.com").await;
    assert_eq!(ben.show_document(&media::png(5_000)).await.granted()["document"], json!({}));
}

async fn a_zone_that_disagrees_is_no_document_where_the_host_asks_for_it<H: Host>() {
    let world = World::open::<H>().await;
    let member = world.consented("doc+mrz@example.com").await;
    member.show_document(&media::png(5_000)).await.granted();
    let documents = Documents::new().validate_mrz();
    let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
    let member = world.consented("doc+mrz@example.com").await;
    member.show_document(&media::png(5_000)).await.problem("document-rejected");
    let ana = world.consented("ana@example.com").await;
    ana.show_document(&media::png(5_000)).await.granted();
    // A pass that is silent about the zone is none where the zone was asked for.
    let silent = json!({ "data": { "current_result": "Passed" }, "scoring_result": "pass" });
    world.sandbox.fault(Fault::on(Operation::CheckDocument).times(1).status(200, silent));
    ana.show_document(&media::png(5_000)).await.problem("document-rejected");
}

async fn a_document_joins_the_live_session_and_needs_none<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    ana.show_document(&media::png(5_000)).await.granted();
    let challenge = ana.start("limits").await;
    ana.show_document(&media::png(5_000)).await.granted();
    ana.verify(&challenge).await.granted();
    ana.show_document(&media::png(5_000)).await.granted();
    let platforms = world.seen(Operation::ProcessVideo).remove(0).session;
    let seen = world.seen(Operation::CheckDocument);
    let sessions: Vec<_> = seen.iter().map(|seen| seen.session.clone()).collect();
    assert_eq!(sessions, [None, platforms.clone(), platforms]);
    assert_eq!(seen[1].header("x-action-trigger"), Some("authentication"), "the policy's own");
    let unknown = format!("sess_{}", "A".repeat(32));
    let upload = ana.browser.post("/biometry/document/check").header("x-session-id", &unknown);
    upload.form(&document()).send().await.problem("session-unknown");
}

async fn a_document_needs_a_caller_who_has_agreed<H: Host>() {
    let world = World::open::<H>().await;
    for path in ["/biometry/document/check", "/biometry/api-gateway/docauth/check"] {
        let upload = world.browser().post(path).header("x-user-fullname", "ana@example.com");
        upload.form(&document()).send().await.problem("authentication-required");
        let ana = world.log_in("ana@example.com").await;
        let refused = ana.browser.post(path).form(&document()).send().await.problem("consent-required");
        assert_eq!(refused["purposes"], json!(["authorization"]));
        ana.consent().await;
        let upload = ana.browser.post(path).header("sec-fetch-site", "cross-site").form(&document());
        upload.send().await.problem("cross-site");
        ana.browser.delete("/biometry/consent").send().await.granted();
    }
    assert!(world.seen(Operation::CheckDocument).is_empty());
}

async fn a_form_has_exactly_its_fields_and_containers<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let page = || media::png(5_000);
    for (form, code) in [
        (Form::new().file("document", media::webm(5_000)), "unsupported-media"),
        (Form::new().file("document", media::noise(5_000)), "unsupported-media"),
        (Form::new().file("face", page()), "invalid-upload"),
        (Form::new().file("document", page()).file("document", page()), "invalid-upload"),
        (Form::new().file("document", page()).text("phrase", "one"), "invalid-upload"),
        (Form::new().text("userFullname", "ana@example.com"), "invalid-upload"),
    ] {
        let answer = ana.browser.post("/biometry/document/check").form(&form).send().await;
        answer.problem(code);
    }
    assert!(world.seen(Operation::CheckDocument).iter().all(|seen| !seen.complete));
    let form = Form::new().text("userFullname", "ana@example.com").file("document", page());
    ana.browser.post("/biometry/document/check").form(&form).send().await.granted();
}

async fn no_caller_shows_a_document_as_another_user<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let upload = ana.browser.post("/biometry/document/check").header("x-user-fullname", "ben@example.com");
    upload.form(&document()).send().await.problem("subject-conflict");
    let form = document().text("userFullname", "ben@example.com");
    ana.browser.post("/biometry/document/check").form(&form).send().await.problem("subject-conflict");
    assert!(world.seen(Operation::CheckDocument).iter().all(|seen| !seen.complete));
}

async fn an_answer_that_says_nothing_is_no_acceptance<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    let passed = json!({ "current_result": "Passed" });
    for body in [
        json!({ "data": passed }),
        json!({ "data": passed, "scoring_result": "refer" }),
        json!({ "data": passed, "scoring_result": "PASSED" }),
        json!({ "data": { "current_result": "passed" }, "scoring_result": "pass" }),
        json!({ "data": { "current_result": 1 }, "scoring_result": "pass" }),
    ] {
        world.sandbox.fault(Fault::on(Operation::CheckDocument).times(1).status(200, body.clone()));
        let answer = ana.show_document(&media::png(5_000)).await;
        assert_eq!(answer.code().as_deref(), Some("document-rejected"), "{body}: {answer:?}");
    }
    for (body, code) in
        [(json!({ "scoring_result": "pass" }), "platform-error"), (json!([]), "platform-error")]
    {
        world.sandbox.fault(Fault::on(Operation::CheckDocument).times(1).status(200, body));
        ana.show_document(&media::png(5_000)).await.problem(code);
    }
    assert_eq!(world.audit.count(EventKind::DocumentError), 2);
    ana.show_document(&media::png(5_000)).await.granted();
}

async fn a_store_that_fails_keeps_no_document<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let world = setup.open::<H>().await;
    let ana = world.consented("ana@example.com").await;
    store.fail(&[StoreOperation::BeginAuxiliaryUpload]);
    ana.show_document(&media::png(5_000)).await.problem("store-unavailable");
    assert!(world.seen(Operation::CheckDocument).is_empty());
    store.mend();
    store.fail(&[StoreOperation::SettleAuxiliaryUpload]);
    ana.show_document(&media::png(5_000)).await.problem("store-unavailable");
}

async fn in_platforms_words(member: &Member) -> Answer {
    member.browser.post("/biometry/api-gateway/docauth/check").form(&document()).send().await
}

fn document() -> Form {
    Form::new().file("document", media::png(5_000))
}

/// Nothing of the specimen, and none of the platform's remarks.
fn says_nothing(answers: &[Answer]) {
    for answer in answers {
        // An id of a request is made of random digits, which say nothing.
        let mut headers = answer.headers.clone();
        headers.remove("x-request-id");
        let body = answer.text().replace(answer.header("x-request-id").unwrap_or("none"), "");
        let said = format!("{headers:?} {body}");
        for told in ["ERIKSSON", "ANNA", "1974", "2032", "D23145890", "UTO", "iVBOR", "FEMALE", "authentic"] {
            assert!(!said.contains(told), "{told}: {said}");
        }
    }
}

const ALL: [DocumentField; 11] = [
    DocumentField::DocumentType,
    DocumentField::DocumentNumber,
    DocumentField::CountryCode,
    DocumentField::IssuingState,
    DocumentField::NationalityCode,
    DocumentField::FirstName,
    DocumentField::FatherName,
    DocumentField::LastName,
    DocumentField::Sex,
    DocumentField::BirthDate,
    DocumentField::ExpiryDate,
];
