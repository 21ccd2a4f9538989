//! A receipt is used once, whatever the database and however many services ask.

use std::sync::Arc;

use biometry_gate_receipts::{ReceiptErrorKind, ReceiptVerifier, UsedInMemory, UsedInRecords, UsedReceipts};
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::{MemoryRecords, RedisServer};
use tokio::task::JoinSet;

use super::{Bank, bank};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_parallel_services_one_takes_the_receipt() {
    let bank = bank().await;
    take_at_once(&bank, "in memory", Arc::new(UsedInMemory::new())).await;
    take_at_once(&bank, "in records", Arc::new(UsedInRecords::new(MemoryRecords::new()))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_remembers_a_used_receipt_until_it_is_over() {
    let (bank, server) = (bank().await, RedisServer::start().await);
    let records = RedisRecords::builder(&server.url()).connect().await.expect("records");
    take_at_once(&bank, "on Redis", Arc::new(UsedInRecords::new(records))).await;
    let keys = server.cli(&["keys", "*"]).await;
    let key = keys.lines().next().expect("the used receipt");
    let kept: i64 = server.cli(&["pttl", key]).await.trim().parse().expect("a number");
    assert!((1..=320_000).contains(&kept), "{kept} ms");
}

#[tokio::test]
async fn a_lost_answer_of_the_database_uses_a_receipt_up_and_lets_nothing_through() {
    let (bank, records) = (bank().await, MemoryRecords::new());
    let used = UsedInRecords::new(records.clone());
    let (verifier, receipt) = (bank.verifier().await, bank.receipt("one").await);
    records.lose_answers(1);
    let kind = async || verifier.verify_once(&receipt, &used).await.map(drop).map_err(|error| error.kind());
    assert_eq!(kind().await, Err(ReceiptErrorKind::Unavailable));
    assert_eq!(kind().await, Err(ReceiptErrorKind::Used));
}

#[tokio::test]
async fn a_memory_that_is_full_refuses_what_it_could_not_remember() {
    let (bank, used) = (bank().await, UsedInMemory::with_capacity(1));
    let verifier = bank.verifier().await;
    let (one, two) = (bank.receipt("one").await, bank.receipt("two").await);
    let kind = async |receipt: &str| {
        verifier.verify_once(receipt, &used).await.map(drop).map_err(|error| error.kind())
    };
    assert_eq!(kind(&one).await, Ok(()));
    assert_eq!(kind(&two).await, Err(ReceiptErrorKind::Unavailable));
    assert_eq!(kind(&one).await, Err(ReceiptErrorKind::Used));
}

async fn take_at_once(bank: &Bank, place: &str, used: Arc<dyn UsedReceipts>) {
    let receipt = bank.receipt(place).await;
    let verifier: Arc<ReceiptVerifier> = Arc::new(bank.verifier().await);
    let mut services = JoinSet::new();
    for _ in 0..16 {
        let (verifier, used, receipt) = (Arc::clone(&verifier), Arc::clone(&used), receipt.clone());
        services
            .spawn(async move { verifier.verify_once(&receipt, &used).await.map_err(|error| error.kind()) });
    }
    let taken = services.join_all().await;
    assert_eq!(taken.iter().filter(|taken| taken.is_ok()).count(), 1, "{place}");
    let others = taken.iter().filter_map(|taken| taken.as_ref().err());
    assert!(
        others.clone().count() == 15 && others.clone().all(|kind| *kind == ReceiptErrorKind::Used),
        "{place}"
    );
}
