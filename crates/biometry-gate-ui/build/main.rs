//! Makes the files that are served out of the modules in `js`: fewer of them, so that a dialog shows soon after its first
//! refusal, without their comments, and compressed.

mod join;
mod module;
mod pack;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::{env, fs};

use self::pack::{Packed, hash};

/// Sources by their path below `js`.
type Sources = BTreeMap<String, String>;

fn main() {
    println!("cargo::rerun-if-changed=js");
    println!("cargo::rerun-if-changed=build");
    let mut sources = Sources::new();
    read(Path::new("js"), "", &mut sources);
    let version = version(&sources);
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a folder"));

    let mut files: Vec<_> = join::served(&sources)
        .into_iter()
        .map(|(name, content)| (format!("{version}/{name}"), named(&name, content, &version)))
        .collect();
    files.extend(join::shims(&sources, &version));
    let table: String = files.iter().map(|(name, content)| write(&out, name, content)).collect();
    let table = format!("const VERSION: &str = {version:?};\nstatic FILES: &[File] = &[\n{table}];\n");
    fs::write(out.join("files.rs"), table).expect("the folder can be written to");
}

/// Every script, style sheet and page below `folder`.
fn read(folder: &Path, below: &str, sources: &mut Sources) {
    for entry in fs::read_dir(folder).expect("the folder `js` is part of the package") {
        let path = entry.expect("the folder can be listed").path();
        let name = path.file_name().and_then(|name| name.to_str()).expect("names are ASCII");
        if path.is_dir() {
            read(&path, &format!("{below}{name}/"), sources);
        } else if matches!(path.extension().and_then(|kind| kind.to_str()), Some("js" | "css" | "html")) {
            let source = fs::read_to_string(&path).expect("a source is text");
            sources.insert(format!("{below}{name}"), source);
        }
    }
}

fn version(sources: &Sources) -> String {
    let whole: Vec<u8> =
        sources.iter().flat_map(|(name, source)| [name.as_bytes(), source.as_bytes()].concat()).collect();
    hash(&whole)
}

/// The page names its parts in the folder of this version.
fn named(name: &str, content: String, version: &str) -> String {
    if name.ends_with(".html") { content.replace("{version}", version) } else { content }
}

/// Writes a file in both codings, and returns its row of the table.
fn write(out: &Path, name: &str, content: &str) -> String {
    let packed = Packed::new(name, content);
    let at = |coding: &str| out.join(coding).join(name);
    for (coding, bytes) in [("plain", &packed.plain), ("gzip", &packed.gzip)] {
        let path = at(coding);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a folder can be made");
        fs::write(&path, bytes).expect("the folder can be written to");
    }
    format!(
        "File {{ name: {name:?}, content_type: {:?}, plain: include_bytes!({:?}), gzip: include_bytes!({:?}), etag: {:?} }},\n",
        packed.content_type,
        at("plain"),
        at("gzip"),
        packed.etag,
    )
}
