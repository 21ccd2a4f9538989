//! The project's own chores: `cargo xtask <chore>`.
//!
//! Every chore starts programs directly, never through a shell, and fails with a status other than zero
//! when any of them does. What the tests need beyond a Rust toolchain is one table, in `need`.

mod agents;
mod apt;
mod bare_machine;
mod bench;
mod build_cost;
mod cargo;
mod ci;
mod differential;
mod docs;
mod failure;
mod features;
mod fuzz;
mod hosts;
mod imports;
mod interleavings;
mod lint;
mod mutants;
mod need;
mod npm;
mod openapi;
mod packages;
mod page;
mod python;
mod receipts;
mod release;
mod soak;
mod supply_chain;
mod tally;
mod test;
mod tools;

use std::ffi::OsString;
use std::process::ExitCode;

use lexopt::Arg::{Long, Short, Value};
use lexopt::ValueExt as _;

use crate::failure::Failure;

fn main() -> ExitCode {
    match parse_chore(lexopt::Parser::from_env()) {
        Ok(chore) => run(&chore),
        Err(error) => {
            eprintln!("xtask: {error}\n\n{USAGE}");
            ExitCode::from(2)
        }
    }
}

fn run(chore: &Chore) -> ExitCode {
    let outcome = match chore {
        Chore::Test { filter, is_quick } => test::run(selection(filter.as_deref(), *is_quick)),
        Chore::Ci => ci::run(),
        Chore::Needs => test::bring_needs(),
        Chore::SupplyChain => supply_chain::run(),
        Chore::BareMachine { depth } => bare_machine::run(*depth),
        Chore::Lint => lint::run(),
        Chore::Docs => docs::run(),
        Chore::Features => features::run(),
        Chore::Interleavings => interleavings::run(),
        Chore::Fuzz { seconds, target } => fuzz::run(*seconds, target.as_deref()),
        Chore::Differential => differential::run(),
        Chore::Openapi => openapi::run(),
        Chore::Release => release::run(),
        Chore::Recipes => recipes(),
        Chore::Soak { traffic, seconds } => soak::run(*traffic, *seconds),
        Chore::Mutants { sample, files } => mutants::run(*sample, files),
        Chore::Bench { subject, arguments } => bench::run(*subject, arguments),
        Chore::Help => print_usage(),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

#[derive(Debug, PartialEq)]
enum Chore {
    Test { filter: Option<String>, is_quick: bool },
    Needs,
    Ci,
    SupplyChain,
    BareMachine { depth: bare_machine::Depth },
    Lint,
    Docs,
    Features,
    Interleavings,
    Fuzz { seconds: u32, target: Option<String> },
    Differential,
    Openapi,
    Release,
    Recipes,
    Soak { traffic: soak::Traffic, seconds: Option<u32> },
    Mutants { sample: mutants::Sample, files: Vec<String> },
    Bench { subject: bench::Subject, arguments: Vec<OsString> },
    Help,
}

fn parse_chore(mut arguments: lexopt::Parser) -> Result<Chore, lexopt::Error> {
    let chore = match arguments.next()? {
        None | Some(Short('h') | Long("help")) => Chore::Help,
        Some(Value(name)) => match name.to_str() {
            Some("test") => parse_test(&mut arguments)?,
            Some("ci") => Chore::Ci,
            Some("needs") => Chore::Needs,
            Some("supply-chain") => Chore::SupplyChain,
            Some("bare-machine") => Chore::BareMachine { depth: parse_depth(&mut arguments)? },
            Some("lint") => Chore::Lint,
            Some("docs") => Chore::Docs,
            Some("features") => Chore::Features,
            Some("interleavings") => Chore::Interleavings,
            Some("fuzz") => parse_fuzz(&mut arguments)?,
            Some("differential") => Chore::Differential,
            Some("openapi") => Chore::Openapi,
            Some("release") => Chore::Release,
            Some("recipes") => Chore::Recipes,
            Some("soak") => parse_soak(&mut arguments)?,
            Some("mutants") => parse_mutants(&mut arguments)?,
            Some("bench") => parse_bench(&mut arguments)?,
            Some("help") => Chore::Help,
            _ => return Err(format!("there is no chore {}", name.display()).into()),
        },
        Some(other) => return Err(other.unexpected()),
    };
    match arguments.next()? {
        None => Ok(chore),
        Some(extra) => Err(extra.unexpected()),
    }
}

fn parse_test(arguments: &mut lexopt::Parser) -> Result<Chore, lexopt::Error> {
    match arguments.next()? {
        None => Ok(Chore::Test { filter: None, is_quick: false }),
        Some(Long("quick")) => Ok(Chore::Test { filter: None, is_quick: true }),
        Some(Value(filter)) => {
            let filter = filter.into_string().map_err(lexopt::Error::NonUnicodeValue)?;
            Ok(Chore::Test { filter: Some(filter), is_quick: false })
        }
        Some(other) => Err(other.unexpected()),
    }
}

fn selection(filter: Option<&str>, is_quick: bool) -> test::Selection<'_> {
    match filter {
        _ if is_quick => test::Selection::Quick,
        Some(filter) => test::Selection::Named(filter),
        None => test::Selection::All,
    }
}

fn parse_fuzz(arguments: &mut lexopt::Parser) -> Result<Chore, lexopt::Error> {
    let (mut seconds, mut target) = (60, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("seconds") => seconds = arguments.value()?.parse()?,
            Value(name) if target.is_none() => target = Some(name.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(Chore::Fuzz { seconds, target })
}

fn parse_depth(arguments: &mut lexopt::Parser) -> Result<bare_machine::Depth, lexopt::Error> {
    match arguments.next()? {
        None => Ok(bare_machine::Depth::Whole),
        Some(Long("needs")) => Ok(bare_machine::Depth::Needs),
        Some(other) => Err(other.unexpected()),
    }
}

fn parse_soak(arguments: &mut lexopt::Parser) -> Result<Chore, lexopt::Error> {
    let (mut traffic, mut seconds) = (soak::Traffic::Mixed, None);
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("seconds") => seconds = Some(arguments.value()?.parse()?),
            Value(name) if name == "circle" => traffic = soak::Traffic::Circle,
            other => return Err(other.unexpected()),
        }
    }
    Ok(Chore::Soak { traffic, seconds })
}

fn parse_mutants(arguments: &mut lexopt::Parser) -> Result<Chore, lexopt::Error> {
    let (mut sample, mut files) = (mutants::Sample { one_in: 8, offset: 0 }, Vec::new());
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("one-in") => sample.one_in = arguments.value()?.parse()?,
            Long("offset") => sample.offset = arguments.value()?.parse()?,
            Value(file) => files.push(file.string()?),
            other => return Err(other.unexpected()),
        }
    }
    if sample.offset >= sample.one_in {
        return Err("the offset is less than what it is an offset in".into());
    }
    Ok(Chore::Mutants { sample, files })
}

