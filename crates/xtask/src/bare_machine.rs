//! `bare-machine`: the README's two commands in a minimal Debian with a C compiler and the Rust toolchain, and nothing else.
//!
//! The system is made anew each time, in `target/bare-machine`, and has a process table of its own, so that whatever the
//! commands start ends with them. It shares the network and this machine's sources of packages.

use std::fs;
use std::io::{BufRead, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use crate::cargo::{root, run_step};
use crate::failure::Failure;
use crate::need::{self, Need};

/// How much of the second command is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Depth {
    /// All of it: every test there is.
    Whole,
    /// What it needs is installed, and nothing is built.
    Needs,
}

/// Makes the system and runs both commands in it.
///
/// # Errors
/// Where this is not root on Debian, the system cannot be made, or a command fails in it.
pub(crate) fn run(depth: Depth) -> Result<(), Failure> {
    need::ensure(NEEDS)?;
    let system = System::make(root().join(FOLDER))?;
    greet(&system)?;
    let arguments: &[&str] = match depth {
        Depth::Whole => &["xtask", "test"],
        Depth::Needs => &["xtask", "needs"],
    };
    run_step("the second command", system.command("cargo").args(arguments))
}

/// The first command, until the bank serves its page.
fn greet(system: &System) -> Result<(), Failure> {
    eprintln!("--- the first command");
    let mut command = system.command("cargo");
    command.args(["run", "-p", "axum-bank"]).env("LISTEN_ADDR", "127.0.0.1:0").stdout(Stdio::piped());
    let bank = command.spawn().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    let mut bank = Running(bank);
    let lines = bank.0.stdout.take().map(BufReader::new).into_iter().flat_map(BufRead::lines);
    let mut lines = lines.map_while(Result::ok).inspect(|line| println!("{line}"));
    let address = lines.find_map(|line| line.split_once(LISTENING).map(|(_, address)| address.to_owned()));
    let address = address.ok_or_else(|| Failure::new("the bank ended before it was listening"))?;
    let page = fetch(&address).map_err(|error| Failure::new(format!("the bank does not answer: {error}")))?;
    if page.starts_with("HTTP/1.1 200 ") && page.contains("<html") {
        return Ok(());
    }
    Err(Failure::new("the bank answers without its page"))
}

fn fetch(address: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")?;
    let mut page = String::new();
    stream.read_to_string(&mut page)?;
    Ok(page)
}

/// A process that ends with this value, and with it all that it has started: it is the first of its process table.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

struct System {
    folder: PathBuf,
}

impl System {
    fn make(folder: PathBuf) -> Result<Self, Failure> {
        if folder.exists() {
            run_step("removing the last bare machine", Command::new("rm").args(["-rf", "--"]).arg(&folder))?;
        }
        let made = fs::create_dir_all(&folder);
        made.map_err(|error| Failure::new(format!("{} cannot be made: {error}", folder.display())))?;
        let source = Source::of_this_machine()?;
        let mut debootstrap = Command::new("debootstrap");
        debootstrap.args(["--variant=minbase", "--include=gcc,libc6-dev,ca-certificates", &source.release]);
        run_step("a minimal Debian", debootstrap.arg(&folder).arg(&source.address))?;
        let system = Self { folder };
        system.give_configuration()?;
        system.give_toolchain()?;
        let mut clone = Command::new("git");
        clone.args(["clone", "--quiet", "--no-hardlinks"]).arg(root()).arg(system.folder.join("work"));
        run_step("the project as it is committed", &mut clone)?;
        Ok(system)
    }

    /// Where packages come from and whom TLS trusts is a matter of the machine, not of what is installed on it.
    fn give_configuration(&self) -> Result<(), Failure> {
        let home = self.folder.join(HOME.trim_start_matches('/'));
        fs::create_dir_all(&home)
            .map_err(|error| Failure::new(format!("{} cannot be made: {error}", home.display())))?;
        let cargo_config = cargo_home().join("config.toml");
        for path in CONFIGURATION.iter().map(Path::new).chain([&*cargo_config]).filter(|path| path.exists()) {
            let inside =
                if path == cargo_config { &*Path::new(HOME).join(".cargo/config.toml") } else { path };
            self.copy(path, inside)?;
        }
        Ok(())
    }

