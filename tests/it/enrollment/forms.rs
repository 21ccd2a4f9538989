//! Forms: fields and containers.

use super::*;

on_every_host! {
    forms_of_older_clients_are_taken,
    a_form_has_exactly_its_fields_and_containers,
}

async fn forms_of_older_clients_are_taken<H: Host>() {
    let world = World::open::<H>().await;
    let email = "ana@example.com";
    let ana = willing(&world, email).await;
    let picture = || media::jpeg(5_000);
    // The web component for onboarding, the mobile client, and the web client of today.
    for (form, is_document) in [
        (Form::new().file("photo", picture()).text("userFullname", email), false),
        (Form::new().text("is_document", "false").file("face", picture()), false),
        (Form::new().file("face", picture()).text("is_document", "true"), true),
        (Form::new().text("is_document", "true").file("face", picture()), true),
    ] {
        let upload = ana.browser.post("/biometry/api-gateway/enroll/face").header("x-user-fullname", email);
        assert_eq!(upload.form(&form).send().await.granted()["code"], 0);
        let seen = world.seen(Operation::EnrollFace).pop().expect("a face");
        assert_eq!(seen.field("is_document"), is_document.then_some("true"));
        assert_eq!(seen.fields.len(), usize::from(is_document));
        assert_eq!(seen.file("face").expect("a face").sha256, sha256(&picture().bytes));
    }
    let challenge = ana.start("statement").await;
    let labelled = File { content_type: "video/quicktime".to_owned(), ..media::mp4(5_000) };
    let form = Form::new().text("unique_id", email).text("phrase", &challenge.phrase.to_uppercase());
    let form = form.file("voice", labelled).text("vocabulary", "en_sub");
    let upload = ana.browser.post("/biometry/api-gateway/enroll/voice");
    let upload = upload.header("x-request-user-provided-id", &challenge.session);
    assert_eq!(upload.form(&form).send().await.granted()["data"]["status"], "good");
    let seen = world.seen(Operation::EnrollVoice).remove(0);
    assert_eq!(seen.fields, [("phrase".to_owned(), challenge.phrase.clone())]);
}

async fn a_form_has_exactly_its_fields_and_containers<H: Host>() {
    let world = World::open::<H>().await;
    let ana = willing(&world, "ana@example.com").await;
    let challenge = ana.start("statement").await;
    let face = || media::jpeg(5_000);
    let spoken = || media::wav(5_000);
    for (path, form, code) in [
        ("face", Form::new().file("face", media::webm(5_000)), "unsupported-media"),
        ("face", Form::new().file("face", media::noise(5_000)), "unsupported-media"),
        ("face", Form::new().file("face", media::jpeg(2)), "unsupported-media"),
        ("face", Form::new().file("face", face()).file("photo", face()), "invalid-upload"),
        ("face", Form::new().file("face", face()).text("phrase", &challenge.phrase), "invalid-upload"),
        ("face", Form::new().file("face", face()).text("is_document", "yes"), "invalid-upload"),
        (
            "face",
            Form::new().file("face", face()).text("is_document", "true").text("is_document", "true"),
            "invalid-upload",
        ),
        ("face", Form::new().file("face", face()).text("threshold", "0"), "invalid-upload"),
        ("face", Form::new().text("is_document", "true"), "invalid-upload"),
        ("face", Form::new().text("face", "no file"), "invalid-upload"),
        ("voice", Form::new().file("voice", media::png(5_000)), "unsupported-media"),
        ("voice", Form::new().file("voice", spoken()).file("face", face()), "invalid-upload"),
        ("voice", Form::new().file("voice", spoken()).text("is_document", "true"), "invalid-upload"),
        ("voice", Form::new().file("voice", spoken()).text("phrase", "one"), "phrase-mismatch"),
    ] {
        let answer = ana.browser.post(&format!("/biometry/enroll/{path}")).form(&form).send().await;
        answer.problem(code);
    }
    let broken =
        ana.browser.post("/biometry/enroll/face").header("content-type", &Form::new().content_type());
    broken.body("--nothing of the kind").send().await.problem_as(400, "invalid-upload");
    ana.browser.post("/biometry/enroll/face").json(json!({})).send().await.problem("unsupported-media");
    let encoded = ana.browser.post("/biometry/enroll/face").header("content-encoding", "gzip");
    encoded.form(&Form::new().file("face", face())).send().await.problem("unsupported-media");
    let whole = |operation| world.seen(operation).iter().filter(|seen| seen.complete).count();
    assert_eq!((whole(Operation::EnrollFace), whole(Operation::EnrollVoice)), (0, 0));
    assert_eq!(ana.state(&challenge).await, "issued");
    ana.enroll_face().await.granted();
    speak(&ana, &challenge).await.granted();
}
