use biometry_gate::gate::Refused;
use biometry_gate::policy::Policy;
use biometry_gate::principal::{HostSession, Principal, Tenant};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::operations::{Revocation, Revoked, Settled};
use tokio::task::JoinSet;

use super::claims::claimed;
use super::decisions::{claim, pass};
use super::sessions::{begin, open};
use super::values::{
    MAX_AGE, ana, anas_phone, ben, claim_of, decision, limits, passed, reusable, single_use, threshold,
};
use super::{Stage, StoreHarness};

pub async fn a_revoked_decision_opens_nothing_and_the_others_stay<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let revoked = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    let used = stage.store().claim_decision(&ana(), &reusable(), None).await.unwrap().unwrap();
    let other = pass(&stage, &ana(), decision(&single_use(), &stage.clock)).await;
    let elsewhere = pass(&stage, &anas_phone(), decision(&reusable(), &stage.clock)).await;
    let (owner, stranger) = (ana(), ben());
    for owner in [&stranger, &owner] {
        stage.store().revoke(Revocation::Decision { owner, decision: &revoked }).await.unwrap();
    }
    stage.store().revoke(Revocation::Decision { owner: &owner, decision: &elsewhere }).await.unwrap();
    let store = stage.store();
    assert_eq!(claim(&store, &ana(), &reusable()).await, Err(Refused::Absent));
    assert!(!store.is_valid(&ana(), &revoked).await.unwrap());
    store.restore(&ana(), &used).await.unwrap();
    assert_eq!(claim(&store, &ana(), &reusable()).await, Err(Refused::Absent), "it does not come back");
    assert_eq!(claim(&store, &ana(), &single_use()).await, Ok(other));
    assert_eq!(
        claim(&store, &anas_phone(), &reusable()).await,
        Ok(elsewhere),
        "its own host session's alone"
    );
}

pub async fn a_revoked_policy_opens_nothing_and_the_others_stay<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for owner in [ana(), anas_phone(), ben(), of_another_tenant()] {
        pass(&stage, &owner, decision(&reusable(), &stage.clock)).await;
    }
    let other = pass(&stage, &ben(), decision(&single_use(), &stage.clock)).await;
    revoke(&stage.store(), everything_for("statement", u32::MAX)).await;
    for owner in [ana(), anas_phone(), ben()] {
        assert_eq!(claim(&stage.store(), &owner, &reusable()).await, Err(Refused::Absent));
    }
    assert_eq!(claim(&stage.store(), &ben(), &single_use()).await, Ok(other), "another policy's");
    assert!(claim(&stage.store(), &of_another_tenant(), &reusable()).await.is_ok(), "another tenant's");

    let anew = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Ok(anew), "what comes afterwards counts");
}

pub async fn versions_of_a_policy_are_revoked_up_to_one<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let version = |version| decision(&reusable().version(version), &stage.clock);
    for (owner, made) in [(ana(), version(1)), (anas_phone(), version(2)), (ben(), version(3))] {
        pass(&stage, &owner, made).await;
    }
    revoke(&stage.store(), everything_for("statement", 2)).await;
    for (owner, opens) in [(ana(), false), (anas_phone(), false), (ben(), true)] {
        assert_eq!(claim(&stage.store(), &owner, &reusable()).await.is_ok(), opens);
    }
    // A narrower revocation does not bring back what a wider one has voided.
    pass(&stage, &ana(), version(2)).await;
    revoke(&stage.store(), everything_for("statement", u32::MAX)).await;
    revoke(&stage.store(), everything_for("statement", 1)).await;
    for owner in [ana(), ben()] {
        assert_eq!(claim(&stage.store(), &owner, &reusable()).await, Err(Refused::Absent));
    }
}

pub async fn a_revoked_tenant_opens_nothing_and_the_others_stay<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    for owner in [ana(), ben(), claimed("ana"), of_another_tenant()] {
        pass(&stage, &owner, decision(&reusable(), &stage.clock)).await;
        pass(&stage, &owner, decision(&single_use(), &stage.clock)).await;
    }
    for _ in 0..2 {
        revoke(&stage.store(), Revoked::Everything).await;
        for owner in [ana(), ben(), claimed("ana")] {
            for policy in [reusable(), single_use()] {
                assert_eq!(claim(&stage.store(), &owner, &policy).await, Err(Refused::Absent));
            }
        }
        assert!(claim(&stage.store(), &of_another_tenant(), &reusable()).await.is_ok());
        let anew = pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
        assert_eq!(claim(&stage.store(), &ana(), &reusable()).await, Ok(anew));
    }
    let started = stage.store().session(&ana(), None, &limits()).await.unwrap();
    assert!(started.is_some(), "its owner can see its outcome");
}

pub async fn a_pass_on_its_way_when_its_tenant_or_policy_is_revoked_is_none<H: StoreHarness>() {
    for revoked in
        [Revoked::Everything, everything_for("statement", u32::MAX), everything_for("statement", 0)]
    {
        let stage = Stage::<H>::open().await;
        let under_way = claim_of(&open(&stage.store(), &ana()).await);
        begin(&stage.store(), &ana(), &under_way).await.unwrap();
        let not_begun = claim_of(&open(&stage.store(), &ben()).await);
        revoke(&stage.store(), revoked).await;
        let settlement = passed(&reusable(), &stage.clock);
        let late = stage.store().settle(&ana(), &under_way, settlement, &limits()).await.unwrap();
        assert!(matches!(late, Settled::TooLate), "{late:?}");
        assert!(claim(&stage.store(), &ana(), &reusable()).await.is_err());
        assert!(begin(&stage.store(), &ben(), &not_begun).await.is_err(), "what was begun before is over");
    }
}

pub async fn of_parallel_revocations_each_counts<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let policies: Vec<_> =
        (0..8).map(|n| Policy::for_session(&format!("p{n}"), threshold(70.0)).max_age(MAX_AGE)).collect();
    for policy in &policies {
        pass(&stage, &ana(), decision(policy, &stage.clock)).await;
    }
    let mut revocations = JoinSet::new();
    for policy in &policies {
        let (store, name) = (stage.store(), policy.name().to_owned());
        revocations.spawn(async move { revoke(&store, everything_for(&name, 1)).await });
    }
    revocations.join_all().await;
    for policy in &policies {
        assert!(claim(&stage.store(), &ana(), policy).await.is_err(), "{}", policy.name());
    }
}

fn everything_for(policy: &str, up_to_version: u32) -> Revoked<'_> {
    Revoked::Policy { policy, up_to_version }
}

async fn revoke(store: &DecisionStore, revoked: Revoked<'_>) {
    store.revoke(Revocation::Tenant { tenant: &Tenant::default(), revoked }).await.unwrap();
}

fn of_another_tenant() -> Principal {
    Principal::of_tenant(
        Tenant::parse("another").unwrap(),
        "ana",
        HostSession::parse("ana-s-browser").unwrap(),
    )
    .unwrap()
}
