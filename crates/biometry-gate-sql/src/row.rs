//! What both databases have in common: rows and durations.

use std::time::{Duration, SystemTime};

use biometry_gate::store::shared::{Sealed, Snapshot, Tag};
use biometry_gate::store::{StoreError, StoreErrorKind};

/// What was found at one moment, in units of `tick` since 1970: the row's tag and record, where there is a row.
pub(crate) type Found = (i64, Option<Vec<u8>>, Option<Vec<u8>>);

/// Reads what was found.
///
/// # Errors
/// Where it cannot be a record: half a row, or a tag of another length.
pub(crate) fn snapshot(found: Found, tick: Duration) -> Result<Snapshot, StoreError> {
    let (now, tag, record) = found;
    let now = moment(now, tick).ok_or_else(|| corrupt("the database's time makes no sense"))?;
    let record = match (tag, record) {
        (None, None) => None,
        (Some(tag), Some(record)) => {
            let tag = tag.try_into().map_err(|_| corrupt("a tag has another length"))?;
            Some(Sealed::new(Tag::new(tag), record))
        }
        _ => return Err(corrupt("half a row")),
    };
    Ok(Snapshot { now, record })
}

/// A time to live in units of `tick`, rounded up; at most a hundred years.
pub(crate) fn ticks(keep: Duration, tick: Duration) -> i64 {
    let ticks = keep.min(LONGEST).as_nanos().div_ceil(tick.as_nanos());
    i64::try_from(ticks).unwrap_or(i64::MAX)
}

fn moment(now: i64, tick: Duration) -> Option<SystemTime> {
    let nanos = u64::try_from(now).ok()?.checked_mul(u64::try_from(tick.as_nanos()).ok()?)?;
    SystemTime::UNIX_EPOCH.checked_add(Duration::from_nanos(nanos))
}

fn corrupt(why: &'static str) -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt).with_source(why)
}

const LONGEST: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

#[cfg(test)]
mod tests {
    use super::*;

    const MILLI: Duration = Duration::from_millis(1);

    #[test]
    fn a_row_is_a_record_and_no_row_is_none() {
        let found = snapshot((1_500, Some(vec![7; Tag::LEN]), Some(vec![1, 2])), MILLI).unwrap();
        assert_eq!(found.now, SystemTime::UNIX_EPOCH + Duration::from_millis(1_500));
        assert_eq!(found.record, Some(Sealed::new(Tag::new([7; Tag::LEN]), vec![1, 2])));
        assert_eq!(snapshot((1_500, None, None), MILLI).unwrap().record, None);
    }

    #[test]
    fn what_cannot_be_a_record_is_none_that_could_be_taken_for_empty() {
        for found in [
            (1, Some(vec![7; Tag::LEN - 1]), Some(vec![1])),
            (1, Some(vec![7; Tag::LEN]), None),
            (1, None, Some(vec![1])),
            (-1, None, None),
            (i64::MAX, None, None),
        ] {
            assert_eq!(snapshot(found, MILLI).unwrap_err().kind(), StoreErrorKind::Corrupt);
        }
    }

    #[test]
    fn a_time_to_live_is_never_cut_short() {
        assert_eq!(ticks(Duration::from_micros(1_001), MILLI), 2);
        assert_eq!(ticks(Duration::MAX, MILLI), 100 * 365 * 24 * 3_600_000);
    }
}
