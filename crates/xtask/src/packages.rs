//! How many packages a host builds: what `cargo tree` lists for it, each package of each version once.
//!
//! Every package is one to compile, to audit and to keep up with. The bounds are what the hosts need today: a change that
//! needs more of them raises a bound in the same commit, in sight.

use std::collections::BTreeSet;

use crate::cargo::cargo;
use crate::failure::Failure;

pub(crate) fn check() -> Result<(), Failure> {
    for host in HOSTS {
        let packages = host.packages()?;
        eprintln!("--- packages of {}: {} of at most {}", host.name, packages.len(), host.most);
        host.hold(&packages).map_err(Failure::new)?;
    }
    Ok(())
}

/// A way to depend on this project.
struct Host {
    name: &'static str,
    arguments: &'static [&'static str],
    most: usize,
}

impl Host {
    fn packages(&self) -> Result<BTreeSet<String>, Failure> {
        let mut command = cargo("tree");
        // On one platform, so that the count is the same on all of them.
        command.args(["--locked", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal"]);
        command.args(["--prefix", "none", "--no-dedupe", "--format", "{p}"]).args(self.arguments);
        let output = command.output().map_err(|error| Failure::not_run(command.get_program(), &error))?;
        if !output.status.success() {
            return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
        }
        Ok(packages(&String::from_utf8_lossy(&output.stdout)))
    }

    fn hold(&self, packages: &BTreeSet<String>) -> Result<(), String> {
        let Self { name, most, .. } = self;
        if packages.len() <= *most {
            return Ok(());
        }
        let all: Vec<_> = packages.iter().map(String::as_str).collect();
        Err(format!(
            "{name} builds {} packages, which is more than {most}: do without, or raise the bound in packages.rs\n{}",
            packages.len(),
            all.join("\n"),
        ))
    }
}

/// The name and the version in each line; a path or `(proc-macro)` may follow.
fn packages(tree: &str) -> BTreeSet<String> {
    let words = |line: &str| line.split_whitespace().take(2).collect::<Vec<_>>().join(" ");
    tree.lines().map(words).filter(|package| !package.is_empty()).collect()
}

const HOSTS: [Host; 2] = [
    Host {
        name: "an axum host with the memory store and without a TLS client",
        arguments: &["--package", "biometry-gate-axum", "--no-default-features"],
        most: 66,
    },
    Host {
        name: "an axum host with all defaults and the client that comes with them",
        arguments: &["--package", "biometry-gate-axum", "--package", "biometry-client"],
        most: 94,
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    const TREE: &str =
        "host v0.1.0 (/work/host)\nserde v1.0.2\nderive v2.0.0 (proc-macro)\n\nother v0.1.0\nserde v1.0.2\n";

    #[test]
    fn each_package_of_each_version_counts_once() {
        let names: Vec<_> = packages(TREE).into_iter().collect();
        assert_eq!(names, ["derive v2.0.0", "host v0.1.0", "other v0.1.0", "serde v1.0.2"]);
        assert_eq!(packages("serde v1.0.2\nserde v1.0.3\n").len(), 2);
    }

    #[test]
    fn one_package_too_many_is_refused_with_the_list() {
        let host = |most| Host { name: "a host", arguments: &[], most };
        assert_eq!(host(4).hold(&packages(TREE)), Ok(()));
        let refusal = host(3).hold(&packages(TREE)).unwrap_err();
        assert!(refusal.starts_with("a host builds 4 packages, which is more than 3"), "{refusal}");
        assert!(refusal.ends_with("other v0.1.0\nserde v1.0.2"), "{refusal}");
    }
}
