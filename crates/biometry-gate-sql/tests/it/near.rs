//! Near caches of two replicas on one database, which announces what either of them writes.

use std::sync::Arc;
use std::time::Duration;

use biometry_gate::clock::{Clock as _, SystemClock};
use biometry_gate::policy::Policy;
use biometry_gate::principal::Principal;
use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::NearCache;
use biometry_gate::store::operations::Revocation;
use biometry_gate_sql::{PostgresOptions, PostgresRecords};
use biometry_gate_testkit::store_contract::give_decision;
use biometry_gate_testkit::store_contract::values::{ana, ben, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, PostgresServer};
use tokio::time::{sleep, timeout};

use crate::people::{key, store};

/// A replica with a cache. What it remembers lasts for as long as can be.
async fn replica(url: &str) -> Arc<NearCache> {
    let records = connect(options(url).announce_changes()).await;
    let near = NearCache::following(store(records.clone()), key(), records).await;
    Arc::new(near.expect("a feed").time_to_live(PATIENCE))
}

fn options(url: &str) -> PostgresOptions {
    let options = PostgresOptions::parse(url).expect("an address").max_connections(3);
    options.time_limit(PATIENCE).connect_limit(PATIENCE)
}

async fn connect(options: PostgresOptions) -> PostgresRecords {
    PostgresRecords::connect(options).await.expect("a server")
}

async fn pass(near: &Arc<NearCache>, owner: &Principal, policy: &Policy) {
    give_decision(&store_of(near), owner, policy, SystemClock.now()).await;
}

fn store_of(near: &Arc<NearCache>) -> DecisionStore {
    Arc::clone(near).into()
}

async fn is_let_in(near: &Arc<NearCache>, owner: &Principal, policy: &Policy) -> bool {
    store_of(near).claim_decision(owner, policy, None).await.expect("an answer").is_ok()
}

fn is_remembered(near: &Arc<NearCache>, owner: &Principal) -> bool {
    store_of(near).claim_at_once(owner, &reusable(), None).is_some()
}

/// Ana first, so that whatever runs out by time runs out for her first; and both within it.
async fn remember_both(near: &Arc<NearCache>) {
    let waiting = async {
        loop {
            assert!(is_let_in(near, &ana(), &reusable()).await && is_let_in(near, &ben(), &reusable()).await);
            if is_remembered(near, &ana()) && is_remembered(near, &ben()) {
                return;
            }
        }
    };
    timeout(PATIENCE, waiting).await.expect("both are remembered");
}

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not so: {what}"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_revoked_at_one_replica_is_announced_to_the_other() {
    let server = PostgresServer::start();
    let url = server.url();
    let (here, there) = (replica(&url).await, replica(&url).await);
    pass(&here, &ben(), &reusable()).await;
    let revocations: [fn(&Principal) -> Revocation<'_>; 2] =
        [|owner| Revocation::HostSession(owner), |owner| Revocation::Subject(owner.key())];
    for revocation in revocations {
        let only_she_is_forgotten = async {
            loop {
                pass(&here, &ana(), &reusable()).await;
                remember_both(&there).await;
                store_of(&here).revoke(revocation(&ana())).await.unwrap();
                eventually("ana is forgotten there", || !is_remembered(&there, &ana())).await;
                // Ben was remembered later than she was asked about, so it was not the time that had passed.
                let is_ben_remembered = is_remembered(&there, &ben());
                assert!(!is_let_in(&there, &ana(), &reusable()).await);
                if is_ben_remembered {
                    return;
                }
            }
        };
        timeout(PATIENCE, only_she_is_forgotten).await.expect("only this subject is forgotten");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_use_at_one_replica_is_never_remembered_at_another() {
    let server = PostgresServer::start();
    let url = server.url();
    let (here, there) = (replica(&url).await, replica(&url).await);
    for _ in 0..5 {
        pass(&here, &ana(), &single_use()).await;
        assert!(is_let_in(&here, &ana(), &single_use()).await);
        for replica in [&there, &here] {
            assert!(!is_let_in(replica, &ana(), &single_use()).await);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_nothing_is_announced_nothing_is_remembered() {
    let mut server = PostgresServer::start();
    let near = replica(&server.url()).await;
    pass(&near, &ana(), &reusable()).await;
    pass(&near, &ben(), &reusable()).await;
    remember_both(&near).await;
    server.kill();
    eventually("the cache is out of use", || !near.is_in_use()).await;
    assert!(!is_remembered(&near, &ana()));
    eventually("everything is forgotten", || near.is_empty()).await;
    server.start_again();
    eventually("it is in use again", || near.is_in_use()).await;
    assert!(!is_remembered(&near, &ana()));
    server.pause();
    eventually("a server that hangs announces nothing", || !near.is_in_use()).await;
    server.resume();
    eventually("it is in use again", || near.is_in_use()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn replicas_that_announce_nothing_are_not_listened_to() {
    let server = PostgresServer::start();
    let records = connect(options(&server.url())).await;
    let refused = NearCache::following(store(records.clone()), key(), records).await.unwrap_err();
    let why = std::error::Error::source(&refused).expect("a reason").to_string();
    assert!(why.contains("announce_changes"), "{why}");
}
