use crate::harness::{Served, platform};
use crate::recipes::tower_sessions::{app, gate};
use crate::sessions::{Copies, hold_decisions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_session_of_tower_sessions() {
    let (client, _sandbox) = platform().await;
    let app = app(&gate(client).expect("a gate")).expect("an app");
    hold_decisions(&Served::open(app).await, Copies::NameNoLogin).await;
}
