//! What is remembered, and how soon it is not.

mod world;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, mpsc, oneshot};

use self::world::{Station, World};
use super::{Change, Feed, Invalidations, NearCache, NotOfThisProcess};
use crate::Limits;
use crate::clock::{Clock, ManualClock};
use crate::consent::{Purpose, Receipt};
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, SessionId};
use crate::phrase::Phrase;
use crate::policy::{Policy, Threshold};
use crate::principal::{HostSession, Principal, Tenant};
use crate::record::{Refused, Revoked, Settled, Settlement, Upload};
use crate::session::NewSession;
use crate::store::operations::Revocation;
use crate::store::shared::{RecordId, Records, Sealed, SharedStore, Snapshot, StoreKey, Tag, Write};
use crate::store::{DecisionStore, StoreError, StoreErrorKind, StoreScope};

#[tokio::test(start_paused = true)]
async fn a_reusable_decision_is_asked_for_once() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    let loads = world.loads();
    for _ in 0..100 {
        assert!(world.opens_at_once(&statement()) && world.opens(&statement()).await);
    }
    assert_eq!((world.loads(), world.near.len()), (loads, 1));
}

#[tokio::test(start_paused = true)]
async fn what_opens_once_and_what_opens_nothing_is_never_remembered() {
    let world = World::listening(1).await;
    let once = Policy::for_session("payout", Threshold::vendor_verdict_only()).single_use();
    assert_eq!(world.asked(&once).await, Err(Refused::Absent));
    assert_eq!(world.asked(&statement()).await, Err(Refused::Absent));
    assert!(world.near.is_empty());
    world.pass(&once).await;
    assert_eq!(world.asked(&once).await, Ok(()));
    assert_eq!(world.asked(&once).await, Err(Refused::Consumed));
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await, "the refusal before it was not remembered");
    // What was made reusable is asked for where the policy has become single use.
    assert!(!world.opens_at_once(&statement().single_use()));
    assert!(world.opens(&statement().single_use()).await);
    assert_eq!(world.asked(&statement()).await, Err(Refused::Consumed));
}

#[tokio::test(start_paused = true)]
async fn others_get_nothing_out_of_it() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    for other in [
        Principal::new("ana", HostSession::parse("phone").unwrap()).unwrap(),
        Principal::new("ben", HostSession::parse("laptop").unwrap()).unwrap(),
    ] {
        assert!(world.store().claim_at_once(&other, &statement(), None).is_none());
        assert!(world.store().claim_decision(&other, &statement(), None).await.unwrap().is_err());
    }
    let other = Policy::for_session("profile", Threshold::vendor_verdict_only());
    assert!(!world.opens_at_once(&other));
}

