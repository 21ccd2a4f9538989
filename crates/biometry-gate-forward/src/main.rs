//! Runs the forward server with a configuration file.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use biometry_gate_forward::{Config, Forward};
use lexopt::Arg::{Long, Short};
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let outcome = match parse(lexopt::Parser::from_env()) {
        Ok(Some(file)) => run(file),
        Ok(None) => {
            println!("{HELP}");
            Ok(())
        }
        Err(error) => Err(error.into()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("biometry-gate-forward: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Option<PathBuf>, lexopt::Error> {
    let mut file = None;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("config") => file = Some(arguments.value()?.into()),
            Short('h') | Long("help") => return Ok(None),
            other => return Err(other.unexpected()),
        }
    }
    file.map(Some).ok_or_else(|| format!("no configuration file\n\n{HELP}").into())
}

#[tokio::main]
async fn run(file: PathBuf) -> Result<(), Box<dyn Error + Send + Sync>> {
    let filter = std::env::var("RUST_LOG").ok().filter(|filter| !filter.is_empty());
    let filter: Targets = filter.as_deref().unwrap_or("info").parse()?;
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr);
    tracing_subscriber::registry().with(lines).with(filter).init();
    Forward::open(Config::read(&file)?).await?.serve().await
}

const HELP: &str = "\
Usage: biometry-gate-forward --config FILE

Answers a reverse proxy's question whether a request may pass. The file is TOML; the manual's chapter on forward
authorization describes it.";
