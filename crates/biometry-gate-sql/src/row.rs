//! What both databases have in common: rows and durations.

use std::time::{Duration, SystemTime};

use biometry_gate::store::shared::{Sealed, Snapshot, Tag};
use biometry_gate::store::{StoreError, StoreErrorKind};

/// What was found at one moment, in units of `tick` since 1970: the row that was asked for, and the one beside it.
pub(crate) type Found = (i64, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>, Option<Vec<u8>>);

/// Reads what was found.
///
/// # Errors
/// Where it cannot be a record: half a row, or a tag of another length.
pub(crate) fn snapshots(found: Found, tick: Duration) -> Result<[Snapshot; 2], StoreError> {
    let (now, tag, record, other_tag, other_record) = found;
    let now = moment(now, tick).ok_or_else(|| corrupt("the database's time makes no sense"))?;
    let (record, other) = (sealed(tag, record)?, sealed(other_tag, other_record)?);
    Ok([Snapshot { now, record }, Snapshot { now, record: other }])
}

fn sealed(tag: Option<Vec<u8>>, record: Option<Vec<u8>>) -> Result<Option<Sealed>, StoreError> {
    match (tag, record) {
        (None, None) => Ok(None),
        (Some(tag), Some(record)) => {
            let tag = tag.try_into().map_err(|_| corrupt("a tag has another length"))?;
            Ok(Some(Sealed::new(Tag::new(tag), record)))
        }
        _ => Err(corrupt("half a row")),
    }
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
        let row = (1_500, Some(vec![7; Tag::LEN]), Some(vec![1, 2]), None, None);
        let [found, beside] = snapshots(row, MILLI).unwrap();
        assert_eq!(found.now, SystemTime::UNIX_EPOCH + Duration::from_millis(1_500));
        assert_eq!(found.record, Some(Sealed::new(Tag::new([7; Tag::LEN]), vec![1, 2])));
        assert_eq!((beside.now, beside.record), (found.now, None));
        let [found, beside] =
            snapshots((1_500, None, None, Some(vec![8; Tag::LEN]), Some(vec![3])), MILLI).unwrap();
        assert_eq!(found.record, None);
        assert_eq!(beside.record, Some(Sealed::new(Tag::new([8; Tag::LEN]), vec![3])));
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
            let (now, tag, record) = found;
            let found = (now, tag.clone(), record.clone(), None, None);
            assert_eq!(snapshots(found, MILLI).unwrap_err().kind(), StoreErrorKind::Corrupt);
            let beside = (now, None, None, tag, record);
            assert_eq!(snapshots(beside, MILLI).unwrap_err().kind(), StoreErrorKind::Corrupt);
        }
    }

    #[test]
    fn a_time_to_live_is_never_cut_short() {
        assert_eq!(ticks(Duration::from_micros(1_001), MILLI), 2);
        assert_eq!(ticks(Duration::MAX, MILLI), 100 * 365 * 24 * 3_600_000);
    }
}
