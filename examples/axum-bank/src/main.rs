//! Runs the bank with what the environment says.

use std::process::ExitCode;

use axum_bank::{FromCookie, app, serve};
use bank::{Bank, Config};
use tokio::net::TcpListener;
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("the bank cannot run: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Box<dyn std::error::Error>> {
    let config = Config::read(|name| std::env::var(name).ok())?;
    let listen = config.listen;
    let host = FromCookie::new(config.session_secret.as_ref())?;
    let bank = Bank::open(config, host.clone()).await?;
    let listener = TcpListener::bind(listen).await.map_err(|error| format!("LISTEN_ADDR: {error}"))?;
    println!("{}", bank.banner());
    println!("listening on http://{}", listener.local_addr()?);
    serve(listener, app(bank, host)?).await?;
    Ok(())
}
