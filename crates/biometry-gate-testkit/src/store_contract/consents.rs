use std::time::Duration;

use biometry_gate::clock::Clock as _;
use biometry_gate::consent::Purpose;
use biometry_gate::principal::{HostSession, Principal, Tenant};
use biometry_gate::store::operations::Settled;

use super::decisions::{claim, pass};
use super::sessions::{begin, open};
use super::values::{ana, anas_phone, ben, claim_of, decision, limits, passed, receipt, reusable};
use super::{Stage, StoreHarness};

pub async fn consent_is_what_was_said_last<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let (store, key) = (stage.store(), ana().key().clone());
    let nothing = store.consent(&key).await.unwrap();
    assert!(!nothing.is_given(Purpose::Authorization) && !nothing.is_given(Purpose::Storage));
    assert_eq!(nothing.grant(Purpose::Storage).since(), None);
    let now = stage.clock.now();
    let both = vec![receipt(false, true, now), receipt(true, true, now)];
    let recorded = store.record_consent(&key, both).await.unwrap();
    assert!(recorded.is_given(Purpose::Authorization) && recorded.is_given(Purpose::Storage));
    let later = now + Duration::from_secs(9);
    store.record_consent(&key, vec![receipt(true, false, later)]).await.unwrap();
    let kept = stage.store().consent(&key).await.unwrap();
    assert!(kept.is_given(Purpose::Authorization) && !kept.is_given(Purpose::Storage));
    assert_eq!(kept.grant(Purpose::Storage).since(), Some(later));
    assert_eq!(kept.grant(Purpose::Authorization).text_version(), Some("2027-01"));
    assert!(!store.consent(ben().key()).await.unwrap().is_given(Purpose::Authorization));
}

pub async fn a_withdrawal_voids_decisions_and_passes_on_their_way<H: StoreHarness>() {
    for storage in [false, true] {
        let stage = Stage::<H>::open().await;
        let store = stage.store();
        pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
        let upload = claim_of(&open(&store, &anas_phone()).await);
        begin(&store, &anas_phone(), &upload).await.unwrap();
        let given = receipt(!storage, true, stage.clock.now());
        stage.store().record_consent(ana().key(), vec![given]).await.unwrap();
        assert!(claim(&store, &ana(), &reusable()).await.is_ok(), "what is given voids nothing");
        let withdrawn = receipt(storage, false, stage.clock.now());
        stage.store().record_consent(ana().key(), vec![withdrawn]).await.unwrap();
        assert!(claim(&store, &ana(), &reusable()).await.is_err());
        let settlement = passed(&reusable(), &stage.clock);
        let late = store.settle(&anas_phone(), &upload, settlement, &limits()).await.unwrap();
        assert!(matches!(late, Settled::TooLate), "{late:?}");
    }
}

pub async fn receipts_are_kept_in_order<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let (store, key) = (stage.store(), ana().key().clone());
    let mut said = Vec::new();
    for (n, given) in [true, false, true, true].into_iter().enumerate() {
        stage.clock.advance(Duration::from_secs(3_600 * 24 * 30));
        let receipt = receipt(n % 2 == 0, given, stage.clock.now());
        store.record_consent(&key, vec![receipt.clone()]).await.unwrap();
        said.push(receipt);
    }
    assert_eq!(stage.store().receipts(&key).await.unwrap(), said, "however long ago");
    assert!(store.receipts(ben().key()).await.unwrap().is_empty());
}

pub async fn realms_and_tenants_are_apart<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    let tenant = Tenant::parse("another").unwrap();
    let namesake =
        Principal::of_tenant(tenant, "ana", HostSession::parse(ana().host_session().as_str()).unwrap())
            .unwrap();
    assert!(claim(&stage.store(), &namesake, &reusable()).await.is_err());
    let given = receipt(false, true, stage.clock.now());
    stage.store().record_consent(ana().key(), vec![given]).await.unwrap();
    let consent = stage.store().consent(namesake.key()).await.unwrap();
    assert!(!consent.is_given(Purpose::Authorization));
}
