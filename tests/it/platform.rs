//! A bank whose platform is not there, or does not know its key.

use std::net::Ipv4Addr;

use biometry_gate::audit::EventKind;
use biometry_sandbox::Sandbox;
use serde_json::json;
use tokio::net::TcpListener;

use crate::harness::{Host, Setup};

on_every_host! {
    a_platform_that_cannot_be_reached_is_unavailable,
    a_key_that_the_platform_does_not_know_is_the_operators_business,
}

async fn a_platform_that_cannot_be_reached_is_unavailable<H: Host>() {
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
    let address = closed.local_addr().expect("an address");
    drop(closed);
    let world = Setup::new().var("BIOMETRY_BASE_URL", format!("http://{address}")).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.try_start(json!({})).await.problem("platform-unavailable");
    ana.give_consent(json!({ "authorization": true })).await.problem("platform-unavailable");
    assert_eq!(world.audit.count(EventKind::KeyRejected), 0);
}

async fn a_key_that_the_platform_does_not_know_is_the_operators_business<H: Host>() {
    let other = Sandbox::start().await.expect("a sandbox");
    let setup = Setup::new().var("BIOMETRY_API_KEY", other.mint_key());
    let world = setup.sandbox(|sandbox| sandbox.bad_key_status(401)).open::<H>().await;
    let ana = world.log_in("ana@example.com").await;
    ana.try_start(json!({})).await.problem("platform-unavailable");
    ana.give_consent(json!({ "authorization": true })).await.problem("platform-unavailable");
    assert_eq!(world.audit.count(EventKind::KeyRejected), 2, "{:?}", world.audit.events());
}
