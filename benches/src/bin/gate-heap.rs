//! `gate-heap NAME LIVE`: prints the allocations of one request through a contender, and the bytes of one decision.
//! `gate` runs this.

use std::alloc::System;
use std::process::ExitCode;

use biometry_gate_benches::gate::{contenders, count_allocations};
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static COUNTING: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (Some(name), Some(Ok(live))) = (arguments.next(), arguments.next().map(|live| live.parse::<usize>()))
    else {
        eprintln!("usage: gate-heap NAME LIVE");
        return ExitCode::from(2);
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (all, stores) = runtime.block_on(contenders(&[live], live));
    let _context = runtime.enter();
    let contender = all.iter().find(|contender| contender.name == name).expect("no such contender");
    println!("{} {}", count_allocations(contender), stores[0].bytes_each);
    ExitCode::SUCCESS
}
