//! What a reader of everything that the server holds can learn.

use biometry_gate_testkit::RedisServer;
use biometry_gate_testkit::store_contract::values::{
    ana, limits, new_session, receipt, reusable, single_use,
};

use crate::people::{now, pass, store_at};

#[tokio::test]
async fn a_copy_of_the_server_names_no_subject_and_holds_no_handle() {
    let server = RedisServer::start().await;
    let store = store_at(&server.url()).await;
    store.record_consent(ana().key(), vec![receipt(true, true, now())]).await.unwrap();
    let decisions = [pass(&store, &ana(), &reusable()).await, pass(&store, &ana(), &single_use()).await];
    let session = new_session();
    store.open_session(&ana(), session.clone()).await.unwrap();
    store.reserve_start(&ana(), &limits()).await.unwrap().unwrap();

    let keys = server.cli(&["keys", "*"]).await;
    let mut everything = keys.clone();
    for key in keys.lines() {
        everything.push_str(&server.cli(&["get", key]).await);
    }
    assert_eq!(keys.lines().count(), 1, "one record for one subject: {keys}");
    assert!(keys.starts_with("biometry-gate:{") && everything.len() > keys.len() + 500);
    let owner = ana();
    let secrets = [
        owner.subject().as_str(),
        owner.host_session().as_str(),
        "default",
        "statement",
        "payout",
        "one two three",
        "platform",
        decisions[0].as_str(),
        decisions[1].as_str(),
        session.id.as_str(),
        "receipts",
    ];
    for secret in secrets {
        assert!(!everything.contains(secret), "{secret}");
    }
}
