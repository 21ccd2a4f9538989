//! `fuzz`: what reads bytes from outside, under libFuzzer, starting from the inputs that are kept in the repository.
//!
//! The fuzzer follows its inputs through code that counts its own steps. The compiler that is here can build such code, so
//! neither another toolchain nor another program is needed; a C++ compiler is, for the fuzzer itself.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::need;
use crate::tally::Tally;

/// Fuzzes every target, or `only` this one, each for so many seconds.
///
/// # Errors
/// When a target cannot be built or finds something: the input is named then.
pub(crate) fn run(seconds: u32, only: Option<&str>) -> Result<(), Failure> {
    let targets = chosen(find_targets()?, only)?;
    let tally = play(&build()?, &targets, &Run { seconds, seed: 0 })?;
    println!("{tally}");
    tally.verdict()
}

/// A short run of every target, the same for the same code.
pub(crate) fn try_all(programs: &Path) -> Result<Tally, Failure> {
    play(programs, &find_targets()?, &Run { seconds: BRIEFLY, seed: 1 })
}

/// Builds all targets, and `dump` with them. Answers the folder in which they are.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    need::ensure(&[need::CXX])?;
    let (target, folder, package) = (host()?, root().join("target/fuzz"), root().join(PACKAGE));
    // The versions that the workspace is locked to are the ones to look for mistakes in.
    fs::copy(root().join("Cargo.lock"), package.join("Cargo.lock"))
        .map_err(|error| Failure::new(format!("the lock file cannot be copied: {error}")))?;
    let mut command = cargo("build");
    command
        .args(["--release", "--bins", "--manifest-path"])
        .arg(package.join("Cargo.toml"))
        // Named, so that build scripts and macros are built without the counting.
        .args(["--target", &target])
        .env("RUSTFLAGS", COUNTING)
        .env("CARGO_TARGET_DIR", &folder);
    run_step("fuzz targets: build", &mut command)?;
    Ok(folder.join(target).join("release"))
}

/// How long, and from which seed of its dice; 0 means another one each time.
struct Run {
    seconds: u32,
    seed: u32,
}

/// All targets at once: what one waits for another one uses.
fn play(programs: &Path, targets: &[String], run: &Run) -> Result<Tally, Failure> {
    eprintln!("--- fuzzing {} for {} s", targets.join(", "), run.seconds);
    let playing = targets.iter().map(|target| start(programs, target, run)).collect::<Result<Vec<_>, _>>()?;
    let mut tally = Tally::default();
    for (target, process) in targets.iter().zip(playing) {
        match judge(target, process) {
            Ok(counts) => {
                eprintln!("fuzz {target} ... ok, {} inputs through {} places", counts.inputs, counts.places);
                tally.passed += 1;
            }
            Err(failure) => {
                eprintln!("fuzz {target} ... FAILED: {failure}");
                tally.failed += 1;
            }
        }
    }
    Ok(tally)
}

fn start(programs: &Path, target: &str, run: &Run) -> Result<Child, Failure> {
    let (found, artifacts) = (work(target).join("corpus"), work(target).join("artifacts"));
    // What an earlier run has found is gone with it: a run depends on the repository alone.
    let cleared = fs::remove_dir_all(work(target));
    if let Err(error) = cleared
        .or_else(|error| if error.kind() == std::io::ErrorKind::NotFound { Ok(()) } else { Err(error) })
    {
        return Err(Failure::new(format!("{} cannot be cleared: {error}", work(target).display())));
    }
    let log = [&found, &artifacts]
        .into_iter()
        .try_for_each(fs::create_dir_all)
        .and_then(|()| fs::File::create(log(target)));
    let log =
        log.map_err(|error| Failure::new(format!("{} cannot be made: {error}", work(target).display())))?;
    let mut command = Command::new(programs.join(target));
    command
        .arg(format!("-max_total_time={}", run.seconds))
        .arg(format!("-seed={}", run.seed))
        .arg(format!("-artifact_prefix={}/", artifacts.display()))
        .args(["-rss_limit_mb=1024", "-timeout=20", "-max_len=8192", "-print_final_stats=1"])
        .args([&found, &seeds(target)])
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(log);
    command.spawn().map_err(|error| Failure::not_run(command.get_program(), &error))
}

/// How far a target got.
#[derive(Debug, PartialEq)]
struct Counts {
    inputs: u64,
    places: u64,
}

