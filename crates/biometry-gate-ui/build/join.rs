//! Which files are served, and the modules that each of them is made of.
//!
//! A served file is an entry point with all that it imports: each of those modules is a function that runs once and returns
//! what the module exports, so that two modules may use the same name. What another file has already is imported from there,
//! so that nothing runs twice.

use std::collections::BTreeMap;

use crate::Sources;
use crate::module::{Import, Module};

/// Entry points that are joined with everything they import, each without what one before it has.
const JOINED: [&str; 3] = ["biometry-scanner.js", "step-up-dialog.js", "page/page.js"];

/// The modules that pages import by a stable address.
const STABLE: [&str; 3] = ["step-up.js", "step-up-dialog.js", "biometry-scanner.js"];

/// The content of each file below the folder of a version.
pub(crate) fn served(sources: &Sources) -> BTreeMap<String, String> {
    let parse =
        |(name, source): (&String, &String)| (name.clone(), Module::parse(name, &without_comments(source)));
    let scripts = sources.iter().filter(|(name, _)| name.ends_with(".js"));
    let mut joiner = Joiner { modules: scripts.map(parse).collect(), homes: BTreeMap::new() };
    let chunks = JOINED.map(|entry| joiner.gather(entry));
    let joined =
        JOINED.iter().zip(chunks).map(|(entry, chunk)| ((*entry).to_owned(), joiner.join(entry, &chunk)));
    let alone = sources.iter().filter(|(name, _)| !joiner.homes.contains_key(*name));
    alone.map(|(name, source)| (name.clone(), stripped(name, source))).chain(joined).collect()
}

/// What the stable addresses answer: a line that leads to the folder of this version.
pub(crate) fn shims(sources: &Sources, version: &str) -> Vec<(String, String)> {
    let shim = |name: &str| {
        let exports = Module::parse(name, &sources[name]).exports.join(", ");
        (name.to_owned(), format!("export {{ {exports} }} from './{version}/{name}';\n"))
    };
    STABLE.map(shim).into()
}

struct Joiner {
    modules: BTreeMap<String, Module>,
    /// The served file that each module is in.
    homes: BTreeMap<String, &'static str>,
}

impl Joiner {
    /// The modules that `entry` needs and that have no home yet, each behind those it imports.
    fn gather(&mut self, entry: &'static str) -> Vec<String> {
        let mut order = Vec::new();
        self.visit(entry, entry, &mut order);
        order
    }

    fn visit(&mut self, name: &str, entry: &'static str, order: &mut Vec<String>) {
        if let Some(home) = self.homes.get(name) {
            let is_done = *home != entry || order.iter().any(|done| done == name);
            assert!(is_done, "js/{name} imports itself in the end");
            return;
        }
        self.homes.insert(name.to_owned(), entry);
        let module = self.modules.get(name).unwrap_or_else(|| panic!("there is no js/{name}"));
        for from in module.imports.iter().map(|import| import.from.clone()).collect::<Vec<_>>() {
            self.visit(&from, entry, order);
        }
        order.push(name.to_owned());
    }

    fn join(&self, entry: &str, chunk: &[String]) -> String {
        let modules: String = chunk.iter().map(|name| self.define(name, entry)).collect();
        format!("{}{modules}{}", self.borrowed(entry, chunk), self.lent(entry))
    }

    /// The entry itself stays a module; what it imports becomes a constant in front of it.
    fn define(&self, name: &str, entry: &str) -> String {
        let module = &self.modules[name];
        let bound: String = module.imports.iter().filter(|import| import.has_names()).map(bind).collect();
        if name == entry {
            format!("/* {name} */\n{bound}{}", module.body)
        } else {
            format!("/* {name} */\nconst {} = (() => {{\n{bound}{}}})();\n", object(name), module.enclosed())
        }
    }

    /// Imports what other files have.
    fn borrowed(&self, entry: &str, chunk: &[String]) -> String {
        let mut wanted: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for import in chunk.iter().flat_map(|name| &self.modules[name].imports) {
            let home = self.homes[&import.from];
            if home != entry {
                add(wanted.entry(home).or_default(), import);
            }
        }
        let top = if entry.contains('/') { ".." } else { "." };
        let line = |(home, names): (&str, Vec<String>)| {
            format!("import {{ {} }} from '{top}/{home}';\n", names.join(", "))
        };
        wanted.into_iter().map(line).collect()
    }

