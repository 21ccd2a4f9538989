use crate::harness::{Served, platform};
use crate::recipes::tower_sessions::{app, gate};
use crate::sessions::{Copies, hold_decisions};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_decision_belongs_to_the_session_of_tower_sessions() {
    let (client, _sandbox) = platform().await;
    let app = app(&gate(client).expect("a gate")).expect("an app");
    let served = Served::open(app).await;
    for path in ["/login/ana", "/logout"] {
        let forged = served.visitor().post(path).header("sec-fetch-site", "cross-site");
        forged.send().await.problem("cross-site");
    }
    hold_decisions(&served, Copies::NameNoLogin).await;
}