#[tokio::test(start_paused = true)]
async fn what_is_done_here_is_seen_at_once() {
    type Deed = fn(&DecisionStore) -> std::pin::Pin<Box<dyn Future<Output = ()> + '_>>;
    let deeds: [Deed; 6] = [
        |near| Box::pin(async { near.revoke(Revocation::HostSession(&ana())).await.unwrap() }),
        |near| Box::pin(async { near.revoke(Revocation::Subject(ana().key())).await.unwrap() }),
        |near| Box::pin(async { near.revoke(of_every_subject(Revoked::Everything)).await.unwrap() }),
        |near| Box::pin(async { near.revoke(of_every_subject(STATEMENTS)).await.unwrap() }),
        |near| {
            Box::pin(async {
                near.rotate(&ana(), &Principal::new("ana", HostSession::parse("new").unwrap()).unwrap())
                    .await
                    .unwrap();
            })
        },
        |near| {
            Box::pin(async {
                let withdrawn = Receipt::new(Purpose::Authorization, false, std::time::UNIX_EPOCH);
                near.record_consent(ana().key(), vec![withdrawn]).await.unwrap();
            })
        },
    ];
    for scope in [StoreScope::Process, StoreScope::Shared] {
        for deed in deeds {
            let world = match scope {
                StoreScope::Process => World::new(scope),
                StoreScope::Shared => World::listening(1).await,
            };
            world.pass(&statement()).await;
            assert!(world.opens(&statement()).await && world.opens_at_once(&statement()));
            deed(&world.store()).await;
            assert!(!world.opens_at_once(&statement()) && !world.opens(&statement()).await);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_announced_is_seen_when_it_is_announced() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    world
        .announce(Change::Record(
            key().locate(Principal::new("ben", HostSession::parse("s").unwrap()).unwrap().key()),
        ))
        .await;
    assert!(world.opens_at_once(&statement()), "another subject's record");
    for change in [Change::Record(key().locate(ana().key())), Change::Everything] {
        assert!(world.opens(&statement()).await && world.opens_at_once(&statement()));
        world.announce(change).await;
        assert!(!world.opens_at_once(&statement()), "{change:?}");
    }
    world.elsewhere.revoke(Revocation::Subject(ana().key())).await.unwrap();
    assert!(!world.opens(&statement()).await);
}

#[tokio::test(start_paused = true)]
async fn a_revocation_of_a_whole_tenant_elsewhere_is_announced_by_its_herald() {
    let world = World::listening(1).await;
    for revoked in [Revoked::Everything, STATEMENTS] {
        world.pass(&statement()).await;
        assert!(world.opens(&statement()).await && world.opens_at_once(&statement()));
        let rows = world.table.rows.lock().unwrap().clone();
        world.elsewhere.revoke(of_every_subject(revoked)).await.unwrap();
        let written = world.table.rows.lock().unwrap().clone();
        let written = written.iter().filter(|(id, row)| rows.get(id).map(Sealed::tag) != Some(row.tag()));
        let written: Vec<_> = written.map(|(id, _)| *id).collect();
        assert!(!written.contains(&key().locate(ana().key())) && written.len() == 2);
        for id in written {
            world.announce(Change::Record(id)).await;
        }
        assert!(!world.opens_at_once(&statement()) && !world.opens(&statement()).await);
    }
}

#[tokio::test(start_paused = true)]
async fn a_change_without_an_announcement_is_seen_when_the_time_to_live_is_over() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    world.elsewhere.revoke(Revocation::Subject(ana().key())).await.unwrap();
    world.clock.advance(Duration::from_millis(1_999));
    assert!(world.opens(&statement()).await);
    world.clock.advance(Duration::from_millis(1));
    assert!(!world.opens(&statement()).await);
}

#[tokio::test(start_paused = true)]
async fn a_time_to_live_counts_from_the_question_and_has_an_upper_bound() {
    let mut world = World::new(StoreScope::Process);
    let near = Arc::into_inner(world.near).unwrap();
    world.near = Arc::new(near.time_to_live(Duration::from_secs(3600)));
    world.pass(&statement()).await;
    world.table.answers.forget_permits(Semaphore::MAX_PERMITS);
    let near = world.store();
    let answer = tokio::spawn(async move { near.claim_decision(&ana(), &statement(), None).await });
    let asked = world.loads();
    while world.loads() == asked {
        tokio::task::yield_now().await;
    }
    world.clock.advance(Duration::from_secs(4));
    world.table.answers.add_permits(1_000);
    assert!(answer.await.unwrap().unwrap().is_ok());
    assert!(world.opens_at_once(&statement()));
    world.clock.advance(Duration::from_secs(1));
    assert!(!world.opens_at_once(&statement()), "5 s after the question");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_was_on_its_way_when_something_changed_is_not_remembered() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    world.table.answers.forget_permits(Semaphore::MAX_PERMITS);
    let near = world.store();
    let answer = tokio::spawn(async move { near.claim_decision(&ana(), &statement(), None).await });
    let asked = world.loads();
    while world.loads() == asked {
        tokio::task::yield_now().await;
    }
    world.announce(Change::Record(key().locate(ana().key()))).await;
    world.table.answers.add_permits(1_000);
    assert!(answer.await.unwrap().unwrap().is_ok(), "it was right when it was given");
    assert!(!world.opens_at_once(&statement()));
}

#[tokio::test(start_paused = true)]
async fn a_policy_that_has_become_stricter_counts_at_once() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    let raised = Policy::for_session("statement", Threshold::percent(95.0).unwrap());
    assert_eq!(world.asked(&raised).await, Err(Refused::Level));
    let named = statement().require_named_match().require(biometry_client::Service::VoiceRecognition);
    assert_eq!(world.asked(&named).await, Err(Refused::Level));
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.asked(&statement().max_age(Duration::from_millis(900))).await, Err(Refused::Stale));
    assert!(world.opens_at_once(&statement()));
}

