//! The page for coding agents, followed to the letter: from `cargo new` to the tests of an application on each framework.
//!
//! One thing is changed, as the page says: our crates come from this checkout. And one is added: the recipes as a dependency
//! of the tests, so that everything is there from their build, with the same features.

use std::path::{Path, PathBuf};
use std::{env, fs, process};

use crate::cargo::{cargo, root};
use crate::failure::Failure;
use crate::hosts::{RECIPES, TARGET};
use crate::tally::{Tally, stream};
use crate::test::read_summary;

/// Follows the page for each framework.
///
/// # Errors
/// When the page cannot be read, or cargo not be started.
pub(crate) fn run() -> Result<Tally, Failure> {
    let page = read(&root().join(PAGE))?;
    let mut tally = Tally::default();
    for framework in FRAMEWORKS {
        eprintln!("--- the page for coding agents, {framework}");
        tally = tally + judge(framework, follow(&page, framework));
    }
    Ok(tally)
}

/// A page that cannot be followed is a failed test.
fn judge(framework: &str, outcome: Result<Tally, Failure>) -> Tally {
    match outcome {
        Ok(tally) if tally != Tally::default() => tally,
        Ok(_) => failed(framework, &Failure::new("it runs no test")),
        Err(failure) => failed(framework, &failure),
    }
}

fn failed(framework: &str, failure: &Failure) -> Tally {
    eprintln!("the page for coding agents, {framework} ... FAILED: {failure}");
    Tally { passed: 0, failed: 1 }
}

fn follow(page: &str, framework: &str) -> Result<Tally, Failure> {
    let steps = steps(section(page, framework)?)?;
    let desk = Desk::make(framework)?;
    desk.provide(section(page, framework)?)?;
    let mut tally = Tally::default();
    for step in &steps {
        match step {
            Step::Command(words) => tally = tally + desk.call(words)?,
            Step::File { path, text } => write(&desk.app().join(path), text)?,
            Step::Change { path, change } => {
                let path = desk.app().join(path);
                write(&path, &change.apply(&read(&path)?).map_err(|why| unfit(&path, why))?)?;
            }
        }
    }
    Ok(tally)
}

fn unfit(path: &Path, why: &str) -> Failure {
    Failure::new(format!("a change to {} does not apply: {why}", path.display()))
}

/// The part of the page that is for one framework.
fn section<'a>(page: &'a str, framework: &str) -> Result<&'a str, Failure> {
    let mut sections = page.split("\n## ");
    let section = sections.find_map(|section| section.strip_prefix(framework)?.strip_prefix('\n'));
    section.ok_or_else(|| Failure::new(format!("{PAGE} has no section {framework}")))
}

/// What one block of the page asks for.
#[derive(Debug, PartialEq)]
enum Step {
    Command(Vec<String>),
    File { path: String, text: String },
    Change { path: String, change: Change },
}

/// Lines that take the place of others.
#[derive(Debug, PartialEq)]
struct Change {
    old: Vec<String>,
    new: Vec<String>,
}

/// Every block is a step: one that is none is a mistake in the page.
fn steps(section: &str) -> Result<Vec<Step>, Failure> {
    let mut steps = Vec::new();
    let mut lines = section.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|line| *line != "```").collect();
        match (language, block.split_first()) {
            ("sh", Some(_)) => steps.extend(block.iter().map(|line| Step::Command(words(line)))),
            ("diff", Some((first, rest))) if first.starts_with("--- ") => {
                steps.push(Step::Change { path: first[4..].to_owned(), change: Change::read(rest)? });
            }
            (_, Some((first, rest))) if first.starts_with("// ") => {
                steps.push(Step::File { path: first[3..].to_owned(), text: rest.join("\n") + "\n" });
            }
            _ => return Err(Failure::new(format!("a block names no file: {}", block.join("\n")))),
        }
    }
    Ok(steps)
}

fn words(line: &str) -> Vec<String> {
    line.split_whitespace().map(str::to_owned).collect()
}

impl Change {
    fn read(lines: &[&str]) -> Result<Self, Failure> {
        let mut change = Self { old: Vec::new(), new: Vec::new() };
        for line in lines {
            let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
            let (is_old, is_new) = match sign {
                "-" => (true, false),
                "+" => (false, true),
                " " => (true, true),
                _ => return Err(Failure::new(format!("a line of a change has no sign: {line}"))),
            };
            change.old.extend(is_old.then(|| text.to_owned()));
            change.new.extend(is_new.then(|| text.to_owned()));
        }
        Ok(change)
    }

    /// The text with the change, where the old lines stand in exactly one place of it.
    fn apply(&self, text: &str) -> Result<String, &'static str> {
        let lines: Vec<&str> = text.lines().collect();
        let length = self.old.len();
        let mut places = (0..lines.len()).filter(|at| lines[*at..].iter().take(length).eq(&self.old));
        match (places.next(), places.next()) {
            _ if length == 0 => Err("it does not say where"),
            (None, _) => Err("its lines are not there"),
            (Some(_), Some(_)) => Err("its lines are there more than once"),
            (Some(at), None) => {
                let new = self.new.iter().map(String::as_str);
                let lines =
                    lines[..at].iter().copied().chain(new).chain(lines[at + length..].iter().copied());
                Ok(lines.flat_map(|line| [line, "\n"]).collect())
            }
        }
    }
}

/// An empty folder outside of every workspace, which is gone with this value.
struct Desk(PathBuf);

