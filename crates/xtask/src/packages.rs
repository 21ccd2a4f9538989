//! How many packages a host builds: what `cargo tree` lists for it, each package of each version once.
//!
//! Every package is one to compile, to audit and to keep up with. The bounds are what the hosts need today: a change that
//! needs more raises a bound in the same commit, in sight.

use std::collections::BTreeSet;
use std::process::Command;

use crate::cargo::{cargo, root};
use crate::failure::Failure;

pub(crate) fn check() -> Result<(), Failure> {
    HOSTS.iter().try_for_each(Host::check)
}

/// A way to depend on this project.
struct Host {
    name: &'static str,
    manifest: &'static str,
    arguments: &'static [&'static str],
    most: usize,
}

impl Host {
    fn check(&self) -> Result<(), Failure> {
        let packages = self.packages()?;
        eprintln!("--- {} builds {} packages of at most {}", self.name, packages.len(), self.most);
        self.hold(&packages).map_err(Failure::new)
    }

    fn packages(&self) -> Result<BTreeSet<String>, Failure> {
        let mut tree = self.tree();
        let output = tree.output().map_err(|error| Failure::not_run(tree.get_program(), &error))?;
        if !output.status.success() {
            return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
        }
        Ok(packages(&String::from_utf8_lossy(&output.stdout)))
    }

    /// On one platform, so that the count is the same on all of them. Not `--locked`: a manifest of ours that has changed
    /// changes the lock files of the hosts, and no other package in them.
    fn tree(&self) -> Command {
        let mut tree = cargo("tree");
        tree.args(["--target", "x86_64-unknown-linux-gnu", "--edges", "normal", "--prefix", "none"]);
        tree.args(["--no-dedupe", "--manifest-path"]).arg(root().join(self.manifest)).args(self.arguments);
        tree
    }

    fn hold(&self, packages: &BTreeSet<String>) -> Result<(), String> {
        let Self { name, most, .. } = self;
        match packages.len() {
            0 => Err(format!("cargo tree names no packages of {name}")),
            count if count > *most => Err(format!(
                "{name} builds {count} packages, more than {most}: do without, or raise the bound in packages.rs\n{}",
                packages.iter().map(String::as_str).collect::<Vec<_>>().join("\n"),
            )),
            _ => Ok(()),
        }
    }
}

/// The name and the version in each line; a path or `(proc-macro)` may follow.
fn packages(tree: &str) -> BTreeSet<String> {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    tree.lines().map(words).filter(|package| !package.is_empty()).collect()
}

const HOSTS: [Host; 2] = [
    Host {
        name: "a host on axum with the memory store and without a TLS client",
        manifest: "Cargo.toml",
        arguments: &["--package", "biometry-gate-axum", "--no-default-features"],
        most: 66,
    },
    Host {
        name: "a host with the defaults of axum, of our crates and of the client",
        manifest: "tests/hosts/plain-axum/Cargo.toml",
        arguments: &[],
        most: 100,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str =
        "host v0.1.0 (./host)\nserde v1.0.2\nderive v2.0.0 (proc-macro)\n\nother v0.1.0\nserde v1.0.2\n";

    #[test]
    fn each_package_of_each_version_counts_once() {
        let names: Vec<_> = packages(TREE).into_iter().collect();
        assert_eq!(names, ["derive v2.0.0", "host v0.1.0", "other v0.1.0", "serde v1.0.2"]);
        assert_eq!(packages("serde v1.0.2\nserde v1.0.3\n").len(), 2);
    }

    #[test]
    fn one_package_too_many_is_refused_with_the_list() {
        let host = |most| Host { name: "a host", manifest: "Cargo.toml", arguments: &[], most };
        assert_eq!(host(4).hold(&packages(TREE)), Ok(()));
        let refusal = host(3).hold(&packages(TREE)).unwrap_err();
        assert!(refusal.starts_with("a host builds 4 packages, more than 3"), "{refusal}");
        assert!(refusal.ends_with("other v0.1.0\nserde v1.0.2"), "{refusal}");
        assert!(host(3).hold(&packages("")).is_err());
    }
}
