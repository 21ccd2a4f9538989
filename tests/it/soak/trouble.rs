use std::sync::Arc;
use std::time::Duration;

use biometry_gate_testkit::{RoughNetwork, Weather};
use biometry_sandbox::{Fault, Operation, Sandbox};
use serde_json::json;

/// Changes the weather and what the platform does, again and again, for ever.
pub(super) async fn stir(network: Arc<RoughNetwork>, sandbox: Arc<Sandbox>) {
    let mut change = tokio::time::interval(Duration::from_millis(100));
    for turn in 0_usize.. {
        change.tick().await;
        // Fair most of the time, so that something gets done.
        network.weather(match turn % 12 {
            3 => Weather::Partition,
            6 => Weather::Down,
            9 => Weather::LostAnswers { after: u32::try_from(turn % 5).unwrap_or_default() },
            10 => Weather::Down,
            _ => Weather::Fair,
        });
        sandbox.clear_faults();
        let video = || Fault::on(Operation::ProcessVideo);
        let fault = match turn % 7 {
            0 => video().cut_while_reading(10_000),
            1 => Fault::on(Operation::StartSession).status(503, json!({ "error": "no" })),
            2 => video().malformed_body("{"),
            3 => video().cut_before_reply(),
            _ => continue,
        };
        sandbox.fault(fault.times(2));
    }
}
