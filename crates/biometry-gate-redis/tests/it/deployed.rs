//! Redis as it is deployed: behind proxies, frozen and thawed, with rights and addresses that are not quite right.

use std::sync::Mutex;

use biometry_gate::store::near::NearCache;
use biometry_gate_redis::{ConnectErrorKind, RedisRecords};
use biometry_gate_testkit::store_contract::values::{ana, ben, limits, reusable, single_use};
use biometry_gate_testkit::{PATIENCE, RedisCluster, RedisServer, RoughNetwork, Weather};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::{Duration, timeout};

use crate::people::{claim, key, pass, patient, store, store_at};

async fn refusal(url: &str) -> String {
    let error = patient(url).connect().await.expect_err(url);
    let said = error.to_string();
    assert!(!said.contains("hunter2") && !format!("{error:?}").contains("hunter2"), "{said}");
    said
}

fn behind(network: &RoughNetwork) -> String {
    format!("redis://{}", network.address())
}

#[tokio::test]
async fn a_connection_on_which_nothing_is_answered_is_let_go_of() {
    let old = RedisServer::start().await;
    let new = old.replica().await;
    let network = RoughNetwork::to(([127, 0, 0, 1], old.port()).into()).await;
    let records = RedisRecords::builder(&behind(&network)).time_limit(Duration::from_millis(250));
    let store = store(records.connect().await.unwrap());
    let made = pass(&store, &ana(), &reusable()).await;
    pass(&store, &ana(), &single_use()).await;
    old.wait_for(&new).await;
    // The primary hangs, its replica is promoted, the proxy leads there and keeps the connections that it has.
    old.pause();
    new.cli(&["replicaof", "no", "one"]).await;
    network.lead_to(([127, 0, 0, 1], new.port()).into());
    let moved_on = async {
        loop {
            if let Ok(claimed) = claim(&store, &ana(), &reusable()).await {
                return claimed;
            }
        }
    };
    assert_eq!(timeout(PATIENCE, moved_on).await.expect("a new connection"), Ok(made));
    old.resume();
    assert!(claim(&store, &ana(), &single_use()).await.unwrap().is_ok());
    let elsewhere = store_at(&new.url()).await;
    assert!(claim(&elsewhere, &ana(), &single_use()).await.unwrap().is_err(), "used on the one that counts");
}

#[tokio::test]
async fn a_proxy_that_swallows_what_is_said_is_left_for_a_new_connection() {
    let server = RedisServer::start().await;
    let network = RoughNetwork::to(([127, 0, 0, 1], server.port()).into()).await;
    let records = RedisRecords::builder(&behind(&network)).time_limit(Duration::from_millis(250));
    let store = store(records.connect().await.unwrap());
    network.swallow();
    let answered = async { while store.reserve_start(&ana(), &limits()).await.is_err() {} };
    timeout(PATIENCE, answered).await.expect("a new connection");
}

#[tokio::test]
async fn a_node_of_a_cluster_by_a_plain_address_is_refused_with_the_address_to_use() {
    let cluster = RedisCluster::start().await;
    for node in cluster.nodes() {
        let said = refusal(&node.url()).await;
        assert!(said.contains("redis+cluster://"), "{said}");
    }
    let single = RedisServer::start().await;
    let said = refusal(&single.url().replace("redis://", "redis+cluster://")).await;
    assert!(said.contains("redis://"), "{said}");
}

#[tokio::test]
async fn a_user_who_may_not_write_is_refused_at_the_start() {
    let server = RedisServer::start().await;
    let all = "on >fake-password ~biometry-gate:* +evalsha +script|load +get +getex +set +del +time +info";
    for lacking in ["+set", "+del", "+time", "+info", "+evalsha", "+get", "+getex"] {
        let rules = all.split_whitespace().filter(|rule| *rule != lacking);
        let command: Vec<_> = ["acl", "setuser", "gate", "reset"].into_iter().chain(rules).collect();
        server.cli(&command).await;
        let said = refusal(&server.url().replace("redis://", "redis://gate:fake-password@")).await;
        assert!(said.contains("lacks a right") && said.contains("ACL SETUSER"), "{lacking}: {said}");
    }
}

