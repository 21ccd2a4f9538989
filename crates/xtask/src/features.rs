//! `features`: every published crate without features, and with each of them on its own.
//!
//! A workspace-wide build turns on what any member asks for, and so hides a crate that only compiles because
//! another one switched something on. Here each crate is checked by itself. A feature that a crate hands on to another one,
//! and asks for nowhere in its own code, is checked there alone.

use std::path::Path;
use std::process::Command;
use std::{fs, io};

use serde_json::Value;

use crate::cargo::{cargo, run_step};
use crate::failure::Failure;
use crate::lint::DENY_WARNINGS;

pub(crate) fn run() -> Result<(), Failure> {
    for combination in combinations(&read_metadata()?)? {
        run_step(&combination.to_string(), &mut combination.check())?;
    }
    Ok(())
}

/// A package with at most one of its features.
#[derive(Debug, PartialEq)]
struct Combination {
    package: String,
    feature: Option<String>,
}

impl Combination {
    fn check(&self) -> Command {
        let mut command = cargo("clippy");
        command.args(["--locked", "--package", &self.package, "--no-default-features"]);
        if let Some(feature) = &self.feature {
            command.args(["--features", feature]);
        }
        command.args(DENY_WARNINGS);
        command
    }
}

impl std::fmt::Display for Combination {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.feature {
            Some(feature) => write!(f, "{} with {feature}", self.package),
            None => write!(f, "{} without features", self.package),
        }
    }
}

pub(crate) fn read_metadata() -> Result<Value, Failure> {
    let mut command = cargo("metadata");
    command.args(["--locked", "--no-deps", "--format-version", "1"]);
    let output = command.output().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
    }
    serde_json::from_slice(&output.stdout).map_err(|error| unreadable(&error.to_string()))
}

fn combinations(metadata: &Value) -> Result<Vec<Combination>, Failure> {
    let packages = metadata["packages"].as_array().ok_or_else(|| unreadable("it lists no packages"))?;
    let mut combinations = Vec::new();
    for package in packages.iter().filter(|package| is_published(package)) {
        let name = package["name"].as_str().ok_or_else(|| unreadable("a package has no name"))?;
        let features =
            package["features"].as_object().ok_or_else(|| unreadable("a package has no feature list"))?;
        let sources = Sources::of(package)?;
        let asked =
            features.iter().filter(|(feature, turns_on)| !is_handed_on(turns_on) || sources.ask_for(feature));
        let each =
            asked.map(|(feature, _)| feature).filter(|feature| *feature != "default").cloned().map(Some);
        combinations.extend(
            [None].into_iter().chain(each).map(|feature| Combination { package: name.to_owned(), feature }),
        );
    }
    Ok(combinations)
}

/// Whether all that a feature turns on are features of other packages.
fn is_handed_on(turns_on: &Value) -> bool {
    let is_elsewhere = |entry: &Value| entry.as_str().is_some_and(|entry| entry.contains('/'));
    turns_on.as_array().is_some_and(|entries| !entries.is_empty() && entries.iter().all(is_elsewhere))
}

/// The code of a package.
struct Sources(Vec<String>);

impl Sources {
    fn of(package: &Value) -> Result<Self, Failure> {
        let manifest = package["manifest_path"].as_str().map(Path::new);
        let Some(folder) = manifest.and_then(Path::parent) else { return Ok(Self(Vec::new())) };
        let mut files = Vec::new();
        read_all(&folder.join("src"), &mut files)
            .map_err(|error| Failure::new(format!("{} cannot be read: {error}", folder.display())))?;
        Ok(Self(files))
    }

    fn ask_for(&self, feature: &str) -> bool {
        let asked = format!("feature = \"{feature}\"");
        self.0.iter().any(|file| file.contains(&asked))
    }
}

fn read_all(folder: &Path, files: &mut Vec<String>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read_all(&path, files)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(fs::read_to_string(path)?);
        }
    }
    Ok(())
}

/// Unpublished packages say `publish = false`, which arrives as an empty list of registries.
pub(crate) fn is_published(package: &Value) -> bool {
    package["publish"].as_array().is_none_or(|registries| !registries.is_empty())
}

fn unreadable(why: &str) -> Failure {
    Failure::new(format!("the answer of cargo metadata cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_feature_stands_alone_once() {
        let metadata = json!({"packages": [
            {"name": "client", "features": {"default": ["net"], "net": [], "trace": []}},
            {"name": "gate", "features": {}, "publish": null},
            {"name": "adapter", "features": {"net": ["client/net"], "more": ["client/net", "dep:more"]}},
            {"name": "bank", "features": {"demo": []}, "publish": []},
        ]});
        let titles: Vec<_> = combinations(&metadata).unwrap().iter().map(ToString::to_string).collect();
        assert_eq!(
            titles,
            [
                "client without features",
                "client with net",
                "client with trace",
                "gate without features",
                "adapter without features",
                "adapter with more",
            ]
        );
    }

    #[test]
    fn metadata_of_another_shape_is_an_error() {
        for metadata in [json!({}), json!({"packages": [{}]}), json!({"packages": [{"name": "gate"}]})] {
            assert!(combinations(&metadata).is_err());
        }
    }
}
