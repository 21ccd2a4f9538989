//! Which rooms of the core import which: a room is a top-level module, and its arrows point downwards only.
//!
//! The table that this holds the code to stands in the architecture chapter, where people read it: a row for each room,
//! and the rooms that it imports stand in rows above its own. So no circle of rooms can pass.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use crate::failure::Failure;

pub(crate) fn check() -> Result<(), Failure> {
    let core = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("biometry-gate").join("src");
    let chapter = core.join("docs/architecture.md");
    let plan = Plan::parse(&read(&chapter)?).map_err(Failure::new)?;
    let front = Front::parse(&read(&core.join("lib.rs"))?);
    let mut faults = Vec::new();
    for file in sources(&core, "")? {
        faults.extend(plan.check(&front, &file, &read(&core.join(&file))?));
    }
    if faults.is_empty() {
        return Ok(());
    }
    let faults: Vec<_> = faults.iter().map(Fault::to_string).collect();
    Err(Failure::new(format!(
        "imports of biometry-gate that the table in {} does not allow:\n{}",
        chapter.display(),
        faults.join("\n"),
    )))
}

/// The table: each room with the rooms that it may import.
#[derive(Debug, PartialEq)]
struct Plan(BTreeMap<String, Vec<String>>);

/// What the crate's root shows of its rooms: a name, and the room that it comes from.
#[derive(Debug, Default)]
struct Front(BTreeMap<String, String>);

/// An import that the table does not allow.
#[derive(Debug, PartialEq)]
struct Fault {
    file: String,
    line: usize,
    room: String,
    imported: String,
    is_planned: bool,
}

impl Plan {
    /// Reads the rows `| [`room`](…) | what it does | `one`, `other` |` below the table's heading.
    fn parse(chapter: &str) -> Result<Self, String> {
        let mut plan = BTreeMap::new();
        let rows = chapter.lines().skip_while(|line| !line.starts_with(HEADING)).skip(2);
        for row in rows.take_while(|line| line.starts_with('|')) {
            let cells: Vec<_> = row.trim_matches('|').split('|').collect();
            let [room, _, imports] = cells[..] else {
                return Err(format!("not a row of three cells: {row}"));
            };
            let imports: Vec<_> = names(imports);
            for room in names(room) {
                if let Some(upward) = imports.iter().find(|import| !plan.contains_key(*import)) {
                    return Err(format!(
                        "`{room}` imports `{upward}`, which does not stand above it in the table"
                    ));
                }
                if plan.insert(room.clone(), imports.clone()).is_some() {
                    return Err(format!("`{room}` has two rows in the table"));
                }
            }
        }
        if plan.is_empty() { Err(format!("there is no table below {HEADING}")) } else { Ok(Self(plan)) }
    }

    fn check(&self, front: &Front, file: &str, source: &str) -> Vec<Fault> {
        let room = room_of(file);
        if ABOVE_ALL_ROOMS.contains(&room) {
            return Vec::new();
        }
        let allowed = self.0.get(room);
        imports(source)
            .map(|(line, imported)| (line, front.room_of(imported)))
            .filter(|(_, imported)| *imported != room)
            .filter(|(_, imported)| allowed.is_none_or(|rooms| !rooms.iter().any(|known| known == imported)))
            .map(|(line, imported)| Fault {
                file: file.to_owned(),
                line,
                room: room.to_owned(),
                imported: imported.to_owned(),
                is_planned: allowed.is_some(),
            })
            .collect()
    }
}

impl Front {
    /// Reads `pub use self::room::Name;` and `pub use self::room::{One, Other};`.
    fn parse(root: &str) -> Self {
        let mut front = BTreeMap::new();
        for shown in root.split("pub use self::").skip(1) {
            let shown = shown.split(';').next().unwrap_or_default();
            let Some((room, names)) = shown.split_once("::") else { continue };
            let names = names.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            front
                .extend(names.filter(|name| !name.is_empty()).map(|name| (name.to_owned(), room.to_owned())));
        }
        Self(front)
    }

    /// The room that a name of the root's stands for; the name itself where it is a room's own.
    fn room_of<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, room, imported, is_planned } = self;
        write!(f, "{file}:{line}: {room} → {imported}")?;
        if *is_planned { Ok(()) } else { write!(f, " (`{room}` has no row in the table)") }
    }
}

