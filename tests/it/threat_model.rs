//! The tests that the threat model names exist.

use std::path::Path;

#[test]
fn the_tests_that_the_threat_model_names_exist() {
    let section = THREAT_MODEL.split("\n## ").find(|section| section.starts_with("Findings of a review"));
    let rows = section.expect("the section").lines().filter(|line| line.starts_with("| S"));
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit_once("| "));
    let mut names: Vec<_> =
        cells.flat_map(|(_, tests)| tests.split(", ").map(|name| name.trim_matches('`'))).collect();
    assert!(names.len() > 30, "{names:?}");
    let spoken = THREAT_MODEL.split("\n## ").find(|section| section.starts_with("Phrase grinding"));
    let rows = spoken.expect("the section").lines().filter(|line| line.matches(" | ").count() == 2);
    let cells = rows.filter_map(|row| row.trim_end_matches(" |").rsplit_once("| ")).skip(1);
    let held: Vec<_> = cells.flat_map(|(_, tests)| tests.split(", ")).collect();
    let held = held.iter().filter_map(|name| name.strip_prefix('`')?.strip_suffix('`'));
    let before = names.len();
    names.extend(held);
    assert!(names.len() > before + 8, "{names:?}");
    let mut sources = String::new();
    for folder in ["crates", "tests", "examples"] {
        read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder), &mut sources);
    }
    let missing: Vec<_> = names.iter().filter(|name| !sources.contains(&format!("fn {name}"))).collect();
    assert!(missing.is_empty(), "no test is called {missing:?}");
}

fn read(folder: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() && !path.ends_with("node_modules") && !path.ends_with("target") {
            read(&path, sources);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).expect("a source"));
        }
    }
}

const THREAT_MODEL: &str = include_str!("../../crates/biometry-gate/src/docs/threat-model.md");
