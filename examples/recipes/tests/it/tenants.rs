use crate::harness::{ANA, Served, platform};
use crate::recipes::tenants::{app, for_staff, gate};
use biometry_sandbox::{Operation, Sandbox};

fn captures(sandbox: &Sandbox) -> usize {
    sandbox.journal().iter().filter(|entry| entry.operation == Some(Operation::ProcessVideo)).count()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_tenant_has_its_own_people_key_and_policies() {
    let [(own, _keep), (acme, at_acme), (zeta, at_zeta)] =
        [platform().await, platform().await, platform().await];
    let gate = gate([own, acme, zeta]).expect("a gate");
    let served = Served::open(app(&gate).expect("an app")).await;

    let nowhere = served.visitor();
    assert_eq!(nowhere.post(&format!("/login/{ANA}")).send().await.status, 404, "no tenant, no login");
    let here = served.visitor().at_host("acme.localhost:3000");
    here.statement().await.problem("authentication-required");
    here.log_in(ANA).await;
    here.passes().await;
    assert_eq!([captures(&at_acme), captures(&at_zeta)], [1, 0], "verified with the tenant's own key");

    // The same cookie, at another tenant's host.
    here.copy().at_host("zeta.localhost:3000").statement().await.problem("authentication-required");
    // The same name is another person there, and the policy is stricter.
    let there = served.visitor().at_host("zeta.localhost:3000");
    there.log_in(ANA).await;
    there.statement().await.problem("step-up-required");
    there.verify("statement").await.problem("verification-failed");
    assert_eq!([captures(&at_acme), captures(&at_zeta)], [1, 1]);

    assert_eq!(here.post("/key-replaced").send().await.status, 404, "it is none of the public routes");
    let inside = Served::open(for_staff(&gate)).await;
    inside.visitor().at_host("zeta.localhost:3000").done("/key-replaced").await;
    here.sees_the_statement().await;
    inside.visitor().at_host("acme.localhost:3000").done("/key-replaced").await;
    here.statement().await.problem("step-up-required");
}