    /// Exports what other files import from this one.
    fn lent(&self, entry: &str) -> String {
        let mut names = Vec::new();
        let others =
            self.modules.iter().filter(|(name, _)| self.homes.get(*name).is_some_and(|home| *home != entry));
        for import in
            others.flat_map(|(_, module)| &module.imports).filter(|import| self.homes[&import.from] == entry)
        {
            assert!(import.from != entry || !import.has_names(), "js/{entry} is imported for its names");
            add(&mut names, import);
        }
        if names.is_empty() { String::new() } else { format!("export {{ {} }};\n", names.join(", ")) }
    }
}

fn add(names: &mut Vec<String>, import: &Import) {
    let name = object(&import.from);
    if import.has_names() && !names.contains(&name) {
        names.push(name);
    }
}

fn bind(import: &Import) -> String {
    format!("const {{ {} }} = {};\n", import.names, object(&import.from))
}

/// `dialog/dom.js` is `$dialog_dom`.
fn object(name: &str) -> String {
    format!("${}", name.trim_end_matches(".js").replace(['/', '-'], "_"))
}

fn stripped(name: &str, source: &str) -> String {
    if name.ends_with(".js") { without_comments(source) } else { source.to_owned() }
}

/// Leaves out the lines that are comments and nothing else, and what they are indented by. The files keep to that: a
/// comment has lines of its own, and no text that runs over several lines has one that begins as a comment does.
fn without_comments(source: &str) -> String {
    let mut kept = String::with_capacity(source.len());
    let mut is_comment = false;
    for line in source.lines().map(str::trim) {
        is_comment |= line.starts_with("/*");
        if !is_comment && !line.starts_with("//") && !line.is_empty() {
            kept.push_str(line);
            kept.push('\n');
        }
        is_comment &= !line.ends_with("*/");
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> Sources {
        [
            ("biometry-scanner.js", "import { same } from './scanner/same.js';\nexport class BiometryScanner {}\nsame();\n"),
            ("scanner/same.js", "/** What it is. */\nexport function same() {}\n"),
            (
                "step-up-dialog.js",
                "import './biometry-scanner.js';\nimport { same } from './scanner/same.js';\nexport class StepUpDialog {}\nsame();\n",
            ),
            ("page/page.js", "import '../step-up-dialog.js';\nimport { same } from '../scanner/same.js';\nawait same();\n"),
            ("step-up.js", "export const fetch = 1; // kept\n\n  // not kept\nimport('./step-up-dialog.js');\n"),
        ]
        .map(|(name, source)| (name.to_owned(), source.to_owned()))
        .into()
    }

    #[test]
    fn a_module_is_in_one_file_and_the_others_import_it_from_there() {
        let served = served(&sources());
        assert_eq!(
            served["biometry-scanner.js"],
            "/* scanner/same.js */\nconst $scanner_same = (() => {\nfunction same() {}\nreturn { same };\n})();\n\
             /* biometry-scanner.js */\nconst { same } = $scanner_same;\nexport class BiometryScanner {}\nsame();\n\
             export { $scanner_same };\n"
        );
        assert_eq!(
            served["step-up-dialog.js"],
            "import { $scanner_same } from './biometry-scanner.js';\n\
             /* step-up-dialog.js */\nconst { same } = $scanner_same;\nexport class StepUpDialog {}\nsame();\n"
        );
        assert_eq!(
            served["page/page.js"],
            "import { $scanner_same } from '../biometry-scanner.js';\nimport {  } from '../step-up-dialog.js';\n\
             /* page/page.js */\nconst { same } = $scanner_same;\nawait same();\n"
        );
        assert!(!served.contains_key("scanner/same.js"));
    }

    #[test]
    fn comments_stay_at_home() {
        assert_eq!(
            served(&sources())["step-up.js"],
            "export const fetch = 1; // kept\nimport('./step-up-dialog.js');\n"
        );
    }

    #[test]
    fn a_stable_address_gives_what_the_module_exports_and_nothing_else() {
        let [_, (name, shim), _] = &shims(&sources(), "0123")[..] else { panic!("three addresses") };
        assert_eq!(
            (&**name, &**shim),
            ("step-up-dialog.js", "export { StepUpDialog } from './0123/step-up-dialog.js';\n")
        );
    }

    #[test]
    #[should_panic(expected = "imports itself in the end")]
    fn a_circle_ends_the_build() {
        let mut sources = sources();
        sources.insert("scanner/same.js".to_owned(), "import { a } from './other.js';\n".to_owned());
        sources.insert("scanner/other.js".to_owned(), "import { b } from './same.js';\n".to_owned());
        served(&sources);
    }
}
