//! The store of many replicas, whatever its database: what a collision, a lost answer, a bad record or another clock
//! comes to. The database here is one that has bad days on demand.

use std::sync::Arc;
use std::time::Duration;

use biometry_gate::Limits;
use biometry_gate::clock::{Clock, ManualClock};
use biometry_gate::gate::Refused;
use biometry_gate::policy::{Policy, Threshold};
use biometry_gate::principal::{HostSession, Principal, Tenant};
use biometry_gate::store::operations::{Revocation, Revoked};
use biometry_gate::store::shared::{Sealed, SharedStore, StoreKey, Tag};
use biometry_gate::store::{DecisionStore, StoreErrorKind};
use biometry_gate_testkit::MemoryRecords;
use biometry_gate_testkit::store_contract::{CLAIMED_NAMES, StoreHarness};

struct OverRecords {
    records: MemoryRecords,
    clock: Arc<ManualClock>,
}

impl StoreHarness for OverRecords {
    async fn open(clock: Arc<ManualClock>) -> Self {
        // The database's clock stands still, and far from the store's.
        Self { records: MemoryRecords::with_clock(Arc::new(ManualClock::at(std::time::UNIX_EPOCH))), clock }
    }

    fn replica(&self) -> DecisionStore {
        let store = SharedStore::new(self.records.clone(), key());
        store.with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>).into()
    }
}

biometry_gate_testkit::store_contract!(OverRecords);

/// Replicas at neighbouring steps of a change of the secret.
mod while_the_secret_changes {
    use super::*;

    struct Changing {
        records: MemoryRecords,
        clock: Arc<ManualClock>,
        turn: std::sync::atomic::AtomicUsize,
    }

    impl StoreHarness for Changing {
        async fn open(clock: Arc<ManualClock>) -> Self {
            Self { records: MemoryRecords::new(), clock, turn: Default::default() }
        }

        fn replica(&self) -> DecisionStore {
            let turn = self.turn.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let step =
                if turn.is_multiple_of(2) { key().accepting(&next()) } else { next().succeeding(&key()) };
            let store = SharedStore::new(self.records.clone(), step);
            store.with_clock(Arc::clone(&self.clock) as Arc<dyn Clock>).into()
        }
    }

    biometry_gate_testkit::store_contract!(Changing);
}

#[tokio::test]
async fn what_was_sealed_anew_needs_the_old_secret_no_longer() {
    let records = MemoryRecords::new();
    let below = |key: StoreKey| SharedStore::new(records.clone(), key);
    let with = |key: StoreKey| DecisionStore::from(below(key));
    let claimed = Principal::claimed(Tenant::default(), ana().subject().clone(), "browser").unwrap();
    for owner in [&ana(), &claimed] {
        with(key()).reserve_start(owner, &once()).await.unwrap().unwrap();
    }
    let tenant = Tenant::default();
    let revoked = Revocation::Tenant {
        tenant: &tenant,
        revoked: Revoked::Policy { policy: "another", up_to_version: 1 },
    };
    with(key()).revoke(revoked).await.unwrap();
    let written = records.writes();
    let resealing = below(next().succeeding(&key()));
    let third = DecisionStore::from(resealing.clone());
    let last = with(next().locating_as(&key()));
    for owner in [&ana(), &claimed] {
        let refused = last.reserve_start(owner, &once()).await.unwrap_err();
        assert_eq!(refused.kind(), StoreErrorKind::Corrupt, "not before it is sealed anew");
        assert!(third.session(owner, None, &once()).await.unwrap().is_none());
    }
    assert_eq!(records.writes(), written, "a look seals nothing");
    resealing.reseal(ana().key()).await.unwrap();
    resealing.reseal_tenant(&tenant).await.unwrap();
    assert_eq!(records.writes(), written + records.len(), "each record once");
    for owner in [&ana(), &claimed] {
        assert!(last.reserve_start(owner, &once()).await.unwrap().is_err(), "the start counts");
        assert!(with(key()).reserve_start(owner, &once()).await.is_err(), "the old secret opens nothing");
    }
    let written = records.writes();
    resealing.reseal(ana().key()).await.unwrap();
    assert_eq!(records.writes(), written, "once is enough");
}

#[tokio::test]
async fn a_few_collisions_are_overcome_and_many_are_an_error() {
    let records = MemoryRecords::new();
    let store = over(records.clone());
    records.collide(63);
    store.reserve_start(&ana(), &once()).await.unwrap().unwrap();
    assert_eq!(records.writes(), 1);
    records.collide(64);
    let unlocked = store.unlock(ana().key()).await;
    assert!(unlocked.is_ok(), "what changes nothing writes nothing");
    let error = store.record_consent(ana().key(), vec![a_receipt()]).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Contended);
    assert_eq!(records.writes(), 1);
}

#[tokio::test]
async fn a_write_without_an_acknowledgement_is_an_error_and_is_not_tried_again() {
    let records = MemoryRecords::new();
    let store = over(records.clone());
    records.lose_answers(1);
    let error = store.reserve_start(&ana(), &once()).await.unwrap_err();
    assert_eq!((error.kind(), records.writes()), (StoreErrorKind::Timeout, 1));
    assert!(store.reserve_start(&ana(), &once()).await.unwrap().is_err(), "it counts: the limit is one");
}

