//! What is remembered, and how soon it is not.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::{Semaphore, mpsc, oneshot};

use super::{Change, Feed, Invalidations, NearCache, NotOfThisProcess};
use crate::Limits;
use crate::clock::{Clock, ManualClock};
use crate::consent::{Purpose, Receipt};
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, SessionId};
use crate::ledger::{Refused, Revoked, Settled, Settlement, Upload};
use crate::phrase::Phrase;
use crate::policy::{Policy, Threshold};
use crate::principal::{HostSession, Principal, Tenant};
use crate::session::NewSession;
use crate::store::operations::Revocation;
use crate::store::shared::{RecordId, Records, Sealed, SharedStore, Snapshot, StoreKey, Tag, Write};
use crate::store::{DecisionStore, StoreError, StoreErrorKind, StoreScope};

/// Records that count how often they are asked, and can be made to wait with their answer.
#[derive(Debug)]
struct Table {
    rows: Mutex<HashMap<RecordId, Sealed>>,
    loads: AtomicUsize,
    answers: Semaphore,
    scope: StoreScope,
}

#[async_trait]
impl Records for Table {
    async fn load(&self, id: &RecordId) -> Result<Snapshot, StoreError> {
        let record = self.rows.lock().unwrap().get(id).cloned();
        self.loads.fetch_add(1, Ordering::SeqCst);
        let _answers = self.answers.acquire().await.unwrap();
        Ok(Snapshot { now: std::time::UNIX_EPOCH, record })
    }

    async fn swap(&self, id: &RecordId, seen: Option<&Tag>, write: Write) -> Result<bool, StoreError> {
        let mut rows = self.rows.lock().unwrap();
        if rows.get(id).map(Sealed::tag) != seen {
            return Ok(false);
        }
        match write {
            Write::Put { record, .. } => rows.insert(*id, record),
            Write::Remove => rows.remove(id),
        };
        Ok(true)
    }

    fn scope(&self) -> StoreScope {
        self.scope
    }
}

/// A feed that says what a test says, and nothing three times a second.
#[derive(Debug)]
struct Station {
    feeds: Mutex<Vec<Script>>,
}

/// What is announced, and where it is noted that it was heard.
type Line = (Result<Change, StoreError>, oneshot::Sender<()>);
type Script = mpsc::UnboundedReceiver<Line>;

#[derive(Debug)]
struct Channel {
    script: Script,
    heard: Option<oneshot::Sender<()>>,
}

#[async_trait]
impl Invalidations for Station {
    async fn listen(&self) -> Result<Box<dyn Feed>, StoreError> {
        let script = self.feeds.lock().unwrap().pop();
        let script = script.ok_or_else(|| StoreError::new(StoreErrorKind::Unavailable))?;
        Ok(Box::new(Channel { script, heard: None }))
    }
}

#[async_trait]
impl Feed for Channel {
    async fn next(&mut self) -> Result<Change, StoreError> {
        // A cache that asks for the next announcement has dealt with the one before.
        if let Some(heard) = self.heard.take() {
            let _ = heard.send(());
        }
        match tokio::time::timeout(Duration::from_millis(300), self.script.recv()).await {
            Err(_) => Ok(Change::None),
            Ok(None) => std::future::pending().await,
            Ok(Some((announcement, heard))) => {
                self.heard = Some(heard);
                announcement
            }
        }
    }
}

struct World {
    clock: Arc<ManualClock>,
    table: Arc<Table>,
    /// Another replica, without a cache.
    elsewhere: DecisionStore,
    near: Arc<NearCache>,
    /// What is announced, one sender for each time the cache listens.
    says: Vec<mpsc::UnboundedSender<Line>>,
}

impl World {
    /// A cache over a shared store; it can listen this many times.
    async fn listening(times: usize) -> Self {
        let (says, feeds): (Vec<_>, Vec<_>) = (0..times).map(|_| mpsc::unbounded_channel()).unzip();
        let world = Self::new(StoreScope::Shared);
        let station = Station { feeds: Mutex::new(feeds.into_iter().rev().collect()) };
        let near = NearCache::following(world.elsewhere.clone(), key(), station).await.unwrap();
        let near = Arc::new(near.with_clock(Arc::clone(&world.clock) as Arc<dyn Clock>));
        Self { near, says, ..world }
    }

    /// A cache over a store of this process.
    fn new(scope: StoreScope) -> Self {
        let clock = Arc::<ManualClock>::default();
        let answers = Semaphore::new(Semaphore::MAX_PERMITS);
        let table = Arc::new(Table { rows: Mutex::default(), loads: AtomicUsize::new(0), answers, scope });
        let elsewhere = SharedStore::new(Arc::clone(&table), key());
        let elsewhere = DecisionStore::from(elsewhere.with_clock(Arc::clone(&clock) as Arc<dyn Clock>));
        let near = NearCache::of_process(match scope {
            StoreScope::Process => elsewhere.clone(),
            StoreScope::Shared => crate::store::MemoryStore::new().into(),
        });
        let near = near.unwrap().with_clock(Arc::clone(&clock) as Arc<dyn Clock>);
        Self { clock, table, elsewhere, near: Arc::new(near), says: Vec::new() }
    }

    /// The operations, through the cache.
    fn store(&self) -> DecisionStore {
        Arc::clone(&self.near).into()
    }

    /// Gives the owner a decision, at another replica.
    async fn pass(&self, policy: &Policy) {
        let id = SessionId::random(&OsEntropy).unwrap();
        let new = NewSession {
            id: id.clone(),
            policy: policy.shared_name(),
            intent: None,
            platform_session: biometry_client::PlatformSession::parse("sess_1").unwrap(),
            phrase: Phrase::random(&OsEntropy).unwrap(),
            time_to_live: Duration::from_secs(180),
        };
        self.elsewhere.open_session(&ana(), new).await.unwrap();
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = Upload { session: id, claim, lease: Duration::from_secs(60) };
        self.elsewhere.begin_upload(&ana(), &upload, &Limits::default()).await.unwrap().unwrap();
        let decision = crate::decision::sample::sample(policy, None, self.clock.now());
        let settled =
            self.elsewhere.settle(&ana(), &upload, Settlement::Passed(decision), &Limits::default()).await;
        assert!(matches!(settled, Ok(Settled::Passed)));
    }

    /// Whether the owner gets in.
    async fn opens(&self, policy: &Policy) -> bool {
        self.asked(policy).await.is_ok()
    }

    async fn asked(&self, policy: &Policy) -> Result<(), Refused> {
        let at_once = self.store().claim_at_once(&ana(), policy, None);
        let outcome = match at_once {
            Some(outcome) => outcome,
            None => self.store().claim_decision(&ana(), policy, None).await,
        };
        outcome.unwrap().map(drop)
    }

    /// Whether the owner gets in without the store being asked.
    fn opens_at_once(&self, policy: &Policy) -> bool {
        self.store().claim_at_once(&ana(), policy, None).is_some()
    }

    fn loads(&self) -> usize {
        self.table.loads.load(Ordering::SeqCst)
    }

    /// Announces something, and waits until it was heard.
    async fn announce(&self, change: Change) {
        let (heard, is_heard) = oneshot::channel();
        self.says[0].send((Ok(change), heard)).unwrap();
        is_heard.await.unwrap();
    }
}

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
