//! One module as it is written: what it imports, what it exports, and the rest of it.
//!
//! The sources keep to a few forms, each on a line of its own: `import { a, b } from './x.js';`, `import a from './x.js';`,
//! `import './x.js';`, and `export` in front of a declaration.

/// A module, taken apart.
#[derive(Debug, Default)]
pub(crate) struct Module {
    pub(crate) imports: Vec<Import>,
    pub(crate) exports: Vec<String>,
    /// Everything but imports, with `export` still in front of declarations.
    pub(crate) body: String,
}

/// A line that imports.
#[derive(Debug)]
pub(crate) struct Import {
    /// The path below `js`.
    pub(crate) from: String,
    /// What stands between braces; a default export is named `default`.
    pub(crate) names: String,
}

impl Import {
    /// Whether it is for more than what the other module does when it runs.
    pub(crate) fn has_names(&self) -> bool {
        !self.names.is_empty()
    }
}

impl Module {
    /// Takes the module `name` apart.
    ///
    /// # Panics
    /// If it is written in a form that is not known here: then the build has to say so.
    pub(crate) fn parse(name: &str, source: &str) -> Self {
        let mut module = Self::default();
        for line in source.lines() {
            if let Some(import) = line.strip_prefix("import ") {
                module.imports.push(parse_import(name, import));
                continue;
            }
            if let Some(declaration) = line.strip_prefix("export ") {
                module.exports.push(declared(name, declaration));
            }
            module.body.push_str(&resolve_dynamic(name, line));
            module.body.push('\n');
        }
        module
    }

    /// The body as the inside of a function, which returns what the module exports.
    pub(crate) fn enclosed(&self) -> String {
        let body: String = self.body.lines().map(enclosed_line).collect();
        let exports: Vec<_> = self.exports.iter().map(|name| exported(name)).collect();
        format!("{body}return {{ {} }};\n", exports.join(", "))
    }
}

fn parse_import(name: &str, import: &str) -> Import {
    let known = import.strip_suffix("';").and_then(|import| import.split_once('\''));
    let (what, from) = known.unwrap_or_else(|| panic!("js/{name}: import {import}"));
    let what = what.trim().trim_end_matches(" from");
    let names = match what.strip_prefix('{').and_then(|names| names.strip_suffix('}')) {
        Some(names) => names.trim().replace(" as ", ": "),
        None if what.is_empty() => String::new(),
        None => format!("default: {what}"),
    };
    Import { from: resolve(name, from), names }
}

/// The name that a declaration makes known.
fn declared(name: &str, declaration: &str) -> String {
    let mut words = declaration.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    match (words.next(), words.next(), words.next()) {
        (Some("default"), ..) => "default".to_owned(),
        (Some("async"), Some("function"), Some(known))
        | (Some("const" | "function" | "class"), Some(known), _) => known.to_owned(),
        _ => panic!("js/{name}: export {declaration}"),
    }
}

fn enclosed_line(line: &str) -> String {
    let kept = match (line.strip_prefix("export default "), line.strip_prefix("export ")) {
        (Some(value), _) => format!("const whole = {value}"),
        (None, Some(declaration)) => declaration.to_owned(),
        (None, None) => line.to_owned(),
    };
    kept + "\n"
}

fn exported(name: &str) -> String {
    if name == "default" { "default: whole".to_owned() } else { name.to_owned() }
}

/// What is imported later lies where it did, seen from the top of the folder.
fn resolve_dynamic(name: &str, line: &str) -> String {
    let mut pieces = line.split("import('");
    let mut resolved = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (from, rest) = piece.split_once('\'').unwrap_or((piece, ""));
        resolved += &format!("import('./{}'{rest}", resolve(name, from));
    }
    resolved
}

/// `../http/call.js` in `dialog/check.js` is `http/call.js`.
fn resolve(name: &str, from: &str) -> String {
    let mut folders: Vec<_> = name.split('/').collect();
    folders.pop();
    for step in from.split('/') {
        match step {
            "." => {}
            ".." => assert!(folders.pop().is_some(), "js/{name} imports {from}"),
            step => folders.push(step),
        }
    }
    folders.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_is_taken_apart_and_put_into_a_function() {
        let source = "import './y.js';\nimport words from '../words/en.js';\nimport { a, b as c } from './x.js';\n\
                      export const d = a;\nexport async function e() { return import('./later.js'); }\n";
        let module = Module::parse("dialog/m.js", source);
        let imports: Vec<_> =
            module.imports.iter().map(|import| (import.from.as_str(), import.names.as_str())).collect();
        assert_eq!(
            imports,
            [("dialog/y.js", ""), ("words/en.js", "default: words"), ("dialog/x.js", "a, b: c")]
        );
        assert_eq!(
            module.enclosed(),
            "const d = a;\nasync function e() { return import('./dialog/later.js'); }\nreturn { d, e };\n"
        );
    }

    #[test]
    fn a_default_is_returned_under_its_name() {
        let module = Module::parse("words/en.js", "export default {\n'a': 'b',\n};\n");
        assert_eq!(module.enclosed(), "const whole = {\n'a': 'b',\n};\nreturn { default: whole };\n");
    }

    #[test]
    #[should_panic(expected = "js/a.js: export { b };")]
    fn a_form_that_is_not_known_ends_the_build() {
        Module::parse("a.js", "export { b };");
    }
}