#[tokio::test]
async fn a_record_that_was_put_back_is_refused() {
    let records = MemoryRecords::new();
    let store = over(records.clone());
    let mut before = None;
    store.record_consent(ana().key(), vec![a_receipt()]).await.unwrap();
    records.tamper(|record| {
        before = Some(record.clone());
        Some(record.clone())
    });
    assert!(store.reserve_start(&ana(), &once()).await.unwrap().is_ok());
    assert!(store.reserve_start(&ana(), &once()).await.unwrap().is_err(), "the limit is one");
    records.tamper(|_| before.clone());
    let refused = store.reserve_start(&ana(), &once()).await.unwrap_err();
    assert_eq!(refused.kind(), StoreErrorKind::Corrupt, "a second start, by an earlier record");
    assert!(store.consent(ana().key()).await.is_err());
    assert!(over(records).consent(ana().key()).await.is_ok(), "what other replicas did no process knows");
}

#[tokio::test]
async fn a_record_that_was_tampered_with_is_refused_by_every_operation() {
    let tampered: [fn(&Sealed) -> Option<Sealed>; 4] = [
        |record| Some(Sealed::new(*record.tag(), record.bytes().iter().map(|byte| byte ^ 1).collect())),
        |record| Some(Sealed::new(*record.tag(), Vec::new())),
        |record| Some(Sealed::new(Tag::new([0; 24]), record.bytes().to_vec())),
        // The format of a version to come.
        |record| Some(Sealed::new(*record.tag(), [&[2], &record.bytes()[1..]].concat())),
    ];
    for tamper in tampered {
        let records = MemoryRecords::new();
        let store = over(records.clone());
        store.reserve_start(&ana(), &once()).await.unwrap().unwrap();
        records.tamper(tamper);
        let errors = [
            store.reserve_start(&ana(), &once()).await.unwrap_err(),
            store.claim_decision(&ana(), &policy(), None).await.unwrap_err(),
            store.consent(ana().key()).await.unwrap_err(),
            store.unlock(ana().key()).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == StoreErrorKind::Corrupt), "{errors:?}");
        assert!(!format!("{errors:?}").contains("ana"));
        assert_eq!(records.writes(), 1, "what cannot be read is not written over");
    }
}

#[tokio::test]
async fn another_secret_finds_nothing() {
    let records = MemoryRecords::new();
    let (ours, theirs) = (
        over(records.clone()),
        DecisionStore::from(SharedStore::new(records, StoreKey::parse(&[9; 32]).unwrap())),
    );
    ours.reserve_start(&ana(), &once()).await.unwrap().unwrap();
    assert!(ours.reserve_start(&ana(), &once()).await.unwrap().is_err());
    assert!(theirs.reserve_start(&ana(), &once()).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_look_writes_nothing() {
    let records = MemoryRecords::new();
    let store = over(records.clone());
    assert_eq!(store.claim_decision(&ana(), &policy(), None).await.unwrap().unwrap_err(), Refused::Absent);
    assert!(store.session(&ana(), None, &once()).await.unwrap().is_none());
    store.unlock(ana().key()).await.unwrap();
    assert!(records.is_empty() && records.writes() == 0);
}

#[tokio::test]
async fn a_record_is_kept_for_as_long_as_it_matters() {
    let clock = Arc::<ManualClock>::default();
    let records = MemoryRecords::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
    let store = over(records.clone());
    store.reserve_start(&ana(), &once()).await.unwrap().unwrap();
    let a_day = Duration::from_secs(24 * 3600);
    assert_eq!(records.kept_until(), [Some(clock.now() + a_day)], "a start");
    store.record_consent(ana().key(), vec![a_receipt()]).await.unwrap();
    assert_eq!(records.kept_until(), [None], "a consent, for good");
}

#[tokio::test]
async fn time_is_the_databases_however_far_the_replicas_clock_is_off() {
    let hour = Duration::from_secs(3600);
    let turn: [fn(&ManualClock, Duration); 2] = [ManualClock::advance, ManualClock::turn_back];
    for turn in turn {
        let clock = Arc::new(ManualClock::at(biometry_gate::clock::SystemClock.now()));
        turn(&clock, hour);
        let records = MemoryRecords::with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        let store = over(records);
        let window = Limits::default().starts(1, Duration::from_secs(60));
        store.reserve_start(&ana(), &window).await.unwrap().unwrap();
        clock.advance(Duration::from_secs(59));
        assert!(store.reserve_start(&ana(), &window).await.unwrap().is_err());
        clock.advance(Duration::from_secs(1));
        assert!(store.reserve_start(&ana(), &window).await.unwrap().is_ok());
    }
}

#[test]
fn debug_shows_no_key_and_no_record() {
    let key = StoreKey::parse(b"not-a-secret-but-32-bytes-long!!").unwrap();
    let place = key.locate(ana().key());
    let text = format!("{:?} {place:?}", SharedStore::new(MemoryRecords::new(), key));
    assert!(!text.contains("not-a-secret") && !text.contains(&place.to_hex()), "{text}");
}

fn over(records: MemoryRecords) -> DecisionStore {
    SharedStore::new(records, key()).into()
}

fn next() -> StoreKey {
    StoreKey::parse(&[8; 32]).expect("a key")
}

fn key() -> StoreKey {
    StoreKey::parse(&[7; 32]).expect("a key").claimed_names(CLAIMED_NAMES)
}

fn ana() -> Principal {
    Principal::new("ana", HostSession::parse("her-browser").expect("a key")).expect("a principal")
}

fn policy() -> Policy {
    Policy::for_session("payout", Threshold::vendor_verdict_only()).single_use()
}

fn once() -> Limits {
    Limits::default().starts(1, Duration::from_secs(600))
}

fn a_receipt() -> biometry_gate::consent::Receipt {
    let at = std::time::SystemTime::UNIX_EPOCH;
    let stored = serde_json::json!({ "storage": false, "given": true, "at": at, "text_version": null });
    serde_json::from_value(stored).expect("the stored form")
}
