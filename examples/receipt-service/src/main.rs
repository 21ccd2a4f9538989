//! Runs the ledger.

use std::env;
use std::error::Error;
use std::sync::Arc;

use biometry_gate_receipts::{ReceiptGuard, ReceiptVerifier, UsedInMemory};
use receipt_service::{Keys, ledger};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error + Send + Sync>> {
    tracing_subscriber::fmt().init();
    let keys = Keys::at(&required("KEYS_URL")?)?;
    let verifier = ReceiptVerifier::new(&required("ISSUER")?, &required("AUDIENCE")?, keys.fetch().await?)?;
    let verifier = Arc::new(verifier);
    tokio::spawn(keys.keep_up(Arc::clone(&verifier)));
    let policy = env::var("POLICY").unwrap_or_else(|_| "transfer".to_owned());
    let guard = ReceiptGuard::new(verifier, &policy).once(UsedInMemory::new());
    let address = env::var("LISTEN_ADDR").unwrap_or_else(|_| "127.0.0.1:3100".to_owned());
    let listener = TcpListener::bind(address).await?;
    println!("listening on http://{}", listener.local_addr()?);
    let interrupted = async { drop(tokio::signal::ctrl_c().await) };
    Ok(axum::serve(listener, ledger(guard)).with_graceful_shutdown(interrupted).await?)
}

fn required(name: &str) -> Result<String, String> {
    env::var(name).map_err(|_| format!("{name} has to be set: see the README"))
}
