//! `bench build`: what a host pays for this project when it is built, beside the same server on axum alone, and beside the
//! same gate of an earlier build.
//!
//! Each server is built for release, from nothing, with the sources of its packages at hand. Processor time is what all
//! compilers took together, so that it does not depend on how many run at a time.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    let hosts = root().join("tests/hosts");
    let earlier = earlier_host()?;
    let servers = [
        ("bare-axum", hosts.join("bare-axum")),
        ("plain-axum", hosts.join("plain-axum")),
        ("plain-axum, earlier build", earlier),
    ];
    let costs = servers.iter().map(|(_, folder)| measure(folder)).collect::<Result<Vec<_>, _>>()?;
    println!("{HEAD}");
    for ((name, _), cost) in servers.iter().zip(&costs) {
        println!("{}", row(name, cost));
    }
    if let [bare, today, earlier] = costs.as_slice() {
        let (today, earlier) = (today.beyond(bare), earlier.beyond(bare));
        println!(
            "beyond the bare server, of the earlier build: {:.2} of the time, {:.2} of the processor time, {:.2} of the size",
            today.elapsed / earlier.elapsed,
            today.processor / earlier.processor,
            today.megabytes / earlier.megabytes,
        );
    }
    Ok(())
}

fn row(name: &str, cost: &Cost) -> String {
    format!("| {name} | {:.0} | {:.0} | {:.2} |", cost.elapsed, cost.processor, cost.megabytes)
}

/// Lays out a server with a gate as the project was at [`EARLIER`].
fn earlier_host() -> Result<PathBuf, Failure> {
    let tree = root().join(FOLDER).join("earlier");
    remove(&tree)?;
    let host = tree.join("tests/hosts/plain-axum");
    fs::create_dir_all(host.join("src")).map_err(|error| unreadable(&host, &error))?;
    let mut pack = Command::new("git");
    pack.args(["archive", EARLIER, "crates", "Cargo.toml"]).current_dir(root()).stdout(Stdio::piped());
    let mut packing = pack.spawn().map_err(|error| Failure::not_run(pack.get_program(), &error))?;
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--directory"]).arg(&tree);
    if let Some(packed) = packing.stdout.take() {
        unpack.stdin(packed);
    }
    run_step("the earlier build: unpack", &mut unpack)?;
    if !packing.wait().is_ok_and(|status| status.success()) {
        return Err(Failure::new(format!("this repository has no commit {EARLIER}")));
    }
    // The tree is a workspace, of which only the crates are here.
    let manifest = tree.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| unreadable(&manifest, &error))?;
    let text: Vec<_> = text.lines().map(only_crates).collect();
    fs::write(&manifest, text.join("\n")).map_err(|error| unreadable(&manifest, &error))?;
    for (from, to) in [
        ("tests/hosts/plain-axum/Cargo.toml", "Cargo.toml"),
        ("benches/earlier/plain-axum.rs", "src/main.rs"),
    ] {
        let from = root().join(from);
        fs::copy(&from, host.join(to)).map_err(|error| unreadable(&from, &error))?;
    }
    Ok(host)
}

fn only_crates(line: &str) -> &str {
    if line.starts_with("members = ") { "members = [\"crates/*\"]" } else { line }
}

/// What one server took to build.
struct Cost {
    /// Seconds on the clock.
    elapsed: f64,
    /// Seconds of all processors.
    processor: f64,
    /// Of the program, without symbols.
    megabytes: f64,
}

impl Cost {
    /// What it took more than `bare`.
    fn beyond(&self, bare: &Self) -> Self {
        Self {
            elapsed: self.elapsed - bare.elapsed,
            processor: self.processor - bare.processor,
            megabytes: self.megabytes - bare.megabytes,
        }
    }
}

fn measure(folder: &Path) -> Result<Cost, Failure> {
    let (manifest, target) = (folder.join("Cargo.toml"), root().join(FOLDER).join("target"));
    remove(&target)?;
    let name = folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    run_step(&format!("{name}: fetch"), cargo("fetch").arg("--manifest-path").arg(&manifest))?;
    let (start, before) = (Instant::now(), processor_seconds()?);
    let mut build = cargo("build");
    build
        .args(["--release", "--config", "profile.release.strip='symbols'", "--manifest-path"])
        .arg(&manifest);
    run_step(&format!("{name}: build"), build.env("CARGO_TARGET_DIR", &target))?;
    let (elapsed, processor) = (start.elapsed().as_secs_f64(), processor_seconds()? - before);
    let program = target.join("release").join(name);
    let binary = fs::metadata(&program).map_err(|error| unreadable(&program, &error))?.len();
    Ok(Cost { elapsed, processor, megabytes: megabytes(binary) })
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

/// What today's build is measured against: before parts of the core became features of their own.
const EARLIER: &str = "9837064";
const FOLDER: &str = "target/bench-build";
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
