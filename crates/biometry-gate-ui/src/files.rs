//! The files that are served, as the build has made them of the modules in `js`.

/// A file with everything that is derived from its content.
#[derive(Debug)]
pub(crate) struct File {
    /// The path below `ui/`.
    name: &'static str,
    pub(crate) content_type: &'static str,
    pub(crate) plain: &'static [u8],
    pub(crate) gzip: &'static [u8],
    /// A strong entity tag, quotes included.
    pub(crate) etag: &'static str,
}

include!(concat!(env!("OUT_DIR"), "/files.rs"));

const PAGE: &str = "page/index.html";

/// The name of the folder that these files are served in: 16 hexadecimal digits that follow their content.
pub fn version() -> &'static str {
    VERSION
}

/// A file by its path below the folder of a version.
pub(crate) fn find(name: &str) -> Option<&'static File> {
    find_versioned(name).filter(|_| name != PAGE)
}

/// What a stable address answers: a line that leads to the folder of this version.
pub(crate) fn shim(name: &str) -> Option<&'static File> {
    FILES.iter().find(|file| file.name == name && !name.contains('/'))
}

/// The ready page, which names its parts in the folder of this version.
pub(crate) fn page() -> Option<&'static File> {
    find_versioned(PAGE)
}

fn find_versioned(name: &str) -> Option<&'static File> {
    let below =
        |file: &&File| file.name.strip_prefix(VERSION).and_then(|name| name.strip_prefix('/')) == Some(name);
    FILES.iter().find(below)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a page carries before its first refusal, and what it carries to the end of a check in one language.
    #[test]
    fn little_is_loaded_early_and_not_much_ever() {
        let first = size(&[shim("step-up.js"), find("step-up.js")]);
        assert!(first <= 4_000, "{first} bytes before the first refusal");
        let all = first + size(&[find("step-up-dialog.js"), find("biometry-scanner.js")]);
        assert!(all <= 40_000, "{all} bytes of modules");
        for language in ["words/ar.js", "words/de.js", "words/es.js"] {
            assert!(size(&[find(language)]) <= 6_000, "{language} is too large");
        }
    }

    #[test]
    fn no_file_breaks_a_strict_policy() {
        for file in FILES.iter().filter(|file| !file.name.ends_with("/step-up.js")) {
            let source = std::str::from_utf8(file.plain).unwrap();
            for forbidden in [
                "innerHTML",
                "outerHTML",
                "insertAdjacentHTML",
                "document.write",
                "eval(",
                "new Function",
                " style=",
            ] {
                assert!(!source.contains(forbidden), "{} has {forbidden}", file.name);
            }
        }
    }

    #[test]
    fn the_tag_follows_the_content() {
        for (file, other) in FILES.iter().zip(&FILES[1..]) {
            assert_eq!(file.etag.len(), 18);
            assert_ne!(file.etag, other.etag, "{} and {}", file.name, other.name);
            assert!(file.gzip.starts_with(b"\x1f\x8b"));
        }
    }

    fn size(files: &[Option<&File>]) -> usize {
        files.iter().map(|file| file.expect("it is served").gzip.len()).sum()
    }
}