#[tokio::test(start_paused = true)]
async fn a_remembered_decision_expires_by_the_clock() {
    let world = World::listening(1).await;
    let short = statement().max_age(Duration::from_secs(1));
    world.pass(&short).await;
    assert!(world.opens(&short).await);
    world.clock.advance(Duration::from_secs(1));
    assert_eq!(world.asked(&short).await, Err(Refused::Stale));
}

#[tokio::test(start_paused = true)]
async fn a_clock_that_is_set_back_makes_nothing_last() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    world.clock.advance(Duration::from_secs(10));
    assert!(world.opens(&statement()).await);
    world.clock.turn_back(Duration::from_secs(5));
    assert!(!world.opens_at_once(&statement()));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_breaks_off_empties_the_cache_until_there_is_one_again() {
    let world = World::listening(2).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await && world.near.is_in_use());
    let (heard, _) = oneshot::channel();
    world.says[0].send((Err(StoreError::new(StoreErrorKind::Unavailable)), heard)).unwrap();
    while world.near.is_in_use() {
        tokio::task::yield_now().await;
    }
    assert!(!world.opens_at_once(&statement()));
    assert!(world.opens(&statement()).await, "the store is asked instead");
    assert!(!world.opens_at_once(&statement()) && world.near.is_empty(), "and nothing is remembered");
    while !world.near.is_in_use() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    assert!(!world.opens_at_once(&statement()));
    assert!(world.opens(&statement()).await && world.opens_at_once(&statement()));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_falls_silent_is_none() {
    let mut world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await && world.near.is_in_use());
    // The channel then waits for ever.
    world.says.clear();
    tokio::time::sleep(Duration::from_millis(1_400)).await;
    assert!(!world.near.is_in_use() && !world.opens_at_once(&statement()));
}

#[tokio::test(start_paused = true)]
async fn a_feed_that_cannot_be_had_is_an_error_at_the_start() {
    let world = World::new(StoreScope::Shared);
    let station = Station { feeds: Mutex::default() };
    let near = NearCache::following(world.elsewhere, key(), station).await;
    assert_eq!(near.unwrap_err().kind(), StoreErrorKind::Unavailable);
}

#[tokio::test(start_paused = true)]
async fn a_shared_store_without_a_feed_is_refused() {
    let world = World::new(StoreScope::Shared);
    assert_eq!(NearCache::of_process(world.elsewhere).unwrap_err(), NotOfThisProcess);
}

#[tokio::test(start_paused = true)]
async fn debug_shows_nobody() {
    let world = World::listening(1).await;
    world.pass(&statement()).await;
    assert!(world.opens(&statement()).await);
    assert!(!format!("{:?}", world.near).contains("ana"));
}

const STATEMENTS: Revoked<'_> = Revoked::Policy { policy: "statement", up_to_version: 1 };

fn of_every_subject(revoked: Revoked<'_>) -> Revocation<'_> {
    static TENANT: LazyLock<Tenant> = LazyLock::new(Tenant::default);
    Revocation::Tenant { tenant: &TENANT, revoked }
}

fn statement() -> Policy {
    Policy::for_session("statement", Threshold::vendor_verdict_only())
}

fn ana() -> Principal {
    Principal::new("ana", HostSession::parse("laptop").unwrap()).unwrap()
}

fn key() -> StoreKey {
    StoreKey::parse(&[7; 32]).unwrap()
}
