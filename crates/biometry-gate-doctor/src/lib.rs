//! `biometry-gate doctor`: says in words what stands in the way of a gate.
//!
//! A program, not a library: [`main`] is all there is. It looks at what a gate depends on, each by name: whether the
//! platform is reached (DNS, TCP, TLS), how far this machine's clock is from the platform's, which services the API key has
//! and whether the policies can be met with them, whether the store is fit and lets the gate write, and what a proxy does to
//! a large upload and to `Host`.
//!
//! ```sh
//! BIOMETRY_API_KEY=… STORE_URL=redis://db.internal biometry-gate doctor --policy transfer=voice
//! ```
//!
//! It prints a line for each finding and ends with status 0 where there is no fault, 1 where there is one, and 2 where it
//! does not understand what it is asked. The key is never printed.

mod arguments;
mod findings;
mod gate;
mod key;
mod reach;
mod store;
mod through;
mod warnings;

use std::io::{self, Write as _};
use std::process::ExitCode;

use biometry_client::{ApiKey, Client};

use self::arguments::{Action, Ask, HELP, parse};
use self::findings::{Check, Findings};
use self::warnings::Warnings;

/// Runs the program with what the command line and the environment say.
pub fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env(), &|name| std::env::var(name).ok()) {
        Ok(Action::Help) => print(HELP, ExitCode::SUCCESS),
        Ok(Action::Examine(ask)) => examine(&ask),
        Err(error) => {
            eprintln!("biometry-gate: {error}\n\n{HELP}");
            ExitCode::from(2)
        }
    }
}

fn examine(ask: &Ask) -> ExitCode {
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("biometry-gate: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let findings = runtime.block_on(look(ask));
    // A name server that does not answer must not hold the doctor up.
    runtime.shutdown_background();
    let text = if ask.json { findings.to_json() } else { findings.to_string() };
    print(&text, if findings.faults() == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A reader that is gone is no reason to panic.
fn print(text: &str, status: ExitCode) -> ExitCode {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => status,
        Err(_) => ExitCode::FAILURE,
    }
}

async fn look(ask: &Ask) -> Findings {
    let mut findings = Findings::default();
    let warnings = Warnings::listen();
    if let Some(key) = &ask.key {
        look_at_the_gate(ask, key, &warnings, &mut findings).await;
    }
    if let Some(through) = &ask.through {
        through::look(through, &mut findings).await;
    }
    findings
}

async fn look_at_the_gate(ask: &Ask, key: &str, warnings: &Warnings, findings: &mut Findings) {
    let is_reached = reach::look(&ask.base, findings).await;
    let client = match ApiKey::parse(key).map_err(|error| error.to_string()).and_then(|key| connect(ask, key))
    {
        Ok(client) => Some(client),
        Err(why) => {
            findings.fault(Check::Key, why);
            None
        }
    };
    if let Some(client) = &client {
        key::look(client, is_reached, findings).await;
    }
    let store = store::look(ask, findings).await;
    warnings.take().into_iter().for_each(|warning| findings.note(Check::Store, warning));
    match client {
        Some(client) => gate::look(ask, client, store, is_reached, findings).await,
        None => findings.skip(Check::Policies, "not looked at, for want of a key"),
    }
}

fn connect(ask: &Ask, key: ApiKey) -> Result<Client, String> {
    let builder = Client::builder(ask.base.clone(), key).version(ask.version);
    builder.connect().map_err(|error| error.to_string())
}
