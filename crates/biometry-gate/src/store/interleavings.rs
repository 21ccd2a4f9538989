//! The memory store under every order in which threads can meet, as far as chance finds them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use biometry_client::PlatformSession;
use shuttle::future::block_on;
use shuttle::thread;

use super::MemoryStore;
use crate::Limits;
use crate::clock::ManualClock;
use crate::decision::Decision;
use crate::entropy::OsEntropy;
use crate::id::{ClaimId, SessionId};
use crate::phrase::Phrase;
use crate::policy::{Policy, Threshold};
use crate::principal::{HostSession, Principal};
use crate::record::{Settled, Settlement, Upload};
use crate::session::NewSession;
use crate::store::DecisionStore;
use crate::store::operations::Revocation;

struct World {
    store: DecisionStore,
    owner: Principal,
    policy: Policy,
    limits: Limits,
}

impl World {
    fn new() -> Self {
        Self {
            store: MemoryStore::with_clock(Arc::new(ManualClock::default())).capacity(64).into(),
            owner: Principal::new("ana", HostSession::parse("host").unwrap()).unwrap(),
            policy: Policy::for_session("once", Threshold::vendor_verdict_only()).single_use(),
            limits: Limits::default().failures(2, Duration::from_secs(60)),
        }
    }

    fn open(&self) -> SessionId {
        let id = SessionId::random(&OsEntropy).unwrap();
        let new = NewSession {
            id: id.clone(),
            policy: self.policy.shared_name(),
            intent: None,
            platform_session: PlatformSession::parse("sess_1").unwrap(),
            phrase: Phrase::random(&OsEntropy).unwrap(),
            time_to_live: Duration::from_secs(180),
        };
        block_on(self.store.open_session(&self.owner, new)).unwrap();
        id
    }

    fn begin(&self, session: &SessionId) -> Option<Upload> {
        let claim = ClaimId::random(&OsEntropy).unwrap();
        let upload = Upload { session: session.clone(), claim, lease: Duration::from_secs(60) };
        block_on(self.store.begin_upload(&self.owner, &upload, &self.limits)).unwrap().ok().map(|_| upload)
    }

    fn pass(&self, upload: &Upload) -> bool {
        let decision: Decision = crate::decision::sample::sample(
            &self.policy,
            None,
            crate::clock::Clock::now(&ManualClock::default()),
        );
        let settled = self.store.settle(&self.owner, upload, Settlement::Passed(decision), &self.limits);
        matches!(block_on(settled).unwrap(), Settled::Passed)
    }

    fn claim(&self) -> bool {
        block_on(self.store.claim_decision(&self.owner, &self.policy, None)).unwrap().is_ok()
    }
}

/// Runs `jobs` in parallel under many schedules.
fn in_any_order(jobs: fn(&Arc<World>) -> Vec<Box<dyn FnOnce() + Send>>, check: fn(&World)) {
    let schedule = move || {
        let world = Arc::new(World::new());
        let threads: Vec<_> = jobs(&world).into_iter().map(thread::spawn).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        check(&world);
    };
    shuttle::check_random(schedule, 2_000);
}

#[test]
fn one_of_many_uses_a_decision() {
    static USES: AtomicUsize = AtomicUsize::new(0);
    in_any_order(
        |world| {
            USES.store(0, Ordering::SeqCst);
            let upload = world.begin(&world.open()).unwrap();
            assert!(world.pass(&upload));
            let using = |world: &Arc<World>| {
                let world = Arc::clone(world);
                Box::new(move || {
                    USES.fetch_add(usize::from(world.claim()), Ordering::SeqCst);
                }) as Box<dyn FnOnce() + Send>
            };
            (0..4).map(|_| using(world)).collect()
        },
        |_| assert_eq!(USES.load(Ordering::SeqCst), 1),
    );
}

#[test]
fn a_logout_leaves_nothing_to_use_whenever_it_comes() {
    in_any_order(
        |world| {
            let upload = world.begin(&world.open()).unwrap();
            let (passing, leaving) = (Arc::clone(world), Arc::clone(world));
            vec![
                Box::new(move || {
                    passing.pass(&upload);
                }),
                Box::new(move || {
                    block_on(leaving.store.revoke(Revocation::HostSession(&leaving.owner))).unwrap();
                }),
            ]
        },
        |world| assert!(!world.claim()),
    );
}

#[test]
fn one_of_many_uploads_claims_a_session() {
    static CLAIMS: AtomicUsize = AtomicUsize::new(0);
    in_any_order(
        |world| {
            CLAIMS.store(0, Ordering::SeqCst);
            let session = world.open();
            let beginning = |world: &Arc<World>, session: SessionId| {
                let world = Arc::clone(world);
                Box::new(move || {
                    CLAIMS.fetch_add(usize::from(world.begin(&session).is_some()), Ordering::SeqCst);
                }) as Box<dyn FnOnce() + Send>
            };
            (0..4).map(|_| beginning(world, session.clone())).collect()
        },
        |_| assert_eq!(CLAIMS.load(Ordering::SeqCst), 1),
    );
}
