//! The platform's official SDK, unchanged, with the mounted routes for a platform: its semantics, our security.

mod documents;
mod enrollment;
mod in_a_browser;
mod sdk;
mod sessions;
mod trust;
mod verification;

use crate::harness::{Host, World};

on_every_host! {
    the_bank_serves_the_sdk_as_it_was_installed,
}

async fn the_bank_serves_the_sdk_as_it_was_installed<H: Host>() {
    let installed = std::fs::read(sdk::INSTALLED).expect("the official SDK: `cargo xtask test` brings it");
    let world = World::open::<H>().await;
    let served = world.browser().get("/sdk/biometry-sdk.js").send().await;
    assert_eq!((served.status.as_u16(), &served.body[..]), (200, &installed[..]));
    assert_eq!(served.header("content-type"), Some("text/javascript; charset=utf-8"));
    for nothing in ["/sdk/", "/sdk/sdk.js", "/sdk/../package.json", "/sdk/biometry-sdk.js.map"] {
        assert_eq!(world.browser().get(nothing).send().await.status, 404, "{nothing}");
    }
}
