//! `supply-chain`: licences, bans and sources of every package in the lock file, by the rules in `.deny.toml`.
//!
//! The rules are those of cargo-deny, which also looks for advisories (`cargo deny check advisories`, in
//! `.ci/advisories`). Building it takes many times as long as reading the same rules here.

use std::collections::BTreeSet;
use std::fs;

use serde::Deserialize;
use serde_json::Value;
use spdx::{Expression, LicenseReq};

use crate::cargo::{cargo, root};
use crate::failure::Failure;

pub(crate) fn run() -> Result<(), Failure> {
    eprintln!("--- licences, bans and sources of packages");
    let rules = read(".deny.toml")?;
    let rules: Rules =
        toml::from_str(&rules).map_err(|error| Failure::new(format!(".deny.toml: {error}")))?;
    let mut command = cargo("metadata");
    command.args(["--locked", "--all-features", "--format-version", "1"]);
    let output = command.output().map_err(|error| Failure::not_run(command.get_program(), &error))?;
    if !output.status.success() {
        return Err(Failure::new(String::from_utf8_lossy(&output.stderr).trim_end()));
    }
    let metadata: Metadata = serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::new(format!("the answer of cargo metadata cannot be read: {error}")))?;
    let objections = rules.objections(&metadata.packages, &read("NOTICE")?);
    if objections.is_empty() { Ok(()) } else { Err(Failure::new(objections.join("\n"))) }
}

fn read(file: &str) -> Result<String, Failure> {
    fs::read_to_string(root().join(file))
        .map_err(|error| Failure::new(format!("{file} cannot be read: {error}")))
}

/// What this reads of cargo-deny's configuration.
#[derive(Deserialize)]
struct Rules {
    licenses: Licenses,
    bans: Bans,
}

#[derive(Deserialize)]
struct Licenses {
    allow: BTreeSet<String>,
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    package: String,
    allow: BTreeSet<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    package: String,
    reason: String,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    license: Option<String>,
    source: Option<String>,
    #[serde(default)]
    dependencies: Vec<Value>,
}

impl Rules {
    fn objections(&self, packages: &[Package], notice: &str) -> Vec<String> {
        let mut objections = Vec::new();
        for package in packages {
            let name = &package.name;
            let mut object = |problem: String| objections.push(format!("{name}: {problem}"));
            if let Some(ban) = self.bans.deny.iter().find(|ban| ban.package == *name) {
                object(format!("is banned: {}", ban.reason));
            }
            match &package.source {
                None => package.dependencies.iter().filter(|it| is_wildcard(it)).for_each(|dependency| {
                    object(format!("takes any version of {}", dependency["name"]));
                }),
                Some(source) if !source.starts_with("registry+") || !source.ends_with(INDEX) => {
                    object("does not come from the registry".to_owned());
                }
                Some(_) => {}
            }
            match self.noticed(package) {
                Err(problem) => object(problem),
                Ok(licenses) => {
                    for license in licenses.into_iter().filter(|license| !is_named(notice, license, name)) {
                        object(format!("NOTICE does not name it under {license}"));
                    }
                }
            }
        }
        objections
    }

    /// The licences under which a package is used that want a notice of their own.
    fn noticed(&self, package: &Package) -> Result<BTreeSet<&'static str>, String> {
        let license = package.license.as_deref().ok_or("names no licence")?;
        let expression = Expression::parse_mode(license, spdx::ParseMode::LAX)
            .map_err(|_| format!("{license} is no licence expression"))?;
        let is_allowed = |required: &LicenseReq| self.allows(&package.name, &required.to_string());
        if !expression.evaluate(is_allowed) {
            return Err(format!("{license} is not allowed"));
        }
        // What cannot be left out of the terms is what the package is used under.
        let needs =
            |license: &&&str| !expression.evaluate(|req| is_allowed(req) && req.to_string() != **license);
        Ok(NOTICED.iter().filter(needs).copied().collect())
    }

    fn allows(&self, package: &str, license: &str) -> bool {
        let mut exceptions = self.licenses.exceptions.iter().filter(|exception| exception.package == package);
        self.licenses.allow.contains(license) || exceptions.any(|exception| exception.allow.contains(license))
    }
}

/// Paths within the workspace have no version to choose.
fn is_wildcard(dependency: &Value) -> bool {
    dependency["req"] == "*" && dependency["path"].is_null()
}

/// Whether the package stands under the licence's heading.
fn is_named(notice: &str, license: &str, package: &str) -> bool {
    let sections = notice.split("\n## ").skip(1);
    let mut sections = sections.filter(|section| section.starts_with(license));
    sections.any(|section| {
        section.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c))).any(|word| word == package)
    })
}

/// What every source of the registry ends in.
const INDEX: &str = "crates.io-index";
/// Permissive licences that ask for more than to be kept beside the code.
const NOTICED: [&str; 2] = ["CDLA-Permissive-2.0", "Unicode-3.0"];

#[cfg(test)]
mod tests {
    use super::*;

    const NOTICE: &str = "# Notices\n\n## Unicode-3.0\n\ntables, more-tables\n";

    fn rules() -> Rules {
        let text = "[licenses]\nallow = ['MIT', 'Apache-2.0', 'Unicode-3.0']\n\
            exceptions = [{ crate = 'driver', allow = ['MPL-2.0'] }]\n\
            [bans]\ndeny = [{ crate = 'openssl', reason = 'C' }]\n";
        toml::from_str(text).unwrap()
    }

    fn objections(name: &str, license: &str, source: &str) -> Vec<String> {
        let package = Package {
            name: name.to_owned(),
            license: (!license.is_empty()).then(|| license.to_owned()),
            source: Some(source.to_owned()),
            dependencies: Vec::new(),
        };
        rules().objections(&[package], NOTICE)
    }

    const REGISTRY: &str = "registry+https://index.example/crates.io-index";

    #[test]
    fn what_the_rules_allow_passes() {
        for (name, license) in [
            ("a", "MIT"),
            ("a", "MIT OR GPL-3.0-only"),
            ("a", "MIT/Apache-2.0"),
            ("driver", "MPL-2.0"),
            ("tables", "Unicode-3.0"),
            ("more-tables", "(MIT OR Apache-2.0) AND Unicode-3.0"),
            ("a", "MIT OR Unicode-3.0"),
        ] {
            assert_eq!(objections(name, license, REGISTRY), [""; 0], "{name} {license}");
        }
    }

    #[test]
    fn what_they_do_not_allow_is_named() {
        for (name, license, source, problem) in [
            ("a", "GPL-3.0-only", REGISTRY, "a: GPL-3.0-only is not allowed"),
            ("a", "MPL-2.0", REGISTRY, "a: MPL-2.0 is not allowed"),
            ("a", "", REGISTRY, "a: names no licence"),
            ("a", "MIT AND Unicode-3.0", REGISTRY, "a: NOTICE does not name it under Unicode-3.0"),
            ("openssl", "MIT", REGISTRY, "openssl: is banned: C"),
            ("a", "MIT", "git+https://a.example/a", "a: does not come from the registry"),
        ] {
            assert_eq!(objections(name, license, source), [problem]);
        }
    }

    #[test]
    fn our_own_packages_take_no_version_that_comes() {
        let dependencies = vec![serde_json::json!({ "name": "any", "req": "*", "path": null })];
        let package =
            Package { name: "a".to_owned(), license: Some("MIT".to_owned()), source: None, dependencies };
        assert_eq!(rules().objections(&[package], NOTICE), ["a: takes any version of \"any\""]);
    }
}
