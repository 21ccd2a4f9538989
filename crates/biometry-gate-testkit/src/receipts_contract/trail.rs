use biometry_gate::audit::{Event, EventKind};
use biometry_gate::gate::Auditing;
use biometry_gate::receipts::ReceiptIssuer;
use serde_json::json;

use super::{ISSUER, key, receipt};
use crate::host::{ARCHIVE, HostHarness, LEDGER, Setup};
use crate::receipt_keys::eddsa_key;

pub async fn each_receipt_is_on_record_or_not_handed_out<H: HostHarness>() {
    let issuer = ReceiptIssuer::new(ISSUER, key(&eddsa_key()));
    let setup = Setup::new().issuing(issuer).gate(|gate| gate.audit(Auditing::required));
    let stage = setup.open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.approve("Zoe 1").await;
    let answer = ana.operate("Zoe 1").await;
    assert_eq!(stage.audit.reasons(EventKind::ReceiptIssued), [LEDGER, LEDGER, ARCHIVE]);
    let events = stage.audit.events();
    let used = |event: &&Event| event.kind() == EventKind::DecisionConsumed;
    let used = events.iter().find(used).expect("a use");
    for issued in events.iter().filter(|event| event.kind() == EventKind::ReceiptIssued) {
        let about = |event: &Event| (event.subject(), event.decision(), event.intent());
        assert_eq!((about(issued), issued.policy_name()), (about(used), used.policy_name()));
        let told = format!("{issued:?}");
        assert!(!told.contains("pass@example.com") && !told.contains(&receipt(&answer, "ledger")), "{told}");
    }

    ana.pass("reusable").await;
    stage.audit.lose_each(EventKind::ReceiptIssued);
    let receipts = ana.enter().await.json()["receipts"].clone();
    assert_eq!(receipts["ledger"], json!({ "refused": "store-unavailable" }));
    assert_eq!(receipts["archive"], json!({ "refused": "store-unavailable" }));
}
