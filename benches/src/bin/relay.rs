//! `relay [--quick] [--only PART]… [--table TABLE]… [--without-earlier]`: what relaying an upload costs. See the crate's essay.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use biometry_gate_benches::conditions;
use biometry_gate_benches::earlier::{self, EARLIER, Program};
use biometry_gate_benches::relay::wire::{Identity, Wire};
use biometry_gate_benches::relay::{
    CONTENDERS, Contender, Cost, Media, Started, Target, abort, delivery, memory, slow, start_sink, tail,
    throughput,
};
use biometry_gate_benches::rounds::{Dice, median};
use lexopt::Arg::Long;
use lexopt::ValueExt as _;

#[derive(Debug, Default)]
struct Options {
    quick: bool,
    /// Only contenders with one of these in their names.
    only: Vec<String>,
    /// Only these tables.
    tables: Vec<String>,
    without_earlier: bool,
}

#[tokio::main]
async fn main() -> ExitCode {
    let options = match parse(lexopt::Parser::from_env()) {
        Ok(options) => options,
        Err(error) => {
            eprintln!("relay: {error}");
            return ExitCode::from(2);
        }
    };
    match run(&options).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("relay: {error}");
            ExitCode::FAILURE
        }
    }
}

fn parse(mut arguments: lexopt::Parser) -> Result<Options, lexopt::Error> {
    let mut options = Options::default();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("quick") => options.quick = true,
            Long("only") => options.only.push(arguments.value()?.string()?),
            Long("without-earlier") => options.without_earlier = true,
            Long("table") => options.tables.push(arguments.value()?.string()?),
            other => return Err(other.unexpected()),
        }
    }
    Ok(options)
}

/// What a number of uploads at a time came to; no peak, where it was too much and was stopped.
#[derive(Clone, Copy, Debug)]
struct Scale {
    rate: f64,
    cpu_per_gb: f64,
    peak: Option<u64>,
}

struct Bench {
    quick: bool,
    sink: SocketAddr,
    identity: Arc<Identity>,
    media: Media,
    contenders: Vec<&'static Contender>,
    /// The proxy of the earlier build; empty where it is not measured.
    earlier: PathBuf,
}

async fn run(options: &Options) -> io::Result<()> {
    conditions::print("relay", &[("nginx", "-v"), ("haproxy", "-v")]);
    println!("- the earlier build is {EARLIER}\n");
    let sink = start_sink()?;
    let wanted = |contender: &&Contender| {
        let is_named = || options.only.iter().any(|part| contender.name.contains(part.as_str()));
        (options.only.is_empty() || is_named()) && !(options.without_earlier && contender.is_earlier())
    };
    let contenders: Vec<_> = CONTENDERS.iter().filter(wanted).collect();
    let is_beside_earlier = contenders.iter().any(|contender| contender.is_earlier());
    let earlier = is_beside_earlier.then(|| earlier::build(Program::RelayProxy)).transpose();
    let earlier = earlier.map_err(io::Error::other)?.unwrap_or_default();
    let bench = Bench {
        quick: options.quick,
        sink: sink.address,
        identity: Arc::new(Identity::make()?),
        media: Media::new(if options.quick { 8_000_000 } else { 50_000_000 }),
        contenders,
        earlier,
    };
    bench.check_delivery().await?;
    let is_wanted =
        |table: &str| options.tables.is_empty() || options.tables.iter().any(|name| name == table);
    if is_wanted("throughput") {
        bench.print_throughput().await?;
    }
    for wire in [Wire::Http2, Wire::Tls] {
        if is_wanted(wire.as_str()) {
            bench.print_wire(wire).await?;
        }
    }
    if is_wanted("tail") {
        bench.print_delays().await?;
    }
    if is_wanted("memory") {
        bench.print_scaling().await?;
    }
    if is_wanted("slow") {
        bench.print_slow().await?;
    }
    Ok(())
}

impl Bench {
    async fn check_delivery(&self) -> io::Result<()> {
        for contender in self.contenders.iter().filter(|contender| contender.delivers()) {
            let proxy = self.start(contender)?;
            let delivered = delivery(&proxy, &Target::plain(self.sink), &self.media).await;
            delivered.map_err(|error| io::Error::other(format!("{}: {error}", contender.name)))?;
        }
        println!("every contender delivers byte for byte\n");
        Ok(())
    }

