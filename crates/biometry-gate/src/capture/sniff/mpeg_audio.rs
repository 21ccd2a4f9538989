//! Sound in frames: MP3 and ADTS (ISO/IEC 11172-3, 13818-3 and -7), with or without an `ID3` tag in front.

use super::{Container, LOOKAHEAD, Sniffed};

/// Judges bytes behind 0xff.
pub(super) fn judge_frame(start: &[u8]) -> Sniffed {
    match *start {
        [0xff, 0xe2 | 0xe3 | 0xf2 | 0xf3 | 0xfa | 0xfb, rates, ..] if is_layer_3(rates) => {
            Sniffed::Known(Container::Mp3)
        }
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, rate, low, high, ..] if is_adts(rate, low, high) => {
            Sniffed::Known(Container::Adts)
        }
        [0xff, 0xf0 | 0xf1 | 0xf8 | 0xf9, ..] if start.len() < 5 => Sniffed::Undecided,
        [0xff, 0xe2 | 0xe3 | 0xf2 | 0xf3 | 0xfa | 0xfb] | [0xff] | [] => Sniffed::Undecided,
        _ => Sniffed::Unknown,
    }
}

/// A tag in front of the sound (`ID3v2`, section 3.1). What is behind a short one can be seen; a long one, with a picture
/// in it, is MP3's.
pub(super) fn judge_tagged(start: &[u8]) -> Sniffed {
    let Some(size) = start.get(6..10) else { return Sniffed::Undecided };
    if size.iter().any(|byte| *byte >= 0x80) {
        return Sniffed::Unknown;
    }
    let size = size.iter().fold(0_usize, |size, byte| size << 7 | usize::from(*byte));
    let end = HEADER + size;
    match start.get(end..) {
        _ if end + LONGEST_START > LOOKAHEAD => Sniffed::Known(Container::Mp3),
        None => Sniffed::Undecided,
        Some(sound) => judge_frame(sound),
    }
}

/// A frame of layer III needs a bit rate and a sampling rate that are neither free nor reserved.
fn is_layer_3(rates: u8) -> bool {
    matches!(rates >> 4, 1..=14) && rates & 0b1100 != 0b1100
}

/// A sampling rate that there is, and a frame that is longer than its header.
fn is_adts(rate: u8, low: u8, high: u8) -> bool {
    let length = u16::from(low & 0b11) << 11 | u16::from(high) << 3;
    rate >> 2 & 0b1111 <= 12 && length >= 8
}

const HEADER: usize = 10;
/// Bytes of a frame that tell what it is.
const LONGEST_START: usize = 5;
