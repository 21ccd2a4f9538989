//! The sandbox as a program.

mod arguments;

use std::error::Error;
use std::process::ExitCode;

use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

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
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
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