    fn give_toolchain(&self) -> Result<(), Failure> {
        let mut rustc = Command::new(std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let output = rustc.current_dir(root()).args(["--print", "sysroot"]).output();
        let output = output.map_err(|error| Failure::not_run(rustc.get_program(), &error))?;
        let sysroot = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
        for part in ["bin", "lib"] {
            self.copy(&sysroot.join(part), &Path::new(TOOLCHAIN).join(part))?;
        }
        Ok(())
    }

    fn copy(&self, from: &Path, inside: &Path) -> Result<(), Failure> {
        let to = self.folder.join(inside.strip_prefix("/").unwrap_or(inside));
        let made = to.parent().map_or(Ok(()), fs::create_dir_all);
        made.map_err(|error| Failure::new(format!("{} cannot be made: {error}", to.display())))?;
        // What is there may be a link that leads out of the system: it is removed, not followed.
        let mut copy = Command::new("cp");
        copy.args(["--archive", "--dereference", "--remove-destination", "--no-target-directory"])
            .arg(from)
            .arg(&to);
        run_step(&format!("{} inside", from.display()), &mut copy)
    }

    /// A command inside, in the project's folder.
    fn command(&self, program: &str) -> Command {
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc", "--wd=/work"]);
        command.arg(format!("--root={}", self.folder.display())).arg(program);
        for (name, _) in std::env::vars_os() {
            let is_cargos = name.to_str().is_some_and(|name| {
                name.starts_with("CARGO") || name.starts_with("RUST") || name == "LD_LIBRARY_PATH"
            });
            if is_cargos {
                command.env_remove(name);
            }
        }
        let path = format!("{TOOLCHAIN}/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("PATH", path).env("HOME", HOME).stdin(Stdio::null());
        command
    }
}

/// Where this machine's own system comes from.
#[derive(Debug, PartialEq)]
struct Source {
    address: String,
    release: String,
}

impl Source {
    fn of_this_machine() -> Result<Self, Failure> {
        let system = fs::read_to_string("/etc/os-release").unwrap_or_default();
        let mut apt = Command::new("apt-get");
        apt.args([
            "indextargets",
            "--format",
            "$(REPO_URI) $(CODENAME) $(COMPONENT)",
            "Created-By: Packages",
        ]);
        let output = apt.output().map_err(|error| Failure::not_run(apt.get_program(), &error))?;
        Self::find(&system, &String::from_utf8_lossy(&output.stdout)).ok_or_else(|| {
            Failure::new("apt-get knows no source of this machine's release: run apt-get update")
        })
    }

    fn find(system: &str, sources: &str) -> Option<Self> {
        let release =
            system.lines().find_map(|line| line.strip_prefix("VERSION_CODENAME="))?.trim_matches('"');
        let mut sources = sources.lines().map(|line| line.split(' ').collect::<Vec<_>>());
        sources.find_map(|source| match source[..] {
            [address, codename, "main"] if codename == release => {
                Some(Self { address: address.to_owned(), release: release.to_owned() })
            }
            _ => None,
        })
    }
}

fn cargo_home() -> PathBuf {
    let home = || PathBuf::from(std::env::var_os("HOME").unwrap_or_default()).join(".cargo");
    std::env::var_os("CARGO_HOME").map_or_else(home, PathBuf::from)
}

const FOLDER: &str = "target/bare-machine";
const TOOLCHAIN: &str = "/opt/rust";
/// The commands run as root there, with a home folder of their own that holds Cargo's settings.
const HOME: &str = "/opt/home";
const LISTENING: &str = "listening on http://";
const CONFIGURATION: &[&str] = &[
    "/etc/apt",
    "/etc/hosts",
    "/etc/npmrc",
    "/etc/pip.conf",
    "/etc/resolv.conf",
    "/etc/ssl/certs",
    "/usr/local/share/ca-certificates",
];
const NEEDS: &[Need] = &[
    need::program("debootstrap", "debootstrap"),
    need::program("git", "git"),
    need::program("unshare", "util-linux"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_that_of_the_release() {
        let system = "NAME=\"Debian\"\nVERSION_CODENAME=bookworm\n";
        let sources = "http://a.example/debian bookworm-updates main\nhttp://b.example/debian bookworm contrib\n\
            http://c.example/debian bookworm main\n";
        let source = Source::find(system, sources).unwrap();
        assert_eq!((&*source.address, &*source.release), ("http://c.example/debian", "bookworm"));
        assert_eq!(Source::find(system, ""), None);
        assert_eq!(Source::find("NAME=x", sources), None);
    }
}
