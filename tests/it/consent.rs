//! What a bank that starts anew makes of consent that was given to the one before.

use std::time::Duration;

use biometry_gate::audit::EventKind;
use biometry_gate::consent::{ConsentText, Purpose};
use biometry_sandbox::{Fault, Operation};
use serde_json::json;

use crate::harness::{Host, Setup, eventually};

on_every_host! {
    a_material_change_of_the_text_asks_again,
    a_withdrawal_that_is_owed_survives_a_restart_with_a_shared_store,
}

async fn a_material_change_of_the_text_asks_again<H: Host>() {
    let old = ConsentText::new(Purpose::Authorization, "1", "I agree.");
    let new = ConsentText::new(Purpose::Authorization, "2", "I agree to a lot more.").material();
    let (setup, store) = Setup::new().with_faulty_store();
    let before = setup.gate({
        let old = old.clone();
        move |gate| gate.consent(|consent| consent.text(old))
    });
    let before = before.open::<H>().await;
    let ana = before.consented("pass@example.com").await;
    ana.pass("statement").await;

    let after = Setup::replica_of(&before).store(store);
    let after = after.gate(move |gate| gate.consent(|consent| consent.text(old).text(new))).open::<H>().await;
    let ana = ana.at(after.address());
    let consent = ana.browser.get("/biometry/consent").send().await.granted();
    assert_eq!(
        (&consent["authorization"]["given"], &consent["authorization"]["stale"]),
        (&json!(false), &json!(true))
    );
    let challenge = ana.start("statement").await;
    let refused = ana.verify(&challenge).await.problem("consent-required");
    assert_eq!(refused["purposes"], json!(["authorization"]));
    assert_eq!(after.audit.reasons(EventKind::ConsentStale), ["authorization"]);
    let next = &ana.transfer("Zoe", "1").await.problem("step-up-required")["step_up"]["next"][0];
    assert_eq!((&next["rel"], &next["needed"]), (&json!("consent"), &json!(true)));

    let outdated = json!({ "authorization": true, "text_version": "1" });
    ana.give_consent(outdated).await.problem("invalid-request");
    ana.give_consent(json!({ "authorization": true, "text_version": "2" })).await.granted();
    ana.verify(&challenge).await.granted();
}

async fn a_withdrawal_that_is_owed_survives_a_restart_with_a_shared_store<H: Host>() {
    let (setup, store) = Setup::new().with_faulty_store();
    let before = setup.open::<H>().await;
    let ana = before.consented("ana@example.com").await;
    let error = json!({ "error": "out of order" });
    before.sandbox.fault(Fault::on(Operation::AuthorizationConsent).status(503, error));
    ana.browser.delete("/biometry/consent").send().await.granted();
    before.sandbox.clear_faults();
    assert!(before.sandbox.consents("ana@example.com").authorization);

    let after = Setup::replica_of(&before).store(store).open::<H>().await;
    after.clock.advance(Duration::from_secs(3_600));
    // The next look at the subject's consent reports it.
    ana.at(after.address()).browser.get("/biometry/consent").send().await.granted();
    eventually("the platform knows", async || !before.sandbox.consents("ana@example.com").authorization)
        .await;
}
