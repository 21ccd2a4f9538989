//! What is written about the recipes is so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The folders with a program in them.
fn recipes() -> BTreeSet<String> {
    let folders = fs::read_dir(root()).expect("a folder").map(|entry| entry.expect("an entry").path());
    let recipes = folders.filter(|folder| folder.join("main.rs").is_file());
    let name =
        |folder: PathBuf| folder.file_name().and_then(|name| name.to_str()).expect("a name").to_owned();
    recipes.map(name).collect()
}

#[test]
fn each_recipe_is_short_a_target_tested_and_listed() {
    let (manifest, tested, list) = (read("Cargo.toml"), read("tests/it/recipes.rs"), read("../README.md"));
    assert!(recipes().len() >= 13, "{:?}", recipes());
    for name in recipes() {
        let lines = read(format!("{name}/main.rs")).lines().count();
        assert!(lines <= 120, "{name} has {lines} lines");
        assert!(
            manifest.contains(&format!("name = \"{name}\"\npath = \"{name}/main.rs\"\n")),
            "{name}: no target"
        );
        assert!(tested.contains(&format!("#[path = \"../../{name}/main.rs\"]")), "{name}: no test");
        assert!(list.contains(&format!("(recipes/{name}/README.md)")), "{name}: not in the list");
    }
}

#[test]
fn each_recipe_names_the_versions_that_it_is_run_with() {
    let (manifest, lock) = (read("Cargo.toml"), read("Cargo.lock"));
    for name in recipes() {
        let readme = read(format!("{name}/README.md"));
        assert!(readme.contains(&format!("--example {name}")), "{name}: how is it run?");
        let versions = readme.lines().find_map(|line| line.strip_prefix("Versions: "));
        let versions = versions.unwrap_or_else(|| panic!("{name}: which versions?"));
        for version in versions.trim_end_matches('.').split(", ") {
            let (package, version) = version.split_once("` ").expect("`package` version");
            let package = package.trim_start_matches('`');
            assert!(manifest.contains(&format!("\n{package} = ")), "{name}: {package} is no dependency");
            let locked = format!("name = \"{package}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&locked), "{name}: {package} {version} is not what is run");
        }
    }
}

#[test]
fn getting_started_takes_less_than_sixty_lines() {
    for chapter in [
        "biometry-gate-axum/src/docs/getting-started.md",
        "biometry-gate-actix/src/docs/getting-started.md",
        "biometry-gate/src/docs/getting-started-hyper.md",
    ] {
        let text = read(Path::new("../../crates").join(chapter));
        let lines = lines_of_the_reader(&text);
        assert!((20..60).contains(&lines.len()), "{chapter}: {} lines\n{}", lines.len(), lines.join("\n"));
    }
}

/// The lines of Rust that are neither empty nor comments, imports, or hidden because an earlier step has them.
fn lines_of_the_reader(chapter: &str) -> Vec<&str> {
    let blocks = chapter.split("```rust").skip(1).filter_map(|block| block.split("```").next());
    let lines = blocks.flat_map(|block| block.lines().skip(1)).map(str::trim);
    let is_other = |line: &str| ["use ", "//", "# ", "#!"].iter().any(|start| line.starts_with(start));
    lines.filter(|line| !line.is_empty() && *line != "#" && !is_other(line)).collect()
}
