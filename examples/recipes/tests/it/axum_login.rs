use crate::harness::{Served, platform};
use crate::recipes::axum_login::{app, gate};
use crate::sessions::{Copies, hold_decisions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_login_of_axum_login() {
    let (client, _sandbox) = platform().await;
    let app = app(&gate(client).expect("a gate")).expect("an app");
    hold_decisions(&Served::open(app).await, Copies::NameNoLogin).await;
}
