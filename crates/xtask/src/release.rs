//! `release`: whether the published crates hold together without this workspace around them.
//!
//! It takes many minutes and needs the registry of crates, so it runs before a release and not with the tests.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::cargo::{cargo, root, run_step};
use crate::failure::Failure;
use crate::features::{is_published, read_metadata};

pub(crate) fn run() -> Result<(), Failure> {
    let metadata = read_metadata()?;
    let published: Vec<&Value> = metadata["packages"]
        .as_array()
        .into_iter()
        .flatten()
        .filter(|package| is_published(package))
        .collect();
    published.iter().try_for_each(|package| describe(package))?;
    let names: Vec<&str> = published.iter().filter_map(|package| package["name"].as_str()).collect();
    package(&names)?;
    check_oldest(&names)
}

/// What the registry shows of a crate is there.
fn describe(package: &Value) -> Result<(), Failure> {
    let name = package["name"].as_str().unwrap_or_default();
    for member in ["description", "license", "rust_version"] {
        if package[member].as_str().is_none_or(str::is_empty) {
            return Err(Failure::new(format!("{name} has no {member}")));
        }
    }
    for list in ["keywords", "categories"] {
        if !package[list].as_array().is_some_and(|list| (1..=5).contains(&list.len())) {
            return Err(Failure::new(format!("{name} has no {list}, or more than five")));
        }
    }
    let has_features = package["features"].as_object().is_some_and(|features| !features.is_empty());
    if has_features && package["metadata"]["docs"]["rs"]["all-features"] != true {
        return Err(Failure::new(format!("docs.rs would not show all features of {name}")));
    }
    Ok(())
}

/// Packs all crates, in the order of their dependencies, and builds each from the packages alone.
fn package(names: &[&str]) -> Result<(), Failure> {
    let mut command = cargo("package");
    command.args(["--locked", "--allow-dirty"]).args(names.iter().flat_map(|name| ["--package", name]));
    run_step("packages, and a build of each from the packages alone", &mut command)
}

/// The oldest versions that the manifests allow have what the crates use.
fn check_oldest(names: &[&str]) -> Result<(), Failure> {
    let copy = root().join("target/oldest");
    copy_sources(&copy)?;
    let mut update = cargo("update");
    // The resolver's switch is not stable yet; what it resolves to is an ordinary lock file.
    update.current_dir(&copy).env("RUSTC_BOOTSTRAP", "1").args(["-Z", "direct-minimal-versions"]);
    run_step("the oldest versions that the manifests allow", &mut update)?;
    let mut check = cargo("check");
    check.current_dir(&copy).env("CARGO_TARGET_DIR", root().join("target/oldest-build"));
    check.args(["--locked", "--lib", "--bins", "--all-features"]);
    check.args(names.iter().flat_map(|name| ["--package", name]));
    run_step("the crates on the oldest versions", &mut check)
}

/// The files that git knows, as they are now, so that the lock file of this workspace stays as it is.
fn copy_sources(copy: &Path) -> Result<(), Failure> {
    // A crate that has gone since would be a member still.
    let _ = fs::remove_dir_all(copy);
    let mut list = Command::new("git");
    list.current_dir(root()).args(["ls-files", "-z"]);
    let output = list.output().map_err(|error| Failure::not_run(list.get_program(), &error))?;
    let names = String::from_utf8_lossy(&output.stdout).into_owned();
    let place = |error: std::io::Error| Failure::new(format!("{}: {error}", copy.display()));
    for name in names.split('\0').filter(|name| !name.is_empty()) {
        let (from, to) = (root().join(name), copy.join(name));
        if !from.is_file() {
            continue;
        }
        fs::create_dir_all(to.parent().unwrap_or(copy)).map_err(place)?;
        fs::copy(from, to).map_err(place)?;
    }
    Ok(())
}
