//! A bank on a free port, a sandbox behind it, people in front of it.

#[macro_use]
mod hosts;
pub(crate) mod ffmpeg;
mod member;
mod program;
mod ready;
mod world;

use std::time::Duration;

pub(crate) use self::ffmpeg::sha256;
pub(crate) use self::hosts::{Actix, Axum, Host};
pub(crate) use self::member::{Challenge, Member, capture};
pub(crate) use self::program::{Program, run_to_its_end};
pub(crate) use self::ready::{head, idle, ready, still_good};
pub(crate) use self::world::{Setup, World};

/// Asks again and again until the answer is yes, for something that nobody announces.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let in_time = tokio::time::timeout(biometry_gate_testkit::PATIENCE, asking).await;
    in_time.unwrap_or_else(|_| panic!("{what}: not in time"));
}
