//! The sandbox as a program.

mod arguments;

use std::error::Error;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use arguments::{Action, HELP, Run};

fn main() -> ExitCode {
    let outcome = match arguments::parse(lexopt::Parser::from_env()) {
        Ok(Action::Help) => print(HELP),
        Ok(Action::Personas) => print(biometry_sandbox::PERSONAS),
        Ok(Action::Run(run)) => serve(*run),
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("biometry-sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

#[tokio::main]
async fn serve(run: Run) -> Result<(), Box<dyn Error>> {
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let filter: Targets = filter.as_deref().unwrap_or("info").parse()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    let mut terminate = signal(SignalKind::terminate())?;
    let sandbox = run.sandbox.start().await?;
    println!("listening on {}", sandbox.base_url());
    println!("key: {}", sandbox.mint_key());
    tokio::select! {
        _ = terminate.recv() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted?,
    }
    sandbox.stop().await;
    Ok(())
}

fn print(text: &str) -> Result<(), Box<dyn Error>> {
    print!("{text}");
    Ok(())
}