    async fn print_throughput(&self) -> io::Result<()> {
        let (rounds, each) = if self.quick { (3, 2) } else { (7, 5) };
        let mut dice = Dice::new();
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); self.contenders.len()];
        for _ in 0..rounds {
            for place in dice.order(self.contenders.len()) {
                let proxy = self.start(self.contenders[place])?;
                // Connections to the upstream are made, buffers have grown.
                throughput(&proxy, &self.media, PARALLEL, 1).await?;
                costs[place].push(throughput(&proxy, &self.media, PARALLEL, each).await?);
            }
        }
        println!("| {PARALLEL} uploads at a time | MB/s | of direct | CPU s/GB |");
        println!("|---|--:|--:|--:|");
        let rate = |place: usize| median(costs[place].iter().map(|cost| cost.rate));
        for (place, contender) in self.contenders.iter().enumerate() {
            let cpu = median(costs[place].iter().map(|cost| cost.cpu_per_gb));
            let (rate, whole) = (rate(place), rate(0));
            println!("| {} | {:.0} | {:.2} | {cpu:.3} |", contender.name, rate / 1e6, rate / whole);
        }
        println!();
        Ok(())
    }

    /// The same from a client that speaks otherwise. Nothing is direct here: the raw pipe is what others are compared with.
    async fn print_wire(&self, wire: Wire) -> io::Result<()> {
        let (rounds, each) = if self.quick { (3, 2) } else { (5, 4) };
        let contenders: Vec<_> = self.contenders.iter().filter(|contender| contender.has_wires()).collect();
        let mut dice = Dice::new();
        let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); contenders.len()];
        for _ in 0..rounds {
            for place in dice.order(contenders.len()) {
                let proxy = contenders[place].start(self.sink, wire, &self.identity, &self.earlier)?;
                throughput(&proxy, &self.media, PARALLEL, 1).await?;
                costs[place].push(throughput(&proxy, &self.media, PARALLEL, each).await?);
            }
        }
        println!("| {PARALLEL} uploads at a time, {} | MB/s | CPU s/GB |", wire.label());
        println!("|---|--:|--:|");
        for (contender, costs) in contenders.iter().zip(costs) {
            let rate = median(costs.iter().map(|cost| cost.rate / 1e6));
            let cpu = median(costs.iter().map(|cost| cost.cpu_per_gb));
            println!("| {} | {rate:.0} | {cpu:.3} |", contender.name);
        }
        println!();
        Ok(())
    }

    fn start(&self, contender: &Contender) -> io::Result<Started> {
        contender.start(self.sink, Wire::Http1, &self.identity, &self.earlier)
    }

    async fn print_delays(&self) -> io::Result<()> {
        let (rounds, times) = if self.quick { (2, 2) } else { (3, 7) };
        let mut dice = Dice::new();
        let delivering: Vec<_> = self.contenders.iter().filter(|contender| contender.delivers()).collect();
        let mut delays = vec![(Vec::new(), Vec::new()); delivering.len()];
        for _ in 0..rounds {
            for place in dice.order(delivering.len()) {
                let proxy = self.start(delivering[place])?;
                let tail = tail(&proxy, &self.media, times).await?;
                delays[place].0.push(tail.as_secs_f64() * 1e3);
                if !delivering[place].holds_uploads {
                    let abort = abort(&proxy, &Target::plain(self.sink), &self.media, times).await?;
                    delays[place].1.push(abort.as_secs_f64() * 1e3);
                }
            }
        }
        println!("| from … to …, ms | last byte, answer | client gone, upstream sees it |");
        println!("|---|--:|--:|");
        for (contender, (tails, aborts)) in delivering.iter().zip(delays) {
            println!("| {} | {:.2} | {:.2} |", contender.name, median(tails), median(aborts));
        }
        println!();
        Ok(())
    }

    /// What more and more uploads at a time come to.
    async fn print_scaling(&self) -> io::Result<()> {
        let numbers: &[usize] = if self.quick { &[1, 8] } else { &[1, 32, 256, 1_000] };
        for &number in numbers {
            let rounds = if self.quick { 1 } else { 3 };
            // A thousand uploads of 50 MB are 50 GB for each contender in each round.
            let is_measured = |contender: &&&Contender| {
                contender.is_proxy() && (number <= MOST_OF_ALL || contender.has_wires())
            };
            let proxies: Vec<_> = self.contenders.iter().filter(is_measured).collect();
            let mut costs: Vec<Vec<Scale>> = vec![Vec::new(); proxies.len()];
            let mut dice = Dice::new();
            for _ in 0..rounds {
                for place in dice.order(proxies.len()) {
                    // A run that was stopped once would be stopped again.
                    if !costs[place].iter().any(|cost| cost.peak.is_none()) {
                        costs[place].push(self.scale(proxies[place], number).await?);
                    }
                }
            }
            println!("| {number} uploads at a time | MB/s | CPU s/GB | most memory, MB |");
            println!("|---|--:|--:|--:|");
            for (contender, costs) in proxies.iter().zip(costs) {
                let middle = |part: fn(&Scale) -> f64| median(costs.iter().map(part));
                let (rate, cpu) = (middle(|cost| cost.rate / 1e6), middle(|cost| cost.cpu_per_gb));
                match costs.iter().map(|cost| cost.peak).collect::<Option<Vec<_>>>() {
                    Some(peaks) => {
                        let peak = median(peaks.into_iter().map(|bytes| bytes as f64 / 1e6));
                        let (rate, cpu) = if rate.is_nan() {
                            ("–".to_owned(), "–".to_owned())
                        } else {
                            (format!("{rate:.0}"), format!("{cpu:.3}"))
                        };
                        println!("| {} | {rate} | {cpu} | {peak:.0} |", contender.name);
                    }
                    None => println!("| {} | – | – | > 4,000, stopped |", contender.name),
                }
            }
            println!();
        }
        Ok(())
    }

    async fn scale(&self, contender: &Contender, number: usize) -> io::Result<Scale> {
        let stopped = Scale { rate: f64::NAN, cpu_per_gb: f64::NAN, peak: None };
        let proxy = self.start(contender)?;
        // What holds whole uploads is watched, lest it take the machine's memory.
        if contender.holds_uploads && number > 1 {
            let peak = memory(proxy, &self.media, number, MOST_MEMORY).await?;
            return Ok(Scale { peak, ..stopped });
        }
        let cost = throughput(&proxy, &self.media, number, 1).await?;
        let peak = proxy.running.as_ref().map(|running| running.peak_memory());
        Ok(Scale { rate: cost.rate, cpu_per_gb: cost.cpu_per_gb, peak })
    }

    async fn print_slow(&self) -> io::Result<()> {
        let (number, seconds) = if self.quick { (100, 3) } else { (1_000, 8) };
        println!("| {number} uploads at 20 kB/s | kB each | most memory, MB |");
        println!("|---|--:|--:|");
        let rounds = if self.quick { 1 } else { 3 };
        let proxies: Vec<_> = self.contenders.iter().filter(|contender| contender.is_proxy()).collect();
        let mut held = vec![Vec::new(); proxies.len()];
        let mut dice = Dice::new();
        for _ in 0..rounds {
            for place in dice.order(proxies.len()) {
                let proxy = self.start(proxies[place])?;
                let time = Duration::from_secs(seconds);
                held[place].push(slow(proxy, &self.media, number, 20_000, time).await?);
            }
        }
        for (contender, held) in proxies.iter().zip(held) {
            let each = median(held.iter().map(|slow| slow.each / 1e3));
            let peak = median(held.iter().map(|slow| slow.peak as f64 / 1e6));
            println!("| {} | {each:.1} | {peak:.0} |", contender.name);
        }
        Ok(())
    }
}

const PARALLEL: usize = 8;
/// With more at a time than this, only the closest ones are measured.
const MOST_OF_ALL: usize = 256;
const MOST_MEMORY: u64 = 4_000_000_000;
