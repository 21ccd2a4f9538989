//! Near caches of two replicas on one server, which announces what either of them writes.

use std::sync::Arc;

use biometry_gate::policy::Policy;
use biometry_gate::principal::{HostSession, Principal};
use biometry_gate::store::DecisionStore;
use biometry_gate::store::near::NearCache;
use biometry_gate::store::operations::Revocation;
use biometry_gate_testkit::store_contract::values::{ana, ben, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, RedisCluster, RedisServer};
use tokio::time::{sleep, timeout};

use crate::people::{key, pass, patient, store};

/// A replica with a cache, at this server. What it remembers lasts for as long as can be.
async fn replica(url: &str) -> Arc<NearCache> {
    let records = patient(url).connect().await.expect("a server that is fit");
    let near = NearCache::following(store(records.clone()), key(), records);
    Arc::new(near.await.expect("a feed").time_to_live(PATIENCE))
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

async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            sleep(std::time::Duration::from_millis(1)).await;
        }
    };
    timeout(PATIENCE, waiting).await.unwrap_or_else(|_| panic!("not so: {what}"));
}

#[tokio::test]
async fn what_is_revoked_at_one_replica_is_announced_to_the_other() {
    let server = RedisServer::start().await;
    let (here, there) = (replica(&server.url()).await, replica(&server.url()).await);
    let first = store(patient(&server.url()).connect().await.unwrap());
    pass(&first, &ben(), &reusable()).await;
    pass(&first, &ana(), &reusable()).await;
    let revocations: [fn(&Principal) -> Revocation<'_>; 2] =
        [|owner| Revocation::HostSession(owner), |owner| Revocation::Subject(owner.key())];
    for revocation in revocations {
        let only_she_is_forgotten = async {
            loop {
                pass(&first, &ana(), &reusable()).await;
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

#[tokio::test]
async fn a_use_at_one_replica_is_never_remembered_at_another() {
    let server = RedisServer::start().await;
    let (here, there) = (replica(&server.url()).await, replica(&server.url()).await);
    for _ in 0..5 {
        pass(&store(patient(&server.url()).connect().await.unwrap()), &ana(), &single_use()).await;
        assert!(is_let_in(&here, &ana(), &single_use()).await);
        assert!(
            !is_let_in(&there, &ana(), &single_use()).await && !is_let_in(&here, &ana(), &single_use()).await
        );
    }
}

#[tokio::test]
async fn a_server_that_forgets_everything_says_so() {
    let server = RedisServer::start().await;
    let near = replica(&server.url()).await;
    pass(&store(patient(&server.url()).connect().await.unwrap()), &ana(), &reusable()).await;
    pass(&store(patient(&server.url()).connect().await.unwrap()), &ben(), &reusable()).await;
    remember_both(&near).await;
    server.cli(&["FLUSHALL"]).await;
    eventually("no subject is remembered", || !is_remembered(&near, &ana()) && !is_remembered(&near, &ben()))
        .await;
    assert!(!is_let_in(&near, &ana(), &reusable()).await);
}

#[tokio::test]
async fn while_nothing_is_announced_nothing_is_remembered() {
    let mut server = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let near = replica(&server.url()).await;
    pass(&store(patient(&server.url()).connect().await.unwrap()), &ana(), &reusable()).await;
    assert!(is_let_in(&near, &ana(), &reusable()).await);
    server.kill().await;
    eventually("the cache is out of use", || !near.is_in_use()).await;
    assert!(!is_remembered(&near, &ana()));
    eventually("everything is forgotten", || near.is_empty()).await;
    server.start_again().await;
    eventually("it is in use again", || near.is_in_use()).await;
    assert!(!is_remembered(&near, &ana()));
    assert!(is_let_in(&near, &ana(), &reusable()).await);
    server.pause();
    eventually("a server that hangs announces nothing", || !near.is_in_use()).await;
    server.resume();
    eventually("it is in use again", || near.is_in_use()).await;
}

#[tokio::test]
async fn every_primary_of_a_cluster_announces_what_is_written_to_it() {
    let cluster = RedisCluster::start().await;
    let (here, there) = (replica(&cluster.url()).await, replica(&cluster.url()).await);
    let first = store(patient(&cluster.url()).connect().await.unwrap());
    pass(&first, &ben(), &reusable()).await;
    // As many people as it takes to have one on each node.
    for n in 0..12 {
        let person = Principal::new(&format!("person-{n}"), HostSession::parse("browser").unwrap()).unwrap();
        pass(&first, &person, &reusable()).await;
        remember(&there, &person).await;
        store_of(&here).revoke(Revocation::Subject(person.key())).await.unwrap();
        eventually("the person is forgotten there", || !is_remembered(&there, &person)).await;
        assert!(!is_let_in(&there, &person, &reusable()).await);
    }
    for node in cluster.nodes() {
        assert_ne!(node.cli(&["dbsize"]).await, "0", "no record lies there");
    }
}

#[tokio::test]
async fn what_has_moved_to_another_node_is_announced_by_that_one() {
    let cluster = RedisCluster::start().await;
    let (here, there) = (replica(&cluster.url()).await, replica(&cluster.url()).await);
    let first = store(patient(&cluster.url()).connect().await.unwrap());
    pass(&first, &ana(), &reusable()).await;
    let key = format!("biometry-gate:{{{}}}", key().locate(ana().key()).to_hex());
    cluster.begin_to_move(&key).await.arrive().await;
    pass(&first, &ben(), &reusable()).await;
    for _ in 0..3 {
        pass(&first, &ana(), &reusable()).await;
        remember_both(&there).await;
        store_of(&here).revoke(Revocation::Subject(ana().key())).await.unwrap();
        eventually("ana is forgotten there", || !is_remembered(&there, &ana())).await;
        assert!(!is_let_in(&there, &ana(), &reusable()).await);
    }
}

#[tokio::test]
async fn a_cluster_with_a_node_that_hangs_announces_nothing() {
    let cluster = RedisCluster::start().await;
    let near = replica(&cluster.url()).await;
    assert!(near.is_in_use());
    cluster.nodes()[1].pause();
    eventually("the cache is out of use", || !near.is_in_use()).await;
    cluster.nodes()[1].resume();
    eventually("it is in use again", || near.is_in_use()).await;
}

async fn remember(near: &Arc<NearCache>, owner: &Principal) {
    let waiting = async {
        while !is_remembered(near, owner) {
            assert!(is_let_in(near, owner, &reusable()).await);
        }
    };
    timeout(PATIENCE, waiting).await.expect("the decision is remembered");
}
