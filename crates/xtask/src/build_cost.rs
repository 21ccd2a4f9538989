//! `bench build`: what a host pays for this project when it is built, beside the same server on axum alone.
//!
//! Each server of `tests/hosts` is built for release, from nothing, with the sources of its packages at hand. Processor
//! time is what all compilers took together, so that it does not depend on how many run at a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let costs = HOSTS.iter().map(|host| measure(host)).collect::<Result<Vec<_>, _>>()?;
    println!("{HEAD}");
    for (host, cost) in HOSTS.iter().zip(&costs) {
        println!(
            "| `{host}` | {:.0} | {:.0} | {:.2} |",
            cost.elapsed,
            cost.processor,
            megabytes(cost.binary)
        );
    }
    Ok(())
}

/// What one server took to build.
struct Cost {
    /// Seconds on the clock.
    elapsed: f64,
    /// Seconds of all processors.
    processor: f64,
    /// Bytes of the program, without symbols.
    binary: u64,
}

fn measure(host: &str) -> Result<Cost, Failure> {
    let manifest = root().join("tests/hosts").join(host).join("Cargo.toml");
    let target = root().join("target/bench-build").join(host);
    remove(&target)?;
    run_step(&format!("{host}: fetch"), cargo("fetch").arg("--manifest-path").arg(&manifest))?;
    let (start, before) = (Instant::now(), processor_seconds()?);
    let mut build = cargo("build");
    build
        .args(["--release", "--config", "profile.release.strip='symbols'", "--manifest-path"])
        .arg(&manifest);
    run_step(&format!("{host}: build"), build.env("CARGO_TARGET_DIR", &target))?;
    let (elapsed, processor) = (start.elapsed().as_secs_f64(), processor_seconds()? - before);
    let program: PathBuf = target.join("release").join(host);
    let binary = fs::metadata(&program).map_err(|error| unreadable(&program, &error))?.len();
    Ok(Cost { elapsed, processor, binary })
}

fn remove(folder: &Path) -> Result<(), Failure> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(unreadable(folder, &error)),
        _ => Ok(()),
    }
}

/// The processor time of all programs that this one has started and that have ended.
fn processor_seconds() -> Result<f64, Failure> {
    let path = Path::new("/proc/self/stat");
    let line = fs::read_to_string(path).map_err(|error| unreadable(path, &error))?;
    children_ticks(&line)
        .map(|ticks| ticks / TICKS_PER_SECOND)
        .ok_or_else(|| Failure::new("/proc/self/stat cannot be read"))
}

/// The fields `cutime` and `cstime` (proc(5)): the sixteenth and the seventeenth, behind a name that may hold spaces.
fn children_ticks(line: &str) -> Option<f64> {
    let (_, fields) = line.rsplit_once(") ")?;
    let mut ticks = fields.split(' ').skip(13).map(|field| field.parse::<f64>().ok());
    Some(ticks.next()?? + ticks.next()??)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

/// Sizes of files are far below what a float cannot count.
fn megabytes(bytes: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a size for people")]
    let bytes = bytes as f64;
    bytes / 1e6
}

const HOSTS: [&str; 2] = ["bare-axum", "plain-axum"];
const HEAD: &str = "\
| server | s | processor s | MB |
|---|--:|--:|--:|";
/// What Linux reports to programs, whatever its own clock does.
const TICKS_PER_SECOND: f64 = 100.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_of_children_stands_behind_the_name() {
        let line = "1 (a (b) c) S 0 1 1 0 -1 4194560 1 2 3 4 10 20 300 40 20 0 1 0 5\n";
        assert_eq!(children_ticks(line), Some(340.0));
        assert_eq!(children_ticks("1 (a) S"), None);
    }
}
