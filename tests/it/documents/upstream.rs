//! What of a document check the host decides and the client does not.

use super::*;

on_every_host! {
    the_host_chooses_who_checks_and_the_client_does_not,
    what_the_host_knows_goes_upstream_and_what_clients_say_of_it_does_not,
    what_a_client_says_of_its_device_is_rewritten_and_bounded,
}

async fn the_host_chooses_who_checks_and_the_client_does_not<H: Host>() {
    for (documents, provider, zone) in [
        (Documents::new(), None, None),
        (Documents::new().provider(DocumentProvider::IdScan), Some("false"), None),
        (Documents::new().validate_mrz(), None, Some("true")),
    ] {
        let world = Setup::new().gate(move |gate| gate.documents(documents)).open::<H>().await;
        let ana = world.consented("ana@example.com").await;
        for asked in ["true", "false"] {
            let upload = ana.browser.post("/biometry/api-gateway/docauth/check");
            let upload = upload.header("x-inhouse-docauth", asked).header("x-inhouse-mrz", asked);
            upload.form(&document()).send().await.granted();
            let seen = world.seen(Operation::CheckDocument).pop().expect("a document");
            assert_eq!((seen.header("x-inhouse-docauth"), seen.header("x-inhouse-mrz")), (provider, zone));
        }
        for name in ["x-inhouse-docauth", "x-inhouse-mrz"] {
            for nonsense in ["TRUE", "1", "", "true, false"] {
                let upload = ana.browser.post("/biometry/document/check").header(name, nonsense);
                upload.form(&document()).send().await.problem("invalid-request");
            }
        }
        assert_eq!(world.seen(Operation::CheckDocument).len(), 2);
    }
}

async fn what_the_host_knows_goes_upstream_and_what_clients_say_of_it_does_not<H: Host>() {
    let place = biometry_client::GeoLocation::new(47.5, 19.0).expect("a place").country("HU");
    let number = biometry_client::PhoneNumber::parse("+15550199").expect("a number");
    let tags = ["bank", "web"].map(|tag| biometry_client::Tag::parse(tag).expect("a tag"));
    let setup = Setup::new().gate(move |gate| {
        let knows =
            |owner: &biometry_gate::principal::Principal| owner.subject().as_str() == "pass@example.com";
        gate.platform(|platform| platform.tags(tags))
            .geo(move |owner, _| knows(owner).then(|| place.clone()))
            .phone(move |owner| knows(owner).then(|| number.clone()))
    });
    let world = setup.open::<H>().await;
    for (email, is_known) in [("pass@example.com", true), ("pass+ben@example.com", false)] {
        let member = world.log_in(email).await;
        member.consent_to_all().await;
        let challenge = member.start("statement").await;
        let uploads = [
            ("verify", Form::new().file("video", media::webm(10_000))),
            ("enroll/face", Form::new().file("face", media::png(5_000))),
            ("document/check", document()),
            ("face/match", Form::new().file("image", media::png(5_000)).file("video", media::webm(5_000))),
        ];
        for (path, form) in uploads {
            let upload = member.browser.post(&format!("/biometry/{path}"));
            let upload = upload
                .header("x-session-id", &challenge.session)
                .header("x-geo-location", r#"{"lat":1,"lng":2,"country":"XX","city":""}"#)
                .header("x-request-tags", "vip")
                .header("x-action-trigger", "confirmation")
                .header("x-client-app", "of the client");
            upload.form(&form).send().await.granted();
            // A session that nothing more is expected of is ended in the background.
            let is_upload = |entry: &Entry| entry.operation != Some(Operation::EndSession);
            let seen = world.sandbox.journal().into_iter().rfind(is_upload).expect("an upload");
            let place = r#"{"lat":47.5,"lng":19.0,"country":"HU","city":""}"#;
            assert_eq!(seen.header("x-geo-location"), is_known.then_some(place), "{path}");
            assert_eq!(seen.header("x-request-tags"), Some("bank,web"), "{path}");
            assert_ne!(seen.header("x-action-trigger"), Some("confirmation"), "{path}");
            assert_eq!(seen.header("x-client-app"), None, "{path}");
            assert_eq!(seen.user.as_deref(), Some(email), "the name goes with every call: {path}");
            assert!(seen.session.is_some(), "and so does the session: {path}");
        }
        let body = json!({ "phone_number": "+15550100" });
        let end = format!("/biometry/api-gateway/sessions/end/{}", challenge.session);
        member.browser.post(&end).json(body).send().await.granted();
        let ended = |seen: &[Entry]| {
            let platforms =
                seen.iter().filter(|entry| entry.operation == Some(Operation::EndSession) && entry.finished);
            platforms.count() == if is_known { 1 } else { 2 }
        };
        let seen = world.sandbox.journal_when(ended).await.expect("the session ends upstream");
        let sent = seen.last().and_then(|entry| entry.json.clone());
        let expected = if is_known { json!({ "phone_number": "+15550199" }) } else { json!({}) };
        assert_eq!(sent, Some(expected));
    }
}

async fn what_a_client_says_of_its_device_is_rewritten_and_bounded<H: Host>() {
    let world = World::open::<H>().await;
    let ana = world.consented("pass@example.com").await;
    let long = format!(r#"{{"model":"{}"}}"#, "x".repeat(2_100));
    for (said, sent) in [
        (r#"{ "model" : "Zo\u00eb", "sdk":  34 }"#, Some(r#"{"model":"Zo\u00eb","sdk":34}"#)),
        ("{}", Some("{}")),
        (&*long, None),
    ] {
        let challenge = ana.start("statement").await;
        for (path, operation, form) in [
            ("verify", Operation::ProcessVideo, Form::new().file("video", media::webm(10_000))),
            ("document/check", Operation::CheckDocument, document()),
        ] {
            let upload = ana.browser.post(&format!("/biometry/{path}")).header("x-device-info", said);
            let upload = upload.header("x-session-id", &challenge.session);
            upload.form(&form).send().await.granted();
            let seen = world.seen(operation).pop().expect("an upload");
            assert_eq!(seen.header("x-device-info"), sent, "{path}");
        }
    }
    for nonsense in [&["device"][..], &["[1]"], &[r#"{"a":1,"a":2}"#], &[r#"{"a":1"#], &["{}", "{}"]] {
        let upload = ana.browser.post("/biometry/document/check");
        let upload = nonsense.iter().fold(upload, |upload, said| upload.header("x-device-info", said));
        upload.form(&document()).send().await.granted();
        let seen = world.seen(Operation::CheckDocument).pop().expect("an upload");
        assert_eq!(seen.header("x-device-info"), None, "{nonsense:?}");
    }
}
