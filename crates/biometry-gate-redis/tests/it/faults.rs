//! A server that stops, hangs, restarts, is full, or holds what it should not.

use biometry_gate::consent::Purpose;
use biometry_gate::gate::Refused;
use biometry_gate::store::StoreErrorKind;
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::store_contract::values::{ana, ben, limits, receipt, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, RedisServer};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::people::{claim, key, now, pass, store, store_at};

#[tokio::test]
async fn a_server_that_hangs_is_an_error_in_time_and_goes_on_afterwards() {
    let server = RedisServer::start().await;
    let store =
        store(RedisRecords::builder(&server.url()).time_limit(PATIENCE / 10).connect().await.unwrap());
    let made = pass(&store_at(&server.url()).await, &ana(), &reusable()).await;
    server.pause();
    let mut claims = JoinSet::new();
    for _ in 0..20 {
        let store = store.clone();
        claims.spawn(async move { claim(&store, &ana(), &reusable()).await });
    }
    for outcome in timeout(PATIENCE, claims.join_all()).await.expect("answers") {
        assert_eq!(outcome.unwrap_err().kind(), StoreErrorKind::Timeout);
    }
    server.resume();
    let again = store_at(&server.url()).await;
    assert_eq!(claim(&again, &ana(), &reusable()).await.unwrap(), Ok(made.clone()));
    assert_eq!(eventually_claimed(&store).await, made, "the same connection is good again");
}

#[tokio::test]
async fn a_server_that_is_gone_is_an_error_and_one_that_came_back_needs_no_restart_of_ours() {
    let mut server = RedisServer::start_with(&["--appendonly", "yes", "--appendfsync", "always"]).await;
    let store = store_at(&server.url()).await;
    let made = pass(&store, &ana(), &reusable()).await;
    let once = pass(&store, &ana(), &single_use()).await;
    assert_eq!(claim(&store, &ana(), &single_use()).await.unwrap(), Ok(once));
    server.kill().await;
    let gone = claim(&store, &ana(), &reusable()).await.unwrap_err();
    assert_eq!(gone.kind(), StoreErrorKind::Unavailable);
    server.start_again().await;
    assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Ok(made), "the first request after it");
    assert_eq!(claim(&store, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed), "on its disk");
}

#[tokio::test]
async fn a_server_that_came_back_with_nothing_lets_nobody_in() {
    let mut server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    pass(&store, &ana(), &reusable()).await;
    server.kill().await;
    server.start_again().await;
    assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Err(Refused::Absent));
}

#[tokio::test]
async fn a_connection_that_was_cut_is_made_anew_without_a_failed_request() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    let made = pass(&store, &ana(), &reusable()).await;
    for _ in 0..5 {
        server.cli(&["client", "kill", "type", "normal"]).await;
        assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Ok(made.clone()));
    }
}

#[tokio::test]
async fn a_record_that_was_evicted_lets_nobody_in() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    pass(&store, &ana(), &reusable()).await;
    server.cli(&["flushall"]).await;
    assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Err(Refused::Absent));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_refused_and_left_as_it_is() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    let key = format!("biometry-gate:{{{}}}", key().locate(ana().key()).to_hex());
    let spoilt: [&[&str]; 5] = [
        // One byte of what is sealed, and the number of its format.
        &["setrange", &key, "60", "?"],
        &["setrange", &key, "24", "\u{2}"],
        &["set", &key, "short"],
        &["set", &key, ""],
        &["lpush", &key, "a list"],
    ];
    for spoil in spoilt {
        server.cli(&["del", &key]).await;
        pass(&store, &ana(), &reusable()).await;
        if spoil[0] == "lpush" {
            server.cli(&["del", &key]).await;
        }
        server.cli(spoil).await;
        let dump = server.cli(&["dump", &key]).await;
        let errors = [
            claim(&store, &ana(), &reusable()).await.unwrap_err(),
            store.reserve_start(&ana(), &limits()).await.unwrap_err(),
            store.consent(ana().key()).await.unwrap_err(),
        ];
        assert!(errors.iter().all(|error| error.kind() == StoreErrorKind::Corrupt), "{spoil:?}: {errors:?}");
        assert_eq!(server.cli(&["dump", &key]).await, dump, "{spoil:?}");
        assert_eq!(
            claim(&store, &ben(), &reusable()).await.unwrap(),
            Err(Refused::Absent),
            "another user has no decision"
        );
    }
}

#[tokio::test]
async fn a_record_that_lies_under_another_key_is_refused() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    pass(&store, &ana(), &reusable()).await;
    let key = |owner: biometry_gate::principal::Principal| {
        format!("biometry-gate:{{{}}}", key().locate(owner.key()).to_hex())
    };
    server.cli(&["copy", &key(ana()), &key(ben())]).await;
    let error = claim(&store, &ben(), &reusable()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Corrupt);
}

#[tokio::test]
async fn a_full_server_refuses_writes_and_is_still_read() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    let made = pass(&store, &ana(), &reusable()).await;
    pass(&store, &ana(), &single_use()).await;
    server.cli(&["config", "set", "maxmemory", "1"]).await;
    assert_eq!(claim(&store, &ana(), &reusable()).await.unwrap(), Ok(made));
    let full = claim(&store, &ana(), &single_use()).await.unwrap_err();
    assert_eq!(full.kind(), StoreErrorKind::Full);
    server.cli(&["config", "set", "maxmemory", "0"]).await;
    assert!(claim(&store, &ana(), &single_use()).await.unwrap().is_ok(), "it was not used up");
}

#[tokio::test]
async fn what_is_over_is_gone_by_itself_and_a_consent_is_not() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    store.reserve_start(&ana(), &limits()).await.unwrap().unwrap();
    let key = format!("biometry-gate:{{{}}}", key().locate(ana().key()).to_hex());
    let seconds: i64 = server.cli(&["ttl", &key]).await.parse().unwrap();
    assert!((1..=24 * 3600).contains(&seconds), "{seconds}");
    store.record_consent(ana().key(), vec![receipt(false, true, now())]).await.unwrap();
    assert_eq!(server.cli(&["ttl", &key]).await, "-1");
    assert!(store.consent(ana().key()).await.unwrap().is_given(Purpose::Authorization));
}

async fn eventually_claimed(store: &biometry_gate::store::DecisionStore) -> biometry_gate::id::DecisionId {
    let asking = async {
        loop {
            match claim(store, &ana(), &reusable()).await {
                Ok(claimed) => return claimed.expect("a decision"),
                Err(error) => assert_eq!(error.kind(), StoreErrorKind::Timeout),
            }
        }
    };
    timeout(PATIENCE, asking).await.expect("it answers again")
}
