//! Runs the bank with what the environment says.

use std::process::ExitCode;
use std::time::Duration;

use axum_bank::{Cookies, app, serve};
use bank::{Bank, Config};
use biometry_gate::principal::FromExtensions;
use tokio::net::TcpListener;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bank cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let filter = match std::env::var_os("RUST_LOG") {
        Some(filter) => filter.into_string().ok().filter(|filter| !filter.is_empty()),
        None => Some("info".to_owned()),
    };
    let filter = filter.and_then(|filter| filter.parse::<Targets>().ok());
    let filter = filter.ok_or("RUST_LOG: expected a filter such as info")?;
    tracing_subscriber::registry().with(tracing_subscriber::fmt::layer()).with(filter).init();
    let config = Config::from_env()?;
    let listen = config.listen;
    let host = Cookies::new(config.session_secret.as_ref())?;
    let bank = Bank::open(config, FromExtensions).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("LISTEN_ADDR: {error}"))?;
    println!("{}", bank.banner());
    println!("listening on http://{}", listener.local_addr()?);
    let (gate, store, connections) = (bank.gate.clone(), bank.store.clone(), bank.connections);
    serve(listener, app(bank, host)?, connections).await?;
    if !gate.drain(LONGEST_SETTLING).await {
        tracing::warn!("some verifications were not settled");
    }
    store.close().await;
    Ok(())
}

/// For verdicts that were asked for and whose callers are gone: they count all the same.
const LONGEST_SETTLING: Duration = Duration::from_secs(5);
