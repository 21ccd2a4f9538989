use std::fmt;

/// The place of a subject's record: a keyed hash of tenant, authentication and subject. It reveals none of them to a
/// reader who does not hold the [`StoreKey`](super::StoreKey).
///
/// ```
/// use biometry_gate::store::shared::RecordId;
///
/// let id = RecordId::from_hex(&"07".repeat(32)).expect("64 digits");
/// assert_eq!((id.as_bytes(), id.to_hex()), (&[7; 32], "07".repeat(32)));
/// assert!(RecordId::from_hex("07").is_none());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RecordId([u8; 32]);

/// Marks one write of a record: 24 random bytes, never used twice. A database compares it, and recognises a write by
/// it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Tag([u8; TAG_LEN]);

/// A sealed record: its [`Tag`], and bytes that only the holder of the [`StoreKey`](super::StoreKey) can read. The
/// first of them is the number of the record's format.
///
/// Databases keep both as one value, or the tag in a column of its own:
///
/// ```
/// use biometry_gate::store::shared::{Sealed, Tag};
///
/// let record = Sealed::new(Tag::new([7; Tag::LEN]), b"\x01sealed".to_vec());
/// let stored = record.join();
/// assert_eq!(Sealed::split(&stored), Some(record));
/// assert_eq!(Sealed::split(b"too short"), None);
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed {
    tag: Tag,
    bytes: Vec<u8>,
}

impl RecordId {
    pub(super) fn new(hash: [u8; 32]) -> Self {
        Self(hash)
    }

    /// The hash, for databases with keys of bytes.
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The hash as 64 lower-case hexadecimal digits, for databases with keys of text.
    pub fn to_hex(&self) -> String {
        let digits = self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]);
        digits.map(|digit| char::from_digit(u32::from(digit), 16).unwrap_or('0')).collect()
    }

    /// Reads what [`to_hex`](Self::to_hex) has written; `None` where that cannot be.
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits: &[u8; 64] = text.as_bytes().try_into().ok()?;
        let digit = |at: usize| match digits[at] {
            digit @ b'0'..=b'9' => Some(digit - b'0'),
            digit @ b'a'..=b'f' => Some(digit - b'a' + 10),
            _ => None,
        };
        let mut hash = [0; 32];
        for (at, byte) in hash.iter_mut().enumerate() {
            *byte = digit(2 * at)? << 4 | digit(2 * at + 1)?;
        }
        Some(Self(hash))
    }
}

impl Tag {
    /// How many bytes a tag has.
    pub const LEN: usize = TAG_LEN;

    /// A tag as it was read back from the database.
    pub fn new(bytes: [u8; Self::LEN]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    pub fn as_bytes(&self) -> &[u8; Self::LEN] {
        &self.0
    }
}

impl Sealed {
    /// A record as it was read back from a database that keeps the tag apart.
    pub fn new(tag: Tag, bytes: Vec<u8>) -> Self {
        Self { tag, bytes }
    }

    /// A record as it was read back from a database that keeps the tag in front of it; `None` where it is too short.
    pub fn split(stored: &[u8]) -> Option<Self> {
        let (tag, bytes) = stored.split_first_chunk()?;
        Some(Self { tag: Tag(*tag), bytes: bytes.to_vec() })
    }

    /// The tag with the record behind it, for databases that keep both as one value.
    pub fn join(&self) -> Vec<u8> {
        [self.tag.0.as_slice(), &self.bytes].concat()
    }

    /// The tag of the write that made it.
    pub fn tag(&self) -> &Tag {
        &self.tag
    }

    /// The bytes behind the tag, for databases that keep the two apart.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl fmt::Debug for RecordId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecordId(…)")
    }
}

impl fmt::Debug for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tag(…)")
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealed").finish_non_exhaustive()
    }
}

const TAG_LEN: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_reads_back_behind_its_tag() {
        let record = Sealed::new(Tag::new([7; 24]), vec![1, 2, 3]);
        assert_eq!(Sealed::split(&record.join()), Some(record));
        assert_eq!(Sealed::split(&[7; 23]), None);
    }

    #[test]
    fn an_id_is_text_in_lower_case() {
        let id = RecordId::new(std::array::from_fn(|n| u8::try_from(n * 8).unwrap()));
        assert_eq!(RecordId::from_hex(&id.to_hex()), Some(id));
        for text in ["", "00", &"0G".repeat(32), &"A0".repeat(32), &"00".repeat(33)] {
            assert_eq!(RecordId::from_hex(text), None, "{text}");
        }
        assert!(id.to_hex().starts_with("0008101820") && id.to_hex().ends_with("f0f8"), "{}", id.to_hex());
    }
}
