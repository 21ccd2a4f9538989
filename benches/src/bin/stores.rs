//! `stores [--quick]`: what the place of a decision costs in requests per second. See the crate's essay.

use std::process::ExitCode;

use biometry_gate_benches::rounds::{Dice, median};
use biometry_gate_benches::stores::{Load, rivals};
use lexopt::Arg::Long;

fn main() -> ExitCode {
    let quick = match parse(lexopt::Parser::from_env()) {
        Ok(quick) => quick,
        Err(error) => {
            eprintln!("stores: {error}");
            return ExitCode::from(2);
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(run(quick));
    ExitCode::SUCCESS
}

fn parse(mut arguments: lexopt::Parser) -> Result<bool, lexopt::Error> {
    let mut quick = false;
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => quick = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(quick)
}

async fn run(quick: bool) {
    let (rounds, requests) = if quick { (3, 1_000) } else { (9, 4_000) };
    let load = Load { requests, connections: 32 };
    // One round more than is counted: the first one is for getting warm.
    let (all, _redis) = rivals(requests * (rounds + 1)).await;
    let mut rates = vec![Vec::new(); all.len()];
    let mut dice = Dice::new();
    for round in 0..=rounds {
        for place in dice.order(all.len()) {
            let rate = load.run(&all[place]).await;
            if round > 0 {
                rates[place].push(rate);
            }
        }
    }
    println!(
        "| {} requests, 32 connections, {rounds} rounds | requests/s | bare = 1 |\n|---|--:|--:|",
        requests
    );
    for (rival, own) in all.iter().zip(&rates) {
        let ratios = own.iter().zip(&rates[0]).map(|(own, bare)| own / bare);
        println!("| {} | {:.0} | {:.2} |", rival.name, median(own.iter().copied()), median(ratios));
    }
}