fn judge(target: &str, mut process: Child) -> Result<Counts, Failure> {
    let status = process.wait().map_err(|error| Failure::new(error.to_string()))?;
    let said = fs::read(log(target)).map_err(|error| Failure::new(error.to_string()))?;
    let said = String::from_utf8_lossy(&said);
    if !status.success() {
        return Err(Failure::new(format!("{status}\n{}", last_lines(&said))));
    }
    let seeds = fs::read_dir(seeds(target)).map(Iterator::count).unwrap_or_default() as u64;
    match read_counts(&said) {
        // A target that ran nothing, or whose steps were not counted, has shown nothing.
        Some(counts) if counts.inputs > seeds && counts.places > FEWEST_PLACES => Ok(counts),
        _ => Err(Failure::new(format!("it did not get anywhere\n{}", last_lines(&said)))),
    }
}

/// From the fuzzer's last words: `#5000 DONE cov: 321 ft: …`, `stat::number_of_executed_units: 5000`.
fn read_counts(said: &str) -> Option<Counts> {
    let done = said.lines().rfind(|line| line.contains(" DONE ") || line.contains("\tDONE "))?;
    let places = done.split_once("cov: ")?.1.split_whitespace().next()?.parse().ok()?;
    let inputs = said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"))?;
    Some(Counts { inputs: inputs.trim().parse().ok()?, places })
}

fn last_lines(said: &str) -> String {
    let lines: Vec<_> = said.lines().collect();
    lines[lines.len().saturating_sub(SHOWN)..].join("\n")
}

/// A target is a folder of inputs.
fn find_targets() -> Result<Vec<String>, Failure> {
    let entries = fs::read_dir(root().join(SEEDS)).and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(|error| Failure::new(format!("{SEEDS} cannot be read: {error}")))?;
    let mut targets: Vec<_> =
        entries.into_iter().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    targets.sort_unstable();
    if targets.is_empty() { Err(Failure::new(format!("{SEEDS} holds no inputs"))) } else { Ok(targets) }
}

fn chosen(targets: Vec<String>, only: Option<&str>) -> Result<Vec<String>, Failure> {
    match only {
        None => Ok(targets),
        Some(only) if targets.iter().any(|target| target == only) => Ok(vec![only.to_owned()]),
        Some(only) => {
            Err(Failure::new(format!("there is no fuzz target {only}, only {}", targets.join(", "))))
        }
    }
}

/// The machine that this compiler builds for.
fn host() -> Result<String, Failure> {
    let mut command = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    command.current_dir(root()).arg("-vV");
    let output = command.output().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    let said = String::from_utf8_lossy(&output.stdout);
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).ok_or_else(|| Failure::new("rustc does not say what it builds for"))
}

fn seeds(target: &str) -> PathBuf {
    root().join(SEEDS).join(target)
}

fn work(target: &str) -> PathBuf {
    root().join("target/fuzz/runs").join(target)
}

fn log(target: &str) -> PathBuf {
    work(target).join("log")
}

/// Has the compiler count the steps (inline, with the places they belong to) and show the fuzzer what is compared.
const COUNTING: &str = "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares";
const PACKAGE: &str = "crates/biometry-gate/fuzz";
const SEEDS: &str = "crates/biometry-gate/fuzz/seeds";
/// Seconds that a run within the tests takes.
const BRIEFLY: u32 = 10;
/// What an unsuccessful run shows of its log.
const SHOWN: usize = 60;
/// Fewer places than the smallest target has.
const FEWEST_PLACES: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_words_of_a_run_are_read() {
        let said = "INFO: seed corpus: files: 14\n#14\tINITED cov: 70 ft: 90\n#52\tNEW    cov: 72 ft: 95\n\
            #9000\tDONE   cov: 81 ft: 140 corp: 30/1Kb\nDone 9000 runs in 10 second(s)\n\
            stat::number_of_executed_units: 9000\n";
        assert_eq!(read_counts(said), Some(Counts { inputs: 9000, places: 81 }));
        for cut in ["", "#14\tINITED cov: 70", "#9\tDONE   cov: 81"] {
            assert_eq!(read_counts(cut), None, "{cut}");
        }
    }

    #[test]
    fn every_target_has_inputs_and_a_program() {
        let manifest = fs::read_to_string(root().join(PACKAGE).join("Cargo.toml")).unwrap();
        let targets = find_targets().unwrap();
        let programs = manifest.lines().filter(|line| line.starts_with("path = \"fuzz_targets/")).count();
        assert_eq!(programs, targets.len() + 1, "dump has no inputs of its own");
        for target in &targets {
            assert!(manifest.contains(&format!("name = \"{target}\"")), "{target}");
            assert!(fs::read_dir(seeds(target)).unwrap().count() > 0, "{target}");
        }
        assert!(chosen(targets, Some("nothing")).is_err());
    }
}
