//! Runs the gate on plain hyper, in front of the sandbox.

use std::error::Error;
use std::time::Duration;

use biometry_sandbox::Sandbox;
use plain_hyper::{app, gate, serve};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let sandbox = Sandbox::start().await?;
    let gate = gate(&sandbox)?;
    let listener = TcpListener::bind("127.0.0.1:3000").await?;
    println!("the embedded sandbox stands in for the platform");
    println!("listening on http://{}", listener.local_addr()?);
    tokio::select! {
        outcome = serve(listener, app(&gate)?) => outcome?,
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    gate.drain(Duration::from_secs(25)).await;
    Ok(())
}