/// The names in backticks in a cell.
fn names(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn room_of(file: &str) -> &str {
    let room = file.split_once('/').map_or(file, |(folder, _)| folder);
    room.strip_suffix(".rs").unwrap_or(room)
}

/// What a source names of its crate's top level, with its line. Comments name what they like.
fn imports(source: &str) -> impl Iterator<Item = (usize, &str)> {
    source.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")).flat_map(
        |(at, line)| {
            line.match_indices("crate::").filter_map(move |(start, path)| {
                let rest = &line[start + path.len()..];
                let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
                let is_own = !line[..start].ends_with(['$', '_', ':']);
                is_own.then_some((at + 1, &rest[..end]))
            })
        },
    )
}

/// Sources below a folder, as paths from there with slashes.
fn sources(root: &Path, below: &str) -> Result<Vec<String>, Failure> {
    let mut found = Vec::new();
    let folder = root.join(below);
    let unreadable = |error: std::io::Error| Failure::new(format!("{}: {error}", folder.display()));
    for entry in fs::read_dir(&folder).map_err(unreadable)? {
        let entry = entry.map_err(unreadable)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if below.is_empty() { name } else { format!("{below}/{name}") };
        if entry.path().is_dir() {
            found.extend(sources(root, &path)?);
        } else if path.ends_with(".rs") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("{}: {error}", path.display())))
}

/// The first cell of the table's head.
const HEADING: &str = "| room |";
/// The crate's root shows what is below, the fuzz targets' door opens all of it, and the manual is prose.
const ABOVE_ALL_ROOMS: [&str; 3] = ["lib", "fuzzing", "guide"];

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "# Architecture\n\n| room | what it does | imports |\n|---|---|---|\n\
        | [`clock`](crate::clock), `id` | the edges | |\n| `store` | keeps | `clock`, `id` |\n\ntext\n";

    fn faults(file: &str, source: &str) -> Vec<String> {
        let front =
            Front::parse("mod gate;\npub use self::gate::{Denial, Permit};\npub use self::store::Table;\n");
        Plan::parse(TABLE).unwrap().check(&front, file, source).iter().map(Fault::to_string).collect()
    }

    #[test]
    fn an_arrow_that_is_not_in_the_table_is_named_with_its_file_and_line() {
        let source =
            "use crate::clock::Clock;\n// crate::gate\nfn f(_: crate::gate::Permit, _: crate::id::Id) {}\n";
        assert_eq!(faults("store/memory.rs", source), ["store/memory.rs:3: store → gate"]);
        assert_eq!(faults("clock.rs", "use crate::store::Store;"), ["clock.rs:1: clock → store"]);
        assert_eq!(
            faults("gate/mod.rs", "use crate::id::Id;"),
            ["gate/mod.rs:1: gate → id (`gate` has no row in the table)"],
        );
    }

    #[test]
    fn a_name_that_the_root_shows_counts_as_its_rooms() {
        assert_eq!(faults("store/mod.rs", "use crate::Permit;"), ["store/mod.rs:1: store → gate"]);
        assert_eq!(faults("store/mod.rs", "use crate::Table;"), [""; 0]);
    }

    #[test]
    fn a_room_imports_itself_and_the_root_imports_all() {
        assert_eq!(faults("store/mod.rs", "use crate::store::Table; use biometry_gate::store;"), [""; 0]);
        assert_eq!(faults("lib.rs", "pub use crate::gate::Permit;"), [""; 0]);
    }

    #[test]
    fn an_import_that_is_named_together_with_others_is_no_way_around() {
        assert_eq!(faults("id.rs", "use crate::{store, clock};"), ["id.rs:1: id → "]);
    }

    #[test]
    fn a_table_with_an_arrow_upwards_is_refused() {
        let circle = TABLE.replace("the edges | |", "the edges | `store` |");
        assert!(Plan::parse(&circle).unwrap_err().contains("does not stand above"));
        let twice = TABLE.replace("`store` |", "`id` |");
        assert!(Plan::parse(&twice).unwrap_err().contains("two rows"));
        assert!(Plan::parse("no table").is_err());
    }

    #[test]
    fn the_core_keeps_to_the_table() {
        check().unwrap();
    }
}
