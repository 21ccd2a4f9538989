//! All files, and the name of the folder they are served in.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::file::{File, hash};

macro_rules! embed {
    ($($name:literal),* $(,)?) => {
        const SOURCES: &[(&str, &str)] = &[$(($name, include_str!(concat!("../js/", $name)))),*];
    };
}

embed! {
    "biometry-scanner.js",
    "dialog/check.js",
    "dialog/consent.js",
    "dialog/dom.js",
    "dialog/machine.js",
    "dialog/meanings.js",
    "dialog/panels.js",
    "dialog/picture-file.js",
    "dialog/picture-panel.js",
    "dialog/picture.js",
    "dialog/problem-panel.js",
    "dialog/settle.js",
    "dialog/style-base.js",
    "dialog/style.js",
    "dialog/view.js",
    "http/call.js",
    "http/client.js",
    "http/problem.js",
    "http/upload.js",
    "page/index.html",
    "page/page.css",
    "page/page.js",
    "scanner/container.js",
    "scanner/devices.js",
    "scanner/recorder.js",
    "scanner/style.js",
    "scanner/take.js",
    "scanner/ticker.js",
    "scanner/view.js",
    "step-up-dialog.js",
    "step-up.js",
    "words/ar.js",
    "words/de.js",
    "words/en.js",
    "words/es.js",
    "words/index.js",
}

/// The modules that pages import by a stable address.
const ENTRIES: [&str; 3] = ["step-up.js", "step-up-dialog.js", "biometry-scanner.js"];

static FILES: LazyLock<HashMap<&str, File>> =
    LazyLock::new(|| SOURCES.iter().map(|(name, source)| (*name, File::new(name, source))).collect());

static VERSION: LazyLock<String> = LazyLock::new(|| {
    let whole: Vec<u8> =
        SOURCES.iter().flat_map(|(name, source)| [name.as_bytes(), source.as_bytes()].concat()).collect();
    hash(&whole)
});

/// What the stable addresses answer: a line that leads to the folder of this version.
static SHIMS: LazyLock<HashMap<&str, File>> = LazyLock::new(|| {
    let shim =
        |name: &'static str| (name, File::new(name, &format!("export * from './{}/{name}';\n", version())));
    ENTRIES.into_iter().map(shim).collect()
});

/// The ready page, which names its parts in the folder of this version.
static PAGE: LazyLock<File> = LazyLock::new(|| {
    let html = SOURCES.iter().find(|(name, _)| *name == "page/index.html").map_or("", |(_, source)| source);
    File::new("page.html", &html.replace("{version}", version()))
});

/// The name of the folder that these files are served in: 16 hexadecimal digits that follow their content.
pub fn version() -> &'static str {
    &VERSION
}

/// A file by its path below the folder of a version.
pub(crate) fn find(name: &str) -> Option<&'static File> {
    FILES.get(name).filter(|_| !name.ends_with(".html"))
}

pub(crate) fn shim(name: &str) -> Option<&'static File> {
    SHIMS.get(name)
}

pub(crate) fn page() -> &'static File {
    &PAGE
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn every_file_of_the_package_is_embedded() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("js");
        let mut found = Vec::new();
        for folder in ["", "dialog", "http", "page", "scanner", "words"] {
            for entry in std::fs::read_dir(root.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                let kind = path.extension().and_then(|kind| kind.to_str());
                if matches!(kind, Some("js" | "css" | "html")) {
                    found.push(path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned());
                }
            }
        }
        found.sort_unstable();
        assert_eq!(found, SOURCES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }

    #[test]
    fn the_parts_that_are_asked_for_at_once_are_those_that_the_dialog_imports() {
        let script = source("step-up.js");
        let list = script.split_once("const PARTS = (").unwrap().1.split_once(')').unwrap().0;
        let named = list.split(['\'', '+', ' ', '\n']).filter(|part| !part.is_empty());
        let mut named: Vec<_> = named.map(|part| format!("{part}.js")).collect();
        named.sort_unstable();
        let mut imported = Vec::new();
        walk("step-up-dialog.js".to_owned(), &mut imported);
        imported.sort_unstable();
        assert_eq!(named, imported);
    }

    fn source(name: &str) -> &'static str {
        SOURCES.iter().find(|(other, _)| *other == name).unwrap_or_else(|| panic!("no {name}")).1
    }

    /// A module and all that it imports, save what it asks for later.
    fn walk(name: String, found: &mut Vec<String>) {
        if found.contains(&name) {
            return;
        }
        let script = source(&name);
        let folder = Path::new(&name).parent().unwrap().to_owned();
        found.push(name);
        for line in
            script.lines().filter(|line| line.starts_with("import ") || line.starts_with("export * from"))
        {
            let target = line.split('\'').nth(1).unwrap();
            let above = target.matches("../").count();
            let base = folder.ancestors().nth(above).unwrap();
            let target = target.trim_start_matches("../").trim_start_matches("./");
            walk(base.join(target).to_str().unwrap().to_owned(), found);
        }
    }

    /// What a page carries before its first refusal, and what it carries to the end of a check in one language.
    #[test]
    fn little_is_loaded_early_and_not_much_ever() {
        let first = SHIMS["step-up.js"].gzip.len() + FILES["step-up.js"].gzip.len();
        assert!(first <= 4_000, "{first} bytes before the first refusal");
        let foreign = ["words/ar.js", "words/de.js", "words/es.js"];
        let (others, all): (Vec<_>, Vec<_>) = FILES
            .iter()
            .filter(|(name, _)| !name.starts_with("page/"))
            .partition(|(name, _)| foreign.contains(name));
        let sum: usize = all.iter().map(|(_, file)| file.gzip.len()).sum();
        assert!(sum <= 40_000, "{sum} bytes of modules");
        assert!(others.iter().all(|(_, file)| file.gzip.len() <= 6_000), "a language is too large");
    }

    #[test]
    fn no_file_breaks_a_strict_policy() {
        for (name, source) in SOURCES.iter().filter(|(name, _)| *name != "step-up.js") {
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                " style=",
            ] {
                assert!(!source.contains(forbidden), "{name} has {forbidden}");
            }
        }
    }
}
