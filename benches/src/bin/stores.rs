//! `stores [--quick] [--only PART]… [--without-earlier]`: what the place of a decision costs. See the crate's essay.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use biometry_gate_benches::conditions;
use biometry_gate_benches::earlier::{self, EARLIER, Program};
use biometry_gate_benches::rounds::Dice;
use biometry_gate_benches::stores::{
    Contender, Databases, Load, Measured, Server, contenders, print, print_ratios,
};
use biometry_gate_testkit::RoughNetwork;
use lexopt::Arg::Long;
use lexopt::ValueExt as _;

#[derive(Debug, Default)]
struct Options {
    quick: bool,
    /// Only contenders with one of these in their names, besides the bare router.
    only: Vec<String>,
    without_earlier: bool,
}

fn main() -> ExitCode {
    let options = match parse(lexopt::Parser::from_env()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("stores: {error}");
            return ExitCode::from(2);
        }
    };
    let wanted = contenders().into_iter().filter(|contender| options.wants(contender)).collect::<Vec<_>>();
    let is_beside_earlier = wanted.iter().any(|contender| contender.is_earlier);
    let earlier = match is_beside_earlier.then(|| earlier::build(Program::StoresServer)).transpose() {
        Ok(earlier) => earlier.unwrap_or_default(),
        Err(error) => {
            eprintln!("stores: {error}");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(run(&options, wanted, &earlier));
    ExitCode::SUCCESS
}

fn parse(mut arguments: lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => options.quick = true,
            Long("only") => options.only.push(arguments.value()?.string()?),
            Long("without-earlier") => options.without_earlier = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

impl Options {
    fn wants(&self, contender: &Contender) -> bool {
        let is_named = || self.only.iter().any(|part| contender.name.contains(part.as_str()));
        let is_bare = contender.kind == "bare";
        (is_bare || self.only.is_empty() || is_named()) && !(self.without_earlier && contender.is_earlier)
    }
}

async fn run(options: &Options, wanted: Vec<Contender>, earlier: &Path) {
    conditions::print("stores", &[("redis-server", "--version"), ("psql", "--version")]);
    println!("- the earlier build is {EARLIER}; processor time is the server's own, user and system\n");
    let (rounds, requests) = if options.quick { (3, 500) } else { (9, 2_000) };
    let load = Load { requests, connections: 32 };
    let databases = Databases::start().await;
    // One round more than is counted: the first one is for getting warm.
    let uses = requests * (rounds + 1);
    let servers: Vec<Server> = wanted
        .into_iter()
        .enumerate()
        .map(|(number, contender)| {
            Server::start(
                &program(contender, earlier),
                contender,
                &databases.address(contender.place, number),
                uses,
            )
        })
        .collect();
    let (counted, mut all) = (Databases::start().await, Vec::new());
    for (number, server) in servers.iter().enumerate() {
        let round_trips = round_trips(&counted, server.contender, number, earlier).await;
        all.push(Measured { contender: server.contender, round_trips, samples: Vec::new() });
    }
    let mut dice = Dice::new();
    for round in 0..=rounds {
        for place in dice.order(servers.len()) {
            let sample = load.run(&servers[place]).await;
            if round > 0 {
                all[place].samples.push(sample);
            }
        }
    }
    print(&all);
    print_ratios(&all);
}

fn program(contender: Contender, earlier: &Path) -> PathBuf {
    if contender.is_earlier {
        return earlier.to_owned();
    }
    std::env::current_exe().expect("this program").with_file_name("stores-server")
}

/// How often a request goes to the database and back: counted on the way, one request after the other, on a server and a
/// database that are there for that.
async fn round_trips(
    databases: &Databases,
    contender: Contender,
    number: usize,
    earlier: &Path,
) -> Option<f64> {
    let socket = databases.socket(contender.place)?;
    let network = RoughNetwork::to(socket).await;
    let direct = databases.address(contender.place, number);
    let behind = direct.replace(&socket.to_string(), &network.address().to_string());
    assert_ne!(direct, behind, "the way leads through the counter");
    let program = program(contender, earlier);
    let server =
        tokio::task::spawn_blocking(move || Server::start(&program, contender, &behind, COUNTED * 2));
    let server = server.await.expect("a server");
    let load = Load { requests: COUNTED, connections: 1 };
    // The first ones prepare statements.
    load.round(&server).await;
    let before = network.round_trips();
    load.round(&server).await;
    Some(f64::from(network.round_trips() - before) / COUNTED as f64)
}

const COUNTED: usize = 200;
