//! Documents, matches, consents and deepfake checks.

use super::*;

#[tokio::test]
async fn documents_are_checked_within_the_session_that_knows_whose_they_are() {
    let desk = desk().await;
    for (name, accepted) in [
        ("pass@x", true),
        ("doc:failed@x", false),
        ("doc:contradiction@x", false),
        ("doc:mrz@x", false),
        ("doc:noportrait@x", true),
    ] {
        let session = start(&desk).await;
        desk.client.process_video(verification(name).session(session.clone())).await.unwrap();
        let ask = CheckDocument::new(user(name), picture()).session(session).validate_mrz();
        let check = desk.client.check_document(ask).await.unwrap().into_inner();
        assert_eq!(check.is_accepted(), accepted, "{name}");
        assert_eq!(check.document().last_name(), Some("ERIKSSON"));
        assert_eq!(desk.last().json.unwrap()["mrz_provider"], "inhouse");
    }
    let ask = CheckDocument::new(user("pass@x"), picture()).provider(DocumentProvider::IdScan);
    let elsewhere = desk.client.check_document(ask).await.unwrap().into_inner();
    assert!(elsewhere.is_accepted() && elsewhere.mrz().is_none());
    assert_eq!(desk.last().json, Some(json!({ "provider": "idscan" })));
}

#[tokio::test]
async fn a_face_is_matched_with_a_video_of_its_own_or_the_sessions() {
    for scores_only in [false, true] {
        let desk = open(Sandbox::builder().v2_scores_only(scores_only)).await;
        let session = start(&desk).await;
        let prefilled = || MatchFaces::with_session_video(picture(), session.clone()).user(user(NAME));
        let too_early = desk.client.match_faces(prefilled()).await.unwrap_err();
        assert_eq!(too_early.kind(), ErrorKind::Rejected);
        desk.client.process_video(verification(NAME).session(session.clone())).await.unwrap();
        assert!(desk.client.match_faces(prefilled()).await.unwrap().value().is_match());
        for (name, is_match) in [
            ("pass@x", true),
            ("nomatch@x", false),
            ("match:contradiction@x", false),
            ("match:noface@x", false),
        ] {
            let ask = MatchFaces::with_video(picture(), video()).user(user(name));
            let reply = desk.client.match_faces(ask).await.unwrap();
            assert_eq!(reply.value().is_match(), is_match, "{name}");
        }
        let other = MatchFaces::with_session_video(picture(), session).user(user("ben@x"));
        assert_eq!(desk.client.match_faces(other).await.unwrap_err().status().unwrap().as_u16(), 403);
    }
}

#[tokio::test]
async fn consents_are_kept_by_name_or_as_approvals() {
    let desk = desk().await;
    let ana = user("ana@example.com");
    desk.client.give_consent(&ana, Purpose::Authorization).await.unwrap();
    assert_eq!(desk.last().version, Some(Version::V1), "as the web SDK of version 2 does it");
    assert!(desk.client.consent_history(&ana).await.unwrap().value().is_given(Purpose::Authorization));

    let template = |id: &str| ConsentTemplate::parse(id).unwrap();
    let templates = ConsentTemplates::new(template("terms"), template("storage/2026"));
    let client = Client::builder(base(&desk.sandbox), key(&desk.sandbox.mint_key()))
        .version(ApiVersion::V2)
        .consent_templates(templates)
        .connect()
        .unwrap();
    let ben = user("ben@example.com");
    assert!(!client.consent_history(&ben).await.unwrap().value().is_given(Purpose::Storage));
    assert!(client.give_consent(&ben, Purpose::Storage).await.unwrap().value().is_given());
    let last = desk.last();
    assert_eq!(
        (last.operation, last.user.as_deref()),
        (Some(Operation::ApproveConsent), Some("ben@example.com"))
    );
    let history = client.consent_history(&ben).await.unwrap().into_inner();
    assert!(history.is_given(Purpose::Storage) && !history.is_given(Purpose::Authorization));
    assert!(history.record(Purpose::Storage).unwrap().created_at().is_some());
    let approvals = client.consent_approvals(&ben).await.unwrap().into_inner();
    assert_eq!(approvals[0].template(), &template("storage/2026"));
    let withdrawn = client.withdraw_consent(&ben, Purpose::Storage).await.unwrap().into_inner();
    assert_eq!(withdrawn, Withdrawal::RefusedByPlatform);
}

#[tokio::test]
async fn a_deepfake_check_takes_its_time() {
    let desk = desk().await;
    let session = start(&desk).await;
    let begun =
        desk.client.start_deepfake_check(CheckDeepfake::new(user(NAME), session, video())).await.unwrap();
    assert_eq!(begun.value().status(), DeepfakeStatus::Pending);
    let id = begun.value().id().clone();
    for status in [DeepfakeStatus::Processing, DeepfakeStatus::Completed, DeepfakeStatus::Completed] {
        assert_eq!(desk.client.deepfake_check(&id).await.unwrap().value().status(), status);
    }
    let unknown = desk.client.deepfake_check(&DeepfakeCheckId::parse("d-0").unwrap()).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
}