impl Desk {
    fn make(framework: &str) -> Result<Self, Failure> {
        let folder = env::temp_dir().join(format!("biometry-gate-agents-{}-{framework}", process::id()));
        fs::create_dir_all(folder.join(".cargo")).map_err(|error| unreadable(&folder, &error))?;
        Ok(Self(folder))
    }

    fn app(&self) -> PathBuf {
        self.0.join(APP)
    }

    /// Has Cargo take those of our crates that the section asks for from this checkout.
    fn provide(&self, section: &str) -> Result<(), Failure> {
        let mut config = "[patch.crates-io]\n".to_owned();
        for name in OURS.iter().filter(|name| section.contains(&format!("{name} = \""))) {
            let path = root().join("crates").join(name);
            config += &format!("{name} = {{ path = {:?} }}\n", path.display().to_string());
        }
        write(&self.0.join(".cargo/config.toml"), &config)
    }

    fn call(&self, words: &[String]) -> Result<Tally, Failure> {
        let title = words.join(" ");
        let [program, subcommand, arguments @ ..] = words else {
            return Err(Failure::new(format!("{title} is no command")));
        };
        if program != "cargo" {
            return Err(Failure::new(format!("{title}: the page calls cargo and nothing else")));
        }
        let is_new = subcommand == "new";
        let mut command = cargo(subcommand);
        command.args(arguments).current_dir(if is_new { self.0.clone() } else { self.app() });
        command.env("CARGO_TARGET_DIR", root().join(TARGET)).env("CARGO_PROFILE_DEV_DEBUG", "false");
        eprintln!("--- {title}");
        let mut tally = Tally::default();
        let status = stream(&mut command, |line| tally = tally + read_summary(line))?;
        if !status.success() && tally.failed == 0 {
            return Err(Failure::new(format!("{title} failed ({status})")));
        }
        if is_new {
            self.share_what_is_built()?;
        }
        Ok(tally)
    }

    /// Versions and features are those of the recipes.
    fn share_what_is_built(&self) -> Result<(), Failure> {
        let (recipes, manifest) = (root().join(RECIPES), self.app().join("Cargo.toml"));
        write(&self.app().join("Cargo.lock"), &read(&recipes.join("Cargo.lock"))?)?;
        let recipes = recipes.display().to_string();
        let shared =
            format!("\n[target.'cfg(all())'.dev-dependencies]\nrecipes = {{ path = {recipes:?} }}\n");
        write(&manifest, &(read(&manifest)? + &shared))
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}

const PAGE: &str = "crates/biometry-gate/src/docs/agents.md";
const FRAMEWORKS: [&str; 2] = ["axum", "actix-web"];
/// What the page calls the application.
const APP: &str = "shop";
const OURS: [&str; 5] = [
    "biometry-client",
    "biometry-gate",
    "biometry-gate-actix",
    "biometry-gate-axum",
    "biometry-gate-testkit",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn change(lines: &[&str]) -> Change {
        Change::read(lines).unwrap()
    }

    #[test]
    fn blocks_are_commands_files_and_changes() {
        let section = "\n1. Do\n\n```sh\ncargo new shop\n```\n\n```rs\n// src/a.rs\nfn a() {}\n```\n\
            ```diff\n--- src/a.rs\n-fn a() {}\n+fn b() {}\n```\n";
        let change = change(&["-fn a() {}", "+fn b() {}"]);
        let expected = [
            Step::Command(vec!["cargo".to_owned(), "new".to_owned(), "shop".to_owned()]),
            Step::File { path: "src/a.rs".to_owned(), text: "fn a() {}\n".to_owned() },
            Step::Change { path: "src/a.rs".to_owned(), change },
        ];
        assert_eq!(steps(section).unwrap(), expected);
        assert!(steps("```rs\nfn a() {}\n```").is_err(), "of which file?");
    }

    #[test]
    fn a_change_applies_in_one_place_or_not_at_all() {
        let change = change(&["-b", "+x", "", "-c"]);
        assert_eq!(change.apply("a\nb\n\nc\nd\n"), Ok("a\nx\n\nd\n".to_owned()));
        assert!(change.apply("a\nb\nc\n").is_err());
        assert!(change.apply("b\n\nc\nb\n\nc\n").is_err());
        assert!(Change::read(&["b"]).is_err());
        assert!(super::Change::read(&["+x"]).unwrap().apply("a\n").is_err());
    }

    /// Without building anything: files and changes fit together, in the order of the page.
    #[test]
    fn the_page_applies_to_its_own_application() {
        let page = read(&root().join(PAGE)).unwrap();
        for framework in FRAMEWORKS {
            let mut files = std::collections::BTreeMap::new();
            files.insert("Cargo.toml".to_owned(), "[package]\n\n[dependencies]\n".to_owned());
            let mut commands = Vec::new();
            for step in steps(section(&page, framework).unwrap()).unwrap() {
                match step {
                    Step::Command(words) => commands.push(words.join(" ")),
                    Step::File { path, text } => drop(files.insert(path, text)),
                    Step::Change { path, change } => {
                        let changed = change.apply(&files[&path]);
                        files.insert(
                            path.clone(),
                            changed.unwrap_or_else(|why| panic!("{framework}, {path}: {why}")),
                        );
                    }
                }
            }
            assert_eq!(commands.first().map(String::as_str), Some("cargo new shop"));
            assert_eq!(commands.last().map(String::as_str), Some("cargo test"));
            assert!(files["src/main.rs"].contains("Approved(transfer)"), "{framework}");
        }
    }
}
