//! Passwords that the address does not have: `PGPASSWORD`, and the password file of PostgreSQL's clients.

use std::path::PathBuf;

use super::{Address, Host};

/// The password that the environment or the password file has for an address.
pub(super) fn remembered(address: &Address) -> Option<String> {
    if let Ok(password) = std::env::var("PGPASSWORD") {
        return Some(password);
    }
    let file = std::env::var_os("PGPASSFILE").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".pgpass"))
    })?;
    #[cfg(unix)]
    if is_open_to_others(&file) {
        tracing::warn!(
            "the password file of PostgreSQL is not read: others may read it, too; chmod 0600 mends that"
        );
        return None;
    }
    find(&std::fs::read_to_string(file).ok()?, address)
}

#[cfg(unix)]
fn is_open_to_others(file: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(file).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
}

fn find(text: &str, address: &Address) -> Option<String> {
    let host = match &address.host {
        Host::Name(name) => name.clone(),
        Host::Folder(_) => "localhost".to_owned(),
    };
    let user = address.user.clone().or_else(|| std::env::var("USER").ok()).unwrap_or_default();
    let database = address.database.clone().unwrap_or_else(|| user.clone());
    let wanted = [host, address.port.to_string(), database, user];
    text.lines().filter(|line| !line.starts_with('#')).find_map(|line| {
        let fields: [String; 5] = fields(line).try_into().ok()?;
        let fits = wanted.iter().zip(&fields).all(|(wanted, field)| field == "*" || field == wanted);
        fits.then(|| fields[4].clone())
    })
}

/// What is between colons; a backslash takes the next character as it is.
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut characters = line.chars();
    while let Some(character) = characters.next() {
        let last = fields.len() - 1;
        match character {
            ':' if fields.len() < 5 => fields.push(String::new()),
            '\\' => fields[last].extend(characters.next()),
            other => fields[last].push(other),
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_fits_has_the_password() {
        let address = Address::parse("postgres://bank:any@db:5433/gate").unwrap();
        let file = "# a comment\ndb:5432:*:bank:other port\ndb:*:gate:bank:with\\:colon\n*:*:*:*:last";
        assert_eq!(find(file, &address).as_deref(), Some("with:colon"));
        let socket = Address::parse("postgres:///gate?host=/run/pg&user=bank&password=any").unwrap();
        assert_eq!(find("localhost:5432:gate:bank:here", &socket).as_deref(), Some("here"));
        assert_eq!(find("elsewhere:5432:gate:bank:here", &socket), None);
    }
}
