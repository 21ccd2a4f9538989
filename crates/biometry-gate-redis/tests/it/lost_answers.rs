//! Writes that happen and whose answers are lost on the way.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::time::Duration;

use biometry_gate::gate::Refused;
use biometry_gate::store::StoreErrorKind;
use biometry_gate_redis::RedisRecords;
use biometry_gate_testkit::store_contract::values::{ana, limits, single_use};
use biometry_gate_testkit::{PATIENCE, RedisServer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

use crate::people::{claim, pass, store, store_at};

#[tokio::test]
async fn a_connection_that_breaks_before_the_answer_is_made_anew_and_the_write_is_recognised() {
    let server = RedisServer::start().await;
    let wire = Wire::to(&server).await;
    let store = store_at(&wire.url).await;
    let once = pass(&store, &ana(), &single_use()).await;
    wire.will(Fault::Break);
    assert_eq!(
        claim(&store, &ana(), &single_use()).await.unwrap(),
        Ok(once),
        "used once, and its caller knows"
    );
    assert_eq!(claim(&store, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed));

    wire.will(Fault::Break);
    let one = limits().starts(1, Duration::from_secs(60));
    store.reserve_start(&ana(), &one).await.unwrap().unwrap();
    assert!(store.reserve_start(&ana(), &one).await.unwrap().is_err());
}

#[tokio::test]
async fn a_use_whose_answer_never_comes_lets_nobody_in() {
    let server = RedisServer::start().await;
    let wire = Wire::to(&server).await;
    let store = store(RedisRecords::builder(&wire.url).time_limit(PATIENCE / 4).connect().await.unwrap());
    pass(&store, &ana(), &single_use()).await;
    wire.will(Fault::Hang);
    let unknown = claim(&store, &ana(), &single_use()).await.unwrap_err();
    assert_eq!(unknown.kind(), StoreErrorKind::Timeout);
    let elsewhere = store_at(&server.url()).await;
    assert_eq!(claim(&elsewhere, &ana(), &single_use()).await.unwrap(), Err(Refused::Consumed));
}

/// What becomes of the answer to the next write. A write is a request that holds a record.
#[derive(Clone, Copy)]
enum Fault {
    Break = 1,
    Hang = 2,
}

/// A network between a store and its server.
struct Wire {
    url: String,
    fault: Arc<AtomicU8>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Wire {
    async fn to(server: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("redis://{}", listener.local_addr().expect("an address"));
        let fault = Arc::<AtomicU8>::default();
        let (shared, port) = (Arc::clone(&fault), server.port());
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(("127.0.0.1", port)).await.expect("the server");
                tokio::spawn(relay(client, server, Arc::clone(&shared)));
            }
        });
        Self { url, fault, accepting }
    }

    fn will(&self, fault: Fault) {
        self.fault.store(fault as u8, Ordering::SeqCst);
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// Passes requests and answers on, one after the other, as long as there is no fault.
async fn relay(mut client: TcpStream, mut server: TcpStream, fault: Arc<AtomicU8>) {
    let (mut request, mut answer) = (vec![0; 64 * 1024], vec![0; 64 * 1024]);
    let mut suffering = 0;
    loop {
        tokio::select! {
            read = client.read(&mut request) => {
                let Some(length) = read.ok().filter(|&length| length > 0) else { return };
                if length > LONGER_THAN_A_READ {
                    suffering = fault.swap(0, Ordering::SeqCst);
                }
                if server.write_all(&request[..length]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answer) => {
                let Some(length) = read.ok().filter(|&length| length > 0) else { return };
                match suffering {
                    0 => {
                        if client.write_all(&answer[..length]).await.is_err() {
                            return;
                        }
                    }
                    1 => return,
                    _ => std::future::pending::<()>().await,
                }
            }
        }
    }
}

const LONGER_THAN_A_READ: usize = 500;
