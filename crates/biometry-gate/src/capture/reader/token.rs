use bytes::Bytes;

use super::part::PartHead;

/// What the body says next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Token {
    /// A part begins.
    PartStart(PartHead),
    /// Bytes of the part, never none.
    Data(Bytes),
    /// The part is over: its delimiter has been seen.
    PartEnd,
    /// The closing delimiter has been seen and the source has ended behind it.
    End,
}
