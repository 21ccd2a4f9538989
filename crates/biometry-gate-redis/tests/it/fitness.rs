//! Servers that are not fit to keep records, found out before the first request.

use std::time::Duration;

use biometry_gate::store::near::NearCache;
use biometry_gate_redis::{ConnectError, ConnectErrorKind, RedisRecords};
use biometry_gate_testkit::RedisServer;
use biometry_gate_testkit::store_contract::values::{ana, limits, reusable};

use crate::people::{claim, key, pass, patient, store};

#[tokio::test]
async fn a_server_that_evicts_is_unfit_and_the_error_says_how_to_mend_it() {
    let server = RedisServer::start_with(&["--maxmemory-policy", "volatile-lru"]).await;
    let error = refused(&server.url()).await;
    assert_eq!(error.kind(), ConnectErrorKind::Unfit);
    assert!(error.to_string().contains("CONFIG SET maxmemory-policy noeviction"), "{error}");
    server.cli(&["config", "set", "maxmemory-policy", "noeviction"]).await;
    let records = patient(&server.url()).connect().await.unwrap();
    server.cli(&["config", "set", "maxmemory-policy", "allkeys-lru"]).await;
    assert_eq!(records.check().await.unwrap_err().kind(), ConnectErrorKind::Unfit, "asked again, later");
}

#[tokio::test]
async fn a_replica_is_unfit() {
    let primary = RedisServer::start().await;
    let replica = primary.replica().await;
    let error = refused(&replica.url()).await;
    assert_eq!(error.kind(), ConnectErrorKind::Unfit);
    assert!(error.to_string().contains("primary"), "{error}");
}

#[tokio::test]
async fn fewer_replicas_than_have_to_confirm_are_too_few() {
    let primary = RedisServer::start().await;
    let _replica = primary.replica().await;
    let waiting =
        |replicas| patient(&primary.url()).wait_replicas(replicas, Duration::from_millis(100)).connect();
    assert!(waiting(1).await.is_ok());
    let error = waiting(2).await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unfit);
}

#[tokio::test]
async fn a_wrong_password_is_an_error_that_does_not_show_it() {
    let server = RedisServer::start().await;
    let at = |user: &str| server.url().replace("redis://", &format!("redis://{user}@"));
    server.cli(&["acl", "setuser", "default", ">fake-password"]).await;
    for url in [at(":wrong-password"), at("nobody:wrong-password"), server.url()] {
        let error = refused(&url).await;
        assert_eq!(error.kind(), ConnectErrorKind::Unreachable);
        assert!(!format!("{error} {error:?}").contains("wrong-password"), "{error}");
    }
    patient(&at(":fake-password")).connect().await.unwrap();
}

#[tokio::test]
async fn the_user_of_the_documentation_is_allowed_what_the_store_needs() {
    let server = RedisServer::start().await;
    let documented = include_str!("../../src/lib.rs");
    let (_, rest) = documented.split_once("`ACL SETUSER gate on >password ").expect("the line");
    let rules = rest.split_once('`').expect("its end").0;
    let command: Vec<_> =
        ["acl", "setuser", "gate", "on", ">fake-password"].into_iter().chain(rules.split(' ')).collect();
    assert_eq!(server.cli(&command).await, "OK");
    let at = |prefix: &str| {
        let url = server.url().replace("redis://", "redis://gate:fake-password@");
        patient(&url).prefix(prefix).connect()
    };
    let store = store(at("biometry-gate").await.unwrap());
    store.reserve_start(&ana(), &limits()).await.unwrap().unwrap();
    pass(&store, &ana(), &reusable()).await;
    assert!(claim(&store, &ana(), &reusable()).await.unwrap().is_ok());
    store.unlock(ana().key()).await.unwrap();
    let records = at("biometry-gate").await.unwrap();
    let near = NearCache::following(store, key(), records).await;
    near.expect("the user may listen, too");
    assert_eq!(at("elsewhere").await.unwrap_err().kind(), ConnectErrorKind::Unfit, "and nothing beyond it");
}

#[tokio::test]
async fn a_server_that_hangs_from_the_start_is_unreachable_in_time() {
    let server = RedisServer::start().await;
    server.pause();
    let connecting = RedisRecords::builder(&server.url()).connect();
    let error = tokio::time::timeout(biometry_gate_testkit::PATIENCE, connecting).await.expect("an answer");
    assert_eq!(error.unwrap_err().kind(), ConnectErrorKind::Unreachable);
    server.resume();
}

async fn refused(url: &str) -> ConnectError {
    patient(url).connect().await.expect_err("it is not fit")
}