/// What follows the subject is for the program that measures it.
fn parse_bench(arguments: &mut lexopt::Parser) -> Result<Chore, lexopt::Error> {
    let name = arguments.value()?;
    let subject = name.to_str().and_then(bench::Subject::parse);
    let subject = subject.ok_or_else(|| format!("there is no bench {}", name.display()))?;
    Ok(Chore::Bench { subject, arguments: arguments.raw_args()?.collect() })
}

fn recipes() -> Result<(), Failure> {
    let tally = hosts::test_recipes()? + agents::run()?;
    println!("{tally}");
    tally.verdict()
}

fn print_usage() -> Result<(), Failure> {
    println!("{USAGE}");
    Ok(())
}

const USAGE: &str = "\
usage: cargo xtask <chore>

  test [FILTER]  bring what the tests need, then run every test; with FILTER, the Rust tests so named; --quick for unit
                 tests, contracts and behaviour on one framework
  needs          bring what the tests need, and build nothing
  lint           check the formatting, the core's imports, how many packages hosts build, and clippy with warnings denied
  docs           build the documentation with warnings and broken links denied
  features       check every published crate with each of its features on its own
  supply-chain   hold every package's licence and source against .deny.toml and NOTICE
  interleavings  run the memory store under many orders in which its threads can meet
  fuzz [TARGET]  fuzz what reads bytes from outside for 60 seconds; --seconds N for longer
  differential   hold our reader of multipart against five others, from PyPI and npm
  recipes        run the recipes of examples/recipes, and follow the page for coding agents
  openapi        write the description of the mounted routes again, after they have changed
  soak [circle]  mixed traffic with faults for 300 seconds, or a fixed circle of people who sign in and out for 3,600, with
                 the curve of memory; --seconds N for another time
  mutants [FILE] change one place in eight of the code that decides, and see whether the core's unit tests notice;
                 --one-in N and --offset N for other places
  bare-machine   run both commands of the README in a minimal Debian with gcc and this Rust toolchain, as root;
                 --needs leaves the second command at bringing what it needs
  bench SUBJECT  measure the gate, the relay, the stores or forward authorization side by side with what one would use instead, --quick for a look;
                 or how soon the dialog shows: page; or what a host takes to build: build
  release        pack the published crates, build each from the packages alone, and check them on the oldest versions
                 that their manifests allow
  ci             lint, supply-chain, docs, features, interleavings, test";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str]) -> Result<Chore, lexopt::Error> {
        parse_chore(lexopt::Parser::from_args(arguments))
    }

    #[test]
    fn a_filter_belongs_to_test_alone() {
        assert_eq!(parse(&["test"]).unwrap(), Chore::Test { filter: None, is_quick: false });
        assert_eq!(
            parse(&["test", "gate"]).unwrap(),
            Chore::Test { filter: Some("gate".into()), is_quick: false }
        );
        assert_eq!(parse(&["test", "--quick"]).unwrap(), Chore::Test { filter: None, is_quick: true });
        assert!(parse(&["test", "--quick", "gate"]).is_err());
        assert!(parse(&["lint", "gate"]).is_err());
        assert!(parse(&["test", "gate", "more"]).is_err());
    }

    #[test]
    fn fuzzing_takes_a_target_and_a_time() {
        assert_eq!(parse(&["fuzz"]).unwrap(), Chore::Fuzz { seconds: 60, target: None });
        let expected = Chore::Fuzz { seconds: 5, target: Some("reply".into()) };
        assert_eq!(parse(&["fuzz", "reply", "--seconds", "5"]).unwrap(), expected);
        assert!(
            parse(&["fuzz", "reply", "intent"]).is_err() && parse(&["fuzz", "--seconds", "soon"]).is_err()
        );
    }

    #[test]
    fn a_bench_takes_what_follows_as_it_is() {
        let arguments = vec!["--quick".into(), "--only".into(), "nginx".into()];
        let expected = Chore::Bench { subject: bench::Subject::Relay, arguments };
        assert_eq!(parse(&["bench", "relay", "--quick", "--only", "nginx"]).unwrap(), expected);
        assert!(parse(&["bench"]).is_err() && parse(&["bench", "everything"]).is_err());
    }

    #[test]
    fn a_bare_machine_runs_everything_by_default() {
        use bare_machine::Depth;
        assert_eq!(parse(&["bare-machine"]).unwrap(), Chore::BareMachine { depth: Depth::Whole });
        assert_eq!(parse(&["bare-machine", "--needs"]).unwrap(), Chore::BareMachine { depth: Depth::Needs });
        assert!(parse(&["bare-machine", "needs"]).is_err());
    }

    #[test]
    fn a_soak_takes_its_time() {
        use soak::Traffic;
        let soak = |traffic, seconds| Chore::Soak { traffic, seconds };
        assert_eq!(parse(&["soak"]).unwrap(), soak(Traffic::Mixed, None));
        assert_eq!(parse(&["soak", "--seconds", "20"]).unwrap(), soak(Traffic::Mixed, Some(20)));
        assert_eq!(parse(&["soak", "circle", "--seconds", "20"]).unwrap(), soak(Traffic::Circle, Some(20)));
        assert!(parse(&["soak", "20"]).is_err() && parse(&["soak", "--seconds", "soon"]).is_err());
    }

    #[test]
    fn mutants_are_a_sample_that_can_be_chosen() {
        let mutants = |one_in, offset, files: &[&str]| {
            let files = files.iter().map(ToString::to_string).collect();
            Chore::Mutants { sample: mutants::Sample { one_in, offset }, files }
        };
        assert_eq!(parse(&["mutants"]).unwrap(), mutants(8, 0, &[]));
        let one = parse(&["mutants", "--one-in", "3", "a.rs", "--offset", "2"]).unwrap();
        assert_eq!(one, mutants(3, 2, &["a.rs"]));
        assert!(parse(&["mutants", "--offset", "8"]).is_err());
    }

    #[test]
    fn an_unknown_chore_is_refused() {
        assert!(parse(&["launch"]).is_err());
        assert!(parse(&["--launch"]).is_err());
    }

    #[test]
    fn no_chore_asks_for_the_usage() {
        assert_eq!(parse(&[]).unwrap(), Chore::Help);
    }
}
