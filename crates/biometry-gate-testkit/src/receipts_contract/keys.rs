use std::time::Duration;

use biometry_gate::receipts::ReceiptIssuer;
use biometry_gate_receipts::ReceiptErrorKind;

use super::{ISSUER, key, keys, open, receipt, verify};
use crate::host::{HostHarness, Setup, Stage};
use crate::receipt_keys::{eddsa_key, es256_key};

pub async fn receipts_of_both_keys_are_verified_while_the_key_changes<H: HostHarness>() {
    let stage = open::<H>().await;
    let ana = stage.consented("pass@example.com").await;
    ana.pass("reusable").await;
    let before = receipt(&ana.enter().await, "ledger");
    let next = key(&es256_key());
    stage.app.gate().admin().rotate_receipt_key(next.clone()).expect("an issuer");
    let set = keys(&stage).await;
    assert_eq!(set["keys"].as_array().map(Vec::len), Some(2));
    assert_eq!((&set["keys"][0]["kid"], &set["keys"][0]["alg"]), (&next.id().into(), &"ES256".into()));
    assert!(!set.to_string().contains("\"d\""), "no private key");
    let after = receipt(&ana.enter().await, "ledger");
    for token in [&before, &after] {
        assert_eq!(verify(&stage, token).await.expect("a valid receipt").policy(), "reusable");
    }
    stage.clock.advance(Duration::from_secs(2 * 3600));
    assert_eq!(keys(&stage).await["keys"].as_array().map(Vec::len), Some(1));
    let error = verify(&stage, &before).await.expect_err("its key is gone");
    assert_eq!(error.kind(), ReceiptErrorKind::UnknownKey);
}

pub async fn a_key_that_is_to_come_is_published<H: HostHarness>() {
    let (now, next) = (key(&eddsa_key()), key(&es256_key()));
    let ids = [now.id().to_owned(), next.id().to_owned()];
    let issuer = ReceiptIssuer::new(ISSUER, now).publish(next);
    let stage: Stage<H> = Setup::new().issuing(issuer).open().await;
    let set = keys(&stage).await;
    let published: Vec<_> = set["keys"].as_array().expect("keys").iter().map(|key| &key["kid"]).collect();
    assert_eq!(published, ids.iter().collect::<Vec<_>>());
}

pub async fn without_an_issuer_there_are_no_keys<H: HostHarness>() {
    let stage = Stage::<H>::open().await;
    stage.browser().get("/biometry/jwks.json").send().await.problem("not-found");
}
