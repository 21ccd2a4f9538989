use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::principal::{Principal, Subject, Tenant};
use tokio::task::JoinSet;

use super::decisions::{claim, pass};
use super::sessions::open;
use super::values::{ana, claim_of, decision, limits, rejected, reusable};
use super::{CLAIMED_NAMES, Stage, StoreHarness};

pub async fn a_claimed_name_is_apart_from_others_and_from_its_owner<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let once = Limits::default().starts(1, Duration::from_secs(60));
    let start = async |owner: Principal| stage.store().reserve_start(&owner, &once).await.unwrap().is_ok();
    assert!(start(claimed("ana")).await && !start(claimed("ana")).await);
    assert!(start(ana()).await && start(claimed("ben")).await, "limits are apart");
    let elsewhere = Tenant::parse("another").unwrap();
    let namesake = Principal::claimed(elsewhere, Subject::parse("ana").unwrap(), "ana-s-browser").unwrap();
    assert!(start(namesake).await, "tenants are apart");

    pass(&stage, &claimed("ana"), decision(&reusable(), &stage.clock)).await;
    let store = stage.store();
    for other in [ana(), claimed("ben")] {
        assert!(claim(&store, &other, &reusable()).await.is_err());
    }
    assert!(claim(&store, &claimed("ana"), &reusable()).await.is_ok());
}

pub async fn of_parallel_starts_of_claimed_names_each_is_counted_for_its_own<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let mut starts = JoinSet::new();
    for n in 0..24 {
        let store = stage.store();
        let limits = Limits::default().starts(2, Duration::from_secs(60));
        let owner = claimed(&format!("name-{}", n % 6));
        starts.spawn(async move { store.reserve_start(&owner, &limits).await.unwrap().is_ok() });
    }
    let granted = starts.join_all().await.into_iter().filter(|granted| *granted).count();
    assert_eq!(granted, 6 * 2);
}

pub async fn only_so_many_claimed_names_are_kept_and_newcomers_are_let_in<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    pass(&stage, &ana(), decision(&reusable(), &stage.clock)).await;
    for n in 0..CROWD {
        let name = claimed(&format!("name-{n}"));
        assert!(store.reserve_start(&name, &limits()).await.unwrap().is_ok(), "newcomer {n}");
        open(&store, &name).await;
        assert!(store.session(&name, None, &limits()).await.unwrap().is_some(), "newcomer {n}");
    }
    let mut kept = 0;
    for n in 0..CROWD {
        let name = claimed(&format!("name-{n}"));
        kept += usize::from(store.session(&name, None, &limits()).await.unwrap().is_some());
    }
    assert!((1..=CLAIMED_NAMES).contains(&kept), "{kept} names are kept");
    assert!(claim(&store, &ana(), &reusable()).await.is_ok(), "who is logged in makes no room");
}

pub async fn claiming_other_names_forgives_no_failure<H: StoreHarness>() {
    let stage = Stage::<H>::open().await;
    let store = stage.store();
    let victim = claimed("victim");
    store.reserve_start(&victim, &limits()).await.unwrap().unwrap();
    let upload = claim_of(&open(&store, &victim).await);
    store.begin_upload(&victim, &upload, &limits()).await.unwrap().unwrap();
    store.settle(&victim, &upload, rejected(), &limits()).await.unwrap();
    for n in 0..CROWD {
        let name = claimed(&format!("name-{n}"));
        store.reserve_start(&name, &limits()).await.unwrap().unwrap();
    }
    let left = store.session(&victim, None, &limits()).await.unwrap().map(|view| view.attempts_left);
    assert_eq!(left, Some(4));
}

/// A browser that wants to sign in under this name.
pub(super) fn claimed(name: &str) -> Principal {
    let subject = Subject::parse(name).expect("a subject");
    Principal::claimed(Tenant::default(), subject, &format!("browser-of-{name}")).expect("a principal")
}

/// More names than are kept.
const CROWD: usize = 3 * CLAIMED_NAMES;
