//! Versions of the tables: which there are, and which steps are missing.

use crate::error::{ConnectError, ConnectErrorKind};

/// The steps that bring tables of version `found` to this crate's version: step `n` leads from `n` to `n + 1`.
///
/// # Errors
/// Where the tables are newer than this crate: it does not know what they mean.
pub(crate) fn missing<'a>(steps: &'a [&'static str], found: i64) -> Result<&'a [&'static str], ConnectError> {
    let known = usize::try_from(found).ok().and_then(|found| steps.get(found..));
    known.ok_or_else(|| {
        let newest = steps.len();
        ConnectError::new(
            ConnectErrorKind::NewerSchema,
            format!(
                "the tables of the database have version {found}, and this program knows up to {newest}: \
                 update the program, or give it a database of its own"
            ),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_what_comes_after() {
        let steps = ["one", "two", "three"];
        assert_eq!(missing(&steps, 0).unwrap(), steps);
        assert_eq!(missing(&steps, 2).unwrap(), ["three"]);
        assert!(missing(&steps, 3).unwrap().is_empty());
    }

    #[test]
    fn tables_from_the_future_are_left_alone() {
        for found in [2, 40, -1, i64::MAX] {
            let error = missing(&["one"], found).unwrap_err();
            assert_eq!(error.kind(), ConnectErrorKind::NewerSchema);
        }
    }
}
