use std::time::Duration;

use biometry_gate::clock::Clock as _;
use biometry_gate::consent::{Actor, ConsentContext, ConsentText, Purpose, TextHash};
use biometry_gate::gate::ConsentRules;
use biometry_sandbox::Operation;
use serde_json::json;

use super::principal;
use crate::host::{HostHarness, Setup, Stage};

pub async fn a_history_in_the_platforms_dialect_is_as_the_platform_writes_it<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for given in [true, false, true] {
        stage.clock.advance(Duration::from_secs(60));
        ana.give_consent(json!({ "authorization": given })).await.granted();
    }
    let path = "/biometry/api-consent/history?user_fullname=ana%40example.com";
    let data = ana.browser.get(path).send().await.granted()["data"].clone();
    let record = &data["consent"];
    assert_eq!(
        (&data["user_fullname"], &record["is_consent_given"]),
        (&json!("ana@example.com"), &json!(true))
    );
    let history = record["history"].as_array().expect("a history");
    let given: Vec<_> = history.iter().map(|entry| entry["is_consent_given"].clone()).collect();
    assert_eq!(given, [true, false, true]);
    assert_eq!((&history[0]["date"], &history[2]["date"]), (&record["created_at"], &record["updated_at"]));
    assert!(history[0]["date"].as_str() < history[1]["date"].as_str(), "{history:?}");
    assert_eq!(data["storage_consent"]["is_consent_given"], false, "withdrawn along with authorization");
    let ben = ana.browser.get("/biometry/api-consent/history?user_fullname=ben%40example.com").send().await;
    ben.problem("subject-conflict");
}

pub async fn a_receipt_says_what_was_agreed_to_when_by_whom_and_where<H: HostHarness>() {
    let text = |purpose| ConsentText::new(purpose, "2027-01", &format!("I agree to {purpose:?}."));
    let context = |head: &http::request::Parts| {
        let locale = head.headers.get("accept-language").and_then(|value| value.to_str().ok());
        ConsentContext::new().with_ip("192.0.2.7").with_locale(locale.unwrap_or_default())
    };
    let setup = Setup::new().gate(move |gate| {
        let texts = [Purpose::Authorization, Purpose::Storage].map(text);
        gate.consent(|consent| texts.into_iter().fold(consent.context(context), ConsentRules::text))
    });
    let stage = setup.open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    let yes = json!({ "authorization": true, "text_version": "2027-01" });
    ana.browser.post("/biometry/consent").header("accept-language", "de").json(yes).send().await.granted();
    let no = ana.browser.delete("/biometry/consent").header("accept-language", "en").send().await.granted();
    assert_eq!(no["authorization"]["text_version"], "2027-01");

    let receipts =
        stage.app.gate().admin().consent_history(&principal("ana@example.com")).await.expect("a history");
    let (given, withdrawn) = (&receipts[0], &receipts[receipts.len() - 1]);
    assert_eq!((given.purpose(), given.is_given()), (Purpose::Authorization, true));
    assert_eq!((given.actor(), given.at()), (Actor::Subject, stage.clock.now()));
    assert_eq!(given.text_version(), Some("2027-01"));
    assert_eq!(given.text_hash(), Some(TextHash::of("I agree to Authorization.")));
    assert_eq!((given.context().ip(), given.context().locale()), (Some("192.0.2.7"), Some("de")));
    assert_eq!(given.context().user_agent(), None);
    assert!(!withdrawn.is_given());
    assert_eq!(withdrawn.context().locale(), Some("en"));
    // What is on record of where stays with the host.
    let history = ana.browser.get("/biometry/api-consent/history").send().await;
    assert!(!history.text().contains("192.0.2.7"), "{}", history.text());
}

pub async fn a_page_names_texts_that_exist<H: HostHarness>() {
    let text = |version| ConsentText::new(Purpose::Authorization, version, "I agree.");
    let setup =
        Setup::new().gate(move |gate| gate.consent(|consent| consent.text(text("1")).text(text("2"))));
    let stage = setup.open::<H>().await;
    let ana = stage.log_in("ana@example.com");
    let unknown = json!({ "authorization": true, "text_version": "3" });
    ana.give_consent(unknown).await.problem("invalid-request");
    assert!(stage.sandbox.journal().is_empty());
    for (said, kept) in [(json!("1"), "1"), (json!(null), "2")] {
        let body = json!({ "authorization": true, "text_version": said });
        assert_eq!(ana.give_consent(body).await.granted()["authorization"]["text_version"], kept);
    }
}

pub async fn what_is_given_again_is_no_second_receipt<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    let ana = stage.log_in("ana@example.com");
    for _ in 0..3 {
        ana.consent().await;
    }
    let receipts =
        stage.app.gate().admin().consent_history(&principal("ana@example.com")).await.expect("a history");
    assert_eq!(receipts.len(), 1);
    assert_eq!(stage.seen(Operation::AuthorizationConsent).len(), 3, "the platform may have forgotten");
}
