//! The project as it was, built from the repository's own history.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The commit that today's build is measured against: before a check took one round trip, and before one pipeline served all uploads.
pub const EARLIER: &str = "9837064";

/// A program of the earlier build.
#[derive(Clone, Copy, Debug)]
pub enum Program {
    /// The server of the measurement of stores, which did not exist yet: it is written into the earlier tree.
    StoresServer,
    /// The proxy of the measurement of the relay.
    RelayProxy,
}

/// Checks the earlier commit out into a folder of the build's, and builds `program` there.
///
/// # Errors
/// What went wrong.
pub fn build(program: Program) -> Result<PathBuf, String> {
    let benches = Path::new(env!("CARGO_MANIFEST_DIR"));
    let tree = benches.join("target").join(format!("tree-{EARLIER}"));
    check_out(benches, &tree)?;
    let package = tree.join("benches");
    let name = match program {
        Program::RelayProxy => "relay-proxy",
        Program::StoresServer => {
            add_stores_server(&package)?;
            "stores-server"
        }
    };
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let target = benches.join("target").join("earlier");
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--release", "--bin", name]).current_dir(&package);
    run(build.arg("--target-dir").arg(&target))?;
    Ok(target.join("release").join(name))
}

fn add_stores_server(package: &Path) -> Result<(), String> {
    let manifest = package.join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    if !text.contains("biometry-gate-sql") {
        let sql = "biometry-gate-sql = { path = \"../crates/biometry-gate-sql\", features = [\"postgres\"] }\n\
                   biometry-gate-testkit = ";
        write(&manifest, &text.replace("biometry-gate-testkit = ", sql))?;
    }
    write(&package.join("src/bin/stores-server.rs"), include_str!("../earlier/stores-server.rs"))
}

fn check_out(benches: &Path, tree: &Path) -> Result<(), String> {
    if tree.join("benches").exists() {
        return Ok(());
    }
    fs::create_dir_all(tree).map_err(|error| error.to_string())?;
    let root = benches.join("..");
    let mut archive = Command::new("git");
    archive.args(["archive", EARLIER]).current_dir(root).stdout(Stdio::piped());
    let mut archive = archive.spawn().map_err(|error| format!("git: {error}"))?;
    let mut unpack = Command::new("tar");
    unpack.args(["--extract", "--directory"]).arg(tree);
    unpack.stdin(archive.stdout.take().expect("what git has packed"));
    let unpacked = run(&mut unpack);
    let packed = archive.wait().map_err(|error| error.to_string())?;
    if packed.success() { unpacked } else { Err(format!("this repository has no commit {EARLIER}")) }
}

fn write(file: &Path, text: &str) -> Result<(), String> {
    fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
}

fn run(command: &mut Command) -> Result<(), String> {
    let status = command.status().map_err(|error| format!("{command:?}: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("{command:?} ended with {status}")) }
}