#[tokio::test]
async fn what_is_wrong_is_said_with_the_server_and_what_to_do() {
    let server = RedisServer::start_with(&["--databases", "2"]).await;
    let sentinel = RedisServer::start_sentinel().await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let renamed = RedisServer::start_with(&["--rename-command", "EVALSHA", ""]).await;
    for (url, words) in [
        (format!("{}/5", server.url()), "fewer databases"),
        (sentinel.url(), "sentinel"),
        (format!("redis://u:hunter2@{closed}"), "nothing listens"),
        ("redis://no-such-host.invalid".to_owned(), "name is not known"),
        (renamed.url(), "EVALSHA"),
        (format!("{}?protocl=resp3", server.url()), "protocl"),
        (server.url().replace("redis://", "redis://:hunter2@"), "password"),
    ] {
        let said = refusal(&url).await;
        assert!(said.contains(words), "{url}: {said}");
        assert!(url.contains("protocl") || said.contains("Redis at "), "{said}");
    }
    server.cli(&["acl", "setuser", "default", ">fake-password"]).await;
    let said = refusal(&server.url()).await;
    assert!(said.contains("NOAUTH") && said.contains("user:password@"), "{said}");
}

#[tokio::test]
async fn a_server_without_a_free_connection_is_said_to_have_none() {
    let server = RedisServer::start_with(&["--maxclients", "1"]).await;
    let taken = async {
        let mut only = TcpStream::connect(("127.0.0.1", server.port())).await.unwrap();
        only.write_all(b"PING\r\n").await.unwrap();
        let mut answer = [0; 7];
        only.read_exact(&mut answer).await.map(|_| only)
    };
    let _only = timeout(PATIENCE, taken).await.unwrap().expect("the one connection that there is");
    let said = refusal(&server.url()).await;
    assert!(said.contains("maxclients"), "{said}");
}

#[tokio::test]
async fn a_near_cache_that_may_not_listen_says_what_it_lacks() {
    for hidden in ["HELLO", "CLIENT"] {
        let server = RedisServer::start_with(&["--rename-command", hidden, ""]).await;
        let said = unheard(&server.url()).await;
        assert!(said.contains("HELLO and CLIENT"), "{hidden}: {said}");
    }
    let server = RedisServer::start().await;
    let rules = "on >fake-password ~biometry-gate:* +evalsha +script|load +get +getex +set +del +time +info";
    let command: Vec<_> =
        ["acl", "setuser", "gate", "reset"].into_iter().chain(rules.split_whitespace()).collect();
    server.cli(&command).await;
    let said = unheard(&server.url().replace("redis://", "redis://gate:fake-password@")).await;
    assert!(said.contains("lacks a right") && said.contains("ACL SETUSER"), "{said}");
}

/// Why a near cache cannot follow this server, which is fit to be a store.
async fn unheard(url: &str) -> String {
    let records = patient(url).connect().await.expect("a server that is fit");
    let following = NearCache::following(store(records.clone()), key(), records).await;
    let error = following.expect_err("nothing is announced");
    let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    format!("{error}: {cause}")
}

#[tokio::test]
async fn a_server_that_forgets_at_a_crash_is_used_with_a_warning() {
    for (kept, is_warned_of) in [("no", true), ("yes", false)] {
        let log = tempfile::NamedTempFile::new().unwrap();
        let lines = tracing_subscriber::fmt().with_writer(Mutex::new(log.reopen().unwrap())).finish();
        let server = RedisServer::start_with(&["--appendonly", kept]).await;
        let listening = tracing::subscriber::set_default(lines);
        patient(&server.url()).connect().await.expect("a server that is fit");
        drop(listening);
        let said = std::fs::read_to_string(log.path()).unwrap();
        let is_complete =
            said.contains("WARN") && said.contains("appendonly") && said.contains(&server.port().to_string());
        assert_eq!(is_complete, is_warned_of, "appendonly {kept}: {said}");
    }
}

#[tokio::test]
async fn the_cause_of_a_failing_step_is_named() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    pass(&store, &ben(), &reusable()).await;
    server.cli(&["acl", "setuser", "default", "on", "resetpass", ">fake-password"]).await;
    server.cli(&["-a", "fake-password", "--no-auth-warning", "client", "kill", "type", "normal"]).await;
    let error = claim(&store, &ben(), &reusable()).await.unwrap_err();
    let cause = std::error::Error::source(&error).expect("a cause").to_string();
    assert!(cause.contains("NOAUTH") && cause.contains(&server.port().to_string()), "{cause}");
}

