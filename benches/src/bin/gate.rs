//! `gate [--quick] [--only PART]…`: what a check costs. See the crate's essay.

use std::process::ExitCode;
use std::time::Duration;

use biometry_gate_benches::conditions;
use biometry_gate_benches::gate::{
    ActixRow, BARE, Contender, Heap, Row, actix, contenders, contention, heap, instructions, nanoseconds,
    print, run_measured, run_measured_actix,
};
use biometry_gate_benches::rounds::median;
use lexopt::Arg::Long;
use lexopt::ValueExt as _;

#[derive(Debug, Default)]
struct Options {
    quick: bool,
    /// Only contenders with one of these in their names, besides the bare router.
    only: Vec<String>,
    /// Runs this contender for callgrind, with `live` decisions or sessions.
    measured: Option<String>,
    live: usize,
    without_counts: bool,
    without_contention: bool,
}

fn main() -> ExitCode {
    match parse(lexopt::Parser::from_env()) {
        Ok(options) => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            run(&options, &runtime);
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("gate: {error}");
            ExitCode::from(2)
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => options.quick = true,
            Long("only") => options.only.push(arguments.value()?.string()?),
            Long("measured") => options.measured = Some(arguments.value()?.string()?),
            Long("live") => options.live = arguments.value()?.parse()?,
            Long("no-counts") => options.without_counts = true,
            Long("no-contention") => options.without_contention = true,
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

fn run(options: &Options, runtime: &tokio::runtime::Runtime) {
    if let Some(name) = &options.measured {
        if name.contains("actix-web") {
            return tokio::task::LocalSet::new().block_on(runtime, run_measured_actix(name));
        }
        let (all, _) = runtime.block_on(contenders(&[options.live.max(1)], options.live.max(1)));
        let _context = runtime.enter();
        run_measured(all.iter().find(|contender| contender.name == *name).expect("no such contender"));
        return;
    }
    conditions::print("gate", &[("valgrind", "--version")]);
    let (sizes, peers): (&[usize], usize) =
        if options.quick { (&[1, 10_000], 1_000) } else { (&[1, 100_000, 1_000_000], 100_000) };
    let (all, _) = runtime.block_on(contenders(sizes, peers));
    let _context = runtime.enter();
    let chosen: Vec<Contender> = all.into_iter().filter(|contender| is_wanted(options, contender)).collect();
    print(&measure(options, &chosen));
    if !options.without_contention {
        print_contention(options, &chosen, runtime.handle());
    }
    if options.only.is_empty() || options.only.iter().any(|part| "actix".contains(part.as_str())) {
        print_actix(options, runtime);
    }
}

fn print_actix(options: &Options, runtime: &tokio::runtime::Runtime) {
    let (rounds, each) = if options.quick { (5, 5) } else { (41, 20) };
    let measured = actix(rounds, Duration::from_millis(each));
    let mut rows = tokio::task::LocalSet::new().block_on(runtime, measured);
    if !options.without_counts {
        for row in &mut rows {
            row.instructions = tell(row.name, instructions(row.name, 1));
        }
    }
    println!("\n| one request through actix-web | ns | added | instructions | added |");
    println!("|---|--:|--:|--:|--:|");
    let bare = rows.first().and_then(|bare| bare.instructions);
    for ActixRow { name, nanoseconds: (whole, added), instructions } in &rows {
        let count = |count: Option<f64>| count.map_or("–".to_owned(), |count| format!("{count:.0}"));
        let more = instructions.zip(bare).map(|(own, bare)| own - bare);
        println!("| {name} | {whole:.0} | {added:.0} | {} | {} |", count(*instructions), count(more));
    }
}

fn is_wanted(options: &Options, contender: &Contender) -> bool {
    options.only.is_empty()
        || contender.name.starts_with(BARE)
        || options.only.iter().any(|part| contender.name.contains(part.as_str()))
}

fn measure(options: &Options, chosen: &[Contender]) -> Vec<Row> {
    let (rounds, each) = if options.quick { (5, 5) } else { (41, 20) };
    let times = nanoseconds(chosen, rounds, Duration::from_millis(each));
    let counts: Vec<_> = chosen.iter().map(|contender| counts(options, contender)).collect();
    let more = |own: Option<f64>, bare: Option<f64>| own.zip(bare).map(|(own, bare)| (own, own - bare));
    let row = |place: usize| {
        let bare = chosen.iter().position(|other| other.name == chosen[place].base()).unwrap_or_default();
        let added = times[place].iter().zip(&times[bare]).map(|(own, bare)| own - bare);
        Row {
            name: chosen[place].label(),
            nanoseconds: Some((median(times[place].iter().copied()), median(added))),
            instructions: more(counts[place].0, counts[bare].0),
            allocations: more(
                counts[place].1.map(|heap| heap.allocations),
                counts[bare].1.map(|heap| heap.allocations),
            ),
            bytes: counts[place].1.filter(|_| chosen[place].is_ours()).map(|heap| heap.bytes_of_decision),
        }
    };
    (0..chosen.len()).map(row).collect()
}

/// Filling a store takes callgrind fifty times as long, and its size is nothing that instructions depend on.
fn counts(options: &Options, contender: &Contender) -> (Option<f64>, Option<Heap>) {
    if options.without_counts {
        return (None, None);
    }
    let live = contender.live.max(1);
    let instructions = instructions(&contender.name, live.min(MOST_LIVE_COUNTED));
    (
        tell(&contender.name, instructions),
        tell(&contender.name, heap(&contender.name, live.min(MOST_LIVE_KEPT))),
    )
}

fn tell<T>(name: &str, outcome: Result<T, String>) -> Option<T> {
    outcome.inspect_err(|error| eprintln!("gate: {name}: {error}")).ok()
}

fn print_contention(options: &Options, chosen: &[Contender], handle: &tokio::runtime::Handle) {
    let (threads, each): (&[usize], u64) =
        if options.quick { (&[1, 2, 4], 50) } else { (&[1, 2, 4, 16, 64], 300) };
    let rounds = if options.quick { 1 } else { 5 };
    println!(
        "\n| million requests per second through |{}",
        threads.iter().map(|n| format!(" {n} threads |")).collect::<String>()
    );
    println!("|---|{}", "--:|".repeat(threads.len()));
    for contender in
        chosen.iter().filter(|contender| CONTENDED.iter().any(|name| contender.name.contains(name)))
    {
        let rate = |&threads: &usize| {
            let one = || contention(contender, threads, Duration::from_millis(each), handle) / 1e6;
            format!(" {:.2} |", median((0..rounds).map(|_| one())))
        };
        println!("| {} |{}", contender.label(), threads.iter().map(rate).collect::<String>());
    }
}

const CONTENDED: [&str; 5] = [BARE, "does nothing", "our layer, ", "one read", "login_required"];
const MOST_LIVE_COUNTED: usize = 1_000;
const MOST_LIVE_KEPT: usize = 100_000;
