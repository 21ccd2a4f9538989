//! Under which conditions a table was taken: what repeats it, and on what.

use std::fs;
use std::process::Command;

/// Prints the command line and the machine, for the document that the tables go into. `peers` are programs that say
/// their version when asked with the argument behind them.
pub fn print(program: &str, peers: &[(&str, &str)]) {
    let arguments: String = std::env::args().skip(1).map(|argument| format!(" {argument}")).collect();
    println!("`cargo xtask bench {program}{arguments}`");
    println!();
    println!("- {}", machine());
    println!("- {}", said("rustc", "--version"));
    for (peer, argument) in peers {
        println!("- {}", said(peer, argument));
    }
    println!("- loopback; contenders interleaved in shuffled rounds, medians");
    println!();
}

fn machine() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (processor, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let field = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let (kernel, load) = (read("/proc/sys/kernel/osrelease"), read("/proc/loadavg"));
    format!(
        "{processors} processors ({}), {} of memory, kernel {}, load before {}",
        field(&processor, "model name"),
        field(&memory, "MemTotal"),
        kernel.trim(),
        load.split(' ').next().unwrap_or_default(),
    )
}

/// The first line that a program says about its version; nginx says it on standard error.
fn said(program: &str, argument: &str) -> String {
    let Ok(output) = Command::new(program).arg(argument).output() else { return format!("no {program}") };
    let said = [output.stdout, output.stderr].concat();
    String::from_utf8_lossy(&said).lines().next().unwrap_or_default().to_owned()
}