#[tokio::test]
async fn a_server_that_takes_writes_back_is_refused_with_words() {
    let server = RedisServer::start_with(&["--min-replicas-to-write", "1"]).await;
    let error = patient(&server.url()).connect().await.unwrap_err();
    assert_eq!(error.kind(), ConnectErrorKind::Unfit);
    assert!(error.to_string().contains("min-replicas-to-write"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_takes_one_round_trip_and_a_single_use_takes_two() {
    let server = RedisServer::start().await;
    let network = RoughNetwork::to(([127, 0, 0, 1], server.port()).into()).await;
    let store = store_at(&behind(&network)).await;
    pass(&store, &ana(), &reusable()).await;
    pass(&store, &ana(), &single_use()).await;
    for (policy, round_trips) in [(reusable(), 1), (single_use(), 2)] {
        let before = network.round_trips();
        assert!(claim(&store, &ana(), &policy).await.unwrap().is_ok());
        assert_eq!(network.round_trips() - before, round_trips, "{}", policy.name());
    }
}

#[tokio::test]
async fn what_is_asked_at_the_same_time_travels_together() {
    let server = RedisServer::start().await;
    let network = RoughNetwork::to(([127, 0, 0, 1], server.port()).into()).await;
    let store = store_at(&behind(&network)).await;
    pass(&store, &ana(), &reusable()).await;
    network.weather(Weather::Distance(Duration::from_millis(20)));
    let before = network.round_trips();
    let mut claims = JoinSet::new();
    for _ in 0..32 {
        let store = store.clone();
        claims.spawn(async move { claim(&store, &ana(), &reusable()).await });
    }
    assert!(claims.join_all().await.iter().all(|outcome| matches!(outcome, Ok(Ok(_)))));
    let round_trips = network.round_trips() - before;
    assert!(round_trips <= 8, "{round_trips}");
}

#[tokio::test]
async fn a_cluster_is_asked_for_two_records_at_the_same_time_and_for_no_more() {
    let cluster = RedisCluster::start().await;
    let store = store_at(&cluster.url()).await;
    pass(&store, &ana(), &reusable()).await;
    let asked = async || {
        let mut calls = 0;
        for node in cluster.nodes() {
            let said = node.cli(&["info", "commandstats"]).await;
            let line = said.lines().find_map(|line| line.strip_prefix("cmdstat_evalsha:calls="));
            calls += line.and_then(|line| line.split(',').next()?.parse().ok()).unwrap_or(0);
        }
        calls
    };
    let before: u32 = asked().await;
    assert!(claim(&store, &ana(), &reusable()).await.unwrap().is_ok());
    let after = asked().await;
    // A node that has not had the script yet is asked once more.
    assert!((2..=4).contains(&(after - before)), "{before} {after}");
    assert!(claim(&store, &ana(), &reusable()).await.unwrap().is_ok());
    assert_eq!(asked().await - after, 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_of_all_processors_are_given_up_together() {
    let (old, new) = (RedisServer::start().await, RedisServer::start().await);
    let network = RoughNetwork::to(([127, 0, 0, 1], old.port()).into()).await;
    let store = store_at(&behind(&network)).await;
    pass(&store, &ana(), &reusable()).await;
    let on_all_threads = async || {
        let mut claims = JoinSet::new();
        for _ in 0..32 {
            let store = store.clone();
            claims.spawn(async move { claim(&store, &ana(), &reusable()).await });
        }
        claims.join_all().await
    };
    let connections = async || {
        let clients = old.cli(&["client", "list"]).await;
        clients.lines().filter(|line| line.contains("flags=N") && !line.contains("cmd=client|list")).count()
    };
    let several = std::thread::available_parallelism().map_or(1, usize::from).min(2);
    let spread = async {
        while connections().await < several {
            assert!(on_all_threads().await.iter().all(|outcome| matches!(outcome, Ok(Ok(_)))));
        }
    };
    timeout(PATIENCE, spread).await.expect("each processor gets a connection");
    network.lead_to(([127, 0, 0, 1], new.port()).into());
    old.cli(&["replicaof", "127.0.0.1", &new.port().to_string()]).await;
    assert!(claim(&store, &ana(), &reusable()).await.unwrap().is_err(), "the new primary does not know her");
    assert!(on_all_threads().await.iter().all(|outcome| matches!(outcome, Ok(Err(_)))));
    let gone = async { while connections().await > 0 {} };
    timeout(PATIENCE, gone).await.expect("nothing leads to the old primary any more");
}
